"""A small ticket world for the service's tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.errors import ConflictError, HelpdeskError, NotFoundError, PayloadError, SignatureError
from connectors.helpdesk import Capabilities, Connector, Delivery, Fetched, Moved, Named
from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Action, Finding, Mode, Severity, Undo
from service.breakers import Breakers
from service.enforcement import Limits
from service.metrics import Metrics
from service.pausing import Pauses
from service.pipeline import Pipeline
from service.policy_files import SHIPPED
from service.rulebooks import Rulebooks
from service.settings import WorkSettings
from service.store.records import Answer, CommandKind
from service.store.store import Store

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MAYA = Person(id="c1", role=Role.CUSTOMER, name="Maya")
AGENT = Person(id="a1", role=Role.AGENT, name="Tom")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_change() -> Callable[..., Change]:
    """A change by agent Tom, some minutes before now."""

    def make(id: str = "1", *, minutes_ago: float = 10, actor: Person = AGENT, **parts: Any) -> Change:  # noqa: A002
        given: dict[str, Any] = {"via": Via.WEB} | parts
        return Change(id=id, at=NOW - timedelta(minutes=minutes_ago), actor=actor, **given)

    return make


@pytest.fixture
def make_comment() -> Callable[..., Comment]:
    def make(text: str, *, is_public: bool = True) -> Comment:
        visibility = Visibility.PUBLIC if is_public else Visibility.INTERNAL
        return Comment(id="k", visibility=visibility, text=text)

    return make


@pytest.fixture
def make_ticket() -> Callable[..., Ticket]:
    """Maya's ticket 42, solved unless said otherwise."""

    def make(**parts: Any) -> Ticket:
        given: dict[str, Any] = {
            "helpdesk": "zendesk",
            "account": "acme",
            "id": "42",
            "subject": "My books",
            "status": Status.SOLVED,
            "requester": MAYA,
            "created_at": NOW - timedelta(days=1),
            "updated_at": NOW,
        }
        return Ticket(**(given | parts))

    return make


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    """A finding of policy `closed`, in mode note unless said otherwise."""

    def make(id: str = "F00001", **parts: Any) -> Finding:  # noqa: A002
        given: dict[str, Any] = {
            "policy": "closed",
            "title": "Ticket closed without the customer's agreement",
            "why": "Customers who still object must not find their ticket closed.",
            "severity": Severity.HIGH,
            "mode": Mode.NOTE,
            "advice": "Ask whether the matter is settled.",
            "explanation": "The ticket was solved while the customer had the last word.",
            "undo": Undo(reopen=True, tags=("ombuds_review",), remove_tags=("terminat*",), group="review"),
        }
        return Finding(id=id, **(given | parts))

    return make


@pytest.fixture
def refused_answer() -> Answer:
    """A command about a finding that there is not."""
    return Answer(
        id="5:0",
        finding_id="F1",
        policy="",
        command=CommandKind.APPROVE,
        actor_id="a2",
        reason="r",
        refusal="There is no finding F1.",
        given_at=NOW,
    )


POLICIES = """
format: 1
pack: house
owner: quality
policies:
  - id: closed
    title: Ticket solved
    why: Nobody asked for it.
    severity: high
    mode: block
    applies_to: {actor.role: agent}
    when: {change.solves: true}
    do:
      note: {advice: Ask first.}
      block: {reopen: true, tags: [ombuds_review], remove_tags: ["terminat*"], group: review}
    tests:
      - {name: solved, given: {actor.role: agent, change.solves: true}, expect: violation}
      - {name: not solved, given: {actor.role: agent, change.solves: false}, expect: pass}
  - id: waits
    title: The customer waits
    why: A day is long.
    severity: high
    mode: note
    applies_to: {actor.role: clock}
    when: {ticket.hours_open: {gte: 24}}
    tests:
      - {name: waits, given: {actor.role: clock, ticket.hours_open: 25}, expect: violation}
      - {name: is new, given: {actor.role: clock, ticket.hours_open: 3}, expect: pass}
lists:
  approver_groups: [Leads]
"""


