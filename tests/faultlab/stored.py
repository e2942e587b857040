"""What stands in the store, read past the service: rows for the checker, and whether everything came to rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from grounds import RuinedError
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError

BOOKMARKS = "lab_bookmarks"
"""Every move of a bookmark, in the order of commits; a trigger of the lab's own writes it."""

_SQLITE = f"""
CREATE TABLE {BOOKMARKS} (seq INTEGER PRIMARY KEY AUTOINCREMENT, ticket_seq INTEGER, bookmark TEXT);
CREATE TRIGGER lab_bookmark AFTER UPDATE OF bookmark ON tickets WHEN NEW.bookmark IS NOT NULL
BEGIN INSERT INTO {BOOKMARKS} (ticket_seq, bookmark) VALUES (NEW.seq, NEW.bookmark); END;
"""
_POSTGRESQL = f"""
CREATE TABLE {BOOKMARKS} (seq BIGSERIAL PRIMARY KEY, ticket_seq BIGINT, bookmark TEXT);
CREATE FUNCTION lab_bookmark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO {BOOKMARKS} (ticket_seq, bookmark) VALUES (NEW.seq, NEW.bookmark); RETURN NEW; END $$;
CREATE TRIGGER lab_bookmark AFTER UPDATE OF bookmark ON tickets FOR EACH ROW
WHEN (NEW.bookmark IS NOT NULL) EXECUTE FUNCTION lab_bookmark();
"""
_WAITING = (
    "SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'pending')"
    " + (SELECT COUNT(*) FROM tickets WHERE due_at IS NOT NULL OR lease_until IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One store, looked at from outside."""

    engine: Engine

    @classmethod
    def at(cls, url: str) -> "Stored":
        """By the URL in the service's settings."""
        return cls(create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_pre_ping=True))

    def watch_bookmarks(self) -> None:
        """From now on every move of a bookmark is written down, in the service's own transaction."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.connection.executescript(_SQLITE)  # type: ignore[attr-defined]
            else:
                connection.execute(text(_POSTGRESQL))

    def rows(self, query: str) -> Sequence[Any]:
        """The rows of a query. Raises RuinedError if the store cannot be read any more."""
        try:
            with self.engine.connect() as connection:
                return connection.execute(text(query)).all()
        except DatabaseError as error:
            if "malformed" in str(error):
                raise RuinedError(str(error.orig)) from error
            raise

    def waiting(self) -> int:
        """Deliveries and tickets that somebody still has to do something about."""
        return int(self.rows(_WAITING)[0][0])

    def deliveries(self) -> list[tuple[str, str]]:
        """(id, state), without those that no webhook brought."""
        found = self.rows("SELECT id, state FROM deliveries WHERE event <> 'reconciled' ORDER BY seq")
        return [(row.id, row.state) for row in found]

    def decisions(self) -> list[tuple[str, str]]:
        """(ticket, change), oldest first."""
        found = self.rows(
            "SELECT ticket_id, change_id FROM decisions JOIN tickets ON tickets.seq = ticket_seq ORDER BY decisions.seq"
        )
        return [(row.ticket_id, row.change_id) for row in found]

    def decided_at(self) -> dict[str, float]:
        """When each change was first judged, as seconds of the wall clock."""
        found = self.rows("SELECT change_id, MIN(recorded_at) AS at FROM decisions GROUP BY change_id")
        return {row.change_id: row.at / 1e6 for row in found}

    def policies_of_decisions(self) -> list[list[str]]:
        """The ids of the policies that judged each decision, oldest first."""
        found = self.rows("SELECT verdict FROM decisions ORDER BY seq")
        return [[one["policy"] for one in msgspec.json.decode(row.verdict)["outcomes"]] for row in found]

    def parked(self) -> dict[str, tuple[str, float]]:
        """Why and when each ticket was given up of which a dead letter waits, by its id, as seconds of the clock."""
        found = self.rows(
            "SELECT ticket_id, reason, parked_at FROM dead_letters JOIN tickets ON tickets.seq = ticket_seq"
            " WHERE replayed_at IS NULL ORDER BY dead_letters.seq"
        )
        return {row.ticket_id: (row.reason, row.parked_at / 1e6) for row in found}

    def late(self) -> int:
        """Tickets that wait for a time."""
        return int(self.rows("SELECT COUNT(*) FROM tickets WHERE due_at IS NOT NULL AND lease_until IS NULL")[0][0])

    def revision(self) -> str:
        """How far the tables have come."""
        return str(self.rows("SELECT version_num FROM alembic_version")[0][0])

    def leased(self) -> int:
        """Tickets that somebody is visiting."""
        return int(self.rows("SELECT COUNT(*) FROM tickets WHERE lease_until IS NOT NULL")[0][0])

    def visits(self, ticket: str) -> int:
        """How often a ticket was taken up."""
        found = {row.ticket_id: row.token for row in self.rows("SELECT ticket_id, token FROM tickets")}
        return int(found.get(ticket, 0))

    def bookmarks(self) -> list[tuple[str, int]]:
        """(ticket, change) at every move."""
        found = self.rows(
            f"SELECT ticket_id, {BOOKMARKS}.bookmark FROM {BOOKMARKS}"
            f" JOIN tickets ON tickets.seq = ticket_seq ORDER BY {BOOKMARKS}.seq"
        )
        read = ((ticket, msgspec.json.decode(bookmark)) for ticket, bookmark in found)
        return [(ticket, int(one["audit"] if "audit" in one else one["conversations"])) for ticket, one in read]

    def actions(self) -> list[tuple[str, str]]:
        """(id, state)."""
        return [(row.id, row.state) for row in self.rows("SELECT id, state FROM actions")]

    def is_sound(self) -> bool:
        """What SQLite says of its file; a server looks after its own."""
        if self.engine.dialect.name != "sqlite":
            return True
        return [row[0] for row in self.rows("PRAGMA integrity_check")] == ["ok"]
