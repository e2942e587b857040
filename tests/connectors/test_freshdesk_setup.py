"""Connecting a Freshdesk account: the rule for new tickets by its API if it lets us, the rest told for a person."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.errors import TransientError
from connectors.freshdesk.setup import FreshdeskSetup
from connectors.freshdesk.wanted import Proof
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.setup_plan import Doing, plan

HOST = "ombuds.acme.example/webhooks/freshdesk/acme"
NAME = f"Ombuds: ticket created, to {HOST}"
PROOF = Proof(name="ombuds", secret="s3cret")
RULES = "/api/v2/automations/1/rules"


@dataclass(frozen=True, kw_only=True)
class Place:
    sandbox: FreshdeskSandbox
    desk: SandboxClient
    url: str

    @property
    def rules(self) -> dict[int, Any]:
        return self.sandbox.rules.rules

    async def connect(self, *, remove: bool = False, proof: Proof = PROOF, endpoint: str = "") -> tuple[list[str], Any]:
        """What was done, and what is left to a person."""
        setup = FreshdeskSetup(
            base_url=self.url, api_key="sandbox-key", endpoint=endpoint or f"https://{HOST}", proof=proof
        )
        try:
            await setup.whoami()
            found = await setup.look()
            steps = [
                step
                for step in plan(found.things, () if remove else setup.wanted(found))
                if step.doing is not Doing.KEEP and await setup.do(step)
            ]
        finally:
            await setup.aclose()
        return [" ".join((step.doing, *step.differs)) for step in steps], setup.by_hand()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    sandbox = FreshdeskSandbox(account="acme")
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        yield Place(sandbox=sandbox, desk=desk, url=url)


async def test_the_rule_for_new_tickets_is_made_once_and_the_one_for_updates_is_told(place: Place) -> None:
    done, [update] = await place.connect()
    again, _ = await place.connect()

    assert (done, again) == (["create"], [])
    assert [rule["name"] for rule in place.rules.values()] == [NAME]
    assert update.title == "Admin, Workflows, Automations, Ticket updates"
    assert update.settings["request type, URL"] == f"POST https://{HOST}"
    assert json.loads(update.settings["body"])["ticket_id"] == "{{ticket.id}}"
    assert "s3cret" not in repr(update) + repr(PROOF)


EDITS: list[tuple[str, Any]] = [
    ("active", False),
    ("conditions", [{"properties": [{"field_name": "priority", "operator": "in", "value": [4]}]}]),
    ("actions", [{"field_name": "trigger_webhook", "url": "https://elsewhere.example", "content": "no JSON"}]),
]


@pytest.mark.parametrize(("field", "value"), EDITS)
async def test_what_was_edited_by_hand_is_mended(field: str, value: Any, place: Place) -> None:
    await place.connect()
    [rule] = place.rules.values()
    before = dict(rule)
    rule[field] = value

    done, _ = await place.connect()

    assert len(done) == 1
    assert done[0].startswith("change")
    [mended] = place.rules.values()
    assert mended[field] == before[field]


async def test_a_body_that_is_told_as_text_is_the_same_body(place: Place) -> None:
    """How the real one writes it back is not known."""
    await place.connect()
    [rule] = place.rules.values()
    rule["actions"][0]["content"] = json.dumps(rule["actions"][0]["content"])

    done, _ = await place.connect()

    assert done == []


async def test_a_rule_that_lost_its_password_is_seen_and_mended(place: Place) -> None:
    await place.connect()
    [rule] = place.rules.values()
    del rule["actions"][0]["auth_header"]

    done, _ = await place.connect(proof=Proof(name="X-Ombuds", secret="s", is_header=True))

    assert done == ["change proof"]
    [mended] = place.rules.values()
    assert mended["actions"][0]["custom_headers"] == {"X-Ombuds": "s"}


@pytest.mark.parametrize(("method", "status"), [("GET", 403), ("GET", 404), ("POST", 400), ("POST", 403)])
async def test_an_account_that_refuses_is_told_both_rules_by_hand(method: str, status: int, place: Place) -> None:
    await place.desk.fault(method, RULES, status=status)

    done, left = await place.connect()

    assert done == []
    assert [one.title.split(", ")[3] for one in left] == ["Ticket updates", "Ticket creation"]


async def test_a_rule_whose_answer_was_lost_is_found_and_not_made_twice(place: Place) -> None:
    await place.desk.fault("POST", RULES, "apply_then_drop")

    with pytest.raises(TransientError):
        await place.connect()
    done, _ = await place.connect()

    assert done == []
    assert len(place.rules) == 1


async def test_what_is_taken_away_is_ours_alone(place: Place) -> None:
    """Of a double both go; another installation's and a stranger's rule stay."""
    await place.connect(endpoint="https://test.acme.example/webhooks/freshdesk/acme")
    await place.connect()
    [other, ours] = place.rules.values()
    place.rules[1] = {**ours, "id": 1}
    place.rules[2] = {**ours, "id": 2, "name": "Welcome"}

    done, _ = await place.connect(remove=True)

    assert done == ["remove", "remove"]
    assert {rule["name"] for rule in place.rules.values()} == {other["name"], "Welcome"}


async def test_the_rule_sends_new_tickets_with_its_proof(place: Place) -> None:
    await place.connect(endpoint=f"{place.url}/nowhere")
    reader = await place.desk.person("Nora Lind", "nora@reader.example")
    ticket, _ = await place.desk.ticket(reader, "Books", comment={"text": "Hello?"})
    await place.desk.submit(ticket, reader, comment={"text": "Anybody?"})

    attempts = await place.desk.settled()

    assert {attempt["id"] for attempt in attempts} == {"d1"}
