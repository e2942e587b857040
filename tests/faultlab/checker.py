"""What went wrong in a run, in Jepsen's terms, from what the sender, the helpdesk and the store remember. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

DONE = "done"
_GIVEN_UP = ("parked",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery as its sender remembers it. `change` is what the webhook tells of."""

    id: str
    ticket: str
    change: str
    is_acked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A whole run, after everything came to rest. Sequences are in the order in which it happened."""

    made: Sequence[tuple[str, str]] = ()
    """(ticket, change) that people made at the helpdesk."""
    sent: Sequence[Sent] = ()
    deliveries: Sequence[tuple[str, str]] = ()
    """(id, state) in the store."""
    decisions: Sequence[tuple[str, str]] = ()
    """(ticket, change) in the order they were written."""
    bookmarks: Sequence[tuple[str, int]] = ()
    """(ticket, change) at every move of a bookmark."""
    actions: Sequence[tuple[str, str]] = ()
    """(id, state) in the store."""
    notes: Sequence[str] = ()
    """The action each note carries, as the helpdesk wrote them down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What must be empty. Each holds ids, sorted."""

    lost: tuple[str, ...] = ()
    """Deliveries that were acknowledged, and then not kept, not finished, or not judged."""
    unexpected: tuple[str, ...] = ()
    """Deliveries that nobody sent, and changes that were judged and that nobody made."""
    duplicated: tuple[str, ...] = ()
    """Deliveries kept twice and changes judged twice."""
    parked: tuple[str, ...] = ()
    """Deliveries that became dead letters."""
    notes_duplicated: tuple[str, ...] = ()
    """Actions whose note stands on a ticket more than once."""
    notes_missing: tuple[str, ...] = ()
    """Actions that were decided, and whose note never came."""
    notes_unexpected: tuple[str, ...] = ()
    """Notes of actions that the store knows nothing of."""
    order_violations: tuple[str, ...] = ()
    """Tickets whose bookmark went back, or whose changes were judged in another order than they were made."""

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {field.name: len(getattr(self, field.name)) for field in fields(self)}


def check(history: History) -> Findings:
    """All that went wrong."""
    judged = {change for _, change in history.decisions}
    return Findings(
        lost=_sorted(_lost(history, judged)),
        unexpected=_sorted(_unexpected(history, judged)),
        duplicated=_sorted([*_repeated(id_ for id_, _ in history.deliveries), *_repeated(history.decisions)]),
        parked=_sorted(id_ for id_, state in history.deliveries if state in _GIVEN_UP),
        notes_duplicated=_sorted(_repeated(history.notes)),
        notes_missing=_sorted(_notes_missing(history)),
        notes_unexpected=_sorted(set(history.notes) - {id_ for id_, _ in history.actions}),
        order_violations=_sorted(_out_of_order(history)),
    )


def figures(history: History) -> Mapping[str, int]:
    """What a run came to, whether or not anything went wrong."""
    judged = {change for _, change in history.decisions}
    return {
        "attempts": len(history.sent),
        "acked": sum(one.is_acked for one in history.sent),
        "not_acked": sum(not one.is_acked for one in history.sent),
        "recovered": sum(not one.is_acked and one.change in judged for one in history.sent),
        "judged": len(judged),
        "notes": len(history.notes),
    }


def _lost(history: History, judged: set[str]) -> Iterable[str]:
    finished = {id_ for id_, state in history.deliveries if state in (DONE, *_GIVEN_UP)}
    parked = {id_ for id_, state in history.deliveries if state in _GIVEN_UP}
    for one in history.sent:
        is_safe = one.id in parked or (one.id in finished and one.change in judged)
        if one.is_acked and not is_safe:
            yield one.id


def _unexpected(history: History, judged: set[str]) -> Iterable[str]:
    yield from {id_ for id_, _ in history.deliveries} - {one.id for one in history.sent}
    yield from judged - {change for _, change in history.made}


def _notes_missing(history: History) -> Iterable[str]:
    owed = {id_ for id_, state in history.actions if state in ("pending", "applied")}
    return owed - set(history.notes)


def _out_of_order(history: History) -> Iterable[str]:
    newest: dict[tuple[str, str], int] = {}
    steps = [("judged", ticket, place_of(change)) for ticket, change in history.decisions]
    steps += [("read", ticket, change) for ticket, change in history.bookmarks]
    for kind, ticket, change in steps:
        if change < newest.get((kind, ticket), change):
            yield ticket
        newest[kind, ticket] = change


def place_of(change: str) -> int:
    """Where a change stands among others of its ticket: what opened it, which has no number at Freshdesk, is first."""
    return int("".join(filter(str.isdigit, change)) or 0)


def _repeated(items: Iterable[object]) -> list[str]:
    return [
        " ".join(item) if isinstance(item, tuple) else str(item)
        for item, number in Counter(items).items()
        if number > 1
    ]


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(ids)))
