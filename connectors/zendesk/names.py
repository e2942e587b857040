"""The names there are in an account: of groups, brands, macros, tags and support addresses."""

from collections.abc import Iterable

from connectors.fields import Json, text
from connectors.helpdesk import Named
from connectors.transport import Transport
from connectors.zendesk.fields import address, identity
from connectors.zendesk.pages import read_pages

_LISTS = {
    Named.GROUP: "groups",
    Named.MACRO: "macros",
    Named.TAG: "tags",
    Named.ADDRESS: "recipient_addresses",
    Named.BRAND: "brands",
}


async def read_names(transport: Transport, kind: Named) -> frozenset[str]:
    """All names of a kind. Deleted groups and macros that are switched off are none.

    Tags are those of the last 60 days, the 20,000 most used at most. Source: reference of tags, "List Tags"; read 2026.
    """
    path = f"/api/v2/{_LISTS[kind]}"
    entries = await read_pages(transport, path, _LISTS[kind], route=path)
    used = (one for one in entries if one.get("deleted") is not True and one.get("active") is not False)
    return frozenset(name for name in _names(kind, used) if name)


def _names(kind: Named, entries: Iterable[Json]) -> Iterable[str | None]:
    match kind:
        case Named.GROUP:
            return (name for one in entries for name in (text(one.get("name")).strip(), identity(one.get("id"))))
        case Named.BRAND:
            return (text(one.get("name")).strip() for one in entries)
        case Named.MACRO:
            return (text(one.get("title")) for one in entries)
        case Named.TAG:
            return (text(one.get("name")) for one in entries)
        case Named.ADDRESS:
            return (address(one.get("email")) for one in entries)
