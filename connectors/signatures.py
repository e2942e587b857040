"""Proof of who sent a webhook: constant-time comparison and a tolerance for clocks. Pure."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.errors import SignatureError

TOLERANCE = timedelta(minutes=5)
"""How far a signature's timestamp may lie from our clock, either way. No vendor gives a figure; five is customary."""

_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z", re.ASCII)
_SHA256_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)


def hmac_sha256(secret: str, message: bytes) -> bytes:
    """32 bytes. The secret is used as its UTF-8 bytes, not decoded."""
    return hmac.digest(secret.encode(), message, hashlib.sha256)


def require_hmac(secrets: Sequence[str], message: bytes, signature: str) -> None:
    """Nothing if `signature` (base64) is the message's under one of the secrets. Raises SignatureError.

    Every secret is tried, so the time taken does not tell which one fits.
    """
    if not _SHA256_BASE64.fullmatch(signature):
        raise SignatureError("the signature is not 32 bytes in base64")
    given = base64.b64decode(signature)
    fits = [hmac.compare_digest(given, hmac_sha256(secret, message)) for secret in secrets]
    if not any(fits):
        raise SignatureError("the signature fits none of the secrets")


def require_same(expected: Sequence[str], given: str) -> None:
    """Nothing if `given` is one of the expected texts, compared in constant time. Raises SignatureError.

    Digests are compared, so neither length nor prefix shows.
    """
    digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
    fits = [hmac.compare_digest(digest, hashlib.sha256(text.encode()).digest()) for text in expected]
    if not any(fits):
        raise SignatureError("the credentials are not the ones configured")


def require_fresh(timestamp: str, now: datetime, *, tolerance: timedelta = TOLERANCE) -> datetime:
    """The time in a signature's timestamp (RFC 3339, UTC). Raises SignatureError if it is too old or too new.

    The pattern is exact because timestamp and body are signed without a delimiter: a looser one would let bytes
    move from one to the other.
    """
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("the timestamp is not in the form 2026-01-31T12:00:00Z")
    try:
        signed_at = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise SignatureError("the timestamp is no date") from error
    if abs(now - signed_at) > tolerance:
        raise SignatureError("the timestamp is too far from our clock")
    return signed_at
