"""Connects an account: what is to be done at the helpdesk, done step by step, and its errors with what to do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from connectors.errors import CredentialsError, HelpdeskError, RateLimitError, RefusedError
from connectors.setup_plan import ByHand, Doing, Setup, Step, StepError, plan
from service.reaching import next_step
from service.settings_helpdesks import is_loopback

T = TypeVar("T")
_UNKNOWN = (
    "It may have been carried out all the same. Run this again: what is there is found by its name, and nothing is "
    "made twice."
)


class ConnectError(Exception):
    """It was not done, or not all of it; the message says what to do."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What was done so far, or would be."""

    account: str
    endpoint: str
    is_dry: bool
    is_removal: bool
    user: str = ""
    steps: list[Step] = field(default_factory=list)
    by_hand: list[ByHand] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    """What is still to be written into the account's table: keys and values as TOML."""
    is_of_hold: bool = False
    """It is about holding replies back, and nothing else."""


def endpoint_of(public_url: str, kind: str, account: str) -> str:
    """Where the account's webhooks go. Raises ConnectError for an address that a helpdesk cannot use."""
    try:
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        is_plain = not (parts.query or parts.fragment or parts.username is not None)
    except ValueError:
        host, is_plain = "", False
    if not host or not is_plain or parts.scheme not in ("https", "http"):
        raise ConnectError("--public-url must be an address such as https://ombuds.acme.example.")
    if "/webhooks/" in f"{parts.path}/":
        raise ConnectError("--public-url must end before /webhooks, which is added: https://ombuds.acme.example.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConnectError("--public-url must begin with https://: plain http is for this machine alone.")
    return f"{public_url.rstrip('/')}/webhooks/{kind}/{account}"


async def carry_out(setup: Setup, outcome: Outcome, prepare: Callable[[], None] | None = None) -> None:
    """Plans and does it; each step is told in the outcome once it is done. Raises ConnectError.

    `prepare` is called before the first step, when the helpdesk has let us in and shown what it has.
    """
    outcome.user = await asked(setup.whoami, "They stand in the account's table of the settings.")
    found = await asked(setup.look, _rights(outcome.user))
    outcome.remarks += found.remarks
    if prepare:
        prepare()
    for step in plan(found.things, () if outcome.is_removal else setup.wanted(found)):
        is_idle = outcome.is_dry or step.doing is Doing.KEEP
        if is_idle or await _done(setup, step, outcome.user):
            outcome.steps.append(step)


async def asked(ask: Callable[[], Awaitable[T]], if_forbidden: str) -> T:
    """What the helpdesk answers to a question. Raises ConnectError."""
    try:
        return await ask()
    except HelpdeskError as error:
        raise ConnectError(f"{error}. {_advice(error, if_forbidden, next_step(error))}") from error


async def _done(setup: Setup, step: Step, user: str) -> bool:
    try:
        return await setup.do(step)
    except StepError as error:
        raise ConnectError(str(error)) from error
    except HelpdeskError as error:
        told = f'To {step.doing} the {step.thing.kind} "{step.thing.name}" failed: {error}.'
        raise ConnectError(f"{told} {_advice(error, _rights(user), _UNKNOWN)}") from error


def _rights(user: str) -> str:
    return (
        f"Webhooks and rules are set up by administrators: make {user} one, and run this again. "
        "Afterwards it may be an agent again."
    )


def _advice(error: HelpdeskError, if_forbidden: str, if_unanswered: str) -> str:
    match error:
        case CredentialsError():
            return if_forbidden
        case RateLimitError():
            return next_step(error)
        case RefusedError(code=code) if code:
            return f"It says: {code}. Mend that, and run this again."
        case _:
            return if_unanswered
