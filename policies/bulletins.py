"""Bulletins: what a company changed, since when, how customers word it, and what an agent may answer."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class BulletinKind(StrEnum):
    """What became of the thing."""

    TOOK_AWAY = "took_away"
    ADDED = "added"
    CHANGED = "changed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Where customers were told, or a page was changed, and on which day."""

    where: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One declared change, as its author wrote it."""

    id: str
    title: str
    changed: str
    kind: BulletinKind
    since: datetime
    answer: str
    """What an agent may tell a customer, as it stands."""
    until: datetime | None = None
    audience: str = ""
    """For whom, in the author's words; empty: for everybody."""
    aliases: tuple[str, ...] = ()
    """What it is called."""
    asked_like: tuple[str, ...] = ()
    """How customers word it."""
    said_like: tuple[str, ...] = ()
    """Wrong answers: what agents say who do not know of it."""
    announced: tuple[Announcement, ...] = ()
    """Where customers were told; empty: nobody declared that they were."""
    still_promised_on: tuple[str, ...] = ()
    """Pages that still say otherwise."""

    def is_in_force(self, at: datetime) -> bool:
        """Whether the change counts at this time."""
        return self.since <= at and (self.until is None or at < self.until)

    def is_announced(self, at: datetime) -> bool:
        """Whether customers had been told by then."""
        return any(told.date <= at.date() for told in self.announced)
