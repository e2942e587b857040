"""What a ticket and a reply say of a declared change: asked about, contradicted, hedged about, told."""

from collections.abc import Callable, Sequence
from datetime import datetime

from policies.bulletin_answers import contradiction, telling
from policies.bulletin_matching import names
from policies.bulletins import Bulletin, BulletinKind
from policies.phrases import Match, sentences
from policies.reading import UNKNOWN, Fact, FactType, Moment, Reading
from policies.signals.hedging import doubtful
from policies.signals.matter import Matter, finder, matter_of, matter_or_spoken_of
from policies.signals.thread import Side, can_read, find, human_reply, message_of
from policies.terms import terms
from policies.verdict import Evidence, Value

_MOST_SHOWN = 3


def asks_about_bulletin(moment: Moment) -> Reading:
    """Whether the requester asks about a declared change, with this message or in what is not answered yet."""
    matter = matter_of(moment)
    message = message_of(moment.ticket, moment.change)
    speaks = message is not None and message.side is Side.CUSTOMER
    if matter is not None and matter.message is not None and matter.evidence is not None:
        is_now = matter.message.change.id == moment.change.id
        is_asked = is_now if speaks else matter.is_open
        return Reading(value=is_asked, evidence=(matter.evidence,) if is_asked else ())
    if message is None or not speaks or not moment.bulletins.profiles:
        return Reading(value=False)
    return Reading(value=False) if can_read(moment, "unchanged", message.said.text) else UNKNOWN


def contradicts_bulletin(moment: Moment) -> Reading:
    """Whether a human agent's reply says the opposite of a declared change."""
    reply, matter = human_reply(moment), matter_or_spoken_of(moment)
    if reply is None or matter is None:
        return Reading(value=False)
    span = contradiction(matter.profile, reply.said.text, finder(moment))
    if span is None:
        return Reading(value=False) if can_read(moment, "unchanged", reply.said.text) else UNKNOWN
    return Reading(value=True, evidence=(reply.quote(*span), *_asked(matter)))


def tells_bulletin(moment: Moment) -> Reading:
    """Whether a human agent's reply tells a declared change in substance."""
    reply, matter = human_reply(moment), matter_or_spoken_of(moment)
    if reply is None or matter is None:
        return Reading(value=False)
    span = telling(matter.profile, reply.said.text, finder(moment))
    return Reading(value=span is not None, evidence=(reply.quote(*span),) if span else ())


def hedges_about_bulletin(moment: Moment) -> Reading:
    """Whether a human agent's reply is in doubt, or knows nothing, where the answer was declared."""
    reply, matter = human_reply(moment), matter_of(moment)
    if reply is None or matter is None:
        return Reading(value=False)
    if "hedge" not in moment.phrases:
        return UNKNOWN
    text = reply.said.text
    found = _doubts(moment, matter, text)
    if found:
        return Reading(value=True, evidence=(*map(reply.cite_sentence, found[:_MOST_SHOWN]), *_asked(matter)))
    is_definite = not matter.is_open or can_read(moment, "hedge", text) or tells_bulletin(moment).value
    return Reading(value=False) if is_definite or contradicts_bulletin(moment).value else UNKNOWN


def _doubts(moment: Moment, matter: Matter, text: str) -> Sequence[Match]:
    """Doubts about the matter. Who has told how things are may be in doubt about something else."""
    found = [*doubtful(moment, text), *find(moment, "not_known", text)]
    if not found:
        return ()
    owes = matter.is_open and not telling(matter.profile, text, finder(moment))
    spans = list(sentences(text))
    return [match for match in found if owes or _is_about(matter, text, match, spans)]


def _is_about(matter: Matter, text: str, match: Match, spans: Sequence[tuple[int, int]]) -> bool:
    start, end = next((span for span in spans if span[0] <= match.start < span[1]), (match.start, match.end))
    return names(frozenset(terms(text[start:end])), matter.profile)


def _asked(matter: Matter) -> tuple[Evidence, ...]:
    return (matter.evidence,) if matter.evidence else ()


def _reading(value: Callable[[Bulletin, datetime], Value]) -> Callable[[Moment], Reading]:
    """A reader of something of the bulletin itself, at the change's time; unknown where the ticket is about none."""

    def read(moment: Moment) -> Reading:
        matter = matter_or_spoken_of(moment)
        return UNKNOWN if matter is None else Reading(value=value(matter.bulletin, moment.change.at))

    return read


def tickets_astray(moment: Moment) -> Reading:
    """On how many tickets answers about this bulletin went wrong within the last day, this one included."""
    matter = matter_or_spoken_of(moment)
    if matter is None:
        return UNKNOWN
    wrong = contradicts_bulletin(moment).value is True or hedges_about_bulletin(moment).value is True
    return Reading(value=moment.astray.get(matter.bulletin.id, 0) + wrong)


