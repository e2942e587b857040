"""One Freshdesk account: reads tickets with their whole past, and carries out what was decided."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from connectors.errors import NotFoundError, TransientError
from connectors.fields import mapping
from connectors.freshdesk.canned import CannedTexts
from connectors.freshdesk.changes import DESCRIPTION, Desk
from connectors.freshdesk.conversations import Conversation, read_conversations
from connectors.freshdesk.differences import new_moves, owed_after
from connectors.freshdesk.directory import Directory, person_of
from connectors.freshdesk.fields import identity, number
from connectors.freshdesk.moved import read_moved
from connectors.freshdesk.names import read_names
from connectors.freshdesk.state import MOST_MOVES, Memory, Move, remembered, state_of
from connectors.freshdesk.translate import to_ticket
from connectors.freshdesk.vocabulary import OUTBOUND_EMAIL
from connectors.freshdesk.writing import Writer
from connectors.helpdesk import Bookmark, Capabilities, Fetched, Moved, Named, Webhook
from connectors.transport import Exchange, Transport
from policies.ticket import Change, Person, Status, Ticket
from policies.verdict import Action


class Freshdesk:
    """The account behind `base_url`, as the agent whom the API key belongs to.

    `statuses` maps codes of the account's own statuses (6 and up) to ours; one not mapped counts as pending.
    """

    kind = "freshdesk"
    capabilities = Capabilities(detects_conflicts=False, reports_macros=False)

    def __init__(
        self,
        *,
        account: str,
        base_url: str,
        api_key: str,
        statuses: Mapping[int, Status] | None = None,
        observe: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        self.account = account
        self._statuses = dict(statuses or {})
        # Freshdesk takes any password beside an API key.
        self._transport = Transport(base_url, auth=httpx.BasicAuth(api_key, "X"), observe=observe)
        self._directory = Directory(self._transport)
        self._me: Person | None = None

    async def aclose(self) -> None:
        """Closes connections."""
        await self._transport.aclose()

    async def whoami(self) -> Person:
        """The agent whom the API key belongs to; asked once, then remembered."""
        if self._me is None:
            answer = await self._transport.get("/api/v2/agents/me", route="/api/v2/agents/me")
            self._me = person_of(mapping(answer))
        if self._me is None:
            raise TransientError("GET /api/v2/agents/me was answered without an agent")
        return self._me

    async def fetch_ticket(self, ticket_id: str, bookmark: Bookmark | None) -> Fetched:
        """The ticket, fresh, with its whole past. Raises NotFoundError if it is gone."""
        me = await self.whoami()
        try:
            raw, listed, is_archived = *await self._read("/api/v2/tickets/{id}", ticket_id), False
        except NotFoundError:
            raw, listed, is_archived = *await self._read("/api/v2/tickets/archived/{id}", ticket_id), True
        conversations = read_conversations(listed, me.id)
        memory = remembered(bookmark)
        new = tuple(one for one in conversations if memory is None or one.number > memory.conversations)
        found = new_moves(memory, raw, new)
        moves = ((*memory.moves, *found) if memory else found)[-MOST_MOVES:]
        desk = await self._desk(me, raw, conversations)
        ticket = replace(
            to_ticket(raw, conversations, moves, desk, is_archived=is_archived),
            group=await self._directory.group_name(identity(raw.get("group_id"))),
            brand=await self._directory.product_name(identity(raw.get("product_id"))),
        )
        latest = max((one.number for one in conversations), default=0)
        return Fetched(
            ticket=ticket,
            unjudged=_unjudged(ticket, memory, new, found),
            bookmark=Memory(
                conversations=max(latest, memory.conversations if memory else 0),
                state=state_of(raw),
                moves=moves,
                owed=owed_after(memory, raw, new),
            ).bookmark,
        )

    async def moved(self, cursor: str | None, since: datetime) -> Moved:
        """Tickets that moved, by the time they were updated; archived ones are missing."""
        return await read_moved(self._transport, cursor, since)

    async def webhook(self) -> Webhook | None:
        """None: Freshdesk's webhooks are actions of its automation rules, and have no name of their own."""
        return None

    async def webhook_log(self) -> Mapping[str, int] | None:
        """None: Freshdesk keeps no log of its webhooks that could be asked."""
        return None

    async def apply(self, action: Action, ticket: Ticket) -> None:
        """Carries out all of the action, unless its marker shows that it was carried out before."""
        me = await self.whoami()
        await Writer(self._transport, self._directory, me.id).apply(action, ticket)

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        """Names and ids of the groups an agent is in, names in lower case."""
        known = await self._directory.group_ids_of(agent_id)
        names = await self._directory.groups()
        return frozenset(known) | frozenset(names[one].lower() for one in known if one in names)

    async def names(self, kind: Named) -> frozenset[str] | None:
        """What there is of a kind; Freshdesk keeps no list of tags, and hides the canned responses of single agents."""
        return await read_names(self._transport, self._directory, kind)

    async def _read(self, route: str, ticket_id: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        path = route.replace("{id}", ticket_id)
        raw = mapping(await self._transport.get(path, route=route, params={"include": "stats,requester"}))
        if identity(raw.get("id")) != ticket_id:
            raise TransientError(f"GET {route} was answered without the ticket that was asked for")
        return raw, await self._directory.pages(f"{path}/conversations", route=f"{route}/conversations")

    async def _desk(self, me: Person, raw: Mapping[str, Any], conversations: tuple[Conversation, ...]) -> Desk:
        spoke = [one for one in conversations if not (one.is_incoming or one.is_own)]
        users = {one.user_id for one in spoke} | {identity(raw.get("responder_id"))}
        users -= {None, identity(raw.get("requester_id"))}
        is_outbound = number(raw.get("source")) == OUTBOUND_EMAIL
        return Desk(
            account=self.account,
            statuses=self._statuses,
            agents={**await self._directory.agents(user for user in users if user), me.id: me},
            canned=await self._directory.canned() if spoke or is_outbound else CannedTexts(),
        )


def _unjudged(
    ticket: Ticket, memory: Memory | None, new: tuple[Conversation, ...], found: tuple[Move, ...]
) -> tuple[Change, ...]:
    ids = {one.change_id for one in new} | {move.change_id for move in found} | ({DESCRIPTION} if not memory else set())
    return tuple(change for change in ticket.changes if change.id in ids)
