"""What a verdict says of a declared change, as it is counted over tickets. Pure."""

from collections.abc import Iterator

from policies.ticket import Role
from policies.verdict import Finding, Verdict
from service.store.records import Mention, MentionKind

NO_TOPIC = "-"
"""The topic of what ops are told beside any bulletin."""


def mentions_in(verdict: Verdict) -> Iterator[Mention]:
    """Whether the change asks about a bulletin, contradicts it or hedges about it."""
    facts = verdict.facts
    heard = {
        MentionKind.ASK: "thread.asks_about_bulletin" if facts.get("actor.role") == Role.CUSTOMER else None,
        MentionKind.CONTRADICTION: "reply.contradicts_bulletin",
        MentionKind.HEDGE: "reply.hedges_about_bulletin",
    }
    for kind, fact in heard.items():
        if fact is not None and facts.get(fact) is True:
            yield Mention(change_id=verdict.change_id, topic=topic_of(verdict), kind=kind)


def ops_note(verdict: Verdict, finding: Finding) -> Mention:
    """What those who run the desk are told by a finding."""
    topic = topic_of(verdict)
    return Mention(change_id=verdict.change_id, topic=topic, kind=MentionKind.OPS_NOTE, policy=finding.policy)


def topic_of(verdict: Verdict) -> str:
    """The bulletin's id, or NO_TOPIC."""
    return str(verdict.facts.get("bulletin.id") or NO_TOPIC)
