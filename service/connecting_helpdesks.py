"""Connects an account of each helpdesk: what differs is where the webhooks' secret comes from."""

import secrets
from functools import partial

from connectors.freshdesk.setup import FreshdeskSetup
from connectors.freshdesk.wanted import Proof
from connectors.setup_plan import Doing
from connectors.zendesk.hold_setup import HoldSetup
from connectors.zendesk.setup import ZendeskSetup
from service.connecting import ConnectError, Outcome, asked, carry_out
from service.secret_file import SecretPlace
from service.settings_helpdesks import HOLD_TAG, FreshdeskSettings, ZendeskSettings

USER = "ombuds"


async def connect_zendesk(
    settings: ZendeskSettings, outcome: Outcome, place: SecretPlace, *, by_trigger: bool | None
) -> None:
    """Zendesk makes the secret up, and it is read. Raises ConnectError and SecretFileError.

    Nothing is held back any more before the webhook goes, or nobody would release it.
    """
    if outcome.is_removal:
        await connect_hold(settings, outcome)
    setup = ZendeskSetup(
        base_url=settings.base_url,
        email=settings.email,
        api_token=settings.api_token.reveal(),
        endpoint=outcome.endpoint,
        by_trigger=by_trigger,
        webhook_id=settings.webhook_id,
    )
    try:
        # Zendesk makes its secret with the webhook, which would be of no use where that has no place.
        await carry_out(setup, outcome, None if outcome.is_removal or _known(settings) else place.check)
        if outcome.is_removal:
            return
        if outcome.is_dry and not setup.webhook_id:
            outcome.remarks.append(f"Its signing secret would go into {place.free('')}.")
            return
        secret = await asked(setup.signing_secret, "Its signing secret is an administrator's to read.")
    finally:
        await setup.aclose()
    if settings.webhook_id != setup.webhook_id:
        outcome.settings["webhook_id"] = f'"{setup.webhook_id}"'
    _note_secret(settings, outcome, place, secret)


async def connect_hold(settings: ZendeskSettings, outcome: Outcome) -> None:
    """What holds replies back there until they are judged. Raises ConnectError."""
    if settings.hold is None and not (outcome.is_removal or outcome.is_dry):
        raise ConnectError(
            "First write hold = true into the account's table and restart Ombuds: until it knows of the hold it "
            "releases nothing, and replies would wait for up to two hours."
        )
    setup = hold_setup(settings)
    try:
        await carry_out(setup, outcome)
    finally:
        await setup.aclose()
    if outcome.is_removal:
        outcome.remarks.clear()  # they are about what can be held, and nothing is any more
    if outcome.is_removal and settings.hold is not None:
        outcome.settings["hold"] = "false"
    elif not outcome.is_removal and settings.hold is None:
        outcome.settings["hold"] = "true"


def hold_setup(settings: ZendeskSettings) -> HoldSetup:
    """The account as one whose replies can be held back."""
    return HoldSetup(
        base_url=settings.base_url,
        email=settings.email,
        api_token=settings.api_token.reveal(),
        tag=settings.hold or HOLD_TAG,
    )


async def connect_freshdesk(settings: FreshdeskSettings, outcome: Outcome, place: SecretPlace) -> None:
    """The secret is chosen here, unless the settings have one. Raises ConnectError and SecretFileError."""
    given = _given(settings)
    proof = given or Proof(name=USER, secret=place.held() or secrets.token_urlsafe(24))
    setup = FreshdeskSetup(
        base_url=settings.base_url, api_key=settings.api_key.reveal(), endpoint=outcome.endpoint, proof=proof
    )
    try:
        # Kept before the rule is made with it: what was lost in between could not be read there any more.
        keep = partial(_note_password, outcome, place, proof.secret)
        await carry_out(setup, outcome, None if outcome.is_removal or given else keep)
        wrote = any(step.doing in (Doing.CREATE, Doing.CHANGE) for step in outcome.steps)
        if wrote and not outcome.is_dry and await asked(setup.is_unproven, ""):
            outcome.remarks.append(
                "Freshdesk does not show whether the rule for new tickets brings its password: open the rule, and set "
                f"Requires authentication to {proof.name} and what the settings hold."
            )
    finally:
        await setup.aclose()
    outcome.by_hand += setup.by_hand()


def _note_secret(settings: ZendeskSettings, outcome: Outcome, place: SecretPlace, secret: str) -> None:
    known = _known(settings)
    if secret in known:
        return
    outcome.settings["webhook_secrets"] = f"[{_kept(outcome, place, secret)}]"
    if known and not outcome.is_dry:
        outcome.remarks.append("It is a new one: until Ombuds is restarted with it, this webhook is not believed.")


def _known(settings: ZendeskSettings) -> set[str]:
    return {one.reveal() for one in settings.webhook_secrets} - {""}


def _given(settings: FreshdeskSettings) -> Proof | None:
    """What the settings have the webhooks bring."""
    for user, password in settings.basics:
        return Proof(name=user, secret=password.reveal())
    for name, value in settings.headers:
        return Proof(name=name, secret=value.reveal(), is_header=True)
    return None


def _note_password(outcome: Outcome, place: SecretPlace, password: str) -> None:
    outcome.settings["basic"] = f'{{user = "{USER}", password = {_kept(outcome, place, password)}}}'


def _kept(outcome: Outcome, place: SecretPlace, secret: str) -> str:
    """The secret as the settings name it, once it is in its file."""
    path = place.free(secret) if outcome.is_dry else place.keep(secret)
    private = "which its owner alone can read: let that be the user Ombuds runs as"
    where = f"would go into {path}" if outcome.is_dry else f"is in {path}, {private}"
    outcome.remarks.append(f"The webhooks' secret {where}.")
    return place.in_settings(path)
