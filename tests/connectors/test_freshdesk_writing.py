"""Freshdesk over a real socket: an action is carried out once, whatever is lost or changed on the way."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.errors import ConflictError, RefusedError, TransientError
from connectors.freshdesk.client import Freshdesk
from connectors.freshdesk.marker import Marker, read_marker
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.records import Intent
from connectors.sandbox.serving import serving
from policies.ticket import Ticket
from policies.verdict import Action

TICKET, NOTES = "/api/v2/tickets/{id}", "/api/v2/tickets/{id}/notes"
NOTED = ("POST", NOTES)
UPDATED = ("PUT", TICKET)


@dataclass
class Watch:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Meddler:
    """Somebody else's program, which sets the ticket's tags right after each of the first `times` writes of ours."""

    sandbox: FreshdeskSandbox
    method: str = "PUT"
    times: int = 0
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)
            if scope["type"] == "http" and scope["method"] == self.method and "/api/" in scope["path"] and self.times:
                self.times -= 1
                (ticket,) = self.sandbox.desk.tickets.values()
                bot = str(self.sandbox.desk.add_user("Sync", "sync@shop.example", "agent").id)
                meddling = Intent(actor_id=bot, add_tags=self.add, remove_tags=self.remove)
                self.sandbox.desk.submit(ticket, meddling)

        return wrapped


@dataclass
class Shop:
    """A shop's Freshdesk with one resolved ticket, and our connector to it."""

    sandbox: FreshdeskSandbox
    meddler: Meddler
    desk: SandboxClient
    freshdesk: Freshdesk
    watch: Watch
    ticket: Ticket
    agent: str
    seen: list[str] = field(default_factory=list)

    async def done(self) -> list[tuple[str, str]]:
        """Method and route of everything that was really done."""
        return [(effect["method"], effect["route"]) for effect in await self.desk.effects()]

    async def fetch(self) -> Ticket:
        return (await self.freshdesk.fetch_ticket(self.ticket.id, None)).ticket

    async def notes(self) -> list[str]:
        """The texts that only agents see."""
        return [
            comment["text"] for comment in (await self.desk.view(self.ticket.id))["comments"] if not comment["public"]
        ]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    watch = Watch()
    sandbox = FreshdeskSandbox(clock=watch, effects_path=tmp_path / "effects.jsonl")
    meddler = Meddler(sandbox)
    async with serving(_with_lifespan(sandbox, meddler)) as url, SandboxClient(url) as desk:
        freshdesk = Freshdesk(account="acme", base_url=url, api_key=sandbox.api_key)
        reader = await desk.person("Rea Der", "rea@mail.example")
        agent = await desk.person("Kim Sung", "kim@shop.example", role="agent", groups=("Trust",))
        ticket_id, _ = await desk.ticket(reader, "My books", comment={"text": "Where are my books?"})
        watch.now += timedelta(minutes=5)
        letter = {"text": "Your account is closed."}
        await desk.submit(ticket_id, agent, comment=letter, status="solved", add_tags=["terminated"])
        watch.now += timedelta(minutes=1)
        ticket = (await freshdesk.fetch_ticket(ticket_id, None)).ticket
        yield Shop(
            sandbox=sandbox, meddler=meddler, desk=desk, freshdesk=freshdesk, watch=watch, ticket=ticket, agent=agent
        )
        await freshdesk.aclose()


def _with_lifespan(sandbox: FreshdeskSandbox, meddler: Meddler) -> ASGIApp:
    """The sandbox with somebody else's program beside ours; the lifespan passes through."""
    return meddler.wrap(sandbox.app)


def action(ticket: Ticket, **what: object) -> Action:
    everything = {
        "note_html": "<p>Please look again: &quot;closed&quot;.</p>",
        "reopen": True,
        "group": "Trust",
        "add_tags": ("ombuds_review",),
        "remove_tags": ("terminated",),
    }
    return Action(id="k7", ticket_id=ticket.id, change_id="c1", **{**everything, **what})


async def test_note_reopening_group_and_tags_arrive(shop: Shop) -> None:
    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    view = await shop.desk.view(shop.ticket.id)
    assert (view["status"], view["tags"], view["group"]) == ("open", ["ombuds_review"], "Trust")
    (note,) = await shop.notes()
    assert note.startswith('Please look again: "closed".\n')
    marker = read_marker(note)
    assert marker is not None
    assert (marker.action_id, marker.is_reopened, marker.tagged) == ("k7", True, ("ombuds_review",))


