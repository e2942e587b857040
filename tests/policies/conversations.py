"""Conversations written as YAML, told as tickets: what the cases under tests/cases are played with.

A step is who speaks and what, e.g. `{agent: "Done.", after: 2h, solve: true}`; beside `customer`, `agent`,
`colleague` (another end user), `rule` (an automation) and `clock` stand `after` (hours, minutes or days since the
step before; 1h unless told), `solve`, `internal`, `sender`, `macro`, `tag`, `untag`, `via`, `kind`, `by` (the
agent's name) and `id` (another agent's). `flags` names the policies that must find something, in any order; without
it none may. The flag `termination` stands for the four that find an end without warning, call and second look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.ticket import (
    Change,
    Channel,
    Comment,
    CommentKind,
    Macro,
    Person,
    Role,
    Status,
    StatusMove,
    Ticket,
    Via,
    Visibility,
    clock_change,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CUSTOMER = Person(id="c1", role=Role.CUSTOMER, name="Maria Lopez", email="maria@mail.example")
_PEOPLE = {
    "customer": CUSTOMER,
    "agent": Person(id="a1", role=Role.AGENT, name="Anna Berg", email="anna@shop.example"),
    "colleague": Person(id="c2", role=Role.CUSTOMER, name="Jo Park", email="jo@mail.example"),
    "rule": Person(id="r1", role=Role.AUTOMATION, name="Trigger"),
}
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


TERMINATION = frozenset(
    {
        "termination-macro",
        "termination-without-warning",
        "termination-without-call",
        "termination-without-second-look",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change as it is judged: the ticket as it then was, and what must be found."""

    ticket: Ticket
    change: Change
    flags: frozenset[str]


def told(steps: list[Mapping[str, Any]], *, subject: str = "A question", **ticket: Any) -> Iterator[Step]:
    """The steps of a conversation, each with the ticket that has happened so far."""
    now = START
    blank = Ticket(
        helpdesk="zendesk", account="acme", id="42", subject=subject, status=Status.OPEN, requester=CUSTOMER,
        created_at=START, updated_at=START,
        **{"sender": "support@shop.example", "channel": Channel.EMAIL, **ticket},
    )  # fmt: skip
    past: tuple[Change, ...] = ()
    for number, step in enumerate(steps, start=1):
        now += _duration(step.get("after", "1h" if past else "0h"))
        change = clock_change(now) if "clock" in step else _change(str(number), now, step)
        past = past if "clock" in step else (*past, change)
        flags = frozenset(step.get("flags", ()))
        flags = (flags - {"termination"}) | TERMINATION if "termination" in flags else flags
        yield Step(ticket=replace(blank, changes=past, updated_at=now), change=change, flags=flags)


def _change(change_id: str, at: datetime, step: Mapping[str, Any]) -> Change:
    speaker = next(name for name in _PEOPLE if name in step)
    actor = _PEOPLE[speaker]
    text = step[speaker]
    comment = Comment(
        id=f"m{change_id}",
        visibility=Visibility.INTERNAL if step.get("internal") else Visibility.PUBLIC,
        text=text or "",
        sender=step.get("sender"),
        kind=CommentKind(step.get("kind", "message")),
    )
    return Change(
        id=change_id,
        at=at,
        actor=replace(actor, id=step.get("id", actor.id), name=step.get("by", actor.name)),
        via=Via(step.get("via", "email" if speaker == "customer" else "web")),
        comment=comment if text or "kind" in step else None,
        status=StatusMove(before=Status.OPEN, after=Status.SOLVED) if step.get("solve") else None,
        tags_added=(step["tag"],) if "tag" in step else (),
        tags_removed=(step["untag"],) if "untag" in step else (),
        macros=(Macro(id="7", title=step["macro"]),) if "macro" in step else (),
    )


def _duration(text: str) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: float(text[:-1])})
