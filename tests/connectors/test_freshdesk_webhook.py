"""Freshdesk's webhooks carry no signature, no event id and whatever an admin wrote into a template."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import SignatureError
from connectors.freshdesk.triggered import parse_triggered_event
from connectors.freshdesk.webhook import FreshdeskWebhook
from connectors.helpdesk import Delivery

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RECORDED = Path(__file__).parents[3] / "shared" / "recorded" / "freshdesk"
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
XML = {"content-type": "application/xml"}
reader = FreshdeskWebhook(account="acme", basics=[("hook", "old"), ("hook", "new")], headers=[("X-Ombuds", "käse")])


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def read(body: str | bytes, headers: dict[str, str] = JSON) -> Delivery:
    raw = body.encode() if isinstance(body, str) else body
    delivery = reader.read(headers, raw, now=NOW)
    assert delivery is not None
    return delivery


@pytest.mark.parametrize(
    "proof", [basic("hook", "old"), basic("hook", "new"), {"x-ombuds": "käse".encode().decode("latin-1")}]
)
def test_any_of_the_configured_credentials_is_a_proof(proof: dict[str, str]) -> None:
    """So that a password can be changed in Freshdesk and here at different times."""
    reader.verify(proof, b"", now=NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("hook", "wrong"),
        basic("other", "new"),
        {"authorization": "Basic not-base64!"},
        {"authorization": "Bearer new"},
        {"x-ombuds": ""},
        {"x-ombuds": "kase"},
        {"x-ombuds": "\ud800"},
    ],
)
def test_everything_else_is_no_proof(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        reader.verify(headers, b"", now=NOW)


@pytest.mark.parametrize("credentials", [{}, {"basics": [("hook", "")]}, {"headers": [("x-ombuds", "")]}])
def test_there_is_no_mode_without_a_secret(credentials: dict[str, list[tuple[str, str]]]) -> None:
    with pytest.raises(ValueError, match="Freshdesk webhook"):
        FreshdeskWebhook(account="acme", **credentials)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"freshdesk_webhook": {"ticket_id": 42, "triggered_event": "{status:{from:2,to:4}}"}}', JSON),
        ('{"ticket_id": "42", "triggered_event": "{status:{from:2,to:4}}"}', JSON),
        ('{"ticket": {"id": "42"}, "triggered_event": "{status:{from:2,to:4}}"}', JSON),
        ('{"ticket_id": 42, "agent": kim@shop.example, "triggered_event": {status:{from:2,to:4}}}', JSON),
        ('{"ticket_id": 42, "text": "two\nlines", "triggered_event": "{status:{from:2,to:4}}"}', JSON),
        (
            "ticket_id=42&triggered_event=%7Bstatus%3A%7Bfrom%3A2%2Cto%3A4%7D%7D",
            {"content-type": "application/x-www-form-urlencoded"},
        ),
        (
            "freshdesk_webhook[ticket_id]=42&freshdesk_webhook[triggered_event]={status:{from:2,to:4}}",
            {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        ),
        (
            '<hash><ticket_id type="integer">42</ticket_id><triggered_event>{status:x}</triggered_event></hash>',
            {"content-type": "application/xml"},
        ),
        ('{"ticket_id": 42, "triggered_event": "{status:x}"}'.encode("utf-16"), JSON),
    ],
)
def test_every_form_of_body_points_to_its_ticket(body: str | bytes, headers: dict[str, str]) -> None:
    assert read(body, headers).ticket_id == "42"


def test_broken_json_is_counted() -> None:
    delivery = read('{"ticket_id": 42, "agent": kim@shop.example, "triggered_event": {status:{from:2,to:4}}}')

    assert (delivery.defect, delivery.event) == ("broken_json_rescued", "status")


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '{"ticket_id": ""}', '{"ticket_id": true}', '{"ticket_id": -1}', "[" * 100_000, "\x00"]
)
def test_an_authentic_body_without_a_ticket_is_parked_and_not_refused(body: str) -> None:
    """Freshdesk would only send it again for a day."""
    delivery = read(body)

    assert (delivery.ticket_id, delivery.defect) == (None, "no_ticket_id")


def test_a_broken_body_with_two_candidates_is_not_guessed_at() -> None:
    """One of them may be the customer's words."""
    delivery = read('{"ticket_id": 42, "subject": "hi", "ticket_id": 7", x')

    assert (delivery.ticket_id, delivery.defect) == (None, "ambiguous_ticket_id")


def test_two_equal_automation_webhooks_are_two_deliveries() -> None:
    """With a template of ids, two honest events are equal to the byte; dropping one would lose it."""
    first, second = read('{"ticket_id": "42"}'), read('{"ticket_id": "42"}')

    assert first.id != second.id


def test_an_app_event_sent_again_is_the_same_delivery() -> None:
    body = json.dumps({"event": "onTicketUpdate", "timestamp": NOW.timestamp() - 60, "data": {"ticket": {"id": 42}}})

    first, second = read(body), read(body)

    assert (first.id, first.ticket_id) == (second.id, "42")
    assert first.occurred_at == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    "timestamp", [NOW.timestamp() * 1000 - 5000, str(int(NOW.timestamp() * 1000) - 5000), NOW.timestamp() - 5]
)
def test_an_app_event_tells_its_time_in_seconds_or_milliseconds(timestamp: object) -> None:
    body = {
        "event": "onConversationCreate",
        "timestamp": timestamp,
        "data": {"conversation": {"id": 5, "ticket_id": 452}},
    }

    delivery = read(json.dumps(body))

    assert (delivery.ticket_id, delivery.occurred_at) == ("452", NOW - timedelta(seconds=5))


