"""The half of the connector that speaks to Zendesk: reads tickets, carries out actions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import msgspec

from connectors.errors import NotFoundError, RefusedError, TransientError
from connectors.fields import Json, mapping, text
from connectors.helpdesk import Bookmark, Capabilities, Fetched, Moved, Named, Webhook
from connectors.transport import Exchange, Transport
from connectors.zendesk.actors import Scene, own_action, people_in
from connectors.zendesk.fields import address, identity
from connectors.zendesk.holding import HoldTags
from connectors.zendesk.invocations import read_invocations
from connectors.zendesk.moved import read_moved
from connectors.zendesk.names import read_names
from connectors.zendesk.pages import read_pages
from connectors.zendesk.people import People, read_me
from connectors.zendesk.translate import ticket_of
from connectors.zendesk.webhook_state import read_webhook
from connectors.zendesk.writing import followup_of, tagging, update_of, without_group
from policies.ticket import Change, Person, Role, Status, Ticket
from policies.verdict import Action

TICKETS = "/api/v2/tickets"
TICKET = "/api/v2/tickets/{id}"
AUDITS = "/api/v2/tickets/{id}/audits"
TAGS = "/api/v2/tickets/{id}/tags"
MAKE_PRIVATE = "/api/v2/tickets/{id}/comments/{comment_id}/make_private"

CLOSED = "closed prevents ticket update"
"""What every known refusal to write to a closed ticket says, under one key or another."""


class Zendesk:
    """One Zendesk account, asked with an API token of a user of our own: see `connectors.helpdesk.Helpdesk`.

    `observe` hears of every request. `hold_tag` is the tag that keeps replies from being mailed. Everything this user
    does counts as Ombuds' own work and is never judged, so no person may share it.
    """

    kind = "zendesk"
    capabilities = Capabilities(detects_conflicts=True, reports_macros=True)

    def __init__(
        self,
        *,
        account: str,
        base_url: str,
        email: str,
        api_token: str,
        webhook_id: str | None = None,
        hold_tag: str | None = None,
        observe: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        self.account = account
        auth = httpx.BasicAuth(f"{email}/token", api_token)
        self._transport = Transport(base_url, auth=auth, observe=observe)
        self._people = People(self._transport)
        self._webhook_id = webhook_id
        self._hold = HoldTags(hold=hold_tag) if hold_tag else None
        self._me: Person | None = None

    async def whoami(self) -> Person:
        """The user our credentials belong to. Raises CredentialsError for the anonymous one Zendesk may answer with."""
        if self._me is None:
            user = await read_me(self._transport)
            own_id, email = identity(user.get("id")) or "", address(user.get("email"))
            self._me = Person(id=own_id, role=Role.AUTOMATION, name=text(user.get("name")), email=email)
        return self._me

    async def fetch_ticket(self, ticket_id: str, bookmark: Bookmark | None) -> Fetched:
        """The ticket with all its audits; unjudged are those after the bookmark's audit.

        The ticket is read before its audits: if it moves on in between, its stamp is old and a write is refused,
        never the other way round.
        """
        me = await self.whoami()
        found = await self._ticket(ticket_id)
        audits = await self._audits(ticket_id)
        users = await self._people.users(_people(found, audits))
        sender = await self._people.sender(address(found.get("recipient")), identity(found.get("brand_id")))
        requester_id = identity(found.get("requester_id"))
        scene = Scene(requester_id=requester_id, own_id=me.id, sender=sender, users=users)
        ticket = replace(
            ticket_of(found, audits, scene, account=self.account),
            group=await self._people.name_of("groups", identity(found.get("group_id"))),
            brand=await self._people.name_of("brands", identity(found.get("brand_id"))),
        )
        ticket = self._hold.seen(ticket) if self._hold else ticket
        newest = _bookmark(ticket.changes[-1].id) if ticket.changes else bookmark or _bookmark("0")
        return Fetched(ticket=ticket, unjudged=_after(ticket.changes, bookmark), bookmark=newest)

    async def moved(self, cursor: str | None, since: datetime) -> Moved:
        """Tickets that moved, by the incremental export: only an administrator's credentials may read it."""
        return await read_moved(self._transport, cursor, since, datetime.now(UTC))

    async def webhook(self) -> Webhook | None:
        """Our webhook, by its id; None if that was not told to us. Only an administrator's credentials may read it."""
        return await read_webhook(self._transport, self._webhook_id) if self._webhook_id else None

    async def webhook_log(self) -> Mapping[str, int] | None:
        """How the webhook's messages of the last days ended, by Zendesk's words; None if its id was not told to us."""
        return await read_invocations(self._transport, self._webhook_id) if self._webhook_id else None

    async def apply(self, action: Action, ticket: Ticket) -> None:
        """Note, status and group in one request, then tags; on a closed ticket a follow-up ticket with the note.

        A group that does not exist is no reason to keep the note back: all else is done, and the note says so.
        What is made private and the end of a hold come in actions of their own, without a note.
        """
        for comment_id in action.make_private:
            path = _path(MAKE_PRIVATE, ticket.id).replace("{comment_id}", quote(comment_id, safe=""))
            await self._transport.send("PUT", path, route=MAKE_PRIVATE, json={})
        if action.ends_hold and self._hold:
            body = tagging(self._hold.at_the_end(ticket), action, ticket)
            await self._transport.send("PUT", _path(TICKET, ticket.id), route=TICKET, json=body)
        group_id = await self._people.group_id(action.group) if action.group else None
        if action.group and group_id is None:
            action = without_group(action)
        try:
            await self._update(action, ticket, group_id)
        except RefusedError as error:
            if CLOSED not in error.code.lower() or not action.note_html:
                raise
            await self._follow_up(action, ticket, group_id)

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        """Ids and lower-case names of an agent's groups; asked anew each time, since a second look rests on it."""
        return await self._people.groups_of(agent_id)

    async def names(self, kind: Named) -> frozenset[str]:
        """What there is of a kind; only an administrator's credentials see every macro."""
        return await read_names(self._transport, kind)

    async def aclose(self) -> None:
        """Closes connections."""
        await self._transport.aclose()

    async def _ticket(self, ticket_id: str) -> Json:
        answer = mapping(await self._transport.get(_path(TICKET, ticket_id), route=TICKET))
        ticket = mapping(answer.get("ticket"))
        if identity(ticket.get("id")) != ticket_id:
            raise TransientError(f"GET {TICKET} was answered without the ticket that was asked for")
        return ticket

    async def _audits(self, ticket_id: str) -> list[Json]:
        return await read_pages(self._transport, _path(AUDITS, ticket_id), "audits", route=AUDITS)

    async def _update(self, action: Action, ticket: Ticket, group_id: int | None) -> None:
        body = update_of(action, ticket, group_id)
        if body and ticket.status is Status.CLOSED:
            raise RefusedError("the ticket is closed for good", status=422, code=CLOSED)
        if body and not await self._was_applied(action, ticket.id):
            await self._transport.send("PUT", _path(TICKET, ticket.id), route=TICKET, json=body)
        for method, tags in (("PUT", action.add_tags), ("DELETE", action.remove_tags)):
            if tags:
                await self._transport.send(method, _path(TAGS, ticket.id), route=TAGS, json={"tags": tags})

    async def _follow_up(self, action: Action, ticket: Ticket, group_id: int | None) -> None:
        """One follow-up ticket an action: Zendesk forgets the key after two hours, the marker stays."""
        earlier = (await self._ticket(ticket.id)).get("followup_ids")
        followups = [identity(each) for each in earlier] if isinstance(earlier, list) else []
        for known_id in (ticket.id, *filter(None, followups)):
            try:
                if await self._was_applied(action, known_id):
                    return
            except NotFoundError:
                continue  # deleted since; ours or somebody's, nobody reads it any more
        body, key = followup_of(action, ticket, group_id), {"Idempotency-Key": action.id}
        await self._transport.send("POST", TICKETS, route=TICKETS, json=body, headers=key)

    async def _was_applied(self, action: Action, ticket_id: str) -> bool:
        """Whether our marker stands in an audit: the note of a request whose answer was lost is not repeated."""
        return any(own_action(audit) == action.id for audit in await self._audits(ticket_id))


def _path(route: str, ticket_id: str) -> str:
    return route.replace("{id}", quote(ticket_id, safe=""))


def _people(ticket: Json, audits: Sequence[Json]) -> set[str]:
    found = set[str]().union(*(people_in(audit) for audit in audits))
    requester_id = identity(ticket.get("requester_id"))
    return found | {requester_id} if requester_id else found


def _bookmark(audit_id: str) -> Bookmark:
    return msgspec.json.encode({"audit": audit_id}).decode()


def _after(changes: tuple[Change, ...], bookmark: Bookmark | None) -> tuple[Change, ...]:
    """The changes after the bookmark's audit; if that audit is gone, those with greater ids."""
    if bookmark is None:
        return changes
    judged = text(msgspec.json.decode(bookmark, type=dict[str, str]).get("audit"))
    ids = [change.id for change in changes]
    if judged in ids:
        return changes[ids.index(judged) + 1 :]
    return tuple(change for change in changes if int(change.id) > int(judged or 0))
