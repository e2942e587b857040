"""A proposal of exceptions as the file that people fill in: read by the loader once nothing is blank."""

from collections.abc import Iterator, Sequence
from datetime import date

import yaml

from service.proposing import Proposal, Proposed
from service.store.records import TicketKey

_HEAD = """\
# Proposed on {today} by `ombuds exceptions propose`; nobody has approved it yet.
# Strike out what should be flagged all the same, then put this file into the folder of the policies.
# An exception counts from the day it was approved: what was found before stays found.
"""
_BLANKS = "# Fill in what is marked FILL IN; until then `ombuds policies check` refuses this file.\n"
_ENDLESS = 1_000_000


def written(proposal: Proposal, *, today: date, approver: str = "", reason: str = "") -> str:
    """The file's text. An approver or a reason that is not given stays blank, which the loader refuses."""
    blanks = _BLANKS if proposal.exceptions and not (approver.strip() and reason.strip()) else ""
    entries = "".join(_entry(one, today, approver, reason) for one in proposal.exceptions)
    body = f"format: 1\nexceptions:{'' if entries else ' []'}\n{entries}"
    return _HEAD.format(today=today) + blanks + body + "".join(_refused(proposal))


def _entry(one: Proposed, today: date, approver: str, reason: str) -> str:
    also = f" It would let pass {one.flagged} more that are flagged today as well." if one.flagged else ""
    capped = f"  # {one.most_days} days at most from this policy" if one.most_days else ""
    return f"""\
  # {_new_hits(one.new)}, such as {_tickets(one.samples)}.{also}
  - id: {one.id}
    policy: {one.target.policy}
    match: {{{one.target.field}: {_quoted(one.target.value)}}}
    reason: {_filled(reason, "why this may be let pass")}
    approver: {_filled(approver, "who answers for it")}
    approved: {today}
    expires: {one.expires}{capped}
"""


def _refused(proposal: Proposal) -> Iterator[str]:
    for one in proposal.refused:
        where = f"{one.refusal.policy}, {_new_hits(one.new)}, such as {_tickets(one.samples)}"
        yield f"# cannot be excepted: {where}: {one.refusal.why}.\n"


def _new_hits(count: int) -> str:
    return f"{count:,} new hit{'' if count == 1 else 's'}"


def _tickets(samples: Sequence[TicketKey]) -> str:
    return ", ".join(_on_one_line(f"{one.helpdesk}/{one.account} ticket {one.id}") for one in samples)


def _filled(text: str, what: str) -> str:
    return _quoted(text) if text.strip() else f'""  # FILL IN: {what}'


def _quoted(text: str) -> str:
    """In quotes, on one line; letters that do not show, or turn others around, as numbers."""
    dumped = yaml.safe_dump(text, default_style='"', allow_unicode=text.isprintable(), width=_ENDLESS)
    return str(dumped).strip()


def _on_one_line(text: str) -> str:
    """For a comment, which somebody's line break would end."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
