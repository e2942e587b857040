"""A small ticket world for the service's tests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.ticket import Change, Comment, Person, Role, Status, Ticket, Via, Visibility
from policies.verdict import Finding, Mode, Severity, Undo

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
        return Change(id=id, at=NOW - timedelta(minutes=minutes_ago), actor=actor, via=Via.WEB, **parts)

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
