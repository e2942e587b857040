from datetime import UTC

from policies.calendar import Calendar
from service.accounts import build_connectors, calendars_of
from service.secret import Secret
from service.settings import Settings
from service.settings_helpdesks import FreshdeskSettings, ZendeskSettings


async def test_every_account_gets_a_connector_of_its_kind() -> None:
    zendesk = ZendeskSettings(
        account="acme",
        base_url="https://acme.zendesk.com",
        email="bot@acme.example",
        api_token=Secret("t"),
        webhook_secrets=(Secret("s"),),
    )
    freshdesk = FreshdeskSettings(
        account="acme", base_url="https://acme.freshdesk.com", api_key=Secret("k"), basics=(("u", Secret("p")),)
    )

    connectors = build_connectors(Settings(helpdesks=(zendesk, freshdesk)), lambda _, __: None)

    assert set(connectors) == {("zendesk", "acme"), ("freshdesk", "acme")}
    for (kind, account), connector in connectors.items():
        assert (connector.helpdesk.kind, connector.helpdesk.account) == (kind, account)
        await connector.helpdesk.aclose()


def test_an_account_without_hours_of_its_own_keeps_those_of_the_installation() -> None:
    own = Calendar(zone=UTC, week=(((0, 1440),),) * 7)
    common = Calendar(zone=UTC, week=(((600, 660),),) * 7)
    busy = FreshdeskSettings(account="busy", base_url="https://a.example", api_key=Secret("k"), business_hours=own)
    quiet = FreshdeskSettings(account="quiet", base_url="https://b.example", api_key=Secret("k"))

    calendars = calendars_of(Settings(helpdesks=(busy, quiet), business_hours=common))

    assert calendars == {("freshdesk", "busy"): own, ("freshdesk", "quiet"): common}
