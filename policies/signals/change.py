"""Facts read straight off the change: who did what, and by which way."""

from collections.abc import Iterable

from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.ticket import CommentKind, Role, Status, StatusMove, Via
from policies.verdict import Evidence

UNCHANGED = "unchanged"


def _actor_role(moment: Moment) -> Reading:
    return Reading(value=moment.change.actor.role.value)


def _actor_name(moment: Moment) -> Reading:
    return Reading(value=moment.change.actor.name or None)


def _actor_email(moment: Moment) -> Reading:
    return Reading(value=moment.change.actor.email)


def _via(moment: Moment) -> Reading:
    return Reading(value=moment.change.via.value)


def _solves(moment: Moment) -> Reading:
    move = moment.change.status
    if move is None or move.by_rule or not move.after.is_done:
        return Reading(value=False)
    before = move.before or _status_before(moment)
    if before is None:
        # Closed may follow solved, which is no news to the customer; solved from a done status hardly ever happens.
        return UNKNOWN if move.after is Status.CLOSED else Reading(value=True)
    return Reading(value=not before.is_done)


def _status_before(moment: Moment) -> Status | None:
    """The status the ticket's past had led to, as far as it is told."""
    moves = (change.status for change in reversed(moment.earlier) if change.status is not None)
    last: StatusMove | None = next(moves, None)
    return last.after if last else None


def _status_to(moment: Moment) -> Reading:
    move = moment.change.status
    return Reading(value=move.after.value if move else UNCHANGED)


def _tags_added(moment: Moment) -> Reading:
    return _listed(moment.change.tags_added, moment)


def _tags_removed(moment: Moment) -> Reading:
    return _listed(moment.change.tags_removed, moment)


def _macros(moment: Moment) -> Reading:
    return _listed((macro.title for macro in moment.change.macros), moment)


def _listed(texts: Iterable[str], moment: Moment) -> Reading:
    """Several texts, each of them evidence."""
    values = tuple(texts)
    return Reading(value=values, evidence=tuple(Evidence(text=text, change_id=moment.change.id) for text in values))


def _is_public_reply(moment: Moment) -> Reading:
    comment = moment.change.comment
    is_by_a_person = moment.change.actor.role in (Role.AGENT, Role.CUSTOMER)
    is_message = comment is not None and comment.is_public and comment.kind is CommentKind.MESSAGE
    return Reading(value=is_message and is_by_a_person)


def _rule(moment: Moment) -> Reading:
    if moment.change.rule is not None:
        return Reading(value=moment.change.rule)
    return UNKNOWN if moment.change.actor.role is Role.AUTOMATION else Reading(value="")


FACTS: tuple[Fact, ...] = (
    Fact(
        name="actor.role",
        type=FactType.CHOICE,
        means="Who made the change. Somebody who asks for help on this ticket is its customer, whoever employs them; "
        "`clock` is nobody: a moment has passed.",
        unknown="never",
        example="{actor.role: agent}",
        read=_actor_role,
        choices=tuple(Role),
        said=("the change was made by the {}", ""),
    ),
    Fact(
        name="actor.name",
        type=FactType.TEXT,
        means="The name of whoever made the change.",
        unknown="if the helpdesk gives no name",
        example="{actor.name: {matches: '*bot*'}}",
        read=_actor_name,
        said=("the change was made by {}", ""),
    ),
    Fact(
        name="actor.email",
        type=FactType.TEXT,
        means="The e-mail address of whoever made the change.",
        unknown="if there is none, or Ombuds may not read it",
        example="{actor.email: '*@contractor.example'}",
        read=_actor_email,
        said=("the change was made by {}", ""),
    ),
    Fact(
        name="change.via",
        type=FactType.CHOICE,
        means="The way the change was made.",
        unknown="never; a way Ombuds does not know is `other`",
        example="{change.via: {in: [merge, spam]}}",
        read=_via,
        choices=tuple(Via),
        said=("the change came by {}", ""),
    ),
    Fact(
        name="change.solves",
        type=FactType.BOOL,
        means="Whether the change itself took the ticket from a status that is not done to solved or closed. "
        "A rule that moved the status inside somebody's change is not that person's doing and does not count.",
        unknown="if a ticket was closed and the helpdesk does not tell what it was before",
        example="{change.solves: true}",
        read=_solves,
        said=("this change solved or closed the ticket", "this change did not solve or close the ticket"),
    ),
    Fact(
        name="change.status_to",
        type=FactType.CHOICE,
        means=f"The status the change moved the ticket to, by hand or by rule; `{UNCHANGED}` if it moved none.",
        unknown="never",
        example="{change.status_to: pending}",
        read=_status_to,
        choices=(*Status, UNCHANGED),
        said=("the status after this change: {}", ""),
    ),
    Fact(
        name="change.tags_added",
        type=FactType.TEXTS,
        means="The tags the change put on the ticket.",
        unknown="never; there may be none",
        example="{change.tags_added: {contains: 'account_terminat*'}}",
        read=_tags_added,
        said=("tags put on: {}", ""),
    ),
    Fact(
        name="change.tags_removed",
        type=FactType.TEXTS,
        means="The tags the change took off the ticket.",
        unknown="never; there may be none",
        example="{change.tags_removed: {contains: escalated}}",
        read=_tags_removed,
        said=("tags taken off: {}", ""),
    ),
    Fact(
        name="change.macros",
        type=FactType.TEXTS,
        means="The titles of the macros, canned responses or scenarios that were used in the change.",
        unknown="never; there may be none. Freshdesk does not report them: they are told from the text, so a canned "
        "response that was rewritten is missed",
        example="{change.macros: {matches_list: termination_macros}}",
        read=_macros,
        said=("prepared texts used: {}", ""),
    ),
    Fact(
        name="change.is_public_reply",
        type=FactType.BOOL,
        means="Whether the change is a message from an agent or a customer that the customer can read. "
        "Internal notes, automatic replies, survey answers and calls are not.",
        unknown="never",
        example="{change.is_public_reply: true}",
        read=_is_public_reply,
        said=("this is a message the customer can read", "this is no message the customer can read"),
    ),
    Fact(
        name="change.rule",
        type=FactType.TEXT,
        means="The title of the trigger or automation that made the change; empty if none did.",
        unknown="if a rule made it and the helpdesk does not say which",
        example="{change.rule: {matches: 'Auto-close*'}}",
        read=_rule,
        said=("the rule that made the change: {}", ""),
    ),
)
