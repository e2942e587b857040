"""Who and what there is in the account: agents, groups, prepared texts. Asked rarely, and remembered."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from connectors.errors import CredentialsError, RefusedError, TransientError
from connectors.fields import mapping, mappings, text
from connectors.freshdesk.canned import CannedTexts, canned_texts
from connectors.freshdesk.fields import address, identity
from connectors.remembered import Remembered
from connectors.transport import TOO_LARGE, Transport
from policies.ticket import Person, Role

PAGE, SMALL_PAGE = 100, 10
MOST_PAGES = 300
"""As many as Freshdesk gives."""
MOST_FOLDERS = 50
MOST_SINGLE_READS = 200
MINUTE_S, HOUR_S = 60.0, 3600.0
CANNED_AGAIN_S = 5 * MINUTE_S
"""So long after a failure the prepared texts are not asked for: they cost up to 250 requests of a shared budget."""
ALL = "all"
GROUPS = "/api/v2/groups"
PRODUCTS = "/api/v2/products"
FOLDERS = "/api/v2/canned_response_folders"
RESPONSES = f"{FOLDERS}/{{id}}/responses"
SCENARIOS = "/api/v2/scenario_automations"


class Directory:
    """The account's agents, groups and prepared texts, as far as our key may see them."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._agents: Remembered[Mapping[str, Any]] = Remembered(ttl_s=15 * MINUTE_S, most=2_000)
        self._groups: Remembered[list[Mapping[str, Any]]] = Remembered(ttl_s=15 * MINUTE_S, most=1)
        self._products: Remembered[list[Mapping[str, Any]]] = Remembered(ttl_s=15 * MINUTE_S, most=1)
        self._canned: Remembered[CannedTexts] = Remembered(ttl_s=HOUR_S, most=1, clock=clock)
        self._last_canned: CannedTexts | None = None
        self._canned_failed_at = -math.inf
        self._loading = asyncio.Lock()

    async def agents(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those of the users that are agents and may be read."""
        found = {agent_id: person_of(await self._agent(agent_id)) for agent_id in sorted(set(ids))}
        return {agent_id: person for agent_id, person in found.items() if person}

    async def group_ids_of(self, agent_id: str) -> list[str]:
        """The groups an agent is in; none if there is no such agent. Asked anew: a second look rests on it.

        Some accounts tell it of the agent, some of the group (older recordings have no `group_ids`).
        """
        self._agents.forget(agent_id)
        self._groups.forget(ALL)
        own = _ids((await self._agent(agent_id)).get("group_ids"))
        groups = await self._groups.get(ALL, self._read_groups)
        others = [one.get("id") for one in groups if agent_id in _ids(one.get("agent_ids"))]
        return own + _ids(others)

    async def groups(self) -> Mapping[str, str]:
        """Names by id."""
        return _names(await self._groups.get(ALL, self._read_groups))

    async def group_name(self, group_id: str | None) -> str | None:
        """A group's name; None without an id, or if it cannot be told."""
        return await self._name(group_id, self._groups, self._read_groups)

    async def product_name(self, product_id: str | None) -> str | None:
        """The same of a product."""
        return await self._name(product_id, self._products, self._read_products)

    async def group_id(self, named: str) -> str | None:
        """The id of the group with this id or name; None if there is none."""
        # One that is not there may have been made a moment ago.
        listed = await self._groups.get(ALL, self._read_groups, fits=lambda known: _named(named, known) is not None)
        return _named(named, listed)

    async def canned(self) -> CannedTexts:
        """Every prepared text we may read. While they cannot be had, the ones we had: no visit fails for them.

        Raises TransientError where we never had any: a reply judged without them would not be judged again.
        """
        async with self._loading:
            if self._last_canned and self._clock() - self._canned_failed_at < CANNED_AGAIN_S:
                return self._last_canned
            try:
                self._last_canned = await self._canned.get(ALL, self._read_canned)
            except TransientError:
                if self._last_canned is None:
                    raise
                self._canned_failed_at = self._clock()
        return self._last_canned

    async def pages(self, path: str, *, route: str) -> list[Mapping[str, Any]]:
        """All items of a list, if need be in small pages: a ticket of long mails is more than one answer may hold.

        An answer that is no list is no empty one: a note of ours would not be found and be written again. Raises
        TransientError.
        """
        try:
            return await self._pages(path, route, PAGE)
        except RefusedError as error:
            if error.code != TOO_LARGE:
                raise
        return await self._pages(path, route, SMALL_PAGE)

    async def _pages(self, path: str, route: str, size: int) -> list[Mapping[str, Any]]:
        """A page that is not full is the last."""
        items: list[Mapping[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            found = await self._transport.get(path, route=route, params={"page": page, "per_page": size})
            items += listed(found, route)
            if len(found) < size:
                break
        return items

    async def _agent(self, agent_id: str) -> Mapping[str, Any]:
        return await self._agents.get(agent_id, lambda: self._read_agent(agent_id))

    async def _read_agent(self, agent_id: str) -> Mapping[str, Any]:
        if not agent_id.isdigit():
            return {}
        return mapping(await self._read_or_nothing(f"/api/v2/agents/{agent_id}", "/api/v2/agents/{id}"))

    async def _name(
        self, known_id: str | None, kept: Remembered[list[Mapping[str, Any]]], read: Callable[[], Awaitable[Any]]
    ) -> str | None:
        return None if known_id is None else _names(await kept.get(ALL, read)).get(known_id)

    async def _read_groups(self) -> list[Mapping[str, Any]]:
        return await self._pages_or_none(GROUPS)

    async def _read_products(self) -> list[Mapping[str, Any]]:
        return await self._pages_or_none(PRODUCTS)

    async def _pages_or_none(self, route: str) -> list[Mapping[str, Any]]:
        try:
            return await self.pages(route, route=route)
        except (CredentialsError, RefusedError):
            return []

    async def _read_canned(self) -> CannedTexts:
        folders = mappings(await self._read_or_nothing(FOLDERS))
        responses: list[Mapping[str, Any]] = []
        for folder in folders[:MOST_FOLDERS]:
            path = RESPONSES.replace("{id}", str(identity(folder.get("id"))))
            responses += mappings(await self._read_or_nothing(path, RESPONSES))
        full = [one for one in responses if text(one.get("content")) or text(one.get("content_html"))]
        named = [known for one in responses if one not in full and (known := identity(one.get("id")))]
        for known in named[:MOST_SINGLE_READS]:
            path = f"/api/v2/canned_responses/{known}"
            full.append(mapping(await self._read_or_nothing(path, "/api/v2/canned_responses/{id}")))
        scenarios = mappings(await self._read_or_nothing(SCENARIOS))
        return canned_texts(full, scenarios)

    async def _read_or_nothing(self, path: str, route: str | None = None) -> Any:
        """The answer; None where the key's role may not read it, or there is nothing."""
        try:
            return await self._transport.get(path, route=route or path)
        except (CredentialsError, RefusedError):
            return None


def listed(answer: object, route: str) -> list[Mapping[str, Any]]:
    """The entries of a list. Raises TransientError for what is none."""
    if not isinstance(answer, list):
        raise TransientError(f"GET {route} was answered without a list")
    return mappings(answer)


def _names(groups: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    return {known: text(one.get("name")) for one in groups if (known := identity(one.get("id")))}


def _named(named: str, groups: Iterable[Mapping[str, Any]]) -> str | None:
    names = _names(groups)
    by_name = {name.casefold(): known for known, name in names.items()}
    return named if named in names else by_name.get(named.casefold())


def _ids(listed: object) -> list[str]:
    return [known for one in listed if (known := identity(one))] if isinstance(listed, list) else []


def person_of(agent: Mapping[str, Any]) -> Person | None:
    """An agent's JSON as a person."""
    contact, known = mapping(agent.get("contact")), identity(agent.get("id"))
    if known is None:
        return None
    return Person(id=known, role=Role.AGENT, name=text(contact.get("name")), email=address(contact.get("email")))
