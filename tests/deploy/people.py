"""What people and apps do in a busy day: agents, customers, whoever writes policies, and somebody who knocks."""

import sys
from datetime import date, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from busy_day import MAYBE, SORRY, TERMINATION, Day, after_a_second, agent_says, asked, drafted, findings_noted, ticket
from prometheus_server import until

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


async def slips_in_policies(day: Day) -> None:
    """Somebody makes them in what is in force and in what is tried, and leaves them so."""
    for folder in (day.zendesk.config.parent / "policies", day.candidate):
        (folder / "slip.yaml").write_text("format: 1\npolicies: [oops", encoding="utf-8")
    await day.seen("ombuds_policy_reload_failures_total > 0")