_NO_BULLETIN = "where the ticket is about no declared change"
FACTS = (
    Fact(
        name="thread.asks_about_bulletin",
        type=FactType.BOOL,
        means="The requester asks about a change that a bulletin declares and that is in force: with this message, or "
        "before, and no agent has told him how things are since.",
        unknown="when the requester writes in a script that no bulletin is read in",
        example="{thread.asks_about_bulletin: true}",
        read=asks_about_bulletin,
        beside="bulletin.id",
        said=("the customer asks about a declared change", "the customer asks about no declared change"),
    ),
    Fact(
        name="reply.contradicts_bulletin",
        type=FactType.BOOL,
        means="A human agent's reply says the opposite of a declared change. Questions, doubts, the past and what "
        "somebody else said do not count.",
        unknown="when the reply is in a script no phrase pack reads; false where it is about no declared change",
        example="{reply.contradicts_bulletin: true}",
        read=contradicts_bulletin,
        beside="bulletin.id",
        said=("the reply contradicts a declared change", "the reply contradicts no declared change"),
    ),
    Fact(
        name="reply.hedges_about_bulletin",
        type=FactType.BOOL,
        means="A human agent's reply is in doubt about a declared change that the requester asked about, or says that "
        "he does not know. Whoever has told the answer may be in doubt about something else.",
        unknown="when no phrase pack `hedge` is loaded, or the reply is in a language that no such pack reads",
        example="{reply.hedges_about_bulletin: true}",
        read=hedges_about_bulletin,
        beside="bulletin.id",
        said=("the reply is in doubt about a declared change", "the reply is not in doubt about a declared change"),
    ),
    Fact(
        name="reply.tells_bulletin",
        type=FactType.BOOL,
        means="A human agent's reply tells a declared change in substance: half of what one of the bulletin's own "
        "sentences says. In other words altogether, or in another language, it is not recognised.",
        unknown="never; false where it is about no declared change",
        example="{reply.tells_bulletin: true}",
        read=tells_bulletin,
        said=("the reply tells the declared change", "the reply does not tell the declared change"),
    ),
    Fact(
        name="bulletin.id",
        type=FactType.TEXT,
        means="The id of the bulletin that the ticket is about, or of which a reply speaks unasked.",
        unknown=_NO_BULLETIN,
        example="{bulletin.id: student-discount-ended}",
        read=_reading(lambda bulletin, _: bulletin.id),
        said=("the declared change is {}", ""),
    ),
    Fact(
        name="bulletin.title",
        type=FactType.TEXT,
        means="The title of that bulletin.",
        unknown=_NO_BULLETIN,
        example="{bulletin.title: {matches: '*discount*'}}",
        read=_reading(lambda bulletin, _: bulletin.title),
        said=("the declared change is {}", ""),
    ),
    Fact(
        name="bulletin.answer",
        type=FactType.TEXT,
        means="The definitive answer of that bulletin. Advice may quote it as `{bulletin.answer}`.",
        unknown=_NO_BULLETIN,
        example="{bulletin.answer: {matches: '*refund*'}}",
        read=_reading(lambda bulletin, _: bulletin.answer),
        said=("the declared answer is {}", ""),
    ),
    Fact(
        name="bulletin.kind",
        type=FactType.CHOICE,
        means="What became of the thing: it was taken away, added, changed, or is broken.",
        unknown=_NO_BULLETIN,
        example="{bulletin.kind: took_away}",
        read=_reading(lambda bulletin, _: bulletin.kind.value),
        choices=tuple(BulletinKind),
        said=("what the bulletin declares: {}", ""),
    ),
    Fact(
        name="bulletin.is_announced",
        type=FactType.BOOL,
        means="The bulletin names an announcement to customers, or a changed page, of that day or earlier.",
        unknown=_NO_BULLETIN,
        example="{bulletin.is_announced: false}",
        read=_reading(lambda bulletin, at: bulletin.is_announced(at)),
        said=("customers were told of it", "no announcement to customers is declared"),
    ),
    Fact(
        name="bulletin.is_still_promised",
        type=FactType.BOOL,
        means="The bulletin names a page that still says otherwise.",
        unknown=_NO_BULLETIN,
        example="{bulletin.is_still_promised: true}",
        read=_reading(lambda bulletin, _: bool(bulletin.still_promised_on)),
        said=("a page still promises what is gone", "no page is known that promises otherwise"),
    ),
    Fact(
        name="bulletin.tickets_astray",
        type=FactType.COUNT,
        means="Tickets on which an agent contradicted this bulletin or was in doubt about it within the last 24 hours, "
        "this one included. Judged offline, where there is no store, it counts this ticket alone.",
        unknown=_NO_BULLETIN,
        example="{bulletin.tickets_astray: {gte: 3}}",
        read=tickets_astray,
        said=("tickets with a wrong or doubtful answer about it in a day: {}", ""),
    ),
)
"""What a policy may ask about declared changes."""
