from service.accounts import build_connectors
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
