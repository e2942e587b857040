"""Faults of networks and of those at the other end: lost answers, outages, refusals, repetition, wrong order."""

import asyncio

from experiment import Size
from journal import MADE
from kills import WRITES
from lab import Lab

WEBHOOKS = b"POST /webhooks/"
TICKET = "/api/v2/tickets/{id}"
ASKED_TO_WAIT_S = 2


async def lose_notes_answers(lab: Lab, size: Size) -> None:
    """Three of ten writes at the helpdesk are carried out, and their answers never arrive."""
    lab.to_desk.lose_reply_to, lab.to_desk.share = WRITES, 0.3
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
            await lab.desk.fault("PUT", TICKET, status=503, times=20)
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
    refused = [exchange for exchange in exchanges if exchange.status == 429]
    lab.figures["refused"] = len(refused)
    lab.extra["asked_too_early"] = sum(
        later.request == early.request and early.answered_at < later.asked_at < early.answered_at + ASKED_TO_WAIT_S
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
        hot = await lab.sender.flood(size.sends)
        await lab.sent(size.sends)
    await lab.quiet()
    waits = lab.waits_s()
    others = sorted(wait for ticket, wait in waits if ticket != hot)
    lab.figures["others_wait_s_p95"] = round(others[int(len(others) * 0.95)], 2)
    lab.figures["hot_wait_s_max"] = round(max(wait for ticket, wait in waits if ticket == hot), 2)
    lab.figures["hot_visits"] = lab.stored.visits(hot)
    lab.extra["visits_not_shared"] = max(int(lab.figures["hot_visits"]) - size.sends // 4, 0)
