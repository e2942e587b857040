"""A checkup of an installation: tables of checks, each asked for itself, whatever became of the others.

Nothing is written at a helpdesk.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from connectors.errors import CredentialsError, HelpdeskError
from service.accounts import build_connectors
from service.checkup_desk import (
    Aside,
    Desk,
    budget,
    clock,
    comparing,
    credentials,
    heard,
    names,
    round_of,
    webhook,
    webhook_log,
)
from service.checkup_gate import gate
from service.checkup_hold import hold
from service.checkup_house import House, candidate, disk, policies, running, store
from service.checkup_judging import Judged, State, fail, skip, warn
from service.checkup_rights import rights
from service.pipeline import Clock
from service.reaching import next_step
from service.sentence_model import SentenceModelError
from service.settings import Settings
from service.settings_helpdesks import HelpdeskSettings
from service.store.errors import StoreError

S = TypeVar("S")
ADMIN = "Let its user be an administrator."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check and what came of it; `fix` is what to do, where something is to be done."""

    name: str
    account: str = ""
    state: State
    told: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[S]):
    """One line of a checkup of S: the house, or one account's helpdesk."""

    name: str
    ask: Callable[[S], Awaitable[Judged | None]]
    """None: there is nothing to tell here."""
    needs: tuple[str, ...] = ()
    """Checks without whose good end there is nothing to ask."""
    loses: str = ""
    """What is missing where our user has no right to it; empty: everything."""
    fix: str = ""


HOUSE: tuple[Check[House], ...] = (
    Check(name="policies", ask=policies, fix="Name your folder in `policies` of the settings."),
    Check(name="candidate", ask=candidate, fix="Name your folder in `candidate` of the settings."),
    Check(name="store", ask=store, fix="Mend [store] of the settings, or the database."),
    Check(name="rights", ask=rights),
    Check(name="disk", ask=disk),
    Check(name="service", ask=running),
)
DESK: tuple[Check[Desk], ...] = (
    Check(
        name="credentials",
        ask=credentials,
        fix="Mend the user and token or key in its [[helpdesks]] table; the helpdesk was reached.",
    ),
    Check(name="clock", ask=clock),
    Check(
        name="comparing",
        ask=comparing,
        needs=("credentials",),
        loses="tickets whose webhooks never came are not found",
        fix=f"{ADMIN} Or set [work] reconcile_s = 0.",
    ),
    Check(
        name="webhook",
        ask=webhook,
        needs=("credentials",),
        loses="nobody sees here when it is switched off",
        fix=ADMIN,
    ),
    Check(
        name="webhook log",
        ask=webhook_log,
        needs=("credentials", "webhook"),
        loses="nobody sees here how its calls ended",
        fix=ADMIN,
    ),
    Check(
        name="hold",
        ask=hold,
        loses="nobody sees here whether replies are held and mailed as they should be",
        fix=ADMIN,
    ),
    Check(name="webhooks heard", ask=heard, needs=("store",)),
    Check(name="last comparing", ask=round_of, needs=("store",)),
    Check(name="names", ask=names, needs=("credentials", "policies")),
    Check(name="gate", ask=gate),
    Check(name="rate budget", ask=budget),
)


async def checkup(settings: Settings, source: Path, clock: Clock) -> AsyncIterator[Checked]:
    """Every check, as soon as it is done: those of the house first, then account by account. `source`: their file."""
    house = House(settings=settings, source=source, clock=clock)
    ended: dict[str, State] = {}
    async for checked in _run(HOUSE, house, "", ended):
        yield checked
    async with AsyncExitStack() as stack:
        for one in settings.helpdesks:
            desk = _desk(house, one)
            stack.push_async_callback(desk.helpdesk.aclose)
            async for checked in _run(DESK, desk, desk.called, dict(ended)):
                yield checked


def _desk(house: House, settings: HelpdeskSettings) -> Desk:
    aside = Aside(clock=house.clock)
    (connector,) = build_connectors(replace(house.settings, helpdesks=(settings,)), aside.observe).values()
    return Desk(house=house, settings=settings, helpdesk=connector.helpdesk, aside=aside)


async def _run(checks: Sequence[Check[S]], subject: S, account: str, ended: dict[str, State]) -> AsyncIterator[Checked]:
    for check in checks:
        missing = [name for name in check.needs if ended.get(name) in (State.FAIL, State.SKIP)]
        judged = skip(f"not looked at: {missing[0]} comes first") if missing else await _ask(check, subject)
        if judged is None:
            continue
        ended[check.name] = judged.state
        yield Checked(name=check.name, account=account, state=judged.state, told=judged.told, fix=judged.fix)


async def _ask(check: Check[S], subject: S) -> Judged | None:
    """The judgement; what was expected to go wrong now and then is one, too."""
    try:
        return await check.ask(subject)
    except CredentialsError as error:
        return warn(f"{error}; {check.loses}", check.fix) if check.loses else fail(str(error), check.fix)
    except HelpdeskError as error:
        return fail(str(error), next_step(error))
    except (StoreError, OSError, ValueError) as error:
        return fail(str(error), check.fix)
    except SentenceModelError as error:
        return fail(str(error), "Or do without: [bulletins] semantic = false.")
