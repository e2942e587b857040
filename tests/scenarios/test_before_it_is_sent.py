"""A letter that ends an account is stopped before it leaves, with the shipped policies and what the service knows."""

import re
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

SECRET = "a-secret-of-the-app-for-scenarios"
LETTER = "Dear Ines,\n\nyour account has been closed. This decision is final.\n\nKind regards,\nAda"
MENDED = "Dear Ines,\n\nI have found your books and put them back.\n\nKind regards,\nAda"


class App:
    """The app in an agent's browser, as its helpdesk's proxy sends it on."""

    def __init__(self, house: Any, client: httpx.AsyncClient, ticket: str) -> None:
        self.house, self.client, self.ticket = house, client, ticket

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        ends = (self.house.clock() + timedelta(minutes=2)).timestamp()
        claims = {"exp": ends, "aud": "zendesk/acme"}
        proof = jwt.encode(claims, SECRET) if self.house.kind == "zendesk" else SECRET
        answer = await self.client.request(
            "POST" if body else "GET",
            f"{self.house.service_url}/gate/{self.house.kind}/acme{path}",
            headers={"Authorization": f"Bearer {proof}"},
            json=body or None,
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def ask(self, text: str) -> dict[str, Any]:
        """What the gate says of a reply of Ada's, of whose ticket the app tells nothing but the id."""
        draft = {"kind": "public_reply", "text": text, "seen": True}
        return await self.post("", ticket={"id": self.ticket}, draft=draft, agent={"id": "1", "name": "Ada Pereira"})

    async def say(self, what: str, finding: str) -> str:
        told = await self.post(f"/{what}", ticket=self.ticket, finding=finding, reason="She asked", agent={"id": "1"})
        return str(told["state"])

    async def state(self, finding: str) -> dict[str, Any]:
        return await self.post(f"/findings/{finding}?ticket={self.ticket}")


@pytest.fixture
async def app(deaf_house: Any) -> Any:
    """Beside a ticket that the service has read, since its customer wrote."""
    house = deaf_house
    with house.write_settings().open("a") as settings:
        settings.write(f'gate = {{secrets = ["{SECRET}"]}}\n')
    await house.open_service()
    await house.tell_service()
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "Where are my books?"}
    )
    await house.quiet()
    async with httpx.AsyncClient(trust_env=False) as client:
        yield App(house, client, ticket)


async def test_a_letter_is_stopped_until_it_is_mended_or_a_colleague_has_looked_on_the_ticket(app: App) -> None:
    """With its words and where they stand. One finding is overridden, the others are approved; then it may leave."""
    told = await app.ask(LETTER)
    seen = [one for finding in told["findings"] for one in finding["evidence"] if one["start"] is not None]
    assert (told["verdict"], told["basis"]) == ("block", "stored")
    assert "account has been closed" in " ".join(one["text"] for one in seen)
    assert [LETTER[one["start"] : one["end"]] for one in seen] == [one["text"] for one in seen]
    assert (await app.ask(MENDED))["verdict"] == "allow"
    closing = await app.post("", ticket={"id": app.ticket}, draft={"kind": "none", "status": "solved"})
    assert [
        finding["evidence"] for finding in closing["findings"] if finding["policy"] == "closed-without-agreement"
    ] == [[{"text": "Where are my books?", "start": None, "end": None}]]

    first, *others = told["findings"]
    assert await app.say("override", first["id"]) == "overridden"
    blocks = [finding["id"] for finding in others if finding["mode"] == "block"]
    notes = [finding["id"] for finding in others if finding["mode"] == "note"]
    assert [await app.say("override", finding) for finding in notes] == ["overridden"] * len(notes)

    assert blocks
    assert [await app.say("second-look", finding) for finding in blocks] == ["asked"] * len(blocks)
    left = await app.house.note(app.ticket, count=len(blocks))
    assert {finding for note in left for finding in re.findall(r"#ombuds approve ([0-9A-Z]{6})", note)} == set(blocks)
    lead = await app.house.sandbox.person("Lea Duarte", "lea@acme.example", role="agent", groups=("review",))
    text = "\n".join(f"#ombuds approve {finding} I looked at the case" for finding in blocks)
    await app.house.sandbox.submit(app.ticket, lead, comment={"public": False, "text": text})

    async def approved() -> bool:
        return all([(await app.state(finding))["state"] == "approved" for finding in blocks])

    await app.house.until(approved)
    assert (await app.state(blocks[0]))["by"] == "Lea Duarte"
    assert (await app.ask(LETTER))["verdict"] == "allow"


async def test_a_letter_that_is_sent_all_the_same_is_known_again_by_its_words(app: App) -> None:
    """However the helpdesk's editor dresses it: who watches sees that the gate was passed by."""
    sandbox = app.house.sandbox
    ada = await sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    refused = {one["policy"] for one in (await app.ask(LETTER))["findings"] if one["mode"] == "block"}
    dressed = "".join(f"<div>{line or '<br>'}</div>" for line in LETTER.splitlines())

    await sandbox.submit(app.ticket, ada, comment={"text": LETTER, "html": dressed, "public": True})
    await app.house.quiet()

    counted = [
        await app.house.counted(f'ombuds_bypass_seen_total{{path="past_the_gate",policy="{one}"}}') for one in refused
    ]
    assert counted
    assert counted == [1.0] * len(refused)
