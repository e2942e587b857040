"""The names there are in an account: of groups, products, canned responses, scenarios and support addresses."""

from connectors.errors import CredentialsError, RefusedError
from connectors.fields import Json, text
from connectors.freshdesk.directory import FOLDERS, GROUPS, PRODUCTS, RESPONSES, SCENARIOS, Directory, listed
from connectors.freshdesk.fields import address, identity
from connectors.helpdesk import Named
from connectors.transport import Transport

MAILBOXES = "/api/v2/email_configs"


async def read_names(transport: Transport, directory: Directory, kind: Named) -> frozenset[str] | None:
    """All names of a kind; None for tags, of which Freshdesk keeps no list."""
    found: list[str | None] = []
    match kind:
        case Named.GROUP:
            for one in await directory.pages(GROUPS, route=GROUPS):
                found += [text(one.get("name")).strip(), identity(one.get("id"))]
        case Named.BRAND:
            found += [text(one.get("name")).strip() for one in await directory.pages(PRODUCTS, route=PRODUCTS)]
        case Named.MACRO:
            found += [text(one.get("title")) for one in await _canned(transport)]
            found += [text(one.get("name")) for one in await _scenarios(transport)]
        case Named.ADDRESS:
            mailboxes = await directory.pages(MAILBOXES, route=MAILBOXES)
            found += [address(one.get("reply_email")) for one in mailboxes]
        case Named.TAG:
            return None
    return frozenset(name for name in found if name)


async def _canned(transport: Transport) -> list[Json]:
    folders = [identity(one.get("id")) for one in await _listed(transport, FOLDERS, FOLDERS)]
    paths = [RESPONSES.replace("{id}", known) for known in folders if known]
    return [one for path in paths for one in await _listed(transport, path, RESPONSES)]


async def _scenarios(transport: Transport) -> list[Json]:
    """None where we may not read them, or the account's plan has none: a judgement cannot tell their use then."""
    try:
        return await _listed(transport, SCENARIOS, SCENARIOS)
    except (CredentialsError, RefusedError):
        return []


async def _listed(transport: Transport, path: str, route: str) -> list[Json]:
    """The entries of a list that comes in one piece. Raises TransientError for what is no list."""
    return listed(await transport.get(path, route=route), route)
