"""What is paused right now: asked anew at each visit, and before each action."""

import errno
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from service.paused import Halt, Paused
from service.store.pauses import paused_in
from service.store.store import Store

_IS_NOT_THERE = (errno.ENOENT, errno.ENOTDIR)
log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Pauses:
    """Whatever was said in the store, by whoever shares it; and everything, as long as the file exists."""

    store: Store
    file: Path | None = None
    last: Paused = field(default_factory=Paused, init=False)
    """As it was seen last."""

    async def current(self) -> Paused:
        """At this moment: one row by its key and a look at the file, never remembered. Raises StoreError.

        What changes is told in the log.
        """
        return self.seen(await paused_in(self.store))

    def seen(self, paused: Paused) -> Paused:
        """The same for what the store was just found to say."""
        by_file = halted_by(self.file) if self.file is not None else None
        if by_file is not None:
            paused = replace(paused, everything=by_file)
        if paused != self.last:
            self.last = paused
            _tell(paused)
        return paused


def halted_by(file: Path) -> Halt | None:
    """The pause that a file stands for; None if there is no such file.

    A file that cannot be looked at may well be there, and so it pauses, too.
    """
    try:
        file.stat()
    except OSError as error:
        if error.errno in _IS_NOT_THERE:
            return None
        return Halt(since=None, reason=f"{file} cannot be looked at: {error.strerror}")
    return Halt(since=None, reason=f"{file} exists")


def warning(paused: Paused | None) -> str | None:
    """A sentence for operators, if anything is paused. `paused`: None if the store cannot tell."""
    if paused is None:
        return "nothing is done: the store cannot tell what is paused"
    if paused.everything is not None:
        return "everything is paused: judged and recorded, nothing is done"
    return "policies are paused: judged and recorded, nothing is done" if paused.policies else None


def _tell(paused: Paused) -> None:
    sentence = warning(paused)
    if sentence is None:
        log.info("nothing is paused any more")
        return
    reason = paused.everything.reason if paused.everything else None
    log.warning(sentence, reason=reason, policies=sorted(paused.policies))
