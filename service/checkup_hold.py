"""What a checkup says of replies that are held back: whether all that holds, and all that mails, stands in order."""

from collections.abc import Sequence

from connectors.errors import HelpdeskError
from connectors.setup_plan import Doing, Found, Step, plan
from service.checkup_desk import Desk
from service.checkup_judging import Judged, connecting, fail, ok
from service.connecting_helpdesks import hold_setup
from service.settings_helpdesks import ZendeskSettings


async def hold(desk: Desk) -> Judged | None:
    """Whether replies are held as the settings wish; None where they wish none and none is."""
    if not isinstance(desk.settings, ZendeskSettings):
        return None
    setup = hold_setup(desk.settings)
    try:
        found = await setup.look()
        steps = plan(found.things, setup.wanted(found))
    except HelpdeskError:
        if desk.settings.hold is None:  # nobody asked for it, so a right to look is not missed
            return None
        raise
    finally:
        await setup.aclose()
    return unwished(found, desk.called) if desk.settings.hold is None else stands(found, steps, desk.called)


def unwished(found: Found, called: str) -> Judged | None:
    """The settings wish no hold."""
    if not found.things:
        return None
    fix = f"Write hold = true into the account's table; or run {connecting(called, '--hold', '--remove')}."
    return fail("replies wait for up to two hours: they are held back, and Ombuds is not to release them", fix)


def stands(found: Found, steps: Sequence[Step], called: str) -> Judged:
    """The settings wish it."""
    mend = f"{connecting(called, '--hold')} mends it."
    amiss = [step for step in steps if step.doing is not Doing.KEEP]
    if not found.things:
        return fail("hold = true, and nothing holds replies back there", mend)
    if any("in_front" in step.differs for step in amiss):
        return fail("what holds replies back stands behind a notify trigger, so each may be mailed twice", mend)
    if amiss:
        names = "; ".join(f'{step.doing} {step.thing.kind} "{step.thing.name}"' for step in amiss[:2])
        more = f" and {len(amiss) - 2} more" if len(amiss) > 2 else ""
        return fail(f"not as it should be: {names}{more}", mend)
    return ok(f"replies wait for their judgement; {len(steps)} rules and conditions are in order")
