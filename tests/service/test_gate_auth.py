"""Who may ask the gate. What is wrong with a token, nobody learns; so each case here is one that must be refused."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gate_auth import is_the_app
from service.secret import Secret

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET, OTHER = "s" * 40, "o" * 40
SECRETS = (Secret(SECRET),)


def token(secret: str = SECRET, *, algorithm: str = "HS256", left_s: float = 60, **claims: Any) -> str:
    ends = {"exp": NOW.timestamp() + left_s, "aud": "zendesk/acme"}
    return jwt.encode(ends | claims, secret, algorithm=algorithm)


def by_hand(algorithm: str, secret: str = SECRET) -> str:
    """With a header that says anything, and an HMAC all the same."""
    claims = {"exp": NOW.timestamp() + 60, "aud": "zendesk/acme"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": algorithm}, claims)]
    mark = hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(mark).rstrip(b"=")]).decode()


def is_zendesk(authorization: str, secrets: tuple[Secret, ...] = SECRETS) -> bool:
    return is_the_app("zendesk", "acme", secrets, authorization, NOW)


def test_a_token_that_zendesk_signed_for_this_account_is_taken() -> None:
    assert is_zendesk(f"Bearer {token()}")
    assert is_zendesk(f"bearer {by_hand('HS256')}")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="none"),
        pytest.param("Bearer ", id="empty"),
        pytest.param(f"Basic {SECRET}", id="another scheme"),
        pytest.param(f"Bearer {SECRET}", id="the secret itself"),
        pytest.param(f"Bearer {token(OTHER)}", id="forged"),
        pytest.param(f"Bearer {token(left_s=-61)}", id="expired"),
        pytest.param(f"Bearer {token(left_s=661)}", id="valid for too long"),
        pytest.param(f"Bearer {token(exp=True)}", id="expiry that is no number"),
        pytest.param(f"Bearer {token(exp=float('nan'))}", id="expiry that is no time"),
        pytest.param(f"Bearer {token(exp=10**400)}", id="expiry that no clock reaches"),
        pytest.param(f"Bearer {jwt.encode({'aud': 'zendesk/acme'}, SECRET)}", id="never expires"),
        pytest.param(f"Bearer {jwt.encode({'exp': NOW.timestamp() + 60}, SECRET)}", id="for nobody"),
        pytest.param(f"Bearer {token(aud='zendesk/other')}", id="for another account"),
        pytest.param(f"Bearer {token(aud='freshdesk/acme')}", id="for another helpdesk"),
        pytest.param(f"Bearer {token(aud=['zendesk/acme', 'zendesk/other'])}", id="for several accounts"),
        pytest.param(f"Bearer {token('s' * 64, algorithm='HS512')}", id="another algorithm"),
        pytest.param(f"Bearer {by_hand('HS512')}", id="says another algorithm"),
        pytest.param(f"Bearer {by_hand('RS256')}", id="says a public key's algorithm"),
        pytest.param(f"Bearer {by_hand('none')}", id="says no algorithm"),
        pytest.param(f"Bearer {by_hand('none').rpartition('.')[0]}.", id="unsigned"),
        pytest.param(f"Bearer {token(padding='x' * 4_096)}", id="longer than any of ours"),
        pytest.param(f"Bearer {base64.b64encode(b'[' * 2_500).decode()}.e30.x", id="deeply nested"),
    ],
)
def test_any_other_token_is_refused(authorization: str) -> None:
    assert not is_zendesk(authorization)


@given(st.text(max_size=200))
def test_no_text_is_taken_for_a_token_and_none_breaks(text: str) -> None:
    assert not is_zendesk(f"Bearer {text}")
    assert not is_the_app("freshdesk", "acme", SECRETS, f"Bearer {text}", NOW)


def test_freshdesk_brings_the_secret_itself() -> None:
    def is_freshdesk(authorization: str) -> bool:
        return is_the_app("freshdesk", "acme", SECRETS, authorization, NOW)

    assert is_freshdesk(f"Bearer {SECRET}")
    assert not any(map(is_freshdesk, ["", SECRET, f"Bearer {SECRET}x", f"Bearer {OTHER}", f"Bearer {token()}"]))


def test_while_a_secret_is_changed_both_are_taken() -> None:
    both = (Secret(OTHER), Secret(SECRET))

    assert is_zendesk(f"Bearer {token(SECRET)}", both)
    assert is_zendesk(f"Bearer {token(OTHER)}", both)
    assert is_the_app("freshdesk", "acme", both, f"Bearer {SECRET}", NOW)
    assert not is_zendesk(f"Bearer {token(SECRET)}", (Secret(OTHER),))
