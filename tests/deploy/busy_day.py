"""A day in which everything happens that a dashboard shows: the demo's stories, and then one fault after the other."""

import re
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console

from service.demo.play import Play
from service.demo.screen import Screen
from service.demo.stage import Stage, StoryClock, stage
from service.demo.story import MAILBOX, SHORT, WHOLE, Scene
from service.paused import Halt
from service.store import pauses

sys.path.insert(0, str(Path(__file__).parent))
from prometheus_server import Prometheus, scraping, until

WORK = """
[work]
retry_s = [0.2, 0.2]
reconcile_s = 1
breaker_after = 1
breaker_probe_s = 0.5
"""
FEW_NOTES = """
[enforcement]
notes_per_policy_and_day = 1
"""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OPEN_ALL_DAY = "[business_hours]\n" + "".join(f'{day} = "0:00-24:00"\n' for day in DAYS)
"""So that the story's night counts as waiting, whatever day the tests run on."""
TERMINATION = "We have closed your account.\n\nKind regards,\nAda"
MAYBE = "Hello, maybe it has ended, I am not sure.\n\nAda"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The services that run: two that are told by webhooks, and one whose helpdesk tells nothing."""

    zendesk: Stage
    freshdesk: Stage
    deaf: Stage
    prometheus: Prometheus

    async def seen(self, expression: str) -> None:
        """Returns once Prometheus has scraped what makes this expression yield something."""
        await until(partial(self.prometheus.now, expression))


async def begin(stack: AsyncExitStack, folder: Path, rules: Sequence[Path] = ()) -> Day:
    """All running; the stories begin so long ago that they end now."""
    zendesk = await stack.enter_async_context(
        stage("zendesk", folder / "zendesk", clock=_ago(_length(WHOLE)), settings=WORK + FEW_NOTES + OPEN_ALL_DAY)
    )
    freshdesk = await stack.enter_async_context(
        stage("freshdesk", folder / "freshdesk", clock=_ago(_length(SHORT)), settings=WORK + OPEN_ALL_DAY)
    )
    deaf = await stack.enter_async_context(
        stage("freshdesk", folder / "deaf", clock=_ago(timedelta()), settings=WORK, is_told=False)
    )
    urls = [one.service_url for one in (zendesk, freshdesk, deaf)]
    prometheus = await stack.enter_async_context(scraping(folder, urls, rules))
    return Day(zendesk=zendesk, freshdesk=freshdesk, deaf=deaf, prometheus=prometheus)


def _length(scenes: tuple[Scene, ...]) -> timedelta:
    return sum((scene.after for scene in scenes), timedelta())


def _ago(past: timedelta) -> StoryClock:
    return StoryClock(datetime.now(UTC) - past)


async def stories(day: Day) -> None:
    """What `ombuds demo` plays."""
    quiet = Screen(Console(quiet=True))
    for running, scenes in ((day.zendesk, WHOLE), (day.freshdesk, SHORT)):
        seen = await Play(running, quiet).run(scenes)
        assert not [missing for scene in seen for missing in scene.missing]


def netloc(running: Stage) -> str:
    """What Prometheus calls its service."""
    return running.service_url.removeprefix("http://")


async def ticket(running: Stage, question: str, answer: str | None = None) -> str:
    """A ticket on which a customer asks, and perhaps an agent answers."""
    number = len(await running.desk.effects())
    customer = await running.desk.person("Ines Holm", f"ines{datetime.now(UTC).timestamp()}{number}@reader.example")
    opened, _ = await running.desk.ticket(
        customer, "A question", channel="email", recipient=MAILBOX, comment={"text": question}
    )
    if answer is not None:
        await agent_says(running, opened, answer)
    return opened


async def agent_says(running: Stage, ticket_id: str, text: str, *, public: bool = True) -> None:
    """An agent writes on a ticket."""
    agent = await running.desk.person("Ada Pereira", f"ada{datetime.now(UTC).timestamp()}@shop.example", role="agent")
    await running.desk.submit(ticket_id, agent, comment={"public": public, "text": text, "sender": MAILBOX})


async def findings_noted(running: Stage, ticket_id: str) -> list[str]:
    """The ids of the findings that a ticket's notes name, once there is a note."""

    async def ids() -> list[str]:
        comments = (await running.desk.view(ticket_id))["comments"]
        notes = [comment["html"] or comment["text"] for comment in comments if not comment["public"]]
        return sorted({found for note in notes for found in re.findall(r"#ombuds \w+ ([0-9A-Z]{6})", note)})

    return list(await until(ids))


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


