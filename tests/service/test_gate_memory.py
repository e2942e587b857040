"""What was worked out from a message serves the next draft on its ticket too, and does not pile up."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from policies.text import said
from policies.ticket import Change, Comment, Ticket
from service.gate_memory import LONGEST_S, Memory

MakeComment = Callable[..., Comment]


@pytest.fixture
def make_read(
    make_ticket: Callable[..., Ticket], make_change: Callable[..., Change], make_comment: MakeComment
) -> Callable[..., Ticket]:
    """The ticket, read anew: nothing is known yet of its messages."""

    def make(*texts: str) -> Ticket:
        changes = (make_change(str(number), comment=make_comment(text)) for number, text in enumerate(texts))
        return make_ticket(changes=tuple(changes))

    return make


def comments(ticket: Ticket) -> list[Comment]:
    return [change.comment for change in ticket.changes if change.comment is not None]


def test_a_message_that_was_seen_before_is_not_worked_out_again(make_read: Callable[..., Ticket]) -> None:
    memory = Memory()
    first, second = make_read("Where are my books?"), make_read("Where are my books?", "Hello?")

    memory.remind(first)
    known = said(comments(first)[0])
    memory.remind(second)

    assert said(comments(second)[0]) is known
    assert said(comments(second)[1]).text == "Hello?"


def test_a_message_whose_page_hides_some_of_its_text_is_not_taken_for_one_that_shows_all(
    make_read: Callable[..., Ticket],
) -> None:
    memory, shown, hiding = Memory(), make_read("clo x sed"), make_read("clo x sed")
    memory.remind(shown)
    assert said(comments(shown)[0]).text == "clo x sed"

    change = hiding.changes[0]
    page = replace(comments(hiding)[0], html='clo<i style="display:none"> x </i>sed')
    hiding = replace(hiding, changes=(replace(change, comment=page),))
    memory.remind(hiding)

    assert said(page).text == "closed"


def test_only_the_messages_seen_last_are_remembered(make_read: Callable[..., Ticket]) -> None:
    memory = Memory(most_messages=2)
    old, new = make_read("first", "second", "third"), make_read("first", "third")
    memory.remind(old)
    known = [said(comment) for comment in comments(old)]

    memory.remind(new)

    assert [said(comment) is known[place] for comment, place in zip(comments(new), (0, 2), strict=True)] == [
        False,
        True,
    ]


def test_nothing_is_remembered_for_longer_than_an_hour(make_read: Callable[..., Ticket]) -> None:
    """What is erased from the store must not stay in a running gate for days."""
    elapsed_s = [100.0]
    memory = Memory(elapsed_s=lambda: elapsed_s[0])
    soon, late = make_read("Where are my books?"), make_read("Where are my books?")
    memory.remind(soon)
    known = said(comments(soon)[0])

    elapsed_s[0] += LONGEST_S
    memory.remind(late)

    assert said(comments(late)[0]) is not known


def test_html_that_has_no_text_is_told_apart(make_read: Callable[..., Ticket]) -> None:
    memory = Memory()
    tickets = [make_read(""), make_read("")]
    for ticket, html in zip(tickets, ("<p>Hello.</p>", "<p>Goodbye.</p>"), strict=True):
        (change,) = ticket.changes
        assert change.comment is not None
        shown = replace(ticket, changes=(replace(change, comment=replace(change.comment, html=html)),))
        memory.remind(shown)
        assert said(comments(shown)[0]).text == html[3:-4]
