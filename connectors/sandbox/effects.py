"""The append-only log of everything that was really done through a vendor's API."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One side effect. `route` holds no ids; `marker` is what the writer left to recognise its own work by."""

    seq: int
    at: datetime
    method: str
    route: str
    ticket_id: str
    what: Mapping[str, object]
    marker: str | None = None


class Effects:
    """All effects so far, oldest first; also as JSON lines in a file that survives a kill, if a path is given."""

    def __init__(self, path: Path | None = None) -> None:
        self.all: list[Effect] = []
        self._path = path

    def record(
        self, request: tuple[str, str], ticket_id: int, what: Mapping[str, object], at: datetime, marker: str | None
    ) -> None:
        """Appends one effect; `request` is method and route. On disk before this returns."""
        method, route = request
        effect = Effect(
            seq=len(self.all) + 1,
            at=at,
            method=method,
            route=route,
            ticket_id=str(ticket_id),
            what=what,
            marker=marker,
        )
        self.all.append(effect)
        if self._path:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(effect) + b"\n")
                file.flush()
                os.fsync(file.fileno())
