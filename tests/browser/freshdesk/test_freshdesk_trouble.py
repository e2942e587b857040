"""The Freshdesk app where the service, Freshdesk or the plan of what to ask is not as one would wish."""

from typing import Any

import pytest
from freshdesk_host import FreshdeskHost, Trouble
from freshdesk_page import ENDED, HELD, MENDED, Agent, Work, until
from freshdesk_world import World

KINDS = ("public_reply", "internal_note", "solve", "properties", "tags")


def every(unchecked: str) -> dict[str, Any]:
    """A plan in which everything is asked about."""
    return {"asks": {kind: {"ask": True, "unchecked": unchecked} for kind in KINDS}}


TROUBLES = {
    Trouble.SLOW: "timeout",
    Trouble.NETWORK: "down",
    Trouble.BROKEN: "down",
    Trouble.TOO_MANY: "rate_limited",
    Trouble.LIMITED: "rate_limited",
    Trouble.HTML: "unreadable",
}


async def is_counted(freshdesk: World, sample: str, value: float) -> bool:
    return await freshdesk.counted(sample) == value


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_reply_that_nobody_could_judge_goes_and_is_counted(
    trouble: Trouble, freshdesk: World, host: FreshdeskHost, work: Work
) -> None:
    """And the agent is told; a service in trouble is no reason to keep customers waiting."""
    sample = f'ombuds_gate_unchecked_total{{helpdesk="freshdesk",outcome="allowed",reason="{TROUBLES[trouble]}"}}'
    before = await freshdesk.counted(sample)
    host.plan = {"timeout_ms": 400} if trouble is Trouble.SLOW else {}
    rowan = await work()
    host.troubles["ask"] = trouble

    await rowan.reply(ENDED)

    await rowan.has_sent(ENDED)
    await rowan.hears("Let through unchecked.")
    await until(lambda: is_counted(freshdesk, sample, before + 1))


async def test_a_secret_the_service_does_not_know_is_told_as_such(host: FreshdeskHost, work: Work) -> None:
    host.secret = "yesterday's"
    rowan = await work()

    await rowan.reply(ENDED)

    await rowan.has_sent(ENDED)
    await rowan.hears("does not accept this app's secret")


async def test_where_policies_say_so_nothing_goes_unjudged(host: FreshdeskHost, work: Work) -> None:
    """What the service could not hear of while it was away, it is told when it is back."""
    host.plan = every("block")
    rowan = await work()
    host.troubles["*"] = Trouble.NETWORK
    await rowan.reply(MENDED)
    await rowan.hears("Not sent, because it could not be checked.")
    await rowan.hears("Ombuds could not be reached.")

    host.troubles.clear()
    await rowan.reply(MENDED)

    await rowan.has_sent(MENDED)
    await until(lambda: len(host.asked_by("unchecked")) == 2)
    told = {"ticket": rowan.ticket, "reason": "down", "outcome": "blocked"}
    assert host.asked_by("unchecked") == [told, told]


async def test_nothing_is_asked_where_no_policy_could_apply(host: FreshdeskHost, work: Work) -> None:
    """Freshdesk lets a whole helpdesk's agents send 50 requests a minute."""
    host.plan = {"asks": {kind: {"ask": False, "unchecked": "allow"} for kind in KINDS}, "answers": False}
    rowan = await work()

    await rowan.begins_to_reply()
    await rowan.reply(ENDED)
    await rowan.has_sent(ENDED)
    await rowan.save("Pending")

    assert await rowan.answers() == ["done", "done"]
    assert [template for template, _ in host.asked] == ["plan"]


async def test_without_a_plan_everything_is_asked(host: FreshdeskHost, work: Work) -> None:
    host.troubles["plan"] = Trouble.BROKEN
    rowan = await work()

    await rowan.reply(ENDED)

    await rowan.hears(HELD)


async def test_the_plan_is_kept_from_one_page_to_the_next(host: FreshdeskHost, rowan: Agent) -> None:
    """Agents open tickets all day; each would cost one of the helpdesk's 50 requests a minute."""
    await rowan.reply(MENDED)
    await rowan.has_sent(MENDED)

    await rowan.comes_back()
    await rowan.reply(ENDED)

    await rowan.hears(HELD)
    assert len(host.asked_by("plan")) == 1


async def test_an_old_plan_is_better_than_none(host: FreshdeskHost, work: Work) -> None:
    """It is renewed after ten minutes; where that fails it still counts, also in a browser that keeps nothing."""
    host.plan = every("block")
    rowan = await work(has_own_clock=True)
    [frame] = [frame for frame in rowan.page.frames if frame.url.endswith("background.html")]
    await frame.evaluate("localStorage.clear()")
    host.troubles["*"] = Trouble.NETWORK
    await rowan.page.clock.run_for(11 * 60_000)

    await rowan.reply(MENDED)
    await until(lambda: len(host.asked_by("plan")) == 2)
    await rowan.reply(MENDED)

    assert await rowan.answers() == ["fail", "fail"]


async def test_loading_the_page_again_is_no_way_around(host: FreshdeskHost, work: Work) -> None:
    """While the service is away, the plan of the last time says that nothing goes unjudged."""
    host.plan = every("block")
    rowan = await work()
    host.troubles["*"] = Trouble.NETWORK

    await rowan.comes_back()
    await rowan.reply(MENDED)

    assert await rowan.answers() == ["fail"]


@pytest.mark.parametrize("silent", ["ticket", "contact"])
async def test_an_agent_goes_on_even_if_freshdesk_itself_keeps_silent(silent: str, rowan: Agent) -> None:
    """What the app asks of the page may never be answered; without the ticket there is nothing to ask the service."""
    await rowan.page.evaluate("name => { desk.silent = [name]; }", silent)

    await rowan.reply(ENDED)

    assert await rowan.answers() == ["done" if silent == "ticket" else "fail"]


async def test_where_no_window_can_open_a_line_says_what_is_wrong(rowan: Agent) -> None:
    await rowan.page.evaluate("desk.refused = ['showModal']")

    await rowan.reply(ENDED)

    await rowan.hears(f"Ombuds #{rowan.ticket}: {HELD} ")