async def a_change_nobody_was_told_of(day: Day) -> None:
    """It is declared, a customer asks, and ops hear of it."""
    today = date.today()  # noqa: DTZ011 - only whole days matter
    policies, fortnight = day.freshdesk.config.parent / "policies", timedelta(days=14)
    (policies / "stamps.yaml").write_text(BULLETIN.format(since=today - fortnight), encoding="utf-8")
    (policies / "exceptions.yaml").write_text(EXCEPTION.format(today=today, end=today + fortnight), encoding="utf-8")
    await day.seen("ombuds_exceptions > 0")
    await ticket(day.freshdesk, "Are there no loyalty stamps any more?")
    await day.seen('ombuds_ops_notes_total{policy="quiet-change"} > 0')


async def unheard_of_language(day: Day) -> None:
    """An agent answers in words that no phrase pack can read."""
    for unknown in ("ombuds_decisions_total{{{}}}", "increase(ombuds_decisions_total{{{}}}[1m])"):
        await ticket(day.freshdesk, "電灯はどこにありますか。", "お客様のアカウントを閉鎖しました。")
        await day.seen(unknown.format('result="unknown"') + " > 0")


async def forged_webhook(day: Day) -> None:
    """Somebody else knocks."""
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(day.zendesk.webhook_url, json={})).status_code == 401
    await day.seen('increase(ombuds_webhooks_received_total{outcome="unverified"}[1m]) > 0')


async def broken_policies(day: Day) -> None:
    """Somebody makes a slip in a policy file, and leaves it so."""
    (day.zendesk.config.parent / "policies" / "slip.yaml").write_text("format: 1\npolicies: [oops", encoding="utf-8")
    await day.seen("ombuds_policy_reload_failures_total > 0")


async def helpdesk_down(day: Day) -> None:
    """It answers 503 for so long that the account waits, and comes back."""
    await day.zendesk.desk.fault("GET", "/api/v2/tickets/{id}", times=1_000, status=503)
    await ticket(day.zendesk, "Where is my parcel?")
    await day.seen('ombuds_breaker_state{state="open"} == 1')
    await day.zendesk.desk.clear_faults()


async def dead_letter(day: Day) -> None:
    """A ticket that cannot be read at all."""
    await day.freshdesk.desk.fault("GET", "/api/v2/tickets/{id}", times=100, status=404)
    await ticket(day.freshdesk, "Where is my parcel?")
    await day.seen("ombuds_dead_letters > 0")
    await day.freshdesk.desk.clear_faults()


async def silent_webhooks(day: Day) -> None:
    """A helpdesk that has stopped sending, while customers go on writing."""
    await day.seen(f'ombuds_reconcile_success_timestamp_seconds{{instance="{netloc(day.deaf)}"}}')
    for number in range(3):
        await ticket(day.deaf, f"Where is parcel {number}?", TERMINATION)
    await day.seen("ombuds_webhooks_unheard >= 3")


async def failed_comparison(day: Day) -> None:
    """The helpdesk refuses to tell what moved."""
    await day.deaf.desk.fault("GET", "/api/v2/tickets", times=1_000, status=500)
    await day.seen("increase(ombuds_reconcile_failures_total[1m]) > 0")
    await day.deaf.desk.clear_faults()


async def everything_paused(day: Day) -> None:
    """Somebody pulls the plug, and pauses a policy besides."""
    halt = Halt(since=datetime.now(UTC), reason="Too many notes.")
    await pauses.pause(day.freshdesk.store, (), halt)
    await pauses.pause(day.freshdesk.store, ("termination-macro",), halt)
    await day.seen("ombuds_paused > 0 and ombuds_policies_paused > 0")


FAULTS = (
    agents_answer,
    a_change_nobody_was_told_of,
    unheard_of_language,
    forged_webhook,
    broken_policies,
    helpdesk_down,
    dead_letter,
    silent_webhooks,
    failed_comparison,
    everything_paused,
)