@pytest.mark.parametrize("timestamp", [None, "soon", 0, 1e300, "NaN", 4_000_000_000])
def test_an_unbelievable_time_is_replaced_by_the_receipts(timestamp: object) -> None:
    """A ticket first seen is judged from that time on: 1970 would bring all of its past to court."""
    body = {"event": "onTicketUpdate", "timestamp": timestamp, "data": {"ticket": {"id": 42}}}

    assert read(json.dumps(body)).occurred_at == NOW


def test_archiving_is_not_an_agent_deleting() -> None:
    archived = {"event": "onTicketDelete", "data": {"ticket": {"id": 42, "archive": True}}}
    deleted = {"event": "onTicketDelete", "data": {"ticket": {"id": 42, "archive": False}}}

    assert [read(json.dumps(body)).event for body in (archived, deleted)] == ["ticket_archived", "ticket_deleted"]


@pytest.mark.parametrize("event", ["onCannedResponseUpdate", "onConversationDelete", "onAppInstall"])
def test_app_events_that_point_to_no_ticket_are_left_alone(event: str) -> None:
    assert (
        reader.read(JSON, json.dumps({"event": event, "data": {"conversation": {"id": 1}}}).encode(), now=NOW) is None
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("{note_type:private}", ("note_type", "private", None, None)),
        ("{status:{from:4,to:6}}", ("status", "", "4", "6")),
        ("{responder_id:{from:,to:12}}", ("responder_id", "", "", "12")),
        ("{ticket_type:{from:How: why, when,to:Incident}}", ("ticket_type", "", "How: why, when", "Incident")),
        ("{reply_sent:sent}", ("reply_sent", "sent", None, None)),
        ("status changed", ("", "", None, None)),
        ("", ("", "", None, None)),
        (None, ("", "", None, None)),
    ],
)
def test_the_brace_form_is_read_as_far_as_it_goes(
    raw: object, expected: tuple[str, str, str | None, str | None]
) -> None:
    event = parse_triggered_event(raw)

    assert (event.key, event.value, event.before, event.after) == expected


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not part of the repository")
def test_every_recorded_webhook_points_to_its_ticket() -> None:
    bodies = sorted((RECORDED / "webhook-zulip").glob("*.json"))

    assert bodies
    assert {read(path.read_bytes()).ticket_id for path in bodies} <= {"11", "12"}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not part of the repository")
def test_every_recorded_app_event_is_read() -> None:
    paths = sorted((RECORDED / "fdk-events").glob("*.json"))

    events = {path.stem: reader.read(JSON, path.read_bytes(), now=NOW) for path in paths}

    assert {name: delivery.ticket_id if delivery else None for name, delivery in events.items()} == {
        "onCannedResponseCreate": None,
        "onCannedResponseUpdate": None,
        "onConversationCreate": "452",
        "onConversationDelete": None,
        "onConversationUpdate": "2127",
        "onTicketCreate": "165",
        "onTicketDelete": "2805759",
        "onTicketUpdate": "205",
    }


@given(raw=st.text() | st.binary() | st.none() | st.from_regex(r"\{[a-z_]*:\{from:.*,to:.*\}\}"))
@settings(max_examples=200)
def test_no_triggered_event_raises(raw: object) -> None:
    assert parse_triggered_event(raw).label


@given(headers=st.dictionaries(st.sampled_from(["authorization", "x-ombuds"]), st.text()))
@settings(max_examples=200)
def test_no_header_raises_anything_but_a_signature_error(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        reader.verify(headers, b"", now=NOW)


NEARLY_JSON = st.text(st.sampled_from('{}[]":,\\ \n0123456789ticket_idevondatfreshsk<>=&\x00é'))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["ticket", "ticket_id", "id", "data", "event", "freshdesk_webhook"]), inner)
    ),
    max_leaves=12,
).map(json.dumps)


@given(
    body=st.binary() | NEARLY_JSON.map(str.encode) | JSON_VALUES.map(str.encode),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/xml", ""]),
)
@settings(max_examples=200)
def test_no_body_raises(body: bytes, kind: str) -> None:
    """A ticket id is digits only, or the delivery says what is wrong."""
    delivery = reader.read({"content-type": kind}, body, now=NOW)

    assert delivery is None or delivery.defect or (delivery.ticket_id or "").isdecimal()


def test_json_that_is_called_a_form_is_read_all_the_same() -> None:
    delivery = read('{"ticket_id": "11", "triggered_event": "{note_type:public}"}', FORM)

    assert (delivery.ticket_id, delivery.event, delivery.defect) == ("11", "note_type", None)


def test_a_template_with_an_event_of_its_own_is_no_app_event() -> None:
    """`once` begins like `onTicketUpdate`, and was passed over as an app event that is about no ticket."""
    assert read('{"event": "once", "data": {}, "ticket_id": "11"}').ticket_id == "11"
