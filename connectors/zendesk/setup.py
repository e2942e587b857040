"""Sets up the webhook and the triggers at a Zendesk account; an administrator's work. See `Setup`."""

from urllib.parse import quote

import httpx

from connectors.errors import TransientError
from connectors.fields import Json, mapping, text
from connectors.setup_plan import Doing, Found, Step, Thing
from connectors.transport import Transport
from connectors.zendesk.fields import identity
from connectors.zendesk.pages import read_pages
from connectors.zendesk.people import read_me
from connectors.zendesk.wanted import (
    NEW_WEBHOOK,
    others_that_call,
    our_triggers,
    our_webhooks,
    wanted_triggers,
    wanted_webhook,
)

LISTS = {"webhook": "/api/v2/webhooks", "trigger": "/api/v2/triggers"}
SECRET = "/api/v2/webhooks/{id}/signing_secret"  # noqa: S105 - a path
# A trigger's PUT replaces conditions and actions, so all of them are sent; a webhook's PATCH leaves the rest alone.
CHANGING = {"webhook": "PATCH", "trigger": "PUT"}


class ZendeskSetup:
    """The account behind `base_url`, with webhooks to `endpoint`: by its events, or `by_trigger`.

    `by_trigger` None: as it is there, and by events where nothing is.
    `webhook_id` is the one in use, if that is known: of several it is kept.
    """

    def __init__(
        self,
        *,
        base_url: str,
        email: str,
        api_token: str,
        endpoint: str,
        by_trigger: bool | None = None,
        webhook_id: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        auth = httpx.BasicAuth(f"{email}/token", api_token)
        self._transport = Transport(base_url, auth=auth, transport=transport)
        self._endpoint, self._by_trigger = endpoint, by_trigger
        self._own_id = ""
        self.webhook_id = webhook_id or ""
        """Of the webhook that is there; told once `do` has made it."""

    async def aclose(self) -> None:
        """Closes connections."""
        await self._transport.aclose()

    async def whoami(self) -> str:
        """Name and address. Raises CredentialsError for the anonymous user Zendesk may answer with."""
        user = await read_me(self._transport)
        self._own_id = identity(user.get("id")) or ""
        return f"{text(user.get('name'))} ({text(user.get('email'))})"

    async def look(self) -> Found:
        """Our webhooks, then our triggers."""
        webhooks, triggers = await self._listed("webhook"), await self._listed("trigger")
        ours = our_webhooks(webhooks, self._endpoint, self.webhook_id)
        things = sorted(ours, key=lambda one: one.id != self.webhook_id)
        others = [
            f'The webhook "{name}" goes to Ombuds too and is not ours, so tickets are told twice: '
            "remove it, or let its name begin with Ombuds to hand it over."
            for name in others_that_call(webhooks, self._endpoint, self.webhook_id)
        ]
        return Found(things=(*things, *our_triggers(triggers, self._endpoint)), remarks=tuple(others))

    def wanted(self, found: Found) -> tuple[Thing, ...]:
        """The webhook, and two triggers where they call it. `whoami` comes first: they name us."""
        by_trigger = self._by_trigger
        if by_trigger is None:
            by_trigger = bool(found.things) and found.things[0].part != "by event"
        webhook = wanted_webhook(self._endpoint, by_trigger=by_trigger)
        ids = (one.id for one in found.things if (one.kind, one.part) == (webhook.kind, webhook.part))
        self.webhook_id = next(ids, "")
        if not by_trigger:
            return (webhook,)
        known = self.webhook_id or NEW_WEBHOOK
        return webhook, *wanted_triggers(self._endpoint, own_id=self._own_id, webhook_id=known)

    async def do(self, step: Step) -> bool:
        """One write. Raises TransientError where it is not known whether it was carried out."""
        thing, collection = step.thing, LISTS[step.thing.kind]
        one, route = f"{collection}/{quote(thing.id, safe='')}", f"{collection}/{{id}}"
        match step.doing:
            case Doing.REMOVE:
                await self._transport.delete(one, route=route)
            case Doing.CHANGE:
                await self._transport.send(CHANGING[thing.kind], one, route=route, json=self._body(thing))
            case Doing.CREATE:
                answer = await self._transport.send("POST", collection, route=collection, json=self._body(thing))
                self._learn(thing, mapping(mapping(answer).get(thing.kind)))
            case Doing.KEEP:
                pass
        return True

    async def signing_secret(self) -> str:
        """What the webhook's requests are signed with."""
        path = SECRET.replace("{id}", quote(self.webhook_id, safe=""))
        answer = mapping(await self._transport.get(path, route=SECRET))
        secret = text(mapping(answer.get("signing_secret")).get("secret"))
        if not secret:
            raise TransientError(f"GET {SECRET} was answered without a secret")
        return secret

    async def _listed(self, kind: str) -> list[Json]:
        path = LISTS[kind]
        return await read_pages(self._transport, path, f"{kind}s", route=path)

    def _learn(self, thing: Thing, answered: Json) -> None:
        if thing.kind != "webhook":
            return
        self.webhook_id = text(answered.get("id"))
        if not self.webhook_id:
            raise TransientError("a new webhook was answered without its id")

    def _body(self, thing: Thing) -> Json:
        if thing.kind == "webhook":
            return {"webhook": thing.fields}
        return {"trigger": {**thing.fields, "actions": [_calling(one, self.webhook_id) for one in _actions(thing)]}}


def _actions(thing: Thing) -> list[Json]:
    actions = thing.fields["actions"]
    return list(actions) if isinstance(actions, list) else []


def _calling(action: Json, webhook_id: str) -> Json:
    """The action with the id of the webhook, which may have been made a moment ago."""
    value = [webhook_id if part == NEW_WEBHOOK else part for part in action["value"]]
    return {**action, "value": value}
