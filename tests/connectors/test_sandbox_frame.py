"""The sandbox's own promises, with the plainest vendor there can be; each pretend helpdesk is tested apart."""

# ruff: noqa: ARG002 - the Vendor protocol documents its methods

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.client import SandboxClient
from connectors.sandbox.desk import Desk, known
from connectors.sandbox.effects import Effects
from connectors.sandbox.frame import sandbox_app
from connectors.sandbox.records import Intent, Submit, Ticket, Wording
from connectors.sandbox.serving import serving
from connectors.sandbox.vendor import Hook, Message

NOTE = "/api/notes/{id}"


class PlainVendor:
    """Takes notes, tells of every submit in one word, tries three times."""

    hook_kinds = ("plain",)

    def __init__(self, desk: Desk, effects: Effects) -> None:
        self._desk, self._effects = desk, effects
        self.routes: Sequence[BaseRoute] = [Route(NOTE, self._take_note, methods=["PUT"])]

    def change_id(self, ticket: Ticket, submit: Submit) -> str:
        return str(submit.id)

    def messages(self, hook: Hook, ticket: Ticket, submit: Submit) -> Sequence[Message]:
        return [Message(ticket_id=ticket.id, body=f"{submit.id}".encode())]

    def sign(self, hook: Hook, message: Message) -> Mapping[str, str]:
        return {"X-Proof": hook.secret}

    def ended(self, hook: Hook, status: int) -> None:
        return None

    def retry_in_s(self, status: int, headers: Mapping[str, str], attempt: int) -> float | None:
        return 60.0 if status == 503 and attempt < 3 else None

    async def _take_note(self, request: Request) -> Response:
        ticket = known(self._desk.tickets, request.path_params["id"])
        author = str(ticket.requester_id)
        self._desk.submit(ticket, Intent(actor_id=author, comment=Wording(text="a note", public=False)))
        self._effects.record(("PUT", NOTE), ticket.id, {"note": True}, self._desk.clock(), "m1")
        return Response("noted")


