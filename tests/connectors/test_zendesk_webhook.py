"""Who may send a Zendesk webhook, and what is read from one."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import PayloadError, SignatureError
from connectors.zendesk.webhook import PUBLIC_TEST_SECRET, ZendeskWebhook

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0"
EVENT_ID = "5f3d2a10-0000-4000-8000-00000000000a"


@pytest.fixture
def webhook() -> ZendeskWebhook:
    return ZendeskWebhook(account="acme", secrets=[SECRET])


def signed(body: bytes, *, secret: str = SECRET, at: str = "2026-03-02T09:00:00Z", **more: str) -> dict[str, str]:
    mac = hmac.digest(secret.encode(), at.encode() + body, hashlib.sha256)
    return {
        "x-zendesk-webhook-signature": base64.b64encode(mac).decode(),
        "x-zendesk-webhook-signature-timestamp": at,
        **more,
    }


def envelope(kind: str = "ticket.comment_added", **changed: object) -> bytes:
    told = {
        "account_id": 1,
        "detail": {"id": "42", "status": "OPEN"},
        "event": {},
        "id": EVENT_ID,
        "subject": "zen:ticket:42",
        "time": "2026-03-02T08:59:59.672717030Z",
        "type": f"zen:event-type:{kind}",
        "zendesk_event_version": "2022-11-06",
    }
    return json.dumps(told | changed, indent=3).encode()


def test_a_body_signed_with_its_timestamp_is_taken(webhook: ZendeskWebhook) -> None:
    body = envelope()

    webhook.verify(signed(body), body, now=NOW)


def test_an_empty_body_can_be_signed(webhook: ZendeskWebhook) -> None:
    webhook.verify(signed(b""), b"", now=NOW)


@pytest.mark.parametrize("time", ["2026-03-02T20:00:00", "2026-03-02T20:00:00+01:00", "9999-12-31T23:59:59Z"])
def test_no_event_comes_from_the_future(webhook: ZendeskWebhook, time: str) -> None:
    """A time without its zone reads as hours from now: what happened until then would count as long past."""
    body = json.dumps({"ticket_id": "42", "updated_at": time}).encode()

    delivery = webhook.read(signed(body), body, now=NOW)

    assert delivery
    assert delivery.occurred_at == NOW


def test_where_the_details_hold_another_kind_of_id_the_subject_names_the_ticket(webhook: ZendeskWebhook) -> None:
    """Messages have ids of their own; what the details of their events hold is told in few words only."""
    body = envelope("messaging_ticket.message_added", detail={"id": "01HANAHCF4QSDH4KXY4G2SAR4C"})

    delivery = webhook.read(signed(body), body, now=NOW)

    assert delivery
    assert delivery.ticket_id == "42"


@pytest.mark.parametrize("secret", ["old", "new"])
def test_two_secrets_are_valid_while_one_replaces_the_other(secret: str) -> None:
    webhook = ZendeskWebhook(account="acme", secrets=["old", "new"])

    webhook.verify(signed(b"{}", secret=secret), b"{}", now=NOW)


@pytest.mark.parametrize("name", ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"])
@pytest.mark.parametrize("value", [None, "", "garbage", "2026-03-02T09:00:00Z\n", "é", "A" * 43 + "="])
def test_a_missing_or_garbled_proof_is_refused(webhook: ZendeskWebhook, name: str, value: str | None) -> None:
    headers = signed(b"{}")
    headers.pop(name)

    with pytest.raises(SignatureError):
        webhook.verify(headers if value is None else {**headers, name: value}, b"{}", now=NOW)


def test_a_changed_body_is_refused(webhook: ZendeskWebhook) -> None:
    with pytest.raises(SignatureError):
        webhook.verify(signed(b'{"ticket_id": "1"}'), b'{"ticket_id": "2"}', now=NOW)


@pytest.mark.parametrize(("signed_at", "body"), [("2026-03-02T09:00:00", b"Z{}"), ("2026-03-02T09:00:00Z{", b"}")])
def test_bytes_cannot_move_between_timestamp_and_body(webhook: ZendeskWebhook, signed_at: str, body: bytes) -> None:
    """They are signed without anything between them, so the signature alone would hold."""
    headers = signed(b"{}") | {"x-zendesk-webhook-signature-timestamp": signed_at}

    with pytest.raises(SignatureError, match="timestamp"):
        webhook.verify(headers, body, now=NOW)


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_signature_from_another_time_is_refused(webhook: ZendeskWebhook, late: timedelta) -> None:
    with pytest.raises(SignatureError):
        webhook.verify(signed(b"{}"), b"{}", now=NOW + late)


def test_an_old_event_signed_just_now_is_taken(webhook: ZendeskWebhook) -> None:
    """Zendesk signs each attempt anew: what counts is when it was signed, not when the event happened."""
    body = envelope(time="2026-03-01T01:00:00Z")

    webhook.verify(signed(body), body, now=NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["good", ""], [PUBLIC_TEST_SECRET]])
def test_without_a_secret_of_our_own_there_is_no_webhook(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        ZendeskWebhook(account="acme", secrets=secrets)


def test_an_event_tells_its_ticket_its_kind_and_its_time(webhook: ZendeskWebhook) -> None:
    delivery = webhook.read({}, envelope(), now=NOW)

    assert delivery is not None
    assert (delivery.helpdesk, delivery.account, delivery.ticket_id) == ("zendesk", "acme", "42")
    assert (delivery.id, delivery.event) == (EVENT_ID, "ticket.comment_added")
    assert delivery.occurred_at == datetime(2026, 3, 2, 8, 59, 59, tzinfo=UTC)
    assert delivery.received_at == NOW


def test_a_message_in_a_chat_is_about_a_ticket(webhook: ZendeskWebhook) -> None:
    delivery = webhook.read({}, envelope("messaging_ticket.message_added", id="01HMA0000000000000000000AA"), now=NOW)

    assert delivery is not None
    assert (delivery.ticket_id, delivery.id) == ("42", "01HMA0000000000000000000AA")


def test_a_kind_of_event_we_never_heard_of_is_still_a_delivery(webhook: ZendeskWebhook) -> None:
    """Its name is no label for a metric: anybody could invent a million of them."""
    delivery = webhook.read({}, envelope("ticket.painted_blue"), now=NOW)

    assert delivery is not None
    assert (delivery.ticket_id, delivery.event) == ("42", "unknown")


@pytest.mark.parametrize("kind", ["user.deleted", "organization.created", "article.published"])
def test_an_event_about_something_else_is_no_delivery(webhook: ZendeskWebhook, kind: str) -> None:
    assert webhook.read({}, envelope(kind), now=NOW) is None


@pytest.mark.parametrize("ticket_id", ['"42"', "42"])
def test_a_triggers_body_needs_only_a_ticket_id(webhook: ZendeskWebhook, ticket_id: str) -> None:
    body = f'{{"ticket_id": {ticket_id}, "updated_at": "2026-03-02T08:58:00Z"}}'.encode()

    delivery = webhook.read({}, body, now=NOW)

    assert delivery is not None
    assert (delivery.ticket_id, delivery.event) == ("42", "trigger")
    assert delivery.occurred_at == datetime(2026, 3, 2, 8, 58, tzinfo=UTC)


def test_a_triggers_delivery_is_the_same_at_every_attempt(webhook: ZendeskWebhook) -> None:
    body, invocation = b'{"ticket_id": "42"}', {"x-zendesk-webhook-invocation-id": "01HANA2B00000000000000000A"}

    first = webhook.read(signed(body, **invocation), body, now=NOW)
    again = webhook.read(signed(body, at="2026-03-02T09:01:00Z", **invocation), body, now=NOW)

    assert first
    assert again
    assert first.id == again.id


def test_an_invocation_id_cannot_be_put_on_another_body(webhook: ZendeskWebhook) -> None:
    """It is not signed: without the body in the id, a replayed body could take the place of a true delivery."""
    invocation = {"x-zendesk-webhook-invocation-id": "01HANA2B00000000000000000A"}

    true = webhook.read(invocation, b'{"ticket_id": "42"}', now=NOW)
    forged = webhook.read(invocation, b'{"ticket_id": "43"}', now=NOW)

    assert true
    assert forged
    assert true.id != forged.id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ticket_id=42",
        b"NaN",
        b'{"ticket_id": NaN}',
        b'{"ticket_id": "42"',
        b'{"ticket_id": "42"} {}',
        b'{"ticket_id": "\\ud800"}',
        b'{"ticket_id": "42\\u0000"}',
        b'{"ticket_id": "42; drop"}',
        b'{"ticket_id": "042"}',
        b'{"ticket_id": "\xd9\xa4\xd9\xa2"}',
        b'{"ticket_id": -42}',
        b'{"ticket_id": 42.0}',
        b'{"ticket_id": true}',
        b'{"ticket_id": null}',
        b'{"ticket_id": ["42"]}',
        b'{"ticket_id": ' + b"9" * 5_000 + b"}",
        b'{"ticket_id": -' + b"9" * 500 + b"}",
        b"[" * 200_000,
        b'"42"',
        b"\xff\xfe" + '{"ticket_id": "42"}'.encode("utf-16-le"),
        b"\xef\xbb\xbf" + b'{"ticket_id": "42"}',
        envelope(detail={"id": "forty-two"}, subject=None),
        envelope(detail=None, subject=None),
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_cannot_be_read_is_a_payload_error(webhook: ZendeskWebhook, body: bytes) -> None:
    with pytest.raises(PayloadError):
        webhook.read({}, body, now=NOW)


@settings(max_examples=150)
@given(
    headers=st.dictionaries(
        st.sampled_from(["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"]), st.text(max_size=60)
    ),
    body=st.binary(max_size=200),
)
def test_no_proof_at_all_does_more_than_be_refused(headers: dict[str, str], body: bytes) -> None:
    webhook = ZendeskWebhook(account="acme", secrets=[SECRET])

    with pytest.raises(SignatureError):
        webhook.verify(headers, body, now=NOW)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(
    told=st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["zen:event-type:ticket.created", "zen:event-type:", "x"]) | JSON_VALUES,
            "id": JSON_VALUES,
            "detail": st.fixed_dictionaries({"id": JSON_VALUES}) | JSON_VALUES,
            "subject": JSON_VALUES,
            "time": st.datetimes().map(str) | JSON_VALUES,
            "ticket_id": JSON_VALUES,
        },
    ),
    invocation=st.text(max_size=70),
)
def test_any_json_is_a_delivery_nothing_or_a_payload_error(told: dict[str, object], invocation: str) -> None:
    webhook = ZendeskWebhook(account="acme", secrets=[SECRET])
    headers = {"x-zendesk-webhook-invocation-id": invocation}

    try:
        delivery = webhook.read(headers, json.dumps(told).encode(), now=NOW)
    except PayloadError:
        return

    assert delivery is None or (delivery.ticket_id or "").isdigit()
    assert delivery is None or delivery.occurred_at.tzinfo is UTC


@settings(max_examples=150)
@given(body=st.binary(max_size=300))
def test_any_bytes_are_a_delivery_nothing_or_a_payload_error(body: bytes) -> None:
    webhook = ZendeskWebhook(account="acme", secrets=[SECRET])

    try:
        webhook.read({}, body, now=NOW)
    except PayloadError:
        return


def test_recorded_events_are_all_read(webhook: ZendeskWebhook, recorded: Path) -> None:
    bodies = {path.stem: path.read_bytes() for path in (recorded / "zendesk" / "event_samples").glob("*.json")}

    deliveries = {name: webhook.read({}, body, now=NOW) for name, body in bodies.items()}

    assert deliveries
    for name, delivery in deliveries.items():
        assert delivery, name
        assert delivery.ticket_id == "5158", name
        assert name.startswith(delivery.event), name


def test_published_signatures_are_judged_as_they_should_be(recorded: Path) -> None:
    for vector in json.loads((recorded / "zendesk" / "signature_vectors.json").read_text()):
        if "body" not in vector or vector["secret"] == PUBLIC_TEST_SECRET:
            continue
        webhook = ZendeskWebhook(account="acme", secrets=[vector["secret"]])
        headers = {
            "x-zendesk-webhook-signature": vector["signature"],
            "x-zendesk-webhook-signature-timestamp": vector["timestamp"],
        }

        with pytest.raises(SignatureError, match="fits none"):
            webhook.verify(headers, vector["body"].encode(), now=datetime.fromisoformat(vector["timestamp"]))
        assert not vector["valid"]
