"""What the bodies of writes look like, and how a long note is cut."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.zendesk.writing import CUT, escaped, fitted, update_of
from policies.ticket import Person, Role, Status, Ticket
from policies.verdict import Action

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def ticket(**changed: Any) -> Ticket:
    told: dict[str, Any] = {
        "helpdesk": "zendesk",
        "account": "acme",
        "id": "42",
        "subject": "My books",
        "status": Status.SOLVED,
        "requester": Person(id="11", role=Role.CUSTOMER),
        "created_at": AT,
        "updated_at": AT,
        "stamp": "2026-03-02T09:00:00Z",
    }
    return Ticket(**told | changed)


def action(**parts: Any) -> Action:
    return Action(id="act-1", ticket_id="42", change_id="1", **parts)


def test_one_request_carries_note_status_group_stamp_and_marker() -> None:
    body = update_of(action(note_html="<p>x</p>", reopen=True), ticket(), 7)

    assert body == {
        "ticket": {
            "comment": {"html_body": "<p>x</p>", "public": False},
            "status": "open",
            "group_id": 7,
            "safe_update": True,
            "updated_stamp": "2026-03-02T09:00:00Z",
            "metadata": {"ombuds": {"action": "act-1"}},
        }
    }


def test_without_a_stamp_a_safe_update_is_not_asked_for() -> None:
    """A false one would act like a true one."""
    body: Any = update_of(action(note_html="x"), ticket(stamp=None), None)

    assert not {"safe_update", "updated_stamp"} & set(body["ticket"])


@pytest.mark.parametrize("parts", [{}, {"add_tags": ("x",)}])
def test_with_nothing_to_put_there_is_no_request(parts: dict[str, Any]) -> None:
    assert update_of(action(**parts), ticket(), None) is None


def test_a_ticket_already_in_the_group_is_not_moved() -> None:
    assert update_of(action(), ticket(group_id="7"), 7) is None


@pytest.mark.parametrize(
    ("html", "expected"), [("{{x}}", "\\{{x}}"), ("{ {x}}", "{ {x}}"), ("{{{{", "\\{{\\{{"), ("{%x%}", "{%x%}")]
)
def test_every_placeholder_is_escaped(html: str, expected: str) -> None:
    assert escaped(html) == expected


@pytest.mark.parametrize(
    ("html", "most", "expected"),
    [
        ("<p>short</p>", 100, "<p>short</p>"),
        ("<p>abcdefghij klmnop</p>", 23, f"<p>abcd</p>{CUT}"),
        ("<p><em>abcdefghij klmnop</em></p>", 32, f"<p><em>abcd</em></p>{CUT}"),
        ("<li>a<ul><li>b</li><li>cccccccc</li></ul></li>", 45, f"<li>a<ul><li>b</li></ul></li>{CUT}"),
        ("<p>a<br>b&amp;c</p><p>defghij</p>", 29, f"<p>a<br>b</p>{CUT}"),
    ],
)
def test_a_note_is_cut_where_it_is_safe(html: str, most: int, expected: str) -> None:
    cut = fitted(html, most)

    assert len(cut.encode()) <= most
    assert cut == expected


class Balance(HTMLParser):
    """Finds tags that are never closed, or closed without having been opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.is_balanced = True

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as the parser calls it
        """A tag opens."""
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag: str) -> None:
        """A tag closes."""
        self.is_balanced = self.is_balanced and bool(self.open) and self.open.pop() == tag

    def handle_entityref(self, name: str) -> None:
        """An entity, whole."""
        self.is_balanced = self.is_balanced and name in ("amp", "lt", "gt", "quot")


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from(["p", "blockquote", "ul", "li", "strong", "code"])
    return st.lists(st.builds(lambda tag, html: f"<{tag}>{html}</{tag}>", tags, inner), max_size=4).map("".join)


LEAVES = st.text("abcä🙂{ ", max_size=30) | st.sampled_from(["&amp;", "&lt;", "<br>", "&quot;"])
NOTES = st.recursive(LEAVES, nested, max_leaves=12)


@settings(max_examples=200, deadline=None)
@given(html=NOTES, most=st.integers(min_value=60, max_value=200))
def test_a_cut_note_is_whole_html_and_short_enough(html: str, most: int) -> None:
    cut = fitted(html, most)

    balance = Balance()
    balance.feed(cut)
    balance.close()
    assert len(cut.encode()) <= most
    assert balance.is_balanced
    assert not balance.open
