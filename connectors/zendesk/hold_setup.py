"""Sets up at a Zendesk account what holds replies back, and takes it away again; an administrator's work.

See `connectors.setup_plan.Setup`, and `connectors.zendesk.holding` for what it rests on.
"""

from urllib.parse import quote

import httpx

from connectors.errors import NotFoundError
from connectors.fields import Json, mapping, text
from connectors.setup_plan import Doing, Found, Step, StepError, Thing
from connectors.transport import Transport
from connectors.zendesk import hold_wanted as hold
from connectors.zendesk.fields import identity
from connectors.zendesk.holding import HoldTags
from connectors.zendesk.pages import read_pages
from connectors.zendesk.people import read_me

LISTS = {"automation": "/api/v2/automations", "trigger": "/api/v2/triggers"}
TRIGGER = "/api/v2/triggers/{id}"
CATEGORIES = "/api/v2/trigger_categories"
COUNT = "/api/v2/search/count"


class HoldSetup:
    """The account behind `base_url`, whose replies are held back by `tag`."""

    def __init__(
        self,
        *,
        base_url: str,
        email: str,
        api_token: str,
        tag: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        auth = httpx.BasicAuth(f"{email}/token", api_token)
        self._transport = Transport(base_url, auth=auth, transport=transport)
        self._tags = HoldTags(hold=tag)
        self._triggers: list[Json] = []

    async def aclose(self) -> None:
        """Closes connections."""
        await self._transport.aclose()

    async def whoami(self) -> str:
        """Name and address. Raises CredentialsError for the anonymous user Zendesk may answer with."""
        user = await read_me(self._transport)
        return f"{text(user.get('name'))} ({text(user.get('email'))})"

    async def look(self) -> Found:
        """Our rules, and our condition in triggers of the account."""
        self._triggers = await self._listed_triggers()
        things = hold.there(self._triggers, await self._listed("automation"), self._tags)
        others = [one for one in self._triggers if hold.is_notifier(one) and one not in self._notify]
        remarks = [
            f'The trigger "{text(one.get("title"))}" mails replies too, and asks what cannot be asked later: what it '
            "mails is not held back."
            for one in others
        ]
        if not self._notify:
            remarks.append("There is no trigger that mails agents' public replies, so there is nothing to hold back.")
        return Found(things=things, remarks=tuple(remarks))

    def wanted(self, found: Found) -> tuple[Thing, ...]:  # noqa: ARG002 - as the protocol has it
        """What mails and what holds. `look` comes first: it is made after the account's own triggers."""
        return hold.wanted(self._notify, self._tags)

    async def do(self, step: Step) -> bool:
        """One step. Raises StepError while replies wait that it would keep from ever being mailed."""
        thing = step.thing
        if step.doing is Doing.REMOVE and thing.part != hold.HOLD:
            await self._require_none_held()
        match step.doing:
            case _ if thing.kind == hold.CONDITION:
                await self._condition(thing, is_held=step.doing is Doing.CREATE)
            case Doing.REMOVE:
                path = f"{LISTS[thing.kind]}/{quote(thing.id, safe='')}"
                await self._transport.delete(path, route=f"{LISTS[thing.kind]}/{{id}}")
            case _ if thing.part == hold.HOLD:
                await self._hold(thing)
            case _:
                await self._write(thing, {})
        return True

    @property
    def _notify(self) -> list[Json]:
        return hold.notifiers(self._triggers)

    async def _hold(self, thing: Thing) -> None:
        """Switched on only once it stands in front: behind a notify trigger, each reply would be mailed twice."""
        first = min(self._notify, key=hold.order)
        place = {"position": first.get("position"), "category_id": first.get("category_id"), "active": False}
        own_id = await self._write(thing, {key: value for key, value in place.items() if value is not None})
        self._triggers = await self._listed_triggers()
        there = hold.there(self._triggers, (), self._tags)
        if not any(one.id == own_id and one.fields.get("in_front") for one in there):
            title = text(first.get("title"))
            raise StepError(
                f'Zendesk put "{thing.name}" behind "{title}", so it was not switched on. Drag it in front of that one '
                "in the Admin Center, and run this again."
            )
        await self._write(Thing(kind=thing.kind, part=thing.part, name=thing.name, fields=thing.fields, id=own_id), {})

    async def _write(self, thing: Thing, more: Json) -> str:
        """The rule's id, once it is made or changed."""
        path = LISTS[thing.kind]
        fields = {name: value for name, value in thing.fields.items() if name != "in_front"}
        body = {thing.kind: {**fields, **more}}
        if not thing.id:
            answer = await self._transport.send("POST", path, route=path, json=body)
        else:
            one = f"{path}/{quote(thing.id, safe='')}"
            answer = await self._transport.send("PUT", one, route=f"{path}/{{id}}", json=body)
        return thing.id or identity(mapping(mapping(answer).get(thing.kind)).get("id")) or ""

    async def _condition(self, thing: Thing, *, is_held: bool) -> None:
        """The trigger with our condition, or without; conditions and actions are sent whole, as Zendesk wants them."""
        path = TRIGGER.replace("{id}", quote(thing.id, safe=""))
        trigger = mapping(mapping(await self._transport.get(path, route=TRIGGER)).get("trigger"))
        body = {"trigger": hold.conditioned(trigger, self._tags, is_held=is_held)}
        await self._transport.send("PUT", path, route=TRIGGER, json=body)

    async def _require_none_held(self) -> None:
        """Nothing if no reply waits. The search tells of a tag half a minute late or later."""
        params = {"query": f"type:ticket status<closed tags:{self._tags.hold}"}
        count = mapping(await self._transport.get(COUNT, route=COUNT, params=params)).get("count")
        if count != 0:
            raise StepError(
                f"Nothing is held any more from now on, but replies on tickets with the tag {self._tags.hold} still "
                f"wait ({count}). Ombuds releases them if it runs, else the automation does within two hours: run this "
                "again then."
            )

    async def _listed_triggers(self) -> list[Json]:
        """All triggers, each with the place of its category; an account without categories has one."""
        try:
            listed = await read_pages(self._transport, CATEGORIES, "trigger_categories", route=CATEGORIES)
        except NotFoundError:
            listed = []
        places = {identity(one.get("id")): one.get("position") for one in listed}
        triggers = await self._listed("trigger")
        return [{**one, "category_position": places.get(identity(one.get("category_id")))} for one in triggers]

    async def _listed(self, kind: str) -> list[Json]:
        return await read_pages(self._transport, LISTS[kind], f"{kind}s", route=LISTS[kind])
