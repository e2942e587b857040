"""What goes wrong in a busy day, one fault after the other, and the alerts that each raises."""

import asyncio
import sqlite3
import sys
import tomllib
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from service.demo.stage import Stage
from service.paused import Halt
from service.store import pauses

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import MAYBE, SORRY, TERMINATION, Day, agent_says, asked, drafted, findings_noted, ticket
from prometheus_server import until

READ = "/api/v2/tickets/{id}"
BULLETIN = """\
format: 1
owner: customer-communication
bulletins:
  - id: loyalty-stamps-ended
    title: The loyalty stamps have ended
    kind: took_away
    changed: There are no loyalty stamps any more.
    since: {since}T00:00:00+00:00
    for: everybody
    aliases: [loyalty stamps]
    answer: The loyalty stamps have ended. Full cards are still taken.
    tests:
      asks: ["Are there no loyalty stamps any more?"]
      not: ["My parcel came with a stamp that I do not know."]
"""
EXCEPTION = """\
format: 1
owner: support-quality
exceptions:
  - id: store-closing-down
    policy: closed-without-agreement
    match: {{ticket.tag: garden-centre-sale}}
    reason: The garden centre is gone, and its customers were told.
    approver: Amara Diallo, head of support
    approved: {today}
    expires: {end}
"""


async def agents_answer(day: Day) -> None:
    """One finding is called wrong, another is overridden."""
    ended = await ticket(day.freshdesk, "Where are my books?", TERMINATION)
    finding, *_ = await findings_noted(day.freshdesk, ended)
    await agent_says(day.freshdesk, ended, f"#ombuds wrong {finding} it was her own wish", public=False)
    await day.seen('ombuds_answers_total{command="wrong", outcome="accepted"} > 0')
    hedged = await ticket(day.freshdesk, "Is the lamp dimmable?", MAYBE)
    finding, *_ = await findings_noted(day.freshdesk, hedged)
    await agent_says(day.freshdesk, hedged, f"#ombuds override {finding} agreed with her", public=False)
    await day.seen('ombuds_answers_total{command="override", outcome="accepted"} > 0')


async def a_letter_past_the_gate(day: Day) -> None:
    """A harmless draft is let through, a letter is refused, and its agent sends it all the same."""
    opened = await ticket(day.freshdesk, "Where are my books?")
    assert await drafted(day.freshdesk, opened, SORRY) == "allow"

    async def is_refused() -> bool:  # as soon as a worker has read the ticket
        return await drafted(day.freshdesk, opened, TERMINATION) == "block"

    await until(is_refused)
    await agent_says(day.freshdesk, opened, TERMINATION)
    await day.seen('ombuds_bypass_seen_total{path="past_the_gate"} > 0')


async def apps_alone(day: Day) -> None:
    """They hear no answer, or cannot read what is to be sent."""
    told = {"ticket": "42", "reason": "timeout", "outcome": "blocked"}
    for _ in range(6):
        assert (await asked(day.freshdesk, "/unchecked", told)).status_code == 204
    assert await drafted(day.freshdesk, "42", None) == "allow"
    await day.seen('ombuds_gate_unchecked_total{reason="unseen"} > 0')


async def secret_of_another_app(day: Day) -> None:
    """It was changed at the helpdesk alone."""
    for _ in range(6):
        assert (await asked(day.freshdesk, "", {}, secret="another-secret")).status_code == 401


async def an_agent_apologises(day: Day) -> None:
    """After a note, and to a customer who had asked for another look."""
    ended = await ticket(day.freshdesk, "Please reopen my account.", TERMINATION)
    await findings_noted(day.freshdesk, ended)
    after_a_second(day.freshdesk)
    await agent_says(day.freshdesk, ended, SORRY)
    await day.seen('ombuds_notes_followed_total{outcome="apologised"} > 0')
    await day.seen("ombuds_reconsideration_answer_seconds_count > 0")


def after_a_second(running: Stage) -> None:
    """What comes now is later, also by the times of Freshdesk: it tells whole seconds, when a ticket moved as well."""
    running.clock.advance(timedelta(seconds=2))


async def a_change_nobody_was_told_of(day: Day) -> None:
    """It is declared at one desk alone, with an exception that ends soon; a customer asks, and ops hear of it."""
    today = date.today()  # noqa: DTZ011 - only whole days matter
    policies, ends = day.freshdesk.config.parent / "policies", today + timedelta(days=3)
    (policies / "stamps.yaml").write_text(BULLETIN.format(since=today - timedelta(days=14)), encoding="utf-8")
    (policies / "exceptions.yaml").write_text(EXCEPTION.format(today=today, end=ends), encoding="utf-8")
    await day.seen("ombuds_exceptions > 0")
    await ticket(day.freshdesk, "Are there no loyalty stamps any more?")
    await day.seen('ombuds_ops_notes_total{policy="quiet-change"} > 0')


async def unheard_of_language(day: Day) -> None:
    """Many customers write in words that no phrase pack can read."""
    await ticket(day.freshdesk, "電灯はどこにありますか。")
    await day.seen('ombuds_decisions_total{result="unknown"} > 0')
    for _ in range(24):
        await ticket(day.freshdesk, "電灯はどこにありますか。")
    await day.seen('sum by (policy) (ombuds_decisions_total{result="unknown"}) >= 25')


