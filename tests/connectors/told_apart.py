"""One matter at a pretend helpdesk: people write, the connector reads, the shipped policies judge."""

from typing import Any

from connectors.helpdesk import Bookmark, Helpdesk
from connectors.sandbox.client import SandboxClient
from policies.engine import judge
from policies.policy import Rulebook
from policies.ticket import Ticket, clock_change

ANSWER = "Hello Maria, the cable was loose; I fastened it this morning."


class Matter:
    """Maria's matter, in the hands of Anna; an hour passes after each step.

    `found` judges what nobody has judged yet, read from the bookmark on, as the service does.
    """

    def __init__(self, kind: str, desk: SandboxClient, helpdesk: Helpdesk, rulebook: Rulebook, clock: Any) -> None:
        self.kind, self.desk, self.clock = kind, desk, clock
        self._helpdesk, self._rulebook = helpdesk, rulebook
        self._bookmark: Bookmark | None = None
        self.maria = self.anna = self.ticket_id = ""

    async def begin(self) -> None:
        self.maria = await self.desk.person("Maria Lopez", "maria@mail.example")
        self.anna = await self.desk.person("Anna Berg", "anna@acme.example", role="agent")

    async def opens(self, text: str, *, requester: str = "", **first: Any) -> None:
        opening = {"channel": "email", "recipient": "help@acme.example", "comment": {"text": text}, **first}
        self.ticket_id, _ = await self.desk.ticket(requester or self.maria, "The scanner", **opening)
        self._bookmark = None
        self.clock.go_on(minutes=60)

    async def says(self, who: str, text: str, *, public: bool = True, comment: Any = (), **what: Any) -> None:
        said = {"text": text, "public": public, **dict(comment)}
        await self.desk.submit(self.ticket_id, who, comment=said, **what)
        self.clock.go_on(minutes=60)

    async def solves(self, who: str, **what: Any) -> None:
        """Without a word."""
        await self.desk.submit(self.ticket_id, who, **{"status": "solved", **what})
        self.clock.go_on(minutes=60)

    async def found(self) -> set[str]:
        """The policies that find something in what has happened since this was last asked."""
        fetched = await self._helpdesk.fetch_ticket(self.ticket_id, self._bookmark)
        self._bookmark = fetched.bookmark
        verdicts = [judge(self._rulebook, fetched.ticket, change, change.at) for change in fetched.unjudged]
        return {finding.policy for verdict in verdicts for finding in verdict.findings}

    async def found_after(self, *, hours: float) -> set[str]:
        """The policies that find something when so much time has passed and nobody has touched the ticket."""
        self.clock.go_on(minutes=hours * 60)
        ticket = await self.read()
        verdict = judge(self._rulebook, ticket, clock_change(self.clock.now), self.clock.now)
        return {finding.policy for finding in verdict.findings}

    async def read(self) -> Ticket:
        return (await self._helpdesk.fetch_ticket(self.ticket_id, self._bookmark)).ticket
