"""The checker finds what went wrong, always, and nothing where nothing went wrong."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from checker import Findings, History, Sent, check, figures


@st.composite
def sound_histories(draw: st.DrawFn) -> History:
    """Runs in which everything came to a good end; some webhooks were never acknowledged, or never sent."""
    tickets = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=12))
    made = [(ticket, str(number)) for number, ticket in enumerate(tickets, 1)]
    sent = [
        Sent(id=f"d{change}", ticket=ticket, change=change, is_acked=draw(st.booleans()))
        for ticket, change in made
        if draw(st.booleans())
    ]
    is_noted = [draw(st.booleans()) for _ in made]
    return History(
        made=made,
        sent=sent,
        deliveries=[(one.id, "done") for one in sent if one.is_acked],
        decisions=made,
        bookmarks=[(ticket, int(change)) for ticket, change in made],
        actions=[(f"a{change}", "applied") for (_, change), noted in zip(made, is_noted, strict=True) if noted],
        notes=[f"a{change}" for (_, change), noted in zip(made, is_noted, strict=True) if noted],
    )


@given(sound_histories())
def test_nothing_is_found_where_nothing_went_wrong(history: History) -> None:
    assert check(history) == Findings()


@given(sound_histories(), st.data())
def test_a_lost_ack_is_always_found(history: History, data: st.DataObject) -> None:
    acked = [one for one in history.sent if one.is_acked]
    if not acked:
        return
    victim = data.draw(st.sampled_from(acked))
    broken = data.draw(
        st.sampled_from(
            [
                {"deliveries": [row for row in history.deliveries if row[0] != victim.id]},
                {"deliveries": [(id_, "pending" if id_ == victim.id else state) for id_, state in history.deliveries]},
                {"decisions": [row for row in history.decisions if row[1] != victim.change]},
            ]
        )
    )

    assert check(replace(history, **broken)).lost == (victim.id,)


@given(sound_histories(), st.data())
def test_a_note_too_many_is_always_found(history: History, data: st.DataObject) -> None:
    if not history.notes:
        return
    victim = data.draw(st.sampled_from(history.notes))
    at = data.draw(st.integers(0, len(history.notes)))

    twice = [*history.notes[:at], victim, *history.notes[at:]]

    assert check(replace(history, notes=twice)).notes_duplicated == (victim,)


@given(sound_histories(), st.data())
def test_a_bookmark_that_goes_back_is_always_found(history: History, data: st.DataObject) -> None:
    ticket = data.draw(st.sampled_from(sorted({ticket for ticket, _ in history.made})))
    newest = max(change for owner, change in history.bookmarks if owner == ticket)

    gone_back = [*history.bookmarks, (ticket, newest - 1)]

    assert check(replace(history, bookmarks=gone_back)).order_violations == (ticket,)


@given(sound_histories(), st.data())
def test_a_change_judged_again_is_always_found(history: History, data: st.DataObject) -> None:
    victim = data.draw(st.sampled_from(history.decisions))

    assert check(replace(history, decisions=[*history.decisions, victim])).duplicated == (" ".join(victim),)


SOUND = History(
    made=[("A", "1")],
    sent=[Sent(id="d1", ticket="A", change="1", is_acked=True)],
    deliveries=[("d1", "done")],
    decisions=[("A", "1")],
    actions=[("a1", "applied")],
    notes=["a1"],
)


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ({"deliveries": [("d1", "done"), ("d9", "done")]}, {"unexpected": ("d9",)}),
        ({"decisions": [("A", "1"), ("B", "9")]}, {"unexpected": ("9",)}),
        ({"deliveries": [("d1", "done"), ("d1", "done")]}, {"duplicated": ("d1",)}),
        ({"deliveries": [("d1", "parked")], "decisions": [], "notes": [], "actions": []}, {"parked": ("d1",)}),
        ({"notes": []}, {"notes_missing": ("a1",)}),
        ({"notes": ["a1", "a9"]}, {"notes_unexpected": ("a9",)}),
        ({"actions": [("a1", "superseded")], "notes": []}, {}),
    ],
)
def test_each_thing_that_goes_wrong_has_its_own_name(broken: dict[str, object], found: dict[str, object]) -> None:
    assert check(replace(SOUND, **broken)) == Findings(**found)


def test_what_was_judged_without_an_ack_counts_as_recovered() -> None:
    unsure = replace(SOUND, sent=[replace(SOUND.sent[0], is_acked=False)])

    assert figures(unsure)["recovered"] == 1
    assert check(unsure) == Findings()
