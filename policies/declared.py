"""The declared change that a customer still waits to hear about, before an agent's reply is sent."""

from datetime import datetime

from policies.bulletins import Bulletin
from policies.policy import Rulebook
from policies.reading import Moment
from policies.signals.bulletins import tells_bulletin
from policies.signals.hearing import heard
from policies.signals.matter import matter_of
from policies.signals.quotations import own_quotes_told
from policies.ticket import Change, Ticket


def declared_answer(rulebook: Rulebook, ticket: Ticket, draft: Change, now: datetime) -> Bulletin | None:
    """What the customer asked about, if no agent has told him how things are, not with this draft either."""
    if not rulebook.bulletins.profiles:
        return None
    moment = Moment(
        ticket=heard(ticket, rulebook.phrases),
        change=own_quotes_told(ticket, draft),
        now=now,
        phrases=rulebook.phrases,
        bulletins=rulebook.bulletins,
    )
    matter = matter_of(moment)
    is_owed = matter is not None and matter.message is not None and matter.is_open
    return matter.bulletin if matter and is_owed and not tells_bulletin(moment).value else None