async def test_a_closed_ticket_is_opened_again(shop: Shop) -> None:
    """Closed is not the end in Freshdesk."""
    await shop.desk.submit(shop.ticket.id, shop.agent, status="closed")

    await shop.freshdesk.apply(action(shop.ticket), await shop.fetch())

    assert (await shop.desk.view(shop.ticket.id))["status"] == "open"


async def test_an_open_ticket_is_not_opened(shop: Shop) -> None:
    await shop.desk.submit(shop.ticket.id, shop.agent, status="pending")

    await shop.freshdesk.apply(action(shop.ticket), await shop.fetch())

    assert (await shop.desk.view(shop.ticket.id))["status"] == "pending"


async def test_a_note_alone_writes_nothing_else(shop: Shop) -> None:
    note = action(shop.ticket, reopen=False, group=None, add_tags=(), remove_tags=())

    await shop.freshdesk.apply(note, shop.ticket)

    assert await shop.done() == [NOTED]


async def test_what_needs_no_note_still_says_whose_work_it_is(shop: Shop) -> None:
    await shop.freshdesk.apply(action(shop.ticket, note_html=None), shop.ticket)

    assert await shop.notes() == [
        f"Ombuds action k7 · reopened · tagged ombuds_review · untagged terminated · group {_group_id(shop)}"
    ]


async def test_what_is_so_already_needs_no_write_at_all(shop: Shop) -> None:
    nothing = action(shop.ticket, note_html=None, reopen=False, group=None, add_tags=("Terminated",), remove_tags=())

    await shop.freshdesk.apply(nothing, shop.ticket)

    assert await shop.done() == []


async def test_an_action_applied_twice_is_done_once(shop: Shop) -> None:
    for _ in range(2):
        await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert await shop.done() == [NOTED, UPDATED]


@pytest.mark.parametrize(("method", "route"), [NOTED, UPDATED])
@pytest.mark.parametrize("mode", ["apply_then_drop", "drop_before_apply"])
async def test_a_lost_answer_is_looked_up_and_not_repeated(shop: Shop, method: str, route: str, mode: str) -> None:
    await shop.desk.fault(method, route, mode)

    with pytest.raises(TransientError):
        await shop.freshdesk.apply(action(shop.ticket), shop.ticket)
    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert await shop.done() == [NOTED, UPDATED]
    assert (await shop.desk.view(shop.ticket.id))["tags"] == ["ombuds_review"]


@pytest.mark.parametrize("body", ["", "{}", "null"])
async def test_an_answer_that_is_no_list_does_not_hide_our_note(shop: Shop, body: str) -> None:
    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)
    ticket = await shop.fetch()
    await shop.desk.fault("GET", f"{TICKET}/conversations", status=200, body=body, times=9)

    with pytest.raises(TransientError):
        await shop.freshdesk.apply(action(shop.ticket), ticket)

    assert len(await shop.notes()) == 1


@pytest.mark.parametrize("body", ["", "{}", '{"id": 999, "status": 4, "tags": []}'])
async def test_an_answer_that_is_not_the_ticket_costs_no_tags(shop: Shop, body: str) -> None:
    """A PUT replaces all tags: those that were not read would be gone."""
    await shop.desk.fault("PUT", TICKET, "drop_before_apply")
    with pytest.raises(TransientError):
        await shop.freshdesk.apply(action(shop.ticket, remove_tags=()), shop.ticket)
    await shop.desk.fault("GET", TICKET, status=200, body=body, times=9)

    with pytest.raises(TransientError):
        await shop.freshdesk.apply(action(shop.ticket, remove_tags=()), shop.ticket)

    assert (await shop.desk.view(shop.ticket.id))["tags"] == ["terminated"]


async def test_a_ticket_that_moved_on_is_a_conflict(shop: Shop) -> None:
    shop.watch.now += timedelta(minutes=1)
    await shop.desk.submit(shop.ticket.id, shop.agent, comment={"text": "One more thing."})

    with pytest.raises(ConflictError):
        await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert await shop.done() == []


