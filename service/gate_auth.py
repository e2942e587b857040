"""Whether a request to the gate comes from the account's own app. Pure; the clock is an argument.

Zendesk's proxy signs a JSON Web Token with the app's secure setting: HS256 and no other, for this account, soon over.
Freshdesk's proxy sends the secure installation parameter itself. Who the agent is, neither of them proves.
Sources: Zendesk, "Making API requests from a Zendesk app"; Freshworks, "Request method"; read 2026-11.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt

from service.secret import Secret

LONGEST_LIFE = timedelta(minutes=10)
SKEW = timedelta(seconds=60)
"""How far the clock of whoever signs may be from ours."""
_LONGEST_TOKEN = 4_096
_SCHEME = "bearer "


def is_the_app(kind: str, account: str, secrets: Sequence[Secret], authorization: str, now: datetime) -> bool:
    """Whether the header proves that the account's app asks. `secrets`: those valid at the moment."""
    token = authorization[len(_SCHEME) :]
    if not authorization.lower().startswith(_SCHEME) or len(token) > _LONGEST_TOKEN:
        return False
    keys = [secret.reveal() for secret in secrets]
    # Each is tried, whichever fits, so that the time tells nothing.
    if kind == "zendesk":
        fits = [_is_signed(token, key, f"{kind}/{account}", now) for key in keys]
    else:
        fits = [_is_same(token, key) for key in keys]
    return any(fits)


def _is_signed(token: str, key: str, audience: str, now: datetime) -> bool:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            audience=audience,
            # The time is held against our own clock, below.
            options={"require": ["exp", "aud"], "strict_aud": True, "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, RecursionError):
        return False
    return _is_timely(claims["exp"], now)


def _is_timely(ends: object, now: datetime) -> bool:
    if isinstance(ends, bool) or not isinstance(ends, int | float):
        return False
    # Compared, not subtracted: a number may be too large to be reckoned with.
    return (now - SKEW).timestamp() < ends <= (now + LONGEST_LIFE + SKEW).timestamp()


def _is_same(token: str, key: str) -> bool:
    """In a time that tells neither the secret nor how long it is."""
    left, right = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (token, key))
    return hmac.compare_digest(left, right)
