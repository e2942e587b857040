"""Records of an account's users and groups, remembered for a while."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.errors import CredentialsError, NotFoundError, RefusedError
from connectors.fields import Json, mapping, mappings, text
from connectors.remembered import Remembered
from connectors.transport import Transport
from connectors.zendesk.fields import address, identity
from connectors.zendesk.pages import read_pages

AT_ONCE = 100
"""Ids in one question. Source: reference, users/show_many; read 2025."""
REMEMBERED_S = 600.0
MOST_REMEMBERED = 20_000
ME = "/api/v2/users/me"


async def read_me(transport: Transport) -> Json:
    """The user our credentials belong to. Raises CredentialsError for the anonymous one Zendesk may answer with."""
    user = mapping(mapping(await transport.get(ME, route=ME)).get("user"))
    if identity(user.get("id")) is None:
        raise CredentialsError("Zendesk does not know the e-mail address and API token: check both")
    return user


class People:
    """Users, groups and support addresses of one account.

    Credentials may lack the right to read them. Then they are unknown for a while: a judgement with less to go on is
    better than none.
    """

    def __init__(self, transport: Transport, now: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._now = now
        self._users: dict[str, tuple[float, Json]] = {}
        self._groups: Remembered[dict[str, int]] = Remembered(ttl_s=REMEMBERED_S, most=1, clock=now)
        self._names: Remembered[dict[str, str]] = Remembered(ttl_s=REMEMBERED_S, most=2, clock=now)
        self._addresses: Remembered[list[Json]] = Remembered(ttl_s=REMEMBERED_S, most=1, clock=now)

    async def users(self, ids: Iterable[str]) -> Mapping[str, Json]:
        """User records by id. Missing: deleted for good, or not ours to read."""
        wanted = set(ids)
        unknown = sorted(person for person in wanted if not self._is_fresh(self._users.get(person)))
        for start in range(0, len(unknown), AT_ONCE):
            await self._learn(unknown[start : start + AT_ONCE])
        found = {person: self._users[person][1] for person in wanted if person in self._users}
        self._forget_surplus()
        return {person: user for person, user in found.items() if user}

    async def group_id(self, group: str) -> int | None:
        """The id of a group told by name or id, case ignored; None if there is none of that name."""
        if group.isascii() and group.isdigit():
            return int(group)
        name = group.strip().casefold()
        # A name that is not there may have been given a moment ago.
        groups = await self._groups.get("all", self._read_groups, fits=lambda known: name in known)
        return groups.get(name)

    async def name_of(self, kind: str, known_id: str | None) -> str | None:
        """The name of one of the account's `groups` or `brands`; None without an id, or if it cannot be told."""
        if known_id is None:
            return None
        return (await self._names.get(kind, partial(self._read_names, kind))).get(known_id)

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        """Ids and lower-case names of an agent's groups; none if there is no such user."""
        path = f"/api/v2/users/{quote(agent_id, safe='')}/groups"
        try:
            groups = await read_pages(self._transport, path, "groups", route="/api/v2/users/{id}/groups")
        except NotFoundError:
            return frozenset()
        ids = {identity(group.get("id")) or "" for group in groups}
        return frozenset((ids | {text(group.get("name")).strip().lower() for group in groups}) - {""})

    async def sender(self, recipient: str | None, brand_id: str | None) -> str | None:
        """The address replies on a ticket leave from: the one it was written to, if that is one of the account's.

        Else the brand's own. Where we may not read the addresses it is `recipient`. Source: reference of tickets,
        "recipient"; read 2025.
        """
        known = await self._addresses.get("all", self._read_addresses)
        if recipient and recipient in {address(entry.get("email")) for entry in known}:
            return recipient
        defaults = [entry for entry in known if entry.get("default") is True]
        of_brand = [entry for entry in defaults if identity(entry.get("brand_id")) == brand_id]
        return next((address(entry.get("email")) for entry in [*of_brand, *defaults]), recipient)

    async def _learn(self, ids: list[str]) -> None:
        found: dict[str, Json] = {}
        try:
            route = "/api/v2/users/show_many"
            answer = await self._transport.get(route, route=route, params={"ids": ",".join(ids)})
            found = {identity(user.get("id")) or "": user for user in mappings(mapping(answer).get("users"))}
        except (CredentialsError, RefusedError):
            pass  # remembered as unknown, see the class
        for person in ids:
            self._users.pop(person, None)
            self._users[person] = self._now(), found.get(person, {})

    async def _read_groups(self) -> dict[str, int]:
        return _ids_by_name(await read_pages(self._transport, "/api/v2/groups", "groups", route="/api/v2/groups"))

    async def _read_names(self, kind: str) -> dict[str, str]:
        path = f"/api/v2/{kind}"
        try:
            listed = await read_pages(self._transport, path, kind, route=path)
        except (CredentialsError, RefusedError):
            return {}
        return {identity(one.get("id")) or "": text(one.get("name")).strip() for one in listed}

    async def _read_addresses(self) -> list[Json]:
        path = "/api/v2/recipient_addresses"
        try:
            return await read_pages(self._transport, path, "recipient_addresses", route=path)
        except (CredentialsError, RefusedError):
            return []

    def _is_fresh(self, remembered: tuple[float, Any] | None) -> bool:
        return remembered is not None and self._now() - remembered[0] < REMEMBERED_S

    def _forget_surplus(self) -> None:
        for oldest in list(self._users)[: max(len(self._users) - MOST_REMEMBERED, 0)]:
            del self._users[oldest]


def _ids_by_name(groups: Iterable[Json]) -> dict[str, int]:
    named = ((text(group.get("name")).strip().casefold(), identity(group.get("id"))) for group in groups)
    return {name: int(group_id) for name, group_id in named if name and group_id}
