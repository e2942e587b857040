"""From settings to connectors: what is served knows here alone which helpdesks there are."""

from collections.abc import Callable
from functools import partial

from connectors.helpdesk import Connector
from connectors.transport import Exchange
from policies.calendar import Calendar
from service.settings import Settings
from service.settings_helpdesks import FreshdeskSettings, HelpdeskSettings, ZendeskSettings

Observe = Callable[[str, str, Exchange], None]


def build_connectors(settings: Settings, observe: Observe) -> dict[tuple[str, str], Connector]:
    """A connector for each account, by (helpdesk, account). `observe` hears of every request, with both."""
    return {
        (helpdesk.kind, helpdesk.account): _connector(helpdesk, partial(observe, helpdesk.kind, helpdesk.account))
        for helpdesk in settings.helpdesks
    }


def calendars_of(settings: Settings) -> dict[tuple[str, str], Calendar]:
    """When each account's desk works, by (helpdesk, account)."""
    common = settings.business_hours
    return {(helpdesk.kind, helpdesk.account): helpdesk.business_hours or common for helpdesk in settings.helpdesks}


def gated(settings: Settings) -> frozenset[tuple[str, str]]:
    """The accounts whose drafts are judged before they are sent, by (helpdesk, account)."""
    return frozenset((one.kind, one.account) for one in settings.helpdesks if one.gate is not None)


def _connector(helpdesk: HelpdeskSettings, observe: Callable[[Exchange], None]) -> Connector:
    match helpdesk:
        case ZendeskSettings():
            return _zendesk(helpdesk, observe)
        case FreshdeskSettings():
            return _freshdesk(helpdesk, observe)


def _zendesk(settings: ZendeskSettings, observe: Callable[[Exchange], None]) -> Connector:
    from connectors.zendesk.client import Zendesk
    from connectors.zendesk.webhook import ZendeskWebhook

    secrets = [secret.reveal() for secret in settings.webhook_secrets]
    return Connector(
        webhook=ZendeskWebhook(account=settings.account, secrets=secrets),
        helpdesk=Zendesk(
            account=settings.account,
            base_url=settings.base_url,
            email=settings.email,
            api_token=settings.api_token.reveal(),
            webhook_id=settings.webhook_id,
            observe=observe,
        ),
    )


def _freshdesk(settings: FreshdeskSettings, observe: Callable[[Exchange], None]) -> Connector:
    from connectors.freshdesk.client import Freshdesk
    from connectors.freshdesk.webhook import FreshdeskWebhook

    return Connector(
        webhook=FreshdeskWebhook(
            account=settings.account,
            basics=[(user, password.reveal()) for user, password in settings.basics],
            headers=[(name, value.reveal()) for name, value in settings.headers],
        ),
        helpdesk=Freshdesk(
            account=settings.account,
            base_url=settings.base_url,
            api_key=settings.api_key.reveal(),
            statuses=settings.statuses,
            observe=observe,
        ),
    )
