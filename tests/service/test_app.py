"""The whole application in this process: real routes, a real store, workers, and a helpdesk in memory."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from connectors.helpdesk import Connector
from policies.policy import PolicyError
from policies.ticket import Change, Status, StatusMove
from policies.verdict import Mode
from service.app import create_app
from service.disk import SENTENCES, Room
from service.paused import Halt
from service.secret import Secret
from service.settings import EnforcementSettings, Settings, StoreSettings, WorkSettings
from service.settings_helpdesks import ZendeskSettings
from service.settings_server import ServerSettings
from service.store.pauses import pause

SOLVED = StatusMove(before=Status.OPEN, after=Status.SOLVED)
ROUTE = "/webhooks/zendesk/acme"
OPEN = {"X-Secret": "open"}
Connectors = dict[tuple[str, str], Connector]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "policies").mkdir()
    account = ZendeskSettings(
        account="acme",
        base_url="https://acme.zendesk.com",
        email="bot@acme.example",
        api_token=Secret("token"),
        webhook_secrets=(Secret("secret"),),
        ceiling=Mode.BLOCK,
    )
    return Settings(
        policies=tmp_path / "policies",
        store=StoreSettings(url=f"sqlite:///{tmp_path}/app.db"),
        server=ServerSettings(body_limit_bytes=2_000, body_read_s=0.2, drain_s=0.2),
        work=WorkSettings(lease_s=1.0),
        helpdesks=(account,),
    )


@pytest.fixture(autouse=True)
def house_policies(settings: Settings, house: str) -> None:
    (settings.policies or Path()).joinpath("house.yaml").write_text(house)


@asynccontextmanager
async def running(app: Starlette) -> AsyncGenerator[httpx.AsyncClient, None]:
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client


@pytest.fixture
async def client(settings: Settings, connectors: Connectors, clock: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings, connectors=connectors, clock=clock)) as client:
        yield client


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is waited for is in the app, which tells nobody
            await asyncio.sleep(0.01)


async def test_a_webhook_becomes_a_note_on_the_ticket(
    client: httpx.AsyncClient, desk: Any, make_change: Callable[..., Change]
) -> None:
    desk.ticket = replace(desk.ticket, status=Status.SOLVED)
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))

    answer = await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})

    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    await until(lambda: bool(desk.applied))
    assert desk.applied[0].reopen


REFUSED = [
    ("unverified", {"content": b"{}"}, 401),
    ("not JSON", {"content": b"\xff\xfe", "headers": OPEN}, 400),
    ("too large", {"content": b"x" * 2_001, "headers": OPEN}, 413),
    ("compressed", {"content": b"{}", "headers": {**OPEN, "Content-Encoding": "gzip"}}, 415),
]


@pytest.mark.parametrize(("request_parts", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_cannot_be_taken_is_refused(
    client: httpx.AsyncClient, request_parts: dict[str, Any], status: int
) -> None:
    assert (await client.post(ROUTE, **request_parts)).status_code == status


async def test_a_body_without_a_length_is_limited_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncGenerator[bytes, None]:
        for _ in range(100):
            yield b"x" * 100

    assert (await client.post(ROUTE, headers=OPEN, content=endless())).status_code == 413


async def test_a_body_that_never_ends_is_cut_off(client: httpx.AsyncClient) -> None:
    async def slow() -> AsyncGenerator[bytes, None]:
        yield b"{"
        await asyncio.sleep(2)

    assert (await client.post(ROUTE, headers=OPEN, content=slow())).status_code == 408


async def test_an_unknown_account_and_another_method_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/webhooks/zendesk/other", headers=OPEN)).status_code == 404
    assert (await client.post("/webhooks/jira/acme", headers=OPEN)).status_code == 404
    assert (await client.get(ROUTE)).status_code == 405


async def test_what_is_not_about_a_ticket_is_taken_and_forgotten(client: httpx.AsyncClient) -> None:
    answer = await client.post(ROUTE, headers=OPEN, json={"id": "d1"})

    assert (answer.status_code, answer.json()) == (202, {"accepted": True})


async def test_what_names_no_ticket_is_taken_and_parked(settings: Settings, connectors: Connectors, clock: Any) -> None:
    app = create_app(settings, connectors=connectors, clock=clock)
    async with running(app) as client:
        answer = await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": None})

        assert answer.status_code == 202
        (letter,) = await app.state.service.store.dead_letters()
        assert letter.reason == "no_ticket_id"
        assert 'ombuds_dead_letters{reason="no_ticket_id"} 1.0' in (await client.get("/metrics")).text


async def test_a_store_that_cannot_be_written_is_never_answered_with_2xx(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("ALTER TABLE deliveries RENAME TO elsewhere")
        connection.commit()

    answer = await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def free_mib(folder: Path) -> float:
    return shutil.disk_usage(folder).free / 2**20


async def test_a_disk_that_is_full_refuses_webhooks_for_a_while_and_says_so(
    settings: Settings, connectors: Connectors, clock: Any, tmp_path: Path
) -> None:
    """Full: less room than is to be kept. Zendesk sends again after a 503 with a short wait, never after a 500."""
    store = replace(settings.store, keep_free_mib=free_mib(tmp_path) + 10_000)
    app = create_app(replace(settings, store=store), connectors=connectors, clock=clock)

    async with running(app) as client:
        refused = await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        unverified = await client.post(ROUTE, json={"id": "d1", "ticket": "42"})
        ready = await client.get("/readyz")
        counted = (await client.get("/metrics")).text

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert unverified.status_code == 401
    assert (ready.status_code, ready.text) == (503, "missing: room on disk\n")
    assert 'ombuds_webhooks_received_total{helpdesk="zendesk",outcome="unavailable"} 1.0' in counted


async def test_a_disk_that_fills_up_is_told_and_webhooks_are_still_taken(
    settings: Settings, connectors: Connectors, clock: Any, tmp_path: Path
) -> None:
    store = replace(settings.store, keep_free_mib=1, warn_free_mib=free_mib(tmp_path) + 10_000)
    app = create_app(replace(settings, store=store), connectors=connectors, clock=clock)

    with capture_logs() as lines:
        async with running(app) as client:
            accepted = await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
            ready = await client.get("/readyz?verbose")
            counted = (await client.get("/metrics")).text

    assert accepted.status_code == 202
    assert (ready.status_code, len(ready.json()["warnings"])) == (200, 1)
    assert [line["event"] for line in lines].count(SENTENCES[Room.LOW]) == 1
    assert "ombuds_store_free_bytes NaN" not in counted


async def test_more_webhooks_than_there_is_room_for_are_asked_to_come_again(
    settings: Settings, connectors: Connectors, clock: Any
) -> None:
    app = create_app(settings, connectors=connectors, clock=clock)
    async with running(app) as client:
        room = app.state.service.webhooks.room
        while not room.locked():
            await room.acquire()

        refused = await client.post(ROUTE, headers=OPEN, json={"ticket": "42"})
        room.release()
        taken = await client.post(ROUTE, headers=OPEN, json={"ticket": "42"})

    assert (refused.status_code, refused.headers["Retry-After"], taken.status_code) == (503, "5", 202)


async def test_duplicates_are_counted_and_taken_once(
    client: httpx.AsyncClient, desk: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    posts = [client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"}) for _ in range(5)]

    answers = await asyncio.gather(*posts)

    assert {answer.status_code for answer in answers} == {202}
    await until(lambda: bool(desk.applied))
    metrics = (await client.get("/metrics")).text
    assert 'ombuds_webhooks_received_total{helpdesk="zendesk",outcome="duplicate"} 4.0' in metrics
    assert len(desk.applied) == 1


async def test_a_visit_that_breaks_is_parked_and_the_next_one_works(
    settings: Settings, connectors: Connectors, clock: Any, desk: Any, make_change: Callable[..., Change]
) -> None:
    desk.fetch_errors = [ZeroDivisionError("a customer's words")]
    app = create_app(settings, connectors=connectors, clock=clock)
    async with running(app) as client:
        await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        await until(lambda: not desk.fetch_errors)
        desk.add(make_change("1", minutes_ago=1, status=SOLVED))
        await client.post(ROUTE, headers=OPEN, json={"id": "d2", "ticket": "42"})
        await until(lambda: bool(desk.applied))

        (letter,) = await app.state.service.store.dead_letters()

    assert letter.reason == "internal_error"
    assert "ZeroDivisionError" in letter.detail
    assert "words" not in letter.detail


async def test_a_moved_clock_raises_a_deadline_with_nobody_touching_the_ticket(
    client: httpx.AsyncClient, desk: Any, clock: Any
) -> None:
    await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
    await until(lambda: desk.reads == 1)

    clock.advance(hours=24)

    await until(lambda: bool(desk.applied))
    assert "The customer waits" in (desk.applied[0].note_html or "")


async def test_a_restart_takes_up_what_was_accepted(
    settings: Settings, connectors: Connectors, clock: Any, desk: Any, make_change: Callable[..., Change]
) -> None:
    """The first process is told to stop while its visit hangs; the second one starts on the same file."""
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.hangs = asyncio.Event()
    async with running(create_app(settings, connectors=connectors, clock=clock)) as client:
        await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        await until(lambda: desk.reads == 1)
    assert desk.applied == []

    desk.hangs.set()
    async with running(create_app(settings, connectors=connectors, clock=clock)):
        await until(lambda: bool(desk.applied))

    assert len(desk.applied) == 1


async def test_a_stop_waits_for_visits_that_end_in_time(
    settings: Settings, connectors: Connectors, clock: Any, desk: Any, make_change: Callable[..., Change]
) -> None:
    desk.add(make_change("1", minutes_ago=1, status=SOLVED))
    desk.hangs = asyncio.Event()
    patient = replace(settings, server=replace(settings.server, drain_s=5.0))
    async with running(create_app(patient, connectors=connectors, clock=clock)) as client:
        await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        await until(lambda: desk.reads == 1)
        asyncio.get_running_loop().call_later(0.1, desk.hangs.set)

    assert len(desk.applied) == 1


async def test_probes_tell_life_and_readiness_apart(settings: Settings, connectors: Connectors, clock: Any) -> None:
    app = create_app(settings, connectors=connectors, clock=clock)
    async with running(app) as client:
        ready, told = await client.get("/readyz?verbose"), (await client.get("/metrics")).text
        app.state.draining.is_set = True
        draining, told_later = await client.get("/readyz"), (await client.get("/metrics")).text

        checks = {"store": True, "room on disk": True, "workers": True, "not draining": True}
        paused = {"everything": None, "policies": {}}
        assert ready.json() == {"ready": True, "checks": checks, "warnings": [], "paused": paused}
        assert (draining.status_code, draining.text) == (503, "missing: not draining\n")
        assert ("ombuds_ready 1.0" in told, "ombuds_ready 0.0" in told_later) == (True, True)
        assert (await client.get("/livez")).status_code == 200


async def test_a_store_that_somebody_holds_is_told_before_those_who_ask_give_up(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A scrape that waits as long as a write does is given up, and a process that is not ready looks like none."""
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        written = asyncio.create_task(client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"}))
        ready, told = await asyncio.gather(client.get("/readyz"), client.get("/metrics"))
        still_waits = not written.done()
    await written

    assert still_waits
    assert (ready.status_code, ready.text) == (503, "missing: store\n")
    assert (told.status_code, "ombuds_ready 0.0" in told.text) == (200, True)
    assert (await client.get("/readyz")).status_code == 200


async def test_a_pause_by_file_holds_at_once_and_is_told_to_those_who_run_the_service(
    settings: Settings,
    connectors: Connectors,
    clock: Any,
    desk: Any,
    tmp_path: Path,
    make_change: Callable[..., Change],
) -> None:
    """It is ready all the same: webhooks are taken, and what they tell of is judged."""
    given = replace(settings, enforcement=EnforcementSettings(pause_file=tmp_path / "stop"))
    app = create_app(given, connectors=connectors, clock=clock)

    async with running(app) as client:
        before = (await client.get("/metrics")).text
        (tmp_path / "stop").touch()
        desk.add(make_change("1", minutes_ago=1, status=SOLVED))
        await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        counted = app.state.service.metrics.registry.get_sample_value
        await until(lambda: counted("ombuds_findings_held_total", {"reason": "paused"}) == 1)
        ready, told = await client.get("/readyz?verbose"), (await client.get("/metrics")).text
        await pause(app.state.service.store, ["closed"], Halt(since=clock()))
        (tmp_path / "stop").unlink()
        partly, told_partly = await client.get("/readyz"), (await client.get("/metrics")).text

    assert desk.attempts == 0
    assert (ready.status_code, ready.json()["paused"]["everything"]["since"]) == (200, None)
    assert ready.json()["warnings"] == ["everything is paused: judged and recorded, nothing is done"]
    assert partly.text == "ok\npolicies are paused: judged and recorded, nothing is done\n"
    gauges = [("ombuds_paused 0.0", "ombuds_policies_paused 0.0"), ("ombuds_paused 1.0", "ombuds_policies_paused 0.0")]
    gauges.append(("ombuds_paused 0.0", "ombuds_policies_paused 1.0"))
    for text, lines in zip((before, told, told_partly), gauges, strict=True):
        assert set(lines) <= set(text.splitlines())


async def test_a_spent_budget_is_told_to_those_who_run_the_service(
    settings: Settings, connectors: Connectors, clock: Any, desk: Any, make_change: Callable[..., Change]
) -> None:
    given = replace(settings, enforcement=EnforcementSettings(notes_per_policy_and_day=1))
    app = create_app(given, connectors=connectors, clock=clock)

    async with running(app) as client:
        before, fresh = (await client.get("/metrics")).text, await client.get("/readyz?verbose")
        desk.add(make_change("1", minutes_ago=1, status=SOLVED))
        await client.post(ROUTE, headers=OPEN, json={"id": "d1", "ticket": "42"})
        await until(lambda: len(desk.applied) == 1)
        ready, told = await client.get("/readyz?verbose"), (await client.get("/metrics")).text

    gauge = 'ombuds_policy_budget_exhausted{policy="closed"}'
    assert (f"{gauge} 0.0" in before.splitlines(), f"{gauge} 1.0" in told.splitlines()) == (True, True)
    assert 'ombuds_policy_budget_exhausted{policy="waits"} 0.0' in told.splitlines()
    assert fresh.json()["warnings"] == []
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert ready.json()["warnings"] == ["notes are held, the day's budget is spent: closed"]


async def test_every_known_label_begins_at_zero(client: httpx.AsyncClient) -> None:
    metrics = (await client.get("/metrics")).text

    for line in (
        'ombuds_webhooks_received_total{helpdesk="zendesk",outcome="accepted"} 0.0',
        'ombuds_decisions_total{mode="block",point="event",policy="closed",result="violation"} 0.0',
        'ombuds_actions_total{action="note",outcome="applied"} 0.0',
        'ombuds_dead_letters{reason="credentials"} 0.0',
        'ombuds_queue_depth{state="due"} 0.0',
        "ombuds_queue_oldest_due_timestamp_seconds NaN",
    ):
        assert line in metrics


def test_broken_policies_refuse_to_start(settings: Settings, connectors: Connectors) -> None:
    (settings.policies or Path()).joinpath("broken.yaml").write_text("format: [")

    with pytest.raises(PolicyError):
        create_app(settings, connectors=connectors)


def test_a_missing_policy_folder_refuses_to_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        create_app(replace(settings, policies=tmp_path / "nowhere"))
