"""What a checkup asks of one account's helpdesk, and of the store about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.errors import NotFoundError
from connectors.helpdesk import Helpdesk
from connectors.transport import Exchange
from service import checkup_judging as judging
from service.checkup_house import House
from service.checkup_judging import Judged, ok, skip, warn
from service.named_there import compare_names
from service.pipeline import Clock
from service.policy_files import SHIPPED
from service.settings_helpdesks import HelpdeskSettings, ZendeskSettings
from service.store.heard import Heard


@dataclass(slots=True, kw_only=True)
class Aside:
    """What a helpdesk's answers told by the way."""

    clock: Clock
    at: tuple[datetime, datetime] | None = None
    """Our time of the last answer, and the helpdesk's."""
    left: tuple[float, float | None] | None = None
    """How many requests are left, of how many."""

    def observe(self, _: str, __: str, exchange: Exchange) -> None:
        """Hears of every request."""
        if exchange.date is not None:
            self.at = self.clock(), exchange.date
        if exchange.remaining is not None:
            self.left = exchange.remaining, exchange.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One account."""

    house: House
    settings: HelpdeskSettings
    helpdesk: Helpdesk
    aside: Aside

    @property
    def called(self) -> str:
        """`zendesk/acme`."""
        return f"{self.settings.kind}/{self.settings.account}"

    @property
    def heard(self) -> Heard | None:
        """What the store knows of it; None where there is no store yet."""
        return self.house.heard.get((self.settings.kind, self.settings.account))


async def credentials(desk: Desk) -> Judged | None:
    """Who we are there."""
    me = await desk.helpdesk.whoami()
    return ok(" ".join(part for part in (me.name, me.email and f"<{me.email}>", f"(id {me.id})") if part))


async def clock(desk: Desk) -> Judged | None:
    """Ours against the helpdesk's, which every answer tells, also one that refuses us."""
    return judging.clocks(*desk.aside.at) if desk.aside.at else skip("the helpdesk told no time")


async def comparing(desk: Desk) -> Judged | None:
    """Whether we may read which tickets moved."""
    if not desk.house.settings.work.reconcile_s:
        return ok("switched off: [work] reconcile_s = 0")
    await desk.helpdesk.moved(None, desk.house.clock())
    return ok("which tickets moved may be read")


async def webhook(desk: Desk) -> Judged | None:
    """Whether it is there, switched on, and comes to us; None where the helpdesk tells nothing of that."""
    if isinstance(desk.settings, ZendeskSettings) and not desk.settings.webhook_id:
        fix = f"Write its webhook_id into the [[helpdesks]] table; {judging.connecting(desk.called)} prints it."
        return warn("which one is ours is not known", fix)
    try:
        found = await desk.helpdesk.webhook()
    except NotFoundError:
        return judging.fail("it is gone", f"Run {judging.connecting(desk.called)}, which makes a new one.")
    return judging.webhook_goes_to(found, desk.called) if found else None


async def webhook_log(desk: Desk) -> Judged | None:
    """How its calls ended; None where the helpdesk keeps no log."""
    try:
        ended = await desk.helpdesk.webhook_log()
    except NotFoundError:  # of a webhook that was never called
        ended = {}
    return None if ended is None else judging.calls_ended(ended)


async def heard(desk: Desk) -> Judged | None:
    """When a webhook came last."""
    return judging.webhooks_heard(desk.heard, desk.house.clock(), desk.called) if desk.heard else None


async def round_of(desk: Desk) -> Judged | None:
    """When it was compared last."""
    every = timedelta(seconds=desk.house.settings.work.reconcile_s)
    if desk.heard is None or not every:
        return None
    return judging.rounds_go_on(desk.heard.next_round_at, every, desk.house.clock())


async def names(desk: Desk) -> Judged | None:
    """Whether the groups, macros, tags and addresses are there that policies name."""
    if desk.house.rulebook is None:
        return None
    compared = await compare_names(desk.helpdesk, desk.house.rulebook)
    command = f"ombuds policies check {desk.house.settings.policies or SHIPPED} --against {desk.called}"
    return judging.names_there(compared, command)


async def budget(desk: Desk) -> Judged | None:
    """What is left of the requests, after all of ours; None if the helpdesk does not tell."""
    return judging.requests_left(*desk.aside.left) if desk.aside.left else None
