"""Which names of a kind an account lists, over real sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from connectors.errors import CredentialsError, TransientError
from connectors.freshdesk.client import Freshdesk
from connectors.helpdesk import Named
from connectors.sandbox.client import SandboxClient
from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.serving import serving
from connectors.zendesk.client import Zendesk


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A pretend Freshdesk, and the connector at it."""

    sandbox: FreshdeskSandbox
    desk: SandboxClient
    helpdesk: Freshdesk


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    sandbox = FreshdeskSandbox()
    async with serving(sandbox.app) as url, SandboxClient(url) as desk:
        helpdesk = Freshdesk(account="acme", base_url=url, api_key="sandbox-key")
        yield Shop(sandbox=sandbox, desk=desk, helpdesk=helpdesk)
        await helpdesk.aclose()


async def test_macros_that_are_switched_off_are_not_listed(desk: SandboxClient, zendesk: Zendesk) -> None:
    """Nobody can use them, so a policy that names one finds nothing."""
    macros = '[{"title": "Old", "active": false}, {"title": "New", "active": true}]'
    await desk.fault("GET", "/api/v2/macros", status=200, body=f'{{"macros": {macros}, "meta": {{"has_more": false}}}}')

    assert await zendesk.names(Named.MACRO) == {"New"}


async def test_all_pages_are_read(desk: SandboxClient, zendesk: Zendesk) -> None:
    for number in range(101):
        await desk.macro(f"Macro {number}")

    assert len(await zendesk.names(Named.MACRO)) == 101


async def test_groups_are_listed_by_name_and_id(desk: SandboxClient, zendesk: Zendesk) -> None:
    await desk.person("Ida", "ida@books.example", role="agent", groups=("Leads",))

    name, group_id = sorted(await zendesk.names(Named.GROUP), key=str.isdigit)
    assert name == "Leads"
    assert group_id.isdigit()


async def test_what_may_not_be_read_is_no_empty_list(desk: SandboxClient, zendesk: Zendesk) -> None:
    await desk.fault("GET", "/api/v2/tags", status=403)

    with pytest.raises(CredentialsError):
        await zendesk.names(Named.TAG)


async def test_canned_responses_and_scenarios_are_macros(shop: Shop) -> None:
    await shop.desk.macro("Refund refused", text="We do not refund this.")
    shop.sandbox.add_scenario("Close the account", [])

    assert await shop.helpdesk.names(Named.MACRO) == {"Refund refused", "Close the account"}


async def test_an_account_without_scenarios_lists_its_canned_responses(shop: Shop) -> None:
    await shop.desk.macro("Refund refused", text="We do not refund this.")
    await shop.desk.fault("GET", "/api/v2/scenario_automations", status=404)

    assert await shop.helpdesk.names(Named.MACRO) == {"Refund refused"}


async def test_folders_that_are_no_list_are_no_empty_list(shop: Shop) -> None:
    await shop.desk.fault("GET", "/api/v2/canned_response_folders", status=200, body="{}")

    with pytest.raises(TransientError):
        await shop.helpdesk.names(Named.MACRO)


async def test_freshdesk_keeps_no_list_of_tags(shop: Shop) -> None:
    assert await shop.helpdesk.names(Named.TAG) is None