class MovableClock:
    """Says what it was set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Desk:
    """A helpdesk in memory, with one ticket: it keeps markers, notices conflicts, and fails when told to."""

    kind = "zendesk"
    account = "acme"
    capabilities = Capabilities(detects_conflicts=True, reports_macros=True)

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.applied: list[Action] = []
        self.attempts = 0
        self.reads = 0
        self.hangs: asyncio.Event | None = None
        self.moves: list[Moved | HelpdeskError] = []
        """What comparing finds, turn by turn."""
        self.asked_from: list[str] = []
        self.fetch_errors: list[Exception] = []
        self.log_reads = 0
        self.log_errors: list[HelpdeskError] = []
        self.apply_errors: list[tuple[HelpdeskError, bool]] = []
        """Each with whether the action was carried out all the same."""
        self.meanwhile: list[Callable[[], None]] = []
        """What others do to the ticket between our reading and our writing."""

    def add(self, *changes: Change) -> None:
        self.ticket = replace(
            self.ticket, changes=(*self.ticket.changes, *changes), stamp=str(len(self.ticket.changes) + len(changes))
        )

    async def whoami(self) -> Person:
        return Person(id="bot", role=Role.AGENT)

    async def fetch_ticket(self, ticket_id: str, bookmark: str | None) -> Fetched:
        self.reads += 1
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fetch_errors:
            raise self.fetch_errors.pop(0)
        if ticket_id != self.ticket.id:
            raise NotFoundError("there is one ticket here", status=404)
        judged = int(bookmark or 0)
        changes = self.ticket.changes
        return Fetched(ticket=self.ticket, unjudged=changes[judged:], bookmark=str(len(changes)))

    async def moved(self, cursor: str | None, since: datetime) -> Moved:
        self.asked_from.append(cursor or since.isoformat())
        found = self.moves.pop(0) if self.moves else Moved(tickets=(), cursor=cursor or "", is_end=True)
        if isinstance(found, HelpdeskError):
            raise found
        return found

    async def webhook_log(self) -> dict[str, int] | None:
        self.log_reads += 1
        if self.log_errors:
            raise self.log_errors.pop(0)
        return {"success": 7, "terminated": 2}

    async def apply(self, action: Action, ticket: Ticket) -> None:
        self.attempts += 1
        if action.id in [known.id for known in self.applied]:
            return
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if ticket.stamp != self.ticket.stamp:
            raise ConflictError("the ticket moved on")
        error, happens = self.apply_errors.pop(0) if self.apply_errors else (None, True)
        if happens:
            self.applied.append(action)
        if error is not None:
            raise error

    async def groups_of(self, agent_id: str) -> frozenset[str]:
        return frozenset({"leads"}) if agent_id == "lead" else frozenset()

    async def names(self, kind: Named) -> frozenset[str] | None:
        return frozenset({"leads"}) if kind is Named.GROUP else None

    async def aclose(self) -> None:
        return None


class Reader:
    """Webhooks that say `open` in a header and name a delivery and a ticket in JSON."""

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        del body, now
        if headers.get("x-secret") != "open":
            raise SignatureError("no")

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery | None:
        del headers
        try:
            fields = msgspec.json.decode(body, type=dict[str, str | None])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise PayloadError("no JSON") from error
        if "ticket" not in fields:
            return None
        return Delivery(
            helpdesk="zendesk",
            account="acme",
            id=fields.get("id") or "",
            ticket_id=fields["ticket"],
            occurred_at=now,
            received_at=now,
            defect=None if fields["ticket"] else "no_ticket_id",
        )


@pytest.fixture
def connectors(desk: Desk) -> dict[tuple[str, str], Connector]:
    return {("zendesk", "acme"): Connector(webhook=Reader(), helpdesk=desk)}


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def desk(make_ticket: Callable[..., Ticket]) -> Desk:
    return Desk(make_ticket(status=Status.OPEN, created_at=NOW - timedelta(hours=1)))


@pytest.fixture
def house() -> str:
    """A policy file: nobody solves a ticket, and no ticket is open for a day."""
    return POLICIES


@pytest.fixture
def rulebook() -> Rulebook:
    return load({"house.yaml": POLICIES.encode()})


@pytest.fixture
def make_pipeline(
    rulebook: Rulebook, connectors: dict[tuple[str, str], Connector], clock: MovableClock
) -> Callable[..., Pipeline]:
    """Visits over a store; whatever is not given is as usual: policies, helpdesk and clock are the test's own."""

    def make(store: Store, **parts: Any) -> Pipeline:
        metrics = parts.get("metrics") or Metrics(["zendesk"])
        work = parts.get("work") or WorkSettings(retry_s=(10.0, 100.0))
        usual: dict[str, Any] = {
            "rulebooks": Rulebooks(rulebook, folder=SHIPPED, metrics=metrics, clock=clock),
            "connectors": connectors,
            "limits": {("zendesk", "acme"): Limits(ceiling=Mode.BLOCK)},
            "work": work,
            "breakers": Breakers(store=store, metrics=metrics, rules=work.breaker),
            "pauses": Pauses(store=store),
            "metrics": metrics,
            "clock": clock,
            "steady": clock,
        }
        return Pipeline(store=store, **(usual | parts))

    return make


ACCOUNT = """
[[helpdesks]]
kind = "zendesk"
account = "acme"
base_url = "https://acme.zendesk.com"
email = "bot@acme.example"
api_token = "token"
webhook_secrets = ["secret"]
"""


@pytest.fixture
def write_settings(tmp_path: Path) -> Callable[..., Path]:
    """A settings file with one account and a store by its URL; `first` stands before all tables."""

    def write(url: str, first: str = "") -> Path:
        file = tmp_path / "ombuds.toml"
        file.write_text(f'{first}[store]\nurl = "{url}"\n{ACCOUNT}', encoding="utf-8")
        return file

    return write


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind: what the store promises, both keep."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ombuds.db"
    return str(request.getfixturevalue("postgresql_server").new_database())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/ombuds.db")
    yield store
    await store.close()
