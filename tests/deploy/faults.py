"""What goes wrong in a busy day, one fault after the other, and the alerts that each raises."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.paused import Halt
from service.store import pauses

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import (
    DEAF_JOB,
    MAYBE,
    OMBUDS,
    SORRY,
    TERMINATION,
    Day,
    after_a_second,
    agent_says,
    drafted,
    findings_noted,
    ticket,
    webhook,
)
from people import (
    a_change_nobody_was_told_of,
    a_letter_past_the_gate,
    agents_answer,
    an_agent_apologises,
    apps_alone,
    forged_webhooks,
    many_accounts_ended,
    secret_of_another_app,
    slips_in_policies,
    unheard_of_language,
)
from store_faults import store_disk_filling, store_let_go, store_locked, store_written_by_another

READ, LIST = "/api/v2/tickets/{id}", "/api/v2/tickets"
OVER_HALF_AN_HOUR = timedelta(minutes=31)


async def helpdesk_hangs(day: Day) -> None:
    """It takes each request and does not answer, so that no visit ends."""
    await day.deaf.desk.fault("GET", READ, times=100, delay_s=15)
    assert await webhook(day.deaf, await ticket(day.deaf, "Where is my parcel?")) == 202


async def hold_not_ended(day: Day) -> None:
    """Zendesk refuses what lets a reply go that it holds back, or makes it private."""
    await day.zendesk.desk.fault("PUT", READ, times=1_000, status=422)
    await _held_reply(day)


async def hold_ended(day: Day) -> None:
    """It takes it again."""
    await mended(day)
    await _held_reply(day)


async def _held_reply(day: Day) -> None:
    asked = await ticket(day.zendesk, "Where are my books?")
    await agent_says(day.zendesk, asked, "They are on their way.", add_tags=("ombuds_hold",))


async def helpdesk_down(day: Day) -> None:
    """It answers 503 until the account's tickets wait."""
    await day.zendesk.desk.fault("GET", READ, times=1_000, status=503)
    await ticket(day.zendesk, "Where is my parcel?")
    await day.seen('ombuds_breaker_state{state="open"} == 1')


async def ticket_gone(day: Day) -> None:
    """It cannot be read, not even in the archive."""
    await day.freshdesk.desk.fault("GET", READ, times=100, status=404)
    await ticket(day.freshdesk, "Where is my parcel?")
    await day.seen("ombuds_dead_letters > 0")


async def key_refused(day: Day) -> None:
    """The helpdesk no longer takes the API key."""
    await day.freshdesk.desk.fault("GET", READ, times=1_000, status=401)
    for number in range(3):
        await ticket(day.freshdesk, f"Where is parcel {number}?")
    await day.seen('ombuds_dead_letters{reason="credentials"} >= 3')


async def slow_helpdesk(day: Day) -> None:
    """More tickets are due than are visited, and the clock shows them due since ten minutes ago."""
    await day.freshdesk.desk.fault("GET", READ, times=1_000, status=503, delay_s=4)
    for number in range(12):
        await ticket(day.freshdesk, f"Where is parcel {number}?")
    day.freshdesk.clock.advance(timedelta(minutes=-10))


async def helpdesk_back_late(day: Day) -> None:
    """It answers again, and by the clock a quarter of an hour has gone by."""
    day.freshdesk.clock.advance(timedelta(minutes=25))
    await mended(day)


async def silent_webhooks(day: Day) -> None:
    """A helpdesk has stopped sending, while customers go on writing."""
    await day.seen('ombuds_reconcile_success_timestamp_seconds{job="ombuds-deaf"} > 0')
    for number in range(3):
        await ticket(day.deaf, f"Where is parcel {number}?", TERMINATION)
    await day.seen("ombuds_webhooks_unheard >= 3")


async def argument_on_a_ticket(day: Day) -> None:
    """More is to be done on it within an hour than the fuse lets through."""
    argued = await ticket(day.deaf, "Is the lamp dimmable?", MAYBE)
    await findings_noted(day.deaf, argued)
    after_a_second(day.deaf)
    await agent_says(day.deaf, argued, TERMINATION)
    await day.seen('ombuds_loop_suppressed_total{reason="fuse"} > 0')


async def failed_comparison(day: Day) -> None:
    """The helpdesk refuses to tell what moved; by the clock, it told so half an hour ago for the last time."""
    day.deaf.clock.advance(-OVER_HALF_AN_HOUR)
    await day.seen('time() - ombuds_reconcile_success_timestamp_seconds{job="ombuds-deaf"} > 1800')
    await day.deaf.desk.fault("GET", LIST, times=1_000, status=500)
    await day.seen("increase(ombuds_reconcile_failures_total[1m]) > 0")
    day.deaf.clock.advance(OVER_HALF_AN_HOUR)


