"""Reads a list of Zendesk's to its end, page by page."""

from urllib.parse import parse_qs, urlsplit

from connectors.errors import RefusedError, TransientError
from connectors.fields import Json, mapping, mappings, text
from connectors.transport import TOO_LARGE, Transport

PAGE_SIZE = 100
SMALL_PAGE_SIZE = 10
"""For tickets of long mails, of which an audit holds three copies."""
MOST_PAGES = 120
"""A ticket holds 5,000 comments at most; this is more than twice that many audits."""


async def read_pages(transport: Transport, path: str, name: str, *, route: str) -> list[Json]:
    """All entries, in Zendesk's order. Raises RefusedError if there is no end to them.

    An answer without the list, or without the way to the next page, is no empty list: taken for one, a note of ours
    would not be found and be written again. Raises TransientError.

    Only the cursor is taken from a link to the next page: its host was seen to be another than the one that was
    asked, and our credentials are for one host.
    """
    entries: list[Json] = []
    params: dict[str, str | int] = {"page[size]": PAGE_SIZE}
    for _ in range(MOST_PAGES):
        try:
            answer = mapping(await transport.get(path, route=route, params=params))
        except RefusedError as error:
            if error.code != TOO_LARGE or params["page[size]"] == SMALL_PAGE_SIZE:
                raise
            params = {**params, "page[size]": SMALL_PAGE_SIZE}
            continue
        if not isinstance(answer.get(name), list):
            raise TransientError(f"GET {route} was answered without a list of {name}")
        entries += mappings(answer[name])
        if not mapping(answer.get("meta")).get("has_more"):
            return entries
        cursor = _next_cursor(answer)
        if not cursor:
            raise TransientError(f"GET {route} was answered with more pages and no cursor to them")
        params = {**params, "page[after]": cursor}
    raise RefusedError(f"{route} has more than {MOST_PAGES} pages", status=200, code="too_many_pages")


async def read_some(transport: Transport, path: str, name: str, *, route: str, most_pages: int) -> list[Json]:
    """The entries of the first pages, where nothing depends on having all. Raises as `read_pages` does."""
    entries: list[Json] = []
    params: dict[str, str | int] = {"page[size]": PAGE_SIZE}
    for _ in range(most_pages):
        answer = mapping(await transport.get(path, route=route, params=params))
        if not isinstance(answer.get(name), list):
            raise TransientError(f"GET {route} was answered without a list of {name}")
        entries += mappings(answer[name])
        cursor = _next_cursor(answer)
        if not mapping(answer.get("meta")).get("has_more") or not cursor:
            break
        params = {**params, "page[after]": cursor}
    return entries


def _next_cursor(answer: Json) -> str:
    link = urlsplit(text(mapping(answer.get("links")).get("next")))
    return text(mapping(answer.get("meta")).get("after_cursor")) or parse_qs(link.query).get("page[after]", [""])[0]
