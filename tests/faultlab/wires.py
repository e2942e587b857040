"""Faults of networks and of those at the other end: lost answers, outages, refusals, repetition, wrong order."""

import asyncio
import time
from collections.abc import Sequence

import httpx
from experiment import Size
from journal import MADE
from lab import Lab
from proxy import Exchange

WEBHOOKS = b"POST /webhooks/"
TICKET = "/api/v2/tickets/{id}"
ASKED_TO_WAIT_S = 2
LATE_S = 45
"""Of a minute."""


async def lose_notes_answers(lab: Lab, size: Size) -> None:
    """Three of ten writes at the helpdesk are carried out, and their answers never arrive."""
    lab.to_desk.lose_reply_to, lab.to_desk.share = lab.plan.vendor.writes, 0.3
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
    await lab.quiet()
    lab.figures["answers_lost"] = lab.to_desk.lost
    lab.to_desk.heal()


async def lose_acks(lab: Lab, size: Size) -> None:
    """Three of ten webhooks are taken, and their sender never hears of it, so that it sends them again."""
    lab.to_service.lose_reply_to, lab.to_service.share = WEBHOOKS, 0.3
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
    lab.figures["answers_lost"] = lab.to_service.lost
    lab.to_service.heal()
    history = lab.history()
    lab.extra["never_acknowledged"] = sum(not one.is_acked for one in history.sent)


async def take_the_helpdesk_away(lab: Lab, size: Size) -> None:
    """The helpdesk is gone, then answers nothing, then answers 503, and then works again; so in turns."""
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 4)
            lab.to_desk.is_down = True
            lab.to_desk.cut()
            await lab.sent(size.sends // 4)
            lab.to_desk.heal()
            lab.to_desk.is_blackhole = True
            await lab.sent(size.sends // 4)
            lab.to_desk.heal()
            await lab.desk.fault("GET", TICKET, status=503, times=20)
            await lab.desk.fault(*lab.plan.vendor.note, status=503, times=20)
            await lab.sent(size.sends // 4)
            await lab.desk.clear_faults()


async def limit_the_rate(lab: Lab, size: Size) -> None:
    """The helpdesk answers 429 and names a time; nobody may ask for that ticket again before."""
    lab.to_desk.exchanges = exchanges = []
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 2)
            wait = {"Retry-After": str(ASKED_TO_WAIT_S)}
            await lab.desk.fault("GET", TICKET, status=429, headers=wait, times=15)
            await lab.sent(size.sends // 2)
    await lab.quiet()
    _tell_who_was_early(lab, exchanges)


async def use_up_the_limit(lab: Lab, size: Size) -> None:
    """Another app takes what is left of the account's requests in this minute, so that the helpdesk itself refuses.

    Freshdesk counts by the minute and asks to wait until the next, so this begins late in one.
    """
    lab.to_desk.exchanges = exchanges = []
    await send(lab, size)
    for _ in range(size.repeats):
        before = len(_refused(exchanges))
        while len(_refused(exchanges)) == before:
            await asyncio.sleep(max(LATE_S - time.time() % 60, 0.0))
            await lab.quiet()
            await _ask_until_refused(lab)
            await send(lab, size)
            await lab.until(lambda: lab.stored.waiting() == 0, within_s=150.0)
    _tell_who_was_early(lab, exchanges)


async def _ask_until_refused(lab: Lab) -> None:
    """Not through the proxy: it is none of the service's requests."""
    host, port = lab.to_desk.target
    async with httpx.AsyncClient(auth=("sandbox-key", "X"), trust_env=False, timeout=10.0) as client:
        while (await client.get(f"http://{host}:{port}/api/v2/agents/me")).status_code != 429:
            pass


def _refused(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Of tickets, each of which has one visit at a time: what all share others may have asked for meanwhile."""
    return [one for one in exchanges if one.status == 429 and " /api/v2/tickets/" in one.request]


def _tell_who_was_early(lab: Lab, exchanges: Sequence[Exchange]) -> None:
    """The same was asked again before the time that its refusal named."""
    refused = _refused(exchanges)
    lab.figures["refused"] = len(refused)
    lab.extra["asked_too_early"] = sum(
        later.request == early.request and early.answered_at < later.asked_at < early.answered_at + early.asks_to_wait_s
        for early in refused
        for later in exchanges
    )


async def torture_the_wires(lab: Lab, size: Size) -> None:
    """Slow, narrow and breaking connections on both sides, and a client that closes its half."""
    lab.to_desk.latency_s, lab.to_desk.bandwidth = 0.05, 200_000.0
    lab.to_service.latency_s = 0.05
    lab.to_service.half_close_after, lab.to_service.share = WEBHOOKS, 0.1
    async with lab.sending(size.rate):
        for _ in range(size.repeats):
            await lab.sent(size.sends // 4)
            lab.to_service.cut()
            await lab.sent(size.sends // 4)
            lab.to_desk.cut()
    lab.to_service.heal()
    lab.to_desk.heal()


async def send(lab: Lab, size: Size) -> None:
    """Nothing but webhooks, as the sender's manners have it."""
    async with lab.sending(size.rate):
        await lab.sent(size.sends)


async def skip_webhooks(lab: Lab, size: Size) -> None:
    """Three of ten changes are never told by a webhook. Zendesk tells nothing of the last minute when it is asked."""
    async with lab.sending(size.rate):
        await lab.sent(size.sends)
    await asyncio.sleep(70)
    await lab.quiet()
    history = lab.history()
    judged = {change for _, change in history.decisions}
    told = {one.change for one in history.sent}
    replies = {step.change for step in lab.steps() if step.kind == MADE}
    lab.figures["never_told"] = len(replies - told)
    lab.extra["missed"] = len(replies - judged)


async def heat_one_ticket(lab: Lab, size: Size) -> None:
    """One ticket gets as many webhooks as all others together, all at once; the others are not to wait for it."""
    async with lab.sending(size.rate):
        await lab.sent(10)
        hot = await lab.sender.open("Everything at once")
        await lab.sender.flood(hot, size.sends)
        await lab.sent(size.sends)
    await lab.quiet()
    waits = lab.waits_s()
    others = sorted(wait for ticket, wait in waits if ticket != hot)
    lab.figures["others_wait_s_p95"] = round(others[int(len(others) * 0.95)], 2)
    lab.figures["hot_wait_s_max"] = round(max(wait for ticket, wait in waits if ticket == hot), 2)
    lab.figures["hot_visits"] = lab.stored.visits(hot)
    lab.extra["visits_not_shared"] = max(int(lab.figures["hot_visits"]) - size.sends // 4, 0)