async def test_a_ticket_closed_anew_after_our_note_is_not_fought_over(shop: Shop) -> None:
    """The second close is a change of its own, to be judged as one."""
    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)
    shop.watch.now += timedelta(minutes=1)
    await shop.desk.submit(shop.ticket.id, shop.agent, status="solved")

    await shop.freshdesk.apply(action(shop.ticket), await shop.fetch())

    assert (await shop.desk.view(shop.ticket.id))["status"] == "solved"


async def test_a_tag_set_while_the_note_was_written_survives(shop: Shop) -> None:
    """A PUT replaces the whole list, so the tags are read as late as can be."""
    shop.meddler.method, shop.meddler.times, shop.meddler.add = "POST", 1, ("vip",)

    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert sorted((await shop.desk.view(shop.ticket.id))["tags"]) == ["ombuds_review", "vip"]


async def test_tags_wiped_by_another_program_are_set_again(shop: Shop) -> None:
    shop.meddler.times, shop.meddler.remove = 1, ("ombuds_review",)

    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert (await shop.desk.view(shop.ticket.id))["tags"] == ["ombuds_review"]


async def test_a_program_that_never_stops_wiping_is_given_time(shop: Shop) -> None:
    shop.meddler.times, shop.meddler.remove = 99, ("ombuds_review",)

    with pytest.raises(TransientError):
        await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    assert len(await shop.notes()) == 1


async def test_a_group_that_does_not_exist_stops_nothing_and_is_named(shop: Shop) -> None:
    await shop.freshdesk.apply(action(shop.ticket, group="Nobody"), shop.ticket)

    assert (await shop.desk.view(shop.ticket.id))["status"] == "open"
    assert "found no group Nobody" in (await shop.notes())[0]


async def test_a_deleted_ticket_takes_nothing(shop: Shop) -> None:
    await shop.desk.delete(shop.ticket.id)

    with pytest.raises(RefusedError):
        await shop.freshdesk.apply(action(shop.ticket), await shop.fetch())


async def test_effects_are_on_disk_when_they_have_happened(shop: Shop, tmp_path: Path) -> None:
    await shop.freshdesk.apply(action(shop.ticket), shop.ticket)

    lines = [json.loads(line) for line in (tmp_path / "effects.jsonl").read_text().splitlines()]
    assert [(line["route"], line["marker"]) for line in lines] == [(NOTES, "k7"), (TICKET, None)]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"status": "2"}, ("status", "datatype_mismatch")),
        ({"status": 99}, ("status", "invalid_value")),
        ({"tags": "vip"}, ("tags", "datatype_mismatch")),
        ({"state": 2}, ("state", "invalid_field")),
    ],
)
async def test_the_pretend_freshdesk_is_as_strict_as_the_real_one(
    shop: Shop, body: object, told: tuple[str, str]
) -> None:
    app = httpx.ASGITransport(shop.sandbox.app)
    async with httpx.AsyncClient(auth=(shop.sandbox.api_key, "X"), transport=app) as http:
        answer = await http.put(f"http://freshdesk/api/v2/tickets/{shop.ticket.id}", json=body)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (400, *told)


@pytest.mark.parametrize(
    "marker",
    [
        Marker(action_id="k7"),
        Marker(action_id="k7", is_reopened=True, tagged=("a b", "c"), untagged=("d",), group_id="8"),
    ],
)
def test_a_marker_is_read_back_as_it_was_written(marker: Marker) -> None:
    assert read_marker(f"Please look again.\n{marker.line}\n") == marker


def test_a_marker_of_any_length_is_found_again() -> None:
    """Else the note would be written twice."""
    long = Marker(action_id="k7", tagged=tuple(f"{number} · {'x' * 200}" for number in range(99)))

    found = read_marker(long.line)

    assert found is not None
    assert found.action_id == "k7"
    assert replace(found, tagged=()) == Marker(action_id="k7")


@pytest.mark.parametrize("text", ["", "Ombuds action", "Ombuds action k7 was wrong.", "Ombuds action k7\n\nThanks"])
def test_words_about_an_action_are_no_marker(text: str) -> None:
    assert read_marker(text) is None


def _group_id(shop: Shop) -> int:
    (group,) = shop.sandbox.desk.groups.values()
    return group.id
