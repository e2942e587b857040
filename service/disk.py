"""How much room is left where the store's file stands. A store on a server has its room elsewhere."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import structlog
from sqlalchemy import make_url

MIB = 1024 * 1024
log = structlog.get_logger(__name__)


class Room(StrEnum):
    """How much there is."""

    ENOUGH = "enough"
    LOW = "low"
    """Time to make some; webhooks are taken."""
    NONE = "none"
    """Webhooks are refused for a while, so that what was taken can still be finished."""


def free_bytes_of(folder: Path) -> int:
    """What an ordinary user may still write."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@dataclass(slots=True)
class Disk:
    """The room around one file, asked anew each time: it costs a few microseconds."""

    folder: Path
    keep_free_mib: float
    warn_free_mib: float
    measure: Callable[[Path], int] = free_bytes_of
    _told: Room = field(default=Room.ENOUGH)

    def free_bytes(self) -> int | None:
        """None if it cannot be told."""
        try:
            return self.measure(self.folder)
        except OSError:
            return None

    def room(self) -> Room:
        """How much there is; told in the log whenever it becomes more or less."""
        free = self.free_bytes()
        room = Room.ENOUGH
        if free is not None and free < self.warn_free_mib * MIB:
            room = Room.NONE if free < self.keep_free_mib * MIB else Room.LOW
        if room is not self._told:
            self._told = room
            tell = log.info if room is Room.ENOUGH else log.warning
            tell(SENTENCES[room], folder=str(self.folder), free_mib=None if free is None else round(free / MIB))
        return room


SENTENCES = {
    Room.ENOUGH: "there is room on the store's disk again",
    Room.LOW: "the store's disk is filling up: make room before webhooks are refused",
    Room.NONE: "the store's disk is full: webhooks are refused until there is room",
}


def disk_of(url: str, *, keep_free_mib: float, warn_free_mib: float) -> Disk | None:
    """The disk a store's file stands on; None for a server, and where nothing is to be kept free."""
    located = make_url(url)
    if located.get_backend_name() != "sqlite" or not located.database or max(keep_free_mib, warn_free_mib) <= 0:
        return None
    folder = Path(located.database).absolute().parent
    return Disk(folder=folder, keep_free_mib=keep_free_mib, warn_free_mib=max(warn_free_mib, keep_free_mib))
