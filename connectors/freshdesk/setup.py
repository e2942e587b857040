"""Sets up the rule for new tickets at a Freshdesk account, if its API lets us; an administrator's work. See `Setup`."""

import httpx

from connectors.errors import CredentialsError, RefusedError
from connectors.fields import Json, mapping, text
from connectors.freshdesk.directory import Directory
from connectors.freshdesk.wanted import (
    PROOF,
    Proof,
    creation_rule,
    our_rules,
    rule_body,
    update_rule,
    wanted_rule,
)
from connectors.setup_plan import ByHand, Doing, Found, Step, Thing
from connectors.transport import Transport

ME = "/api/v2/agents/me"
RULES = "/api/v2/automations/1/rules"
"""1: ticket creation."""
RULE = f"{RULES}/{{id}}"


class FreshdeskSetup:
    """The account behind `base_url`, whose webhooks go to `endpoint` and bring `proof`."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        endpoint: str,
        proof: Proof,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # Freshdesk takes any password beside an API key.
        self._transport = Transport(base_url, auth=httpx.BasicAuth(api_key, "X"), transport=transport)
        self._endpoint, self._proof = endpoint, proof
        self._refused = ""

    async def aclose(self) -> None:
        """Closes connections."""
        await self._transport.aclose()

    async def whoami(self) -> str:
        """Name and address of the agent whom the API key belongs to."""
        contact = mapping(mapping(await self._transport.get(ME, route=ME)).get("contact"))
        return f"{text(contact.get('name'))} ({text(contact.get('email'))})"

    async def look(self) -> Found:
        """Our rules; where the account does not show its rules, none, and nothing is wanted of it."""
        try:
            listed = await Directory(self._transport).pages(RULES, route=RULES)
        except (CredentialsError, RefusedError) as error:
            self._refused = str(error)
            return Found(remarks=(f"The rule for new tickets is left to you, too: {error}.",))
        return Found(things=our_rules(listed, self._endpoint))

    def wanted(self, found: Found) -> tuple[Thing, ...]:
        """The rule for new tickets."""
        del found
        return () if self._refused else (wanted_rule(self._endpoint, self._proof),)

    async def do(self, step: Step) -> bool:
        """One write. Raises TransientError where it is not known whether it was carried out."""
        path, body = RULE.replace("{id}", step.thing.id), rule_body(self._endpoint, self._proof)
        try:
            await self._write(step.doing, path, body)
        except (CredentialsError, RefusedError) as error:
            if step.doing is Doing.REMOVE:
                raise
            self._refused = str(error)
        return not self._refused

    async def _write(self, doing: Doing, path: str, body: Json) -> None:
        match doing:
            case Doing.REMOVE:
                await self._transport.delete(path, route=RULE)
            case Doing.CHANGE:
                await self._transport.send("PUT", path, route=RULE, json=body)
            case Doing.CREATE:
                await self._transport.send("POST", RULES, route=RULES, json=body)
            case Doing.KEEP:
                pass

    async def is_unproven(self) -> bool:
        """Whether our rule, as Freshdesk tells it now, lacks the user and password, or the header."""
        return any(not rule.fields[PROOF] for rule in (await self.look()).things)

    def by_hand(self) -> tuple[ByHand, ...]:
        """What is left to a person: the rule for updates always, the one for new tickets if need be."""
        update = update_rule(self._endpoint, self._proof)
        return (update, creation_rule(self._endpoint, self._proof)) if self._refused else (update,)
