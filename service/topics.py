"""What a verdict says of a declared change or of a word in doubt, as it is counted over tickets. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policies.ticket import Role
from policies.topic_words import LEAST_CUSTOMERS, Usage, Word
from policies.verdict import Finding, Verdict
from service.store.topic_records import NO_TOPIC, UNDECLARED, Doubt, Mention, MentionKind, Spans

A_DAY = timedelta(days=1)
_USUALLY = timedelta(weeks=4)
_LEAST_WATCHED = timedelta(weeks=1)
KEEP_DOUBTS = timedelta(weeks=5)
"""How long a word in doubt is kept: what is usual is reckoned from four weeks and a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """What the changes of a visit leave in doubt, and how often that was in doubt elsewhere."""

    customer: str = ""
    """The requester's fingerprint."""
    words: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """By the change's id."""
    usage: Mapping[str, Usage] = field(default_factory=dict)
    """By the word's key."""

    @property
    def doubts(self) -> Iterator[Doubt]:
        """The same as it is stored: a word that few customers have used stays a fingerprint."""
        for change_id, words in self.words.items():
            for word in words:
                known_by = self.usage.get(word.key, Usage()).known_by + 1
                name = word.name if known_by >= LEAST_CUSTOMERS else None
                yield Doubt(change_id=change_id, word=fingerprint(word.key), name=name, customer=self.customer)


def fingerprint(*parts: str) -> str:
    """The same for the same parts. It keeps a word from being read; it does not keep it from being guessed."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def spans(now: datetime, account_since: datetime | None) -> Spans:
    """The last day, and the four weeks before or what Ombuds has seen of them."""
    new_since = now - A_DAY
    watched = now - account_since if account_since is not None else timedelta()
    before = min(watched - A_DAY, _USUALLY)
    is_enough = watched >= _LEAST_WATCHED
    return Spans(new_since=new_since, usual_since=new_since - _USUALLY, days=before / A_DAY if is_enough else None)


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
    """The bulletin's id, the undeclared word, or NO_TOPIC."""
    bulletin, word = verdict.facts.get("bulletin.id"), verdict.facts.get("reply.topic")
    return str(bulletin or (f"{UNDECLARED}{word}" if word else NO_TOPIC))
