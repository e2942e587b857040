"""Connecting a Zendesk account: from whatever is there to what is wanted, and nothing of anybody else's is touched."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import CredentialsError, TransientError
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.setup_plan import Doing, Step, plan
from connectors.zendesk.setup import ZendeskSetup
from connectors.zendesk.wanted import our_triggers, our_webhooks

HOST = "ombuds.acme.example/webhooks/zendesk/acme"
ENDPOINT = f"https://{HOST}"
OTHER = "https://test.acme.example/webhooks/zendesk/acme"
EVENTS = [
    f"zen:event-type:ticket.{event}"
    for event in ("comment_added", "created", "merged", "status_changed", "tags_changed")
]
CALLED = ["conditional_ticket_events"]


def setup_of(url: str, endpoint: str = ENDPOINT, **parts: Any) -> ZendeskSetup:
    return ZendeskSetup(base_url=url, email="bot@acme.example", api_token="sandbox-token", endpoint=endpoint, **parts)


async def connect(setup: ZendeskSetup, *, remove: bool = False) -> list[Step]:
    """The steps that did something."""
    try:
        await setup.whoami()
        found = await setup.look()
        steps = plan(found.things, () if remove else setup.wanted(found))
        doing = [step for step in steps if step.doing is not Doing.KEEP]
        for step in doing:
            await setup.do(step)
    finally:
        await setup.aclose()
    return doing


def told(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.doing.value, step.thing.kind) for step in steps]


@dataclass(frozen=True, kw_only=True)
class Place:
    sandbox: ZendeskSandbox
    desk: SandboxClient
    url: str

    async def connect(self, *, remove: bool = False, **parts: Any) -> list[Step]:
        return await connect(setup_of(self.url, **parts), remove=remove)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    sandbox = ZendeskSandbox(account="acme")
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        yield Place(sandbox=sandbox, desk=desk, url=url)


webhooks = st.fixed_dictionaries(
    {
        "name": st.sampled_from([f"Ombuds: by event, to {HOST}", f"Ombuds: by trigger, to {HOST}", "Ombuds", "Chat"]),
        "endpoint": st.sampled_from([ENDPOINT, OTHER, "https://chat.example/in"]),
        "status": st.sampled_from(["active", "inactive"]),
        "http_method": st.sampled_from(["POST", "PUT"]),
        "request_format": st.sampled_from(["json", "xml"]),
        "subscriptions": st.sampled_from([EVENTS, EVENTS[1:], EVENTS[::-1], CALLED]),
    }
)
conditions = st.sampled_from(
    [
        [],
        [{"field": "update_type", "operator": "is", "value": "Change"}],
        [
            {"field": "role", "operator": "is_not", "value": "7000000000002"},
            {"field": "update_type", "operator": "is", "value": "Create"},
        ],
    ]
)
triggers = st.fixed_dictionaries(
    {
        "title": st.sampled_from(
            [f"Ombuds: ticket {part}, to {HOST}" for part in ("updated", "created")]
            + [f"Ombuds: ticket updated, to {OTHER.partition('://')[2]}", "Notify requester"]
        ),
        "active": st.booleans(),
        "conditions": conditions.map(lambda every: {"all": every, "any": []}),
        "actions": st.sampled_from([[{"field": "notification_webhook", "value": ["01HOOK", "{}"]}]]),
    }
)


def is_foreign(thing: dict[str, Any]) -> bool:
    """By the words of the documentation, and not by the code's."""
    if "title" in thing:
        return thing["title"] not in (f"Ombuds: ticket updated, to {HOST}", f"Ombuds: ticket created, to {HOST}")
    if thing["name"] in (f"Ombuds: by event, to {HOST}", f"Ombuds: by trigger, to {HOST}"):
        return False
    return thing["endpoint"] != ENDPOINT or not thing["name"].startswith("Ombuds")


