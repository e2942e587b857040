"""A ticket and a change as every judgement reads them: who really speaks, and what is really said."""

from collections.abc import Mapping

from policies.phrases import PhraseSet
from policies.signals.machines import heard_apart, with_machines_apart
from policies.signals.quotations import own_quotes_told, with_own_quotes
from policies.ticket import Change, Ticket


def heard(ticket: Ticket, phrases: Mapping[str, PhraseSet]) -> Ticket:
    """The ticket, its newest messages told apart."""
    return with_machines_apart(with_own_quotes(ticket), phrases)


def heard_change(ticket: Ticket, change: Change, phrases: Mapping[str, PhraseSet]) -> Change:
    """The change on its ticket, as that was read; it need not have happened."""
    return heard_apart(own_quotes_told(ticket, change), phrases)
