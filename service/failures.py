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


def after(error: HelpdeskError, *, tries: int, retry_s: Sequence[float], chance: float) -> Retry | GiveUp:
    """`tries`: how many there were, this one included. `chance`, 0.0 to 1.0, adds up to a fifth to the wait."""
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
        case _ if tries > len(retry_s):
            return GiveUp(
                reason=Reason.GAVE_UP if isinstance(error, ConflictError) else Reason.HELPDESK_UNREACHABLE,
                detail=f"{error}, after {tries} tries. Replay this dead letter once the helpdesk answers again.",
            )
    wait_s = retry_s[tries - 1] * (1 + chance / 5)
    if isinstance(error, RateLimitError) and error.retry_after_s is not None:
        wait_s = max(wait_s, error.retry_after_s * (1 + chance / 5))
    return Retry(wait=timedelta(seconds=wait_s))
