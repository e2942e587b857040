"""What is kept of a person can be erased; what protects against doing things twice stays."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import commands
import pytest

from policies.ticket import Change, Person, Role, Ticket
from service.erasure import Wanted, count, erase_all, find
from service.store.drafts import known
from service.store.erasing import erasures
from service.store.errors import LeaseLostError
from service.store.records import ActionState, Visit
from service.store.store import Store
from service.store.topic_records import Doubt
from service.store.views import View, pack
from service.topics import fingerprint

sys.path.insert(0, str(Path(__file__).parent))
from store_world import ACTION, MINUTE, NOW, claim, delivery, record_of

ACME = Wanted(helpdesk="zendesk", account="acme", tickets=("42",))
DOUBT = Doubt(change_id="7", word="w", name=None, customer=fingerprint("zendesk", "acme", "r1"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    yield store
    await store.close()


async def judged(store: Store, number: int = 1, ticket: str = "42", view: View | None = None) -> Visit:
    """A visit under way on which something was found."""
    await store.accept(delivery(number, ticket), NOW)
    (visit,) = await claim(store)
    action = replace(ACTION, id=f"act{number}", ticket_id=ticket)
    await store.record(visit, replace(record_of(action), doubts=(DOUBT,), view=view))
    return visit


async def erase(store: Store, wanted: Wanted = ACME, at: object = NOW, patience_s: float = 0.0) -> object:
    async def clock() -> object:
        return at

    found = await find(store, wanted)
    return await erase_all(store, found, clock, person=wanted.requester, patience_s=patience_s)


async def test_what_hangs_on_a_ticket_goes_and_what_comes_again_is_still_known(
    store: Store, make_ticket: Callable[..., Ticket]
) -> None:
    visit = await judged(store, view=pack(make_ticket(), NOW))
    await store.park(visit, NOW, reason="refused", gives_up_actions=True)
    await store.accept(delivery(2), NOW)

    done = await erase(store)

    past = await store.past(visit)
    assert (await store.decisions_of(visit.ticket), past.answers, await store.dead_letters()) == ((), (), ())
    assert [(one.state, "Hello" in one.action.note_html) for one in past.actions] == [(ActionState.SUPERSEDED, False)]
    assert [finding.id for finding in past.findings] == ["F00001"]
    assert await claim(store, NOW + timedelta(days=9)) == ()
    assert [await store.accept(delivery(number), NOW) for number in (1, 2)] == [False, False]
    assert (await known(store, visit.ticket)).ticket is None
    assert {kind: number for kind, number in done.counts.items() if number} == {
        "decisions": 1,
        "answers": 1,
        "words in doubt": 1,
        "tickets as read": 1,
        "dead letters": 1,
        "notes": 1,
        "waiting deliveries": 1,
        "timers": 1,
    }


async def test_other_tickets_are_left_alone(store: Store) -> None:
    other = await judged(store, ticket="43")
    await store.mark_action(other, "act1", ActionState.APPLIED, NOW)
    await store.settle(other, NOW, recheck_at=None)
    await store.settle(await judged(store, 2), NOW, recheck_at=None)

    await erase(store)

    assert len(await store.decisions_of(other.ticket)) == 1
    assert (await store.past(other)).answers != ()


async def test_a_ticket_that_is_being_visited_is_left_to_its_visit(store: Store) -> None:
    visit = await judged(store)

    done = await erase(store)

    assert (done.tickets, done.visited) == ([], [visit.ticket])
    assert len(await store.decisions_of(visit.ticket)) == 1
    assert await store.ask(erasures) == []


async def test_a_visit_that_ends_meanwhile_is_waited_for(store: Store) -> None:
    visit = await judged(store)
    erasing = asyncio.create_task(erase(store, patience_s=60))
    await asyncio.sleep(0)
    await store.settle(visit, NOW, recheck_at=None)

    assert (await erasing).tickets == [visit.ticket]


async def test_a_worker_that_was_believed_dead_writes_nothing_on_an_erased_ticket(store: Store) -> None:
    visit = await judged(store)

    await erase(store, at=NOW + 2 * MINUTE)

    with pytest.raises(LeaseLostError):
        await store.record(visit, record_of())


async def test_a_requester_is_known_by_doubts_and_by_what_they_did_themselves(store: Store) -> None:
    await store.settle(await judged(store), NOW, recheck_at=None)

    assert len(await find(store, Wanted(helpdesk="zendesk", account="acme", requester="r1"))) == 1
    assert len(await find(store, Wanted(helpdesk="zendesk", account="acme", requester="a1"))) == 1
    assert await find(store, Wanted(helpdesk="zendesk", account="acme", requester="r2")) == {}
    assert await find(store, Wanted(helpdesk="zendesk", account="other", requester="r1")) == {}
    await erase(store, Wanted(helpdesk="zendesk", account="acme", requester="a1"))
    assert await find(store, Wanted(helpdesk="zendesk", account="acme", requester="a1")) == {}


async def test_whoever_stands_in_a_ticket_that_is_kept_is_known_by_it(
    store: Store, make_ticket: Callable[..., Ticket], make_change: Callable[..., Change]
) -> None:
    writes = make_change("2", actor=Person(id="c2", role=Role.CUSTOMER))
    ticket = make_ticket(changes=(make_change("1"), writes))
    await store.settle(await judged(store, view=pack(ticket, NOW)), NOW, recheck_at=None)

    found = [
        len(await find(store, Wanted(helpdesk="zendesk", account="acme", requester=one)))
        for one in (ticket.requester.id, "c2", "c")
    ]

    assert found == [1, 1, 0]


async def test_that_it_was_done_is_written_down_and_not_whose_it_was(store: Store) -> None:
    await store.settle(await judged(store), NOW, recheck_at=None)
    [counts] = [await count(store, await find(store, ACME))]

    await erase(store, replace(ACME, requester="r1"))

    assert await store.ask(erasures) == [{"at": NOW, "tickets": 1, "rows": dict(counts)}]


@pytest.fixture
def config(tmp_path: Path, write_settings: Callable[..., Path]) -> str:
    """Settings with a store in which ticket 42 was judged."""
    url = f"sqlite:///{tmp_path}/ombuds.db"

    async def fill() -> None:
        store = await Store.open(url)
        await store.settle(await judged(store), NOW, recheck_at=None)
        await store.close()

    asyncio.run(fill())
    return str(write_settings(url))


def run(*arguments: str) -> int:
    return commands.run("erase", *arguments)


def test_the_command_shows_asks_erases_and_remembers(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--config", config, "--account", "zendesk/acme", "--ticket", "42", "--ticket", "99"]
    assert run(*asked, "--dry-run") == 0
    assert "Nothing is kept of ticket 99.\n1 ticket of zendesk/acme (42): decisions 1," in capsys.readouterr().out
    assert run(*asked) == 1
    assert "Nothing was erased. Add --yes" in capsys.readouterr().err

    assert run(*asked, "--yes") == 0
    assert "Not touched: what stands in the helpdesk" in capsys.readouterr().out

    assert run("--config", config, "--history", "--json") == 0
    [one] = json.loads(capsys.readouterr().out)
    assert (one["tickets"], one["rows"]["decisions"]) == (1, 1)


def test_what_was_erased_is_told_to_programs_as_what_would_be(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--config", config, "--account", "acme", "--ticket", "42", "--json"]
    would, was = [(run(*asked, how), json.loads(capsys.readouterr().out)) for how in ("--dry-run", "--yes")]

    assert [code for code, _ in (would, was)] == [0, 0]
    assert would[1] == was[1] | {"dry_run": True}
    assert [ticket["id"] for ticket in was[1]["tickets"]] == ["42"]


def test_a_ticket_that_was_erased_has_nothing_left_and_its_erasure_is_remembered(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run("--config", config, "--account", "acme", "--ticket", "42", "--yes") == 0
    again = capsys.readouterr().out.splitlines()[-3]
    assert run("--config", config, "--history") == 0

    assert again == "1 ticket of zendesk/acme (42): no words were left."
    first, second = capsys.readouterr().out.splitlines()
    assert "UTC  1 ticket erased: decisions 1, answers 1" in first
    assert second.endswith("UTC  1 ticket erased: no words were left")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ticket", "42"], "--account NAME"),
        (["--account", "acme"], "--requester ID"),
        (["--account", "nowhere", "--ticket", "42"], "was ever seen"),
        (["--account", "freshdesk/acme", "--helpdesk", "zendesk", "--ticket", "42"], "leave one of them out"),
    ],
)
def test_what_is_not_clear_is_not_erased(
    config: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--config", config, *arguments, "--yes") == 2

    assert told in capsys.readouterr().err