@settings(max_examples=60)
@given(
    hooks=st.lists(webhooks, max_size=4),
    rules=st.lists(triggers, max_size=4),
    by_trigger=st.booleans(),
    remove=st.booleans(),
)
def test_from_any_beginning_one_run_is_enough_and_strangers_stay(
    hooks: list[dict[str, Any]], rules: list[dict[str, Any]], by_trigger: bool, remove: bool
) -> None:
    """Edited by hand, doubled, half done, of the other way, or removed: the next run finds nothing to do."""
    sandbox = ZendeskSandbox(account="acme")
    there = [sandbox.rules.add_webhook(one) for one in hooks] + [sandbox.rules.triggers.add(one) for one in rules]
    strangers = [dict(one) for one in there if is_foreign(one)]

    async def run() -> list[Step]:
        transport = httpx.ASGITransport(sandbox.app)
        return await connect(setup_of("http://127.0.0.1", by_trigger=by_trigger, transport=transport), remove=remove)

    asyncio.run(run())
    again = asyncio.run(run())

    now = [dict(one) for one in [*sandbox.rules.webhooks.values(), *sandbox.rules.triggers.set_up()]]
    assert again == []
    assert [one for one in now if is_foreign(one)] == strangers
    assert len(now) - len(strangers) == (0 if remove else 3 if by_trigger else 1)


async def test_the_webhook_subscribes_to_what_the_readme_lists(place: Place) -> None:
    await place.connect()

    [webhook] = place.sandbox.rules.webhooks.values()
    assert (webhook["endpoint"], webhook["subscriptions"], webhook["status"]) == (ENDPOINT, EVENTS, "active")
    assert (webhook["http_method"], webhook["request_format"]) == ("POST", "json")


async def test_two_triggers_call_the_webhook_for_everybody_but_ourselves(place: Place) -> None:
    """The condition on the current user is the loop guard."""
    await place.connect(by_trigger=True)

    [webhook] = place.sandbox.rules.webhooks.values()
    guard = {"field": "role", "operator": "is_not", "value": place.sandbox.bot_id}
    for trigger, kind in zip(place.sandbox.rules.triggers.set_up(), ("Change", "Create"), strict=True):
        update = {"field": "update_type", "operator": "is", "value": kind}
        assert trigger["conditions"] == {"all": [guard, update], "any": []}
        assert [action["value"][0] for action in trigger["actions"]] == [webhook["id"]]


async def test_what_was_edited_by_hand_is_told_and_mended(place: Place) -> None:
    await place.connect(by_trigger=True)
    [webhook] = place.sandbox.rules.webhooks.values()
    webhook |= {"status": "inactive", "authentication": {"type": "basic_auth"}}
    updated, _ = place.sandbox.rules.triggers.set_up()
    updated["conditions"] = {"all": [], "any": []}

    steps = await place.connect(by_trigger=True)

    assert [(step.thing.kind, step.differs) for step in steps] == [
        ("webhook", ("status",)),
        ("trigger", ("conditions",)),
    ]
    [mended] = place.sandbox.rules.webhooks.values()
    assert (mended["status"], mended["authentication"]) == ("active", {"type": "basic_auth"})


async def test_a_webhook_whose_answer_was_lost_is_found_and_not_made_twice(place: Place) -> None:
    await place.desk.fault("POST", "/api/v2/webhooks", "apply_then_drop")

    with pytest.raises(TransientError):
        await place.connect()
    steps = await place.connect()

    assert steps == []
    assert len(place.sandbox.rules.webhooks) == 1


async def test_of_two_webhooks_the_one_in_use_is_kept(place: Place) -> None:
    """Its secret stands in the settings already."""
    await place.connect()
    [first] = place.sandbox.rules.webhooks
    second = place.sandbox.rules.add_webhook(place.sandbox.rules.webhooks[first])["id"]

    steps = await place.connect(webhook_id=second)

    assert told(steps) == [("remove", "webhook")]
    assert list(place.sandbox.rules.webhooks) == [second]


@pytest.mark.parametrize(("endpoint", "steps"), [(ENDPOINT, [("change", "webhook")]), (OTHER, [("create", "webhook")])])
async def test_the_one_in_use_is_known_by_its_id_where_it_goes_to_us(
    endpoint: str, steps: list[tuple[str, str]], place: Place
) -> None:
    """Renamed by hand it would be made twice; and what another installation uses may stand in copied settings."""
    await place.connect()
    [(used, webhook)] = place.sandbox.rules.webhooks.items()
    webhook |= {"name": "Quality", "endpoint": endpoint}

    assert told(await place.connect(webhook_id=used)) == steps
    assert len(place.sandbox.rules.webhooks) == len(steps) + (endpoint == OTHER)


