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
)
from service.reasons import Reason

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
    match error:
        case NotFoundError():
            return GiveUp(reason=Reason.TICKET_GONE, detail=f"{error}: the ticket is not there.", gives_up_actions=True)
        case RefusedError():
            codes = ", ".join(word for word in error.code.split("; ") if _CODE.fullmatch(word))
            vendor = f" ({codes})" if codes else ""
            return GiveUp(
                reason=Reason.REFUSED,
                detail=f"{error}{vendor}. Mend the cause, then replay this dead letter.",
                gives_up_actions=True,
            )
        case CredentialsError():
            return GiveUp(reason=Reason.CREDENTIALS, detail=f"{error}, then replay this dead letter.")
        case _ if tries > len(patience.retry_s):
            return GiveUp(
                reason=Reason.GAVE_UP if isinstance(error, ConflictError) else Reason.HELPDESK_UNREACHABLE,
                detail=f"{error}, after {tries} tries. Replay this dead letter once the helpdesk answers again.",
            )
    asked_s = (error.retry_after_s or 0.0) if isinstance(error, RateLimitError) else 0.0
    left = patience.give_up_after - age
    if left <= timedelta(seconds=asked_s):
        hours = round(age / timedelta(hours=1), 1)
        asked = f", and the helpdesk asks to wait {asked_s:.0f} s" if asked_s else ""
        return GiveUp(
            reason=Reason.TOO_OLD,
            detail=f"{error}, after {tries} tries in {hours:g} hours{asked}. Replay it once the helpdesk answers.",
        )
    return Retry(wait=timedelta(seconds=max(patience.retry_s[tries - 1], asked_s) * (1 + chance / 5)))