async def many_accounts_ended(day: Day) -> None:
    """So often that a policy has no note left, and that Ombuds undoes more than anybody reads."""
    for _ in range(3):
        await ticket(day.zendesk, "Where are my books?", TERMINATION)
    for _ in range(16):
        await ticket(day.freshdesk, "Where are my books?", TERMINATION)
    await day.seen('sum(ombuds_actions_total{action="block", outcome="applied"}) > 20')


async def forged_webhooks(day: Day) -> None:
    """Somebody else knocks."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(10):
            assert (await client.post(day.zendesk.webhook_url, json={})).status_code == 401
    await day.seen('increase(ombuds_webhooks_received_total{outcome="unverified"}[1m]) > 0')


async def slip_in_a_policy(day: Day) -> None:
    """Somebody makes it in a file, and leaves it so."""
    (day.zendesk.config.parent / "policies" / "slip.yaml").write_text("format: 1\npolicies: [oops", encoding="utf-8")
    await day.seen("ombuds_policy_reload_failures_total > 0")


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
    """The helpdesk refuses to tell what moved."""
    await day.deaf.desk.fault("GET", "/api/v2/tickets", times=1_000, status=500)
    await day.seen("increase(ombuds_reconcile_failures_total[1m]) > 0")


async def everything_paused(day: Day) -> None:
    """Somebody pulls the plug, and pauses a policy besides."""
    halt = Halt(since=datetime.now(UTC), reason="Too many notes.")
    await pauses.pause(day.zendesk.store, (), halt)
    await pauses.pause(day.zendesk.store, ("termination-macro",), halt)
    await day.seen("ombuds_paused > 0 and ombuds_policies_paused > 0")


async def store_locked(day: Day) -> None:
    """Somebody else holds the store's file, so that webhooks are turned away."""
    folder = day.deaf.config.parent
    password = tomllib.loads(day.deaf.config.read_text(encoding="utf-8"))["helpdesks"][0]["basic"]["password"]
    with closing(sqlite3.connect(folder / "ombuds.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        async with httpx.AsyncClient(trust_env=False, timeout=60, auth=("ombuds", password)) as client:
            webhooks = [client.post(day.deaf.webhook_url, json={"ticket_id": number}) for number in range(8)]
            answers = await asyncio.gather(*webhooks)
    assert {answer.status_code for answer in answers} == {503}


async def slow_network(day: Day) -> None:
    """What agents write comes to the gate drop by drop."""
    await asyncio.gather(*(drafted(day.deaf, "1", SORRY, for_s=1.0) for _ in range(24)))


async def few_requests_left(day: Day) -> None:
    """Other apps have used the account's requests."""
    left = {"x-ratelimit-total": "100", "x-ratelimit-remaining": "6"}
    await day.deaf.desk.fault("GET", "/api/v2/tickets", times=100, status=500, headers=left)


async def service_gone(day: Day) -> None:
    """The process has ended."""
    await day.closing.aclose()


async def nothing_scraped(day: Day) -> None:
    """Somebody took it out of Prometheus' settings."""
    await day.prometheus.forget()


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


STORE_LOCKED = ("OmbudsAcksFailing", "OmbudsAcksFailingSlowly", "OmbudsAcksSlow")
FAULTS = (
    Fault(make=agents_answer),
    Fault(make=an_agent_apologises),
    Fault(make=apps_alone, alerts=("OmbudsGateUnchecked",)),
    Fault(make=secret_of_another_app, alerts=("OmbudsGateRefusing",)),
    Fault(make=a_letter_past_the_gate, alerts=("OmbudsGateBypassed",)),
    Fault(make=a_change_nobody_was_told_of, alerts=("OmbudsRevisionsDiffer", "OmbudsExceptionsExpiring")),
    Fault(make=unheard_of_language, alerts=("OmbudsPolicyUnknown",)),
    Fault(make=many_accounts_ended, alerts=("OmbudsPolicyBudgetExhausted", "OmbudsBlocksOverBudget")),
    Fault(make=forged_webhooks, alerts=("OmbudsWebhooksUnverified",)),
    Fault(make=slip_in_a_policy, alerts=("OmbudsPolicyReloadFailing",)),
    Fault(make=helpdesk_down, alerts=("OmbudsHelpdeskDown",), mend=mended),
    Fault(make=ticket_gone, alerts=("OmbudsDeadLetters",), mend=mended),
    Fault(make=key_refused, alerts=("OmbudsCredentialsRefused",), mend=mended),
    Fault(make=slow_helpdesk, alerts=("OmbudsOldestDueAge",), mend=helpdesk_back_late),
    Fault(make=left_so, alerts=("OmbudsActsLate",)),
    Fault(make=silent_webhooks, alerts=("OmbudsWebhooksSilent",)),
    Fault(make=argument_on_a_ticket, alerts=("OmbudsLoopSuppressed",)),
    Fault(make=failed_comparison, mend=mended),
    Fault(make=everything_paused, alerts=("OmbudsPausedLong",)),
    Fault(make=store_locked, alerts=STORE_LOCKED),
    Fault(make=slow_network, alerts=("OmbudsGateSlow",)),
    Fault(make=few_requests_left, alerts=("OmbudsRateLimitLow",), mend=mended),
    Fault(make=service_gone, alerts=("OmbudsInstanceDown", "OmbudsDown")),
    Fault(make=nothing_scraped, alerts=("OmbudsAbsent",)),
)