class Receiver:
    """Takes webhooks: keeps what came and answers with the given statuses in turn, then with 202."""

    def __init__(self, statuses: Sequence[int] = ()) -> None:
        self.bodies: list[str] = []
        self.proofs: list[str | None] = []
        self._statuses = list(statuses)
        self.app = Starlette(routes=[Route("/in", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.bodies.append((await request.body()).decode())
        self.proofs.append(request.headers.get("x-proof"))
        return Response(status_code=self._statuses.pop(0) if self._statuses else 202)


@pytest.fixture
async def base_url(tmp_path: Path) -> AsyncGenerator[str, None]:
    desk, effects = Desk(clock=lambda: datetime(2026, 3, 2, 9, tzinfo=UTC)), Effects(tmp_path / "effects.jsonl")
    async with serving(sandbox_app(desk, PlainVendor(desk, effects), effects)) as address:
        yield address


@pytest.fixture
async def sandbox(base_url: str) -> AsyncGenerator[SandboxClient, None]:
    async with SandboxClient(base_url) as client:
        yield client


async def opened(sandbox: SandboxClient) -> tuple[str, str]:
    reader = await sandbox.person("Nora Lind", "nora@reader.example")
    ticket_id, _ = await sandbox.ticket(reader, "My books are gone", comment={"text": "Where are they?"})
    return ticket_id, reader


async def test_a_ticket_shows_what_people_did_to_it(sandbox: SandboxClient) -> None:
    ticket_id, _ = await opened(sandbox)
    agent = await sandbox.person("Ida", "ida@shop.example", role="agent", groups=("Accounts",))
    macro = await sandbox.macro("Account::Close", add_tags=("account_closed",))

    await sandbox.submit(ticket_id, agent, comment={"text": "Closed."}, status="solved", macro_id=macro)

    seen = await sandbox.view(ticket_id)
    assert (seen["status"], seen["tags"]) == ("solved", ["account_closed"])
    assert [(comment["author"], comment["text"]) for comment in seen["comments"]] == [
        ("Nora Lind", "Where are they?"),
        ("Ida", "Closed."),
    ]


async def test_a_customer_who_writes_again_opens_a_solved_ticket(sandbox: SandboxClient) -> None:
    ticket_id, reader = await opened(sandbox)
    await sandbox.submit(ticket_id, reader, status="solved")

    await sandbox.submit(ticket_id, reader, comment={"text": "Not yet!"})

    assert (await sandbox.view(ticket_id))["status"] == "open"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tickets/999/submit", {"actor_id": "1"}, 404),
        ("/tickets", {"requester_id": "x"}, 404),
        ("/people", {"name": "Nora"}, 400),
        ("/people", {"name": "Nora", "email": "n@x.example", "role": "customer", "shoe": 39}, 400),
        ("/webhooks", {"url": "http://127.0.0.1:1/", "kind": "carrier pigeon"}, 400),
    ],
)
async def test_the_control_api_refuses_what_it_does_not_know(
    base_url: str, path: str, body: dict[str, object], status: int
) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{base_url}/_sandbox{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


async def test_a_webhook_is_tried_again_with_a_proof_each_time(sandbox: SandboxClient) -> None:
    receiver = Receiver([503, 503])
    async with serving(receiver.app) as address:
        await sandbox.webhook(f"{address}/in", "plain", secret="s3")
        ticket_id, _ = await opened(sandbox)

        attempts = await sandbox.settled()

    assert [(each["attempt"], each["status"], each["ticket_id"]) for each in attempts] == [
        (1, 503, ticket_id),
        (2, 503, ticket_id),
        (3, 202, ticket_id),
    ]
    assert len({each["id"] for each in attempts}) == 1
    assert receiver.proofs == ["s3"] * 3


async def test_a_webhook_nobody_answers_is_an_attempt_with_status_0(sandbox: SandboxClient) -> None:
    async with serving(Receiver().app) as gone:
        pass
    await sandbox.webhook(f"{gone}/in", "plain")

    await opened(sandbox)

    assert [each["status"] for each in await sandbox.settled()] == [0]


async def test_messages_can_come_twice_and_in_reverse(sandbox: SandboxClient) -> None:
    receiver = Receiver()
    async with serving(receiver.app) as address:
        await sandbox.webhook(f"{address}/in", "plain", copies=2, shuffle=True)
        reader = await sandbox.person("Nora Lind", "nora@reader.example")
        ticket_id, first = await sandbox.ticket(reader, "My books are gone")
        second = await sandbox.submit(ticket_id, reader, comment={"text": "Hello?"})
        await sandbox.settled()

    assert receiver.bodies == [second, second, first, first]


async def test_a_fault_answers_in_the_helpdesks_place_as_often_as_told(base_url: str, sandbox: SandboxClient) -> None:
    ticket_id, _ = await opened(sandbox)
    await sandbox.fault("PUT", NOTE, status=503, headers={"Retry-After": "7"}, body="busy")

    async with httpx.AsyncClient() as http:
        faulty = await http.put(f"{base_url}/api/notes/{ticket_id}")
        sound = await http.put(f"{base_url}/api/notes/{ticket_id}")

    assert (faulty.status_code, faulty.headers["retry-after"], faulty.text) == (503, "7", "busy")
    assert sound.text == "noted"


@pytest.mark.parametrize(("mode", "effects"), [("apply_then_drop", 1), ("drop_before_apply", 0)])
async def test_a_lost_answer_may_or_may_not_have_had_its_effect(
    base_url: str, sandbox: SandboxClient, mode: str, effects: int
) -> None:
    ticket_id, _ = await opened(sandbox)
    await sandbox.fault("PUT", NOTE, mode)

    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.TransportError):
            await http.put(f"{base_url}/api/notes/{ticket_id}")

    assert len(await sandbox.effects()) == effects


async def test_every_effect_is_on_disk_as_one_line(base_url: str, sandbox: SandboxClient, tmp_path: Path) -> None:
    ticket_id, _ = await opened(sandbox)

    async with httpx.AsyncClient() as http:
        await http.put(f"{base_url}/api/notes/{ticket_id}")
        await http.put(f"{base_url}/api/notes/{ticket_id}")

    lines = (tmp_path / "effects.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line) for line in lines] == await sandbox.effects()
    assert [msgspec.json.decode(line)["seq"] for line in lines] == [1, 2]


async def test_an_app_that_cannot_start_is_an_error_and_not_a_hang() -> None:
    def lifespan(_: Starlette) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="did not start"):
        async with serving(Starlette(lifespan=lifespan)):  # type: ignore[arg-type]
            pass
