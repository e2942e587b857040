"""A day at three desks: the demo's stories are played at two of them, and what people do can be added."""

import asyncio
import re
import shutil
import sys
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import msgspec
from rich.console import Console

from service.demo.play import Play
from service.demo.screen import Screen
from service.demo.stage import Stage, StoryClock, stage
from service.demo.story import MAILBOX, SHORT, WHOLE, Scene
from service.policy_files import SHIPPED

sys.path.insert(0, str(Path(__file__).parent))
from prometheus_server import Job, Prometheus, scraping, until
from small_disk import small_disk

WORK = f"""
[work]
retry_s = {[0.2] * 20}
reconcile_s = 1
breaker_probe_s = 0.5
"""
AT_ONCE, NEVER = "breaker_after = 1\n", "breaker_after = 0\n"
"""When a helpdesk that is down is left alone. Never: its tickets go on being due for as long as it is slow."""
FEW_NOTES = """
[enforcement]
notes_per_policy_and_day = 3
"""
ONE_ACTION = """
[enforcement]
fuse_actions_per_hour = 1
"""
SECRET = "a-secret-of-the-app-for-busy-days"
GATE = f"""
[helpdesks.gate]
secrets = ["{SECRET}"]
"""
"""Of the account whose table stands before it."""
HOLD = "hold = true\n"
"""For the account, too. Nothing holds a reply back there but the tag that it comes with."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OPEN_ALL_DAY = "[business_hours]\n" + "".join(f'{day} = "0:00-24:00"\n' for day in DAYS)
"""So that the story's night counts as waiting, whatever day the tests run on."""
ZENDESK = HOLD + WORK + AT_ONCE + FEW_NOTES + OPEN_ALL_DAY
FRESHDESK = GATE + WORK + NEVER + OPEN_ALL_DAY
DEAF = GATE + WORK + AT_ONCE + ONE_ACTION
TERMINATION = "We have closed your account.\n\nKind regards,\nAda"
SORRY = "Hello,\n\nthat was our mistake, and I am sorry for it. Your account is open again.\n\nAda"
MAYBE = "Hello, maybe it has ended, I am not sure.\n\nAda"
OMBUDS, DEAF_JOB, PATIENT = "ombuds", "ombuds-deaf", "ombuds-deaf-patient"
"""What is scraped. The third is the second again, with time to tell that its store is held, which takes two seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The services that run: two that are told by webhooks, and one whose helpdesk tells nothing."""

    zendesk: Stage
    freshdesk: Stage
    deaf: Stage
    candidate: Path
    """The policies that are tried at the third."""
    no_disk: str
    """Why the third has no small disk of its own for its store; empty: it has one."""
    prometheus: Prometheus
    until_mended: AsyncExitStack
    """Ends what a fault holds."""
    closing: AsyncExitStack
    """Ends the third service."""

    async def seen(self, expression: str) -> None:
        """Returns once Prometheus has scraped what makes this expression yield something."""
        await until(partial(self.prometheus.now, expression), expression)


async def begin(stack: AsyncExitStack, folder: Path, rules: Sequence[Path] = ()) -> Day:
    """All running; the stories begin so long ago that they end now."""
    zendesk = await stack.enter_async_context(
        stage("zendesk", folder / "zendesk", clock=_ago(_length(WHOLE)), settings=ZENDESK)
    )
    freshdesk = await stack.enter_async_context(
        stage("freshdesk", folder / "freshdesk", clock=_ago(_length(SHORT)), settings=FRESHDESK)
    )
    no_disk = stack.enter_context(small_disk(folder / "deaf"))
    (candidate := folder / "candidate").mkdir()
    shutil.copy(SHIPPED / "tone.yaml", candidate)
    closing = await stack.enter_async_context(AsyncExitStack())
    deaf = await closing.enter_async_context(
        stage("freshdesk", folder / "deaf", clock=_ago(timedelta()), settings=DEAF, is_told=False, candidate=candidate)
    )
    jobs = (
        Job(name=OMBUDS, urls=(zendesk.service_url, freshdesk.service_url)),
        Job(name=DEAF_JOB, urls=(deaf.service_url,)),
        Job(name=PATIENT, urls=(deaf.service_url,), every_s=5),
    )
    prometheus = await stack.enter_async_context(scraping(folder, jobs, rules))
    return Day(
        zendesk=zendesk,
        freshdesk=freshdesk,
        deaf=deaf,
        candidate=candidate,
        no_disk=no_disk,
        prometheus=prometheus,
        until_mended=await stack.enter_async_context(AsyncExitStack()),
        closing=closing,
    )


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


def after_a_second(running: Stage) -> None:
    """What comes now is later, also by the times of Freshdesk: it tells whole seconds, when a ticket moved as well."""
    running.clock.advance(timedelta(seconds=2))


async def webhook(running: Stage, ticket_id: str) -> int:
    """The status that a Freshdesk automation is answered when it tells of a ticket."""
    password = tomllib.loads(running.config.read_text(encoding="utf-8"))["helpdesks"][0]["basic"]["password"]
    async with httpx.AsyncClient(trust_env=False, timeout=60, auth=("ombuds", password)) as client:
        return (await client.post(running.webhook_url, json={"ticket_id": ticket_id})).status_code


async def agent_says(
    running: Stage, ticket_id: str, text: str, *, public: bool = True, add_tags: tuple[str, ...] = ()
) -> None:
    """An agent writes on a ticket."""
    agent = await running.desk.person("Ada Pereira", f"ada{datetime.now(UTC).timestamp()}@shop.example", role="agent")
    said = {"public": public, "text": text, "sender": MAILBOX}
    await running.desk.submit(ticket_id, agent, comment=said, add_tags=add_tags)


async def findings_noted(running: Stage, ticket_id: str) -> list[str]:
    """The ids of the findings that a ticket's notes name, once there is a note."""

    async def ids() -> list[str]:
        comments = (await running.desk.view(ticket_id))["comments"]
        notes = [comment["html"] or comment["text"] for comment in comments if not comment["public"]]
        return sorted({found for note in notes for found in re.findall(r"#ombuds \w+ ([0-9A-Z]{6})", note)})

    return list(await until(ids))


async def asked(running: Stage, path: str, body: object, *, secret: str = SECRET, for_s: float = 0.0) -> httpx.Response:
    """What the gate answers to the app in an agent's browser, whose question takes so long to arrive."""
    url = running.webhook_url.replace("/webhooks/", "/gate/") + path
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        said = _dripping(msgspec.json.encode(body), for_s)
        return await client.post(url, content=said, headers={"Authorization": f"Bearer {secret}"})


async def _dripping(body: bytes, for_s: float) -> AsyncIterator[bytes]:
    yield body[:1]
    await asyncio.sleep(for_s)
    yield body[1:]


async def drafted(running: Stage, ticket_id: str, text: str | None, *, for_s: float = 0.0) -> str:
    """The gate's verdict on a reply; without a text the app could not read it."""
    draft = {"kind": "public_reply", "text": text, "seen": text is not None}
    told = {"ticket": {"id": ticket_id}, "draft": draft, "agent": {"name": "Ada Pereira"}}
    return str((await asked(running, "", told, for_s=for_s)).json()["verdict"])
