"""What becomes of a visit that failed: tried again later, or given up with a reason. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.errors import (
    ConflictError,
    CredentialsError,
    HelpdeskError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    UnaskedError,
)
from service.reasons import Reason

SHORTEST_WAIT_S = 1.0
_CODE = re.compile(r"[A-Za-z0-9_.]{1,60}")
"""A vendor's word for a refusal. Its sentences stay out of the log: they may name a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try again after a while, and not earlier."""

    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Park it. `detail` is for the operator: what happened, and what to do."""

    reason: Reason
    detail: str
    gives_up_actions: bool = False
    """What was to be done on the ticket is set aside, for it would fail each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long a visit is tried again: waits in seconds, and an age."""

    retry_s: Sequence[float]
    give_up_after: timedelta


def after(error: HelpdeskError, patience: Patience, *, tries: int, age: timedelta, chance: float) -> Retry | GiveUp:
    """`tries`: how many there were, this one included; `age`: since the first of them.

    `chance`, 0.0 to 1.0, adds up to a fifth to the wait, which is never shorter than the helpdesk asks for.
    """
    asked_s = (error.retry_after_s or 0.0) if isinstance(error, RateLimitError) else 0.0
    if isinstance(error, UnaskedError):
        wait_s = max(asked_s, SHORTEST_WAIT_S)
    else:
        given_up = _refused(error) or _used_up(error, patience, tries, age, asked_s)
        if given_up is not None:
            return given_up
        wait_s = max(patience.retry_s[tries - 1], asked_s)
    return Retry(wait=timedelta(seconds=wait_s * (1 + chance / 5)))


def _refused(error: HelpdeskError) -> GiveUp | None:
    """For what would fail each time."""
    match error:
        case NotFoundError():
            detail = f"{error}: the ticket is not there."
            return GiveUp(reason=Reason.TICKET_GONE, detail=detail, gives_up_actions=True)
        case RefusedError():
            codes = ", ".join(word for word in error.code.split("; ") if _CODE.fullmatch(word))
            vendor = f" ({codes})" if codes else ""
            detail = f"{error}{vendor}. Mend the cause, then replay this dead letter."
            return GiveUp(reason=Reason.REFUSED, detail=detail, gives_up_actions=True)
        case CredentialsError():
            return GiveUp(reason=Reason.CREDENTIALS, detail=f"{error}, then replay this dead letter.")
    return None


def _used_up(error: HelpdeskError, patience: Patience, tries: int, age: timedelta, asked_s: float) -> GiveUp | None:
    """For what was tried often or long enough, or would have been by the time the helpdesk asks for."""
    if tries > len(patience.retry_s):
        reason = Reason.GAVE_UP if isinstance(error, ConflictError) else Reason.HELPDESK_UNREACHABLE
        detail = f"{error}, after {tries} tries. Replay this dead letter once the helpdesk answers again."
        return GiveUp(reason=reason, detail=detail)
    if patience.give_up_after - age <= timedelta(seconds=asked_s):
        asked = f", and the helpdesk asks to wait {asked_s:.0f} s" if asked_s else ""
        detail = (
            f"{error}, after {tries} tries in {age / timedelta(hours=1):.1f} hours{asked}. Replay it when it may work."
        )
        return GiveUp(reason=Reason.TOO_OLD, detail=detail)
    return None
