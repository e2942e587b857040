"""How a hold ends where others write at the same moment, and where the helpdesk refuses: with the sandbox's Zendesk."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from connectors.helpdesk import Connector, Delivery
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.records import Intent, Wording
from connectors.sandbox.serving import serving
from connectors.sandbox.zendesk import ZendeskSandbox
from connectors.zendesk.client import MAKE_PRIVATE, TICKET, Zendesk
from policies.verdict import Mode
from service.enforcement import Limits
from service.pipeline import Pipeline
from service.store.store import Store

HOLD = "ombuds_hold"


class Held:
    """A ticket on which an agent's public reply waits, and who may write on it. The time stands still."""

    def __init__(self, desk: SandboxClient, sandbox: ZendeskSandbox, ticket: str, agent: str) -> None:
        self.desk, self.sandbox, self.ticket, self.agent = desk, sandbox, ticket, agent
        self.visit: Callable[[Mode], Awaitable[Pipeline]]

    async def notes(self) -> list[str]:
        """What Ombuds told the agents."""
        comments = (await self.desk.view(self.ticket))["comments"]
        return [one["html"] or one["text"] for one in comments if not one["public"]]


@pytest.fixture
async def held(clock: Any, store: Store, make_pipeline: Callable[..., Pipeline]) -> AsyncIterator[Held]:
    sandbox = ZendeskSandbox(clock=clock)
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        helpdesk = Zendesk(
            account="acme", base_url=url, email=sandbox.email, api_token=sandbox.api_token, hold_tag=HOLD
        )
        agent = await desk.person("Ida Berg", "ida@acme.example", role="agent")
        reader = await desk.person("Ines Holm", "ines@reader.example")
        ticket, _ = await desk.ticket(reader, "Books", comment={"text": "Where are my books?"})
        clock.advance(minutes=1)
        await desk.submit(ticket, agent, comment={"text": "We are done."}, status="solved", add_tags=[HOLD])
        held = Held(desk, sandbox, ticket, agent)

        async def visit(ceiling: Mode) -> Pipeline:
            connectors = {("zendesk", "acme"): Connector(webhook=None, helpdesk=helpdesk)}
            limits = {("zendesk", "acme"): Limits(ceiling=ceiling)}
            pipeline = make_pipeline(store, connectors=connectors, limits=limits)
            now = clock()
            told = {"helpdesk": "zendesk", "account": "acme", "ticket_id": ticket}
            await store.accept(Delivery(id="d", occurred_at=now, received_at=now, **told), now)
            (taken,) = await store.claim("w", now, limit=1, lease_s=60)
            await pipeline.run(taken)
            return pipeline

        held.visit = visit
        yield held
        await helpdesk.aclose()


def counted(pipeline: Pipeline, outcome: str) -> float | None:
    return pipeline.metrics.registry.get_sample_value("ombuds_held_replies_total", {"outcome": outcome})


async def test_what_was_written_while_ombuds_wrote_is_read_before_the_replies_go(held: Held) -> None:
    """In the same second no stamp tells the helpdesk so; and the mail of one reply alone would be the newer one's."""

    def answers_too(_: Any, submit: Any) -> None:
        if str(submit.actor_id) == held.sandbox.bot_id and submit.comment:
            held.sandbox.desk.listeners.remove(answers_too)
            held.sandbox.desk.submit(held.sandbox.desk.tickets[int(held.ticket)], second)

    second = Intent(actor_id=held.agent, comment=Wording(text="And a voucher."), add_tags=(HOLD,))
    held.sandbox.desk.listeners.append(answers_too)

    pipeline = await held.visit(Mode.NOTE)

    assert len(await held.notes()) == 1
    assert f"{HOLD}_release_all" in (await held.desk.view(held.ticket))["tags"]
    assert counted(pipeline, "released") == 2


@pytest.mark.parametrize(("status", "reason"), [(422, "refused"), (403, "credentials")])
async def test_where_a_reply_cannot_be_made_private_its_agent_is_told_that_it_will_be_mailed(
    held: Held, store: Store, status: int, reason: str
) -> None:
    """The first note was written before; the helpdesk itself mails what nobody released."""
    await held.desk.fault("PUT", MAKE_PRIVATE, status=status, times=9)

    pipeline = await held.visit(Mode.BLOCK)

    first, last = await held.notes()
    assert "held back and made private" in first
    assert "refused to make the reply private. It still waits, and is mailed" in last
    assert [letter.reason for letter in await store.dead_letters()] == [reason]
    assert (counted(pipeline, "not_released"), counted(pipeline, "made_private")) == (1, 0)


async def test_a_helpdesk_that_does_not_even_take_the_note_is_counted_as_well(
    held: Held, store: Store, clock: Any
) -> None:
    """The user of Ombuds lost its rights after the first note: whom nobody tells at the helpdesk, the alert has to."""
    await held.desk.fault("PUT", MAKE_PRIVATE, status=503, times=9)
    await held.visit(Mode.BLOCK)
    clock.advance(minutes=5)
    await held.desk.clear_faults()
    for route in (MAKE_PRIVATE, TICKET):
        await held.desk.fault("PUT", route, status=403, times=9)

    pipeline = await held.visit(Mode.BLOCK)

    assert [letter.reason for letter in await store.dead_letters()] == ["credentials"]
    assert counted(pipeline, "not_released") == 1
