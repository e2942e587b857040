"""How often policies flag what is harmless: ordinary messages, each in a ticket of its own, judged by all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import policies
from policies.engine import judge
from policies.policy import Rulebook
from policies.ticket import Person, Role, Ticket, Via
from policies.verdict import Finding
from service.lone_ticket import CUSTOMER, lone_ticket, said
from service.measuring import Row, RowError, Speaker, read_row

BENIGN = Path(policies.__file__).parent / "benign"
"""The messages that come with Ombuds."""
_QUESTION = "Hello, could you tell me how this works, please?"
"""What a reply without a context answers; brief, so that a brief reply does it justice."""
_ANSWER = "Hello, I have looked it up: the lamp leaves our warehouse on Tuesday and is with you on Thursday.\n\nJonas"
_JONAS = Person(id="agent", role=Role.AGENT, name="Jonas Keller", email="jonas@shop.example")
_START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A harmless message and what was wrongly found in it."""

    text: str
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many messages were judged, and which of them were flagged."""

    judged: int
    flagged: tuple[Flagged, ...]

    @property
    def by_policy(self) -> Counter[str]:
        """Messages that each policy flagged; a policy that flagged none is not in it."""
        return Counter(policy for one in self.flagged for policy in one.policies)

    def share(self, policy: str) -> float:
        """Of all messages, those that a policy flagged."""
        return self.by_policy[policy] / self.judged if self.judged else 0.0


def read_messages(folder: Path) -> list[Row]:
    """Every row of every `*.jsonl` in the folder.

    Raises RowError, which names the file and line, and OSError; LookupError if there is none.
    """
    rows: list[Row] = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_bytes().splitlines(), start=1):
            try:
                rows += [read_row(line)] if line.strip() else []
            except RowError as error:
                raise RowError(f"{file}:{number}: {error}") from error
    if not rows:
        raise LookupError(f"{folder} holds no messages: files of JSON lines that end in .jsonl.")
    return rows


def tally(rulebook: Rulebook, rows: Iterable[Row]) -> Tally:
    """What the policies in force find in these messages; what only ops are told counts as well."""
    judged = [(row, _findings(rulebook, row)) for row in rows]
    flagged = (
        Flagged(text=row.text, policies=tuple(dict.fromkeys(finding.policy for finding in found)))
        for row, found in judged
        if found
    )
    return Tally(judged=len(judged), flagged=tuple(flagged))


def _findings(rulebook: Rulebook, row: Row) -> Sequence[Finding]:
    ticket = _ticket(row)
    return judge(rulebook, ticket, ticket.changes[-1], ticket.updated_at).findings


def _ticket(row: Row) -> Ticket:
    """The message in its place: a reply answers a question, a customer's word follows an answer."""
    is_reply = row.role is Speaker.AGENT
    asked = (row.context if is_reply else None) or _QUESTION
    answered = [] if is_reply else [(_JONAS, row.context or _ANSWER)]
    turns = [(CUSTOMER, asked), *answered, (_JONAS if is_reply else CUSTOMER, row.text)]
    changes = (
        said(f"m{number}", actor, text, _START + timedelta(hours=number), via=Via.WEB)
        for number, (actor, text) in enumerate(turns)
    )
    return lone_ticket(*changes)