async def test_the_way_is_changed_without_a_gap(place: Place) -> None:
    """Zendesk lets no webhook change its connection, so the new one is there before the old one goes."""
    await place.connect()

    steps = await place.connect(by_trigger=True)
    back = await place.connect(by_trigger=False)

    assert told(steps) == [("create", "webhook"), ("create", "trigger"), ("create", "trigger"), ("remove", "webhook")]
    assert told(back) == [("create", "webhook"), ("remove", "trigger"), ("remove", "trigger"), ("remove", "webhook")]


@pytest.mark.parametrize("lost", ["webhook", "trigger"])
async def test_who_does_not_name_the_way_keeps_it(lost: str, place: Place) -> None:
    """To mend is not to change: a new webhook has a new secret, and the account's plan may have no events."""
    await place.connect(by_trigger=True)
    setup = setup_of(place.url)
    thing = next(one for one in (await setup.look()).things if one.kind == lost)
    await setup.do(Step(doing=Doing.REMOVE, thing=thing))
    await setup.aclose()

    await place.connect()

    assert (len(place.sandbox.rules.webhooks), len(place.sandbox.rules.triggers.set_up())) == (1, 2)


async def test_two_installations_at_one_account_leave_each_other_alone(place: Place) -> None:
    await place.connect(by_trigger=True)
    await place.connect(by_trigger=True, endpoint=OTHER)

    await place.connect(endpoint=OTHER, remove=True)

    assert (len(place.sandbox.rules.webhooks), len(place.sandbox.rules.triggers.set_up())) == (1, 2)
    assert await place.connect(by_trigger=True) == []


async def test_a_stranger_that_goes_to_us_is_told(place: Place) -> None:
    hook = {"name": "By hand", "endpoint": ENDPOINT, "status": "active", "http_method": "POST"}
    place.sandbox.rules.add_webhook({**hook, "request_format": "json", "subscriptions": EVENTS})
    setup = setup_of(place.url)

    found = await setup.look()
    await setup.aclose()

    assert not found.things
    assert "By hand" in found.remarks[0]


async def test_who_may_not_see_webhooks_is_told_so(place: Place) -> None:
    await place.desk.fault("GET", "/api/v2/webhooks", status=403)

    with pytest.raises(CredentialsError):
        await place.connect()


async def test_the_secret_is_the_webhooks_own(place: Place) -> None:
    await place.connect()
    setup = setup_of(place.url)
    setup.wanted(await setup.look())

    secret = await setup.signing_secret()
    await setup.aclose()

    assert secret == place.sandbox.rules.secret(setup.webhook_id)


@pytest.mark.parametrize(("by_trigger", "calls"), [(True, 1), (False, 3)])
async def test_triggers_are_not_called_by_what_ombuds_writes(place: Place, by_trigger: bool, calls: int) -> None:
    """Events are, and Ombuds passes over them: a customer's new ticket is two events, our note the third."""
    await place.connect(endpoint=f"{place.url}/nowhere", by_trigger=by_trigger)
    reader = await place.desk.person("Nora Lind", "nora@reader.example")
    ticket, _ = await place.desk.ticket(reader, "Books", comment={"text": "Hello?"})
    await place.desk.submit(ticket, place.sandbox.bot_id, comment={"text": "Ours", "public": False})

    attempts = await place.desk.settled()

    assert [attempt["url"] for attempt in attempts] == [f"{place.url}/nowhere"] * calls


JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4)


@given(
    hook=st.dictionaries(st.sampled_from(["id", "name", "endpoint", "status", "subscriptions"]), JUNK),
    rule=st.dictionaries(st.sampled_from(["id", "title", "active", "conditions", "actions"]), JUNK),
)
def test_what_zendesk_writes_otherwise_than_we_know_breaks_nothing(hook: dict[str, Any], rule: dict[str, Any]) -> None:
    """It is then different from what is wanted, and mended."""
    named = {"id": "01A", "endpoint": ENDPOINT} | hook | {"name": f"Ombuds: by event, to {HOST}"}
    titled = rule | {"id": 7, "title": f"Ombuds: ticket updated, to {HOST}"}

    [trigger] = our_triggers([titled], ENDPOINT)

    assert trigger.fields["conditions"] == {"all": [], "any": []}
    assert len(our_webhooks([named], ENDPOINT)) == (1 if isinstance(named["id"], str) and named["id"] else 0)
