"""Every error a connector raises. One class for each decision the caller takes.

ConnectorError
├─ WebhookError            their request to us; answered, counted, never queued
│  ├─ SignatureError         401
│  └─ PayloadError           400
└─ HelpdeskError           our request to them
   ├─ TransientError         no answer, timeout, 5xx: retry with back-off, then park
   │  ├─ UnansweredError     no answer at all; carries how far the request got
   │  └─ RateLimitError      carries retry_after_s
   │     ├─ MaintenanceError   5xx with a wait: down, and it says for how long
   │     └─ UnaskedError       we did not ask, to stay within its limits: costs no try
   ├─ CredentialsError       401, 403: park and page a human
   ├─ ConflictError          the ticket moved on since it was read: read, judge and decide again
   └─ RefusedError           other 4xx: park, do not retry
      └─ NotFoundError       404, 410: the ticket is gone
"""

from enum import StrEnum


class Silence(StrEnum):
    """How far a request got that was not answered."""

    NO_NAME = "its name is not known here"
    NO_CONNECTION = "no connection could be made"
    NO_TLS = "TLS could not be agreed on"
    TOO_SLOW = "it took too long"
    BROKEN_OFF = "it was broken off"


class ConnectorError(Exception):
    """The root: anything that goes wrong between a helpdesk and us."""


class WebhookError(ConnectorError):
    """A webhook we do not take."""


class SignatureError(WebhookError):
    """The sender could not prove who it is. Answered with 401 and nothing more."""


class PayloadError(WebhookError):
    """The sender is who it says it is, but the body cannot be read. Answered with 400."""


class HelpdeskError(ConnectorError):
    """A request of ours that the helpdesk did not carry out."""


class TransientError(HelpdeskError):
    """It may work later. For a write this means: perhaps it was carried out, so look before repeating."""


class UnansweredError(TransientError):
    """Nobody answered, or not to the end."""

    def __init__(self, message: str, *, silence: Silence) -> None:
        super().__init__(message)
        self.silence = silence


class RateLimitError(TransientError):
    """Too many requests. `retry_after_s` is the wait the helpdesk asks for in seconds, None if it did not say."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class MaintenanceError(RateLimitError):
    """The helpdesk is down, and says how long to wait."""


class UnaskedError(RateLimitError):
    """Nothing was asked: what is left of the helpdesk's limits is for something else, or it told us to wait."""


class CredentialsError(HelpdeskError):
    """The helpdesk does not know our credentials, or they lack a right."""


class ConflictError(HelpdeskError):
    """The ticket has changed since we read it."""


class RefusedError(HelpdeskError):
    """The helpdesk understood and said no. `status` is the HTTP status, `code` the vendor's word for it."""

    def __init__(self, message: str, *, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class NotFoundError(RefusedError):
    """What we asked for is not there, or no longer."""
