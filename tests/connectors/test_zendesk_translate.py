"""How Zendesk's audits become changes. Cases that the sandbox does not play; pure, no sockets."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.zendesk.actors import Scene
from connectors.zendesk.translate import change_of, ticket_of
from policies.ticket import Change, CommentKind, Role, Standing, Status, StatusMove, Via, Visibility

READER, AGENT, COLLEAGUE, BOT = "11", "21", "22", "99"
SCENE = Scene(
    requester_id=READER,
    own_id=BOT,
    sender="care@books.example",
    users={
        READER: {"id": 11, "name": "Nora", "email": "nora@reader.example", "role": "end-user"},
        AGENT: {"id": 21, "name": "Ida", "email": "ida@books.example", "role": "agent"},
        COLLEAGUE: {"id": 22, "name": "Tom", "email": "tom@books.example", "role": "admin"},
    },
)
TRIGGER = {"channel": "rule", "source": {"from": {"id": 5, "title": "Notify and tag"}, "to": {}, "rel": "trigger"}}
AUTOMATION = {"channel": "rule", "source": {"from": {"id": 6, "title": "Bump, bump, solve"}, "rel": "automation"}}


def audit(*events: dict[str, Any], author: int = 21, via: Any = "web", **more: Any) -> dict[str, Any]:
    via = via if isinstance(via, dict) else {"channel": via, "source": {"from": {}, "to": {}, "rel": None}}
    told = {"id": 500, "created_at": "2026-03-02T09:00:00Z", "author_id": author, "via": via, "events": list(events)}
    return told | more


def said(text: str = "Hello", *, public: bool = True, author: int = 21, **more: Any) -> dict[str, Any]:
    return {"id": 501, "type": "Comment", "author_id": author, "plain_body": text, "public": public, **more}


def moved(before: str | None, after: str, **more: Any) -> dict[str, Any]:
    return {"id": 502, "type": "Change", "field_name": "status", "value": after, "previous_value": before, **more}


def tagged(before: object, after: object, **more: Any) -> dict[str, Any]:
    return {"id": 503, "type": "Change", "field_name": "tags", "value": after, "previous_value": before, **more}


def changed(told: dict[str, Any], scene: Scene = SCENE) -> Change:
    change = change_of(told, scene)
    assert change
    return change


def test_an_internal_note_is_nobodys_reply() -> None:
    change = changed(audit(said("Look at this", public=False)))

    assert change.comment
    assert (change.comment.visibility, change.comment.sender) == (Visibility.INTERNAL, None)


def test_the_requester_is_the_customer_even_if_he_works_here() -> None:
    scene = Scene(requester_id=AGENT, users=SCENE.users)

    assert changed(audit(said()), scene).actor.role is Role.CUSTOMER


def test_an_automation_that_solves_is_no_agent() -> None:
    change = changed(audit(moved("pending", "solved"), author=-1, via=AUTOMATION))

    assert (change.actor.role, change.via, change.rule) == (Role.AUTOMATION, Via.RULE, "Bump, bump, solve")


def test_a_trigger_inside_an_agents_submit_is_told_apart_from_the_agent() -> None:
    change = changed(audit(said(), moved("open", "solved", via=TRIGGER)))

    assert change.actor.role is Role.AGENT
    assert change.status == StatusMove(before=Status.OPEN, after=Status.SOLVED, by_rule=True)
    assert change.rule == "Notify and tag"


def test_an_agents_own_move_stands_even_if_a_trigger_moves_on() -> None:
    change = changed(audit(moved("open", "solved"), moved("solved", "pending", via=TRIGGER)))

    assert change.status == StatusMove(before=Status.OPEN, after=Status.SOLVED)


def test_tags_are_told_from_the_first_state_to_the_last() -> None:
    change = changed(audit(tagged(["a", "b"], ["b", "c"]), tagged(["b", "c"], ["b", "d"], via=TRIGGER)))

    assert (change.tags_added, change.tags_removed) == (("d",), ("a",))


def test_tags_written_as_one_text_are_read_too() -> None:
    change = changed(audit(tagged(None, "a b")))

    assert change.tags_added == ("a", "b")


def test_a_new_ticket_has_a_status_that_no_other_was_left_for() -> None:
    created = [
        {"type": "Create", "field_name": name, "value": value}
        for name, value in {"status": "new", "tags": ["vip"], "group_id": "77", "assignee_id": "", "x": None}.items()
    ]

    change = changed(audit(said(author=11), *created, author=11))

    assert change.status == StatusMove(before=None, after=Status.NEW)
    assert (change.tags_added, change.group_id, change.assignee_id) == (("vip",), "77", None)


def test_several_macros_in_one_submit_are_all_told() -> None:
    used = [{"type": "AgentMacroReference", "macro_id": f"{n}", "macro_title": f"M{n}"} for n in (1, 2)]

    assert [macro.title for macro in changed(audit(said(), *used)).macros] == ["M1", "M2"]


def test_a_merge_is_the_systems_doing() -> None:
    merge = {"channel": "web", "source": {"from": {}, "to": {"ticket_id": 8}, "rel": "merge"}}

    change = changed(audit(said("Merged into #8"), moved("open", "closed"), via=merge))

    assert (change.actor.role, change.via) == (Role.SYSTEM, Via.MERGE)


def test_the_ticket_that_took_a_merge_in_is_not_merged_away() -> None:
    merge = {"channel": "web", "source": {"from": {"ticket_ids": [7]}, "to": {}, "rel": "merge"}}
    audits = [audit(said("#7 was merged into this one"), via=merge), audit(moved("open", "closed"), via=AUTOMATION)]

    ticket = ticket_of({"id": 8, "status": "closed"}, audits, SCENE, account="acme")

    assert ticket.standing is Standing.CLOSED


@pytest.mark.parametrize("place", ["audit", "comment"])
def test_a_mail_flagged_as_automatic_is_nobodys_word(place: str) -> None:
    flags = {"metadata": {"flags": [3, 4]}}
    told = audit(said(author=11), author=11, **flags) if place == "audit" else audit(said(author=11, **flags))

    comment = changed(told).comment

    assert comment
    assert comment.kind is CommentKind.AUTO_REPLY


def test_a_call_is_told_by_what_was_said() -> None:
    call = {"type": "VoiceComment", "id": 9, "author_id": 21, "public": True, "data": {"transcription_text": "Hi"}}

    comment = changed(audit(call)).comment

    assert comment
    assert (comment.kind, comment.text) == (CommentKind.CALL, "Hi")


def test_a_survey_is_nobodys_word() -> None:
    rated = {"type": "SatisfactionRating", "score": "good", "comment": "All fine, close it"}

    assert changed(audit(rated, author=11)).comment is None


def test_an_agent_who_answers_by_mail_is_not_the_address_customers_see() -> None:
    via = {"channel": "email", "source": {"from": {"address": "ida@home.example"}, "to": {}, "rel": None}}

    comment = changed(audit(said(), via=via)).comment

    assert comment
    assert comment.sender == "care@books.example"


def test_a_customers_mail_comes_from_the_customers_address() -> None:
    via = {"channel": "email", "source": {"from": {"address": "Nora@Reader.example"}, "to": {}, "rel": None}}

    comment = changed(audit(said(author=11), author=11, via=via)).comment

    assert comment
    assert comment.sender == "nora@reader.example"


def test_a_message_entered_for_the_customer_is_the_customers() -> None:
    change = changed(audit(said("I forward this for Nora", author=11), author=21))

    assert (change.actor.id, change.actor.role) == (READER, Role.CUSTOMER)


def test_who_solves_a_ticket_cannot_hide_behind_the_customers_name() -> None:
    change = changed(audit(said("Thanks, all fine!", author=11), moved("open", "solved"), author=21))

    assert (change.actor.id, change.actor.role) == (AGENT, Role.AGENT)


@pytest.mark.parametrize(
    ("told", "role"),
    [
        (audit(said(author=31), author=31, via="email"), Role.CUSTOMER),
        (audit(said(author=31, public=False), author=31, via="email"), Role.AGENT),
        (audit(said(author=31), moved("open", "solved"), author=31, via="email"), Role.AGENT),
        (audit(said(author=31), author=31, via="web"), Role.AGENT),
    ],
    ids=["mail", "internal mail", "mail that solves", "web"],
)
def test_somebody_whose_record_we_may_not_read_has_a_likely_role(told: dict[str, Any], role: Role) -> None:
    assert changed(told).actor.role is role


@pytest.mark.parametrize(
    "told",
    [
        audit(said(author=99), author=99),
        audit(said(), metadata={"custom": {"ombuds": {"action": "a1"}}}),
        audit(said(), metadata={"custom": {"ombuds": None}}),
    ],
    ids=["our user", "our marker", "our marker, garbled"],
)
def test_our_own_work_is_recognised_by_user_or_marker(told: dict[str, Any]) -> None:
    assert changed(told).is_own


def test_anybody_elses_work_is_not_ours() -> None:
    assert not changed(audit(said(), metadata={"custom": {"time_spent": "3m"}})).is_own


def test_what_we_do_not_know_is_ignored() -> None:
    told = audit(
        {"type": "PaintedBlue", "value": {"deep": [1]}},
        {"type": "CommentRedactionEvent", "comment_id": 5},
        {"type": "Change", "field_name": "status", "value": "dancing"},
        {},
    )

    change = changed(told | {"events": [*told["events"], None, 7]})

    assert (change.comment, change.status, change.macros) == (None, None, ())


@pytest.mark.parametrize("hole", [{"id": None}, {"id": "x"}, {"created_at": None}, {"created_at": "soon"}])
def test_an_audit_without_id_or_time_is_left_out(hole: dict[str, Any]) -> None:
    assert change_of(audit(said()) | hole, SCENE) is None


def test_changes_come_oldest_first_whatever_order_they_are_told_in() -> None:
    late = audit(said(), id=502, created_at="2026-03-02T10:00:00Z")
    early = [audit(said(), id=given_id) for given_id in (501, 99)]

    ticket = ticket_of({"id": 8, "status": "open"}, [late, *early], SCENE, account="acme")

    assert [change.id for change in ticket.changes] == ["99", "501", "502"]


def test_a_ticket_of_which_nothing_is_known_is_still_a_ticket() -> None:
    ticket = ticket_of({}, [], Scene(requester_id=None), account="acme")

    assert (ticket.status, ticket.standing, ticket.requester.role) == (Status.OPEN, Standing.LIVE, Role.CUSTOMER)
    assert ticket.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("status", "standing"), [("deleted", Standing.DELETED), ("archived", Standing.ARCHIVED), ("open", Standing.LIVE)]
)
def test_a_ticket_that_is_gone_but_readable_says_so(status: str, standing: Standing) -> None:
    assert ticket_of({"id": 8, "status": status}, [], SCENE, account="acme").standing is standing


@pytest.mark.parametrize(
    ("more", "follows"),
    [
        ({"followup_source_id": 7}, "7"),
        ({"via": {"channel": "web", "source": {"from": {"ticket_id": 7}, "to": {}, "rel": "follow_up"}}}, "7"),
        ({"via": {"channel": "web", "source": {"from": {"ticket_id": 7}, "to": {}, "rel": "problem"}}}, None),
        ({"followup_source_id": None}, None),
    ],
)
def test_a_follow_up_names_the_ticket_it_goes_on_from(more: dict[str, Any], follows: str | None) -> None:
    ticket = ticket_of({"id": 8, "status": "open", **more}, [audit(said())], SCENE, account="acme")

    assert ticket.follows == follows


def test_a_ticket_marked_as_spam_is_suspended() -> None:
    spam = {"channel": "web", "source": {"rel": "spam"}}

    ticket = ticket_of({"id": 8, "status": "open"}, [audit(via=spam)], SCENE, account="acme")

    assert ticket.standing is Standing.SUSPENDED


KEYS = st.sampled_from(
    [
        "id", "type", "events", "via", "source", "rel", "channel", "from", "to", "address", "title", "metadata",
        "custom", "ombuds", "flags", "author_id", "created_at", "field_name", "value", "previous_value", "macro_id",
        "public", "body", "plain_body", "data", "tags", "status", "requester_id", "recipient", "ticket_id",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    ["Comment", "Change", "status", "tags", "solved", "closed", "rule", "merge", "2026-03-02T09:00:00Z", "11", "", "0"]
)
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(events=st.lists(st.dictionaries(KEYS, HOSTILE, max_size=6), max_size=4), more=st.dictionaries(KEYS, HOSTILE))
def test_no_audit_whatever_it_holds_is_more_than_a_change(events: list[Any], more: dict[str, Any]) -> None:
    told = {"id": 5, "created_at": "2026-03-02T09:00:00Z", "events": events} | more

    ticket = ticket_of(more, [told], SCENE, account="acme")

    assert len(ticket.changes) <= 1