async def everything_paused(day: Day) -> None:
    """Somebody pulls the plug, and pauses a policy besides."""
    halt = Halt(since=datetime.now(UTC), reason="Too many notes.")
    await pauses.pause(day.zendesk.store, (), halt)
    await pauses.pause(day.zendesk.store, ("termination-macro",), halt)
    await day.seen("ombuds_paused > 0 and ombuds_policies_paused > 0")


async def slow_network(day: Day) -> None:
    """What agents write comes to the gate drop by drop."""
    await asyncio.gather(*(drafted(day.deaf, "1", SORRY, for_s=1.0) for _ in range(24)))


async def few_requests_left(day: Day) -> None:
    """Other apps have used the account's requests."""
    left = {"x-ratelimit-total": "100", "x-ratelimit-remaining": "6"}
    await day.deaf.desk.fault("GET", LIST, times=100, status=500, headers=left)


async def service_gone(day: Day) -> None:
    """The process has ended."""
    await day.closing.aclose()


async def nothing_scraped(day: Day) -> None:
    """Somebody took it out of Prometheus' settings."""
    day.prometheus.forget(OMBUDS, DEAF_JOB)


async def mended(day: Day) -> None:
    """No helpdesk has a fault any more."""
    for running in (day.zendesk, day.freshdesk, day.deaf):
        await running.desk.clear_faults()


async def left_so(_: Day) -> None:
    """Nobody mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How it is made and mended, and the alerts that must fire in between."""

    make: Callable[[Day], Awaitable[None]]
    alerts: tuple[str, ...] = ()
    mend: Callable[[Day], Awaitable[None]] = left_so


FAULTS = (
    Fault(make=helpdesk_hangs, alerts=("OmbudsNothingProcessed",), mend=mended),
    Fault(make=hold_not_ended, alerts=("OmbudsHoldStuck",), mend=hold_ended),
    Fault(make=agents_answer),
    Fault(make=an_agent_apologises),
    Fault(make=apps_alone, alerts=("OmbudsGateUnchecked",)),
    Fault(make=secret_of_another_app, alerts=("OmbudsGateRefusing",)),
    Fault(make=a_letter_past_the_gate, alerts=("OmbudsGateBypassed",)),
    Fault(make=a_change_nobody_was_told_of, alerts=("OmbudsRevisionsDiffer", "OmbudsExceptionsExpiring")),
    Fault(make=unheard_of_language, alerts=("OmbudsPolicyUnknown",)),
    Fault(make=many_accounts_ended, alerts=("OmbudsPolicyBudgetExhausted", "OmbudsBlocksOverBudget")),
    Fault(make=forged_webhooks, alerts=("OmbudsWebhooksUnverified",)),
    Fault(make=slips_in_policies, alerts=("OmbudsPolicyReloadFailing", "OmbudsCandidateNotLoading")),
    Fault(make=helpdesk_down, alerts=("OmbudsHelpdeskDown",), mend=mended),
    Fault(make=ticket_gone, alerts=("OmbudsDeadLetters",), mend=mended),
    Fault(make=key_refused, alerts=("OmbudsCredentialsRefused",), mend=mended),
    Fault(make=slow_helpdesk, alerts=("OmbudsOldestDueAge",), mend=helpdesk_back_late),
    Fault(make=left_so, alerts=("OmbudsActsLate",)),
    Fault(make=silent_webhooks, alerts=("OmbudsWebhooksSilent",)),
    Fault(make=argument_on_a_ticket, alerts=("OmbudsLoopSuppressed",)),
    Fault(make=failed_comparison, alerts=("OmbudsReconcileStale",), mend=mended),
    Fault(make=everything_paused, alerts=("OmbudsPausedLong",)),
    Fault(make=store_disk_filling, alerts=("OmbudsStoreDiskLow",)),
    Fault(make=store_locked, alerts=("OmbudsNotReady",), mend=store_let_go),
    Fault(make=left_so, alerts=("OmbudsAcksFailing", "OmbudsAcksFailingSlowly", "OmbudsAcksSlow")),
    Fault(make=store_written_by_another, alerts=("OmbudsCommitsSlow",)),
    Fault(make=slow_network, alerts=("OmbudsGateSlow",)),
    Fault(make=few_requests_left, alerts=("OmbudsRateLimitLow",), mend=mended),
    Fault(make=service_gone, alerts=("OmbudsInstanceDown", "OmbudsDown")),
    Fault(make=nothing_scraped, alerts=("OmbudsAbsent",)),
)
