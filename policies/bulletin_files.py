"""Bulletins as their authors write them: read strictly, and held against their own examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from policies.bulletin_answers import contradiction, telling
from policies.bulletin_matching import Bulletins, build_bulletins
from policies.bulletins import Announcement, Bulletin, BulletinKind
from policies.forms import Form, Problems, as_fields, as_text
from policies.matching import LONGEST_ENTRY
from policies.meaning import Likeness
from policies.packs import is_id
from policies.phrases import Match, PhraseSet
from policies.policy import Place
from policies.source import Fields, Node

MAX_BULLETINS = 500
LONGEST_ANSWER = 1_500
"""Characters: a note is read in a hurry."""

_FILE_KEYS = ("format", "owner", "bulletins")
_KEYS = (
    "id", "title", "kind", "changed", "since", "until", "for", "aliases", "asked_like", "said_like", "answer",
    "announced", "still_promised_on", "tests",
)  # fmt: skip
_NEVER = datetime.max.replace(tzinfo=UTC)
_TIME = "Write it with its zone, like 2026-05-01T00:00:00+02:00."


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A sentence that stands in a bulletin as its proof."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """All examples of one bulletin: what is about it and what is not, which replies go against it and which tell it."""

    asks: tuple[Example, ...] = ()
    leaves: tuple[Example, ...] = ()
    contradicts: tuple[Example, ...] = ()
    tells: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A bulletin, its examples, and where it stands."""

    bulletin: Bulletin
    examples: Examples
    place: Place


def read_bulletins(fields: Fields, problems: Problems) -> list[Located]:
    """The sound bulletins of one file; the problems of the others are added."""
    form = Form(fields, "a file of bulletins", _FILE_KEYS, problems)
    form.text("owner", "")
    read = (_bulletin(node, problems) for node in form.items("bulletins"))
    return [one for one in read if one is not None]


def _bulletin(node: Node, problems: Problems) -> Located | None:
    before = len(problems)
    fields = as_fields(node, "a bulletin", problems)
    if fields is None:
        return None
    form = Form(fields, "a bulletin", _KEYS, problems)
    since, until = _time(form, "since", problems), _time(form, "until", problems)
    bulletin = Bulletin(
        id=_id(form, problems),
        title=form.text("title"),
        kind=form.word("kind", BulletinKind),
        changed=form.text("changed"),
        since=since or _NEVER,
        until=until,
        audience=form.text("for", ""),
        aliases=_short(form, "aliases", problems),
        asked_like=form.texts("asked_like"),
        said_like=form.texts("said_like"),
        answer=form.text("answer"),
        announced=tuple(told for node in form.items("announced") if (told := _announcement(node, problems))),
        still_promised_on=form.texts("still_promised_on"),
    )
    if form.required("since") and since and until and until <= since:
        problems.add(form.place, "`until` is not after `since`.", "Leave `until` out while the change is in force.")
    if not bulletin.aliases and not bulletin.asked_like:
        problems.add(form.place, "a bulletin has `aliases` or `asked_like`, or nobody's question would find it.")
    if len(bulletin.answer) > LONGEST_ANSWER:
        problems.add(form.place, f"`answer` is longer than {LONGEST_ANSWER:,} characters.", "Say the rest on a page.")
    examples = _examples(form, problems)
    return Located(bulletin=bulletin, examples=examples, place=form.place) if len(problems) == before else None


def _id(form: Form, problems: Problems) -> str:
    text = form.text("id")
    if text and not is_id(text):
        place = node.place if (node := form.node("id")) else form.place
        problems.add(place, "`id` is at most 64 letters a-z and digits, in words joined by `-`.")
    return text


def _time(form: Form, key: str, problems: Problems) -> datetime | None:
    node = form.node(key)
    text = as_text(node, f"`{key}`", problems) if node else None
    if node is None or text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        problems.add(node.place, f"`{key}` is no time with its zone.", _TIME)
        return None
    return moment


def _short(form: Form, key: str, problems: Problems) -> tuple[str, ...]:
    texts = form.texts(key)
    if node := next((form.node(key) for text in texts if len(text) > LONGEST_ENTRY), None):
        problems.add(node.place, f"an entry is longer than {LONGEST_ENTRY} characters.", "Shorten it.")
    return texts


def _announcement(node: Node, problems: Problems) -> Announcement | None:
    fields = as_fields(node, "an announcement", problems)
    if fields is None:
        return None
    form = Form(fields, "an announcement", ("where", "date"), problems)
    where, day = form.text("where"), form.text("date")
    try:
        return Announcement(where=where, date=date.fromisoformat(day))
    except ValueError:
        if day:
            problems.add(form.place, "`date` is no day.", "Write it like 2026-05-01.")
        return None


def _examples(form: Form, problems: Problems) -> Examples:
    fields = form.required("tests") and form.fields("tests")
    if not fields:
        return Examples()
    tests = Form(fields, "`tests`", ("asks", "not", "contradicts", "tells"), problems)
    for key in ("asks", "not"):
        if not tests.items(key):
            problems.add(tests.place, f"`tests` lacks `{key}`.", "Give at least one customer's sentence of each.")
    return Examples(
        asks=_sentences(tests, "asks", problems),
        leaves=_sentences(tests, "not", problems),
        contradicts=_sentences(tests, "contradicts", problems),
        tells=_sentences(tests, "tells", problems),
    )


def _sentences(tests: Form, key: str, problems: Problems) -> tuple[Example, ...]:
    read = ((node.place, as_text(node, f"an entry of `{key}`", problems)) for node in tests.items(key))
    return tuple(Example(text=text, place=place) for place, text in read if text)


def build_all(
    located: Sequence[Located],
    phrases: Mapping[str, PhraseSet],
    problems: Problems,
    *,
    likeness: Likeness | None = None,
) -> Bulletins:
    """The bulletins of all files, proved: an example that fails is a problem."""
    first: dict[str, Located] = {}
    for one in located:
        known = first.setdefault(one.bulletin.id, one)
        if known is not one:
            problems.add(one.place, f"the bulletin `{one.bulletin.id}` stands twice, first at {known.place}.")
    if len(first) > MAX_BULLETINS:
        problems.add(located[MAX_BULLETINS].place, f"there are more than {MAX_BULLETINS} bulletins.")
    bulletins = build_bulletins([one.bulletin for one in first.values()], likeness)
    for one in first.values():
        _prove(bulletins, one, phrases, problems)
    return bulletins


def _prove(bulletins: Bulletins, one: Located, phrases: Mapping[str, PhraseSet], problems: Problems) -> None:
    def find(signal: str, text: str) -> Sequence[Match]:
        return phrases[signal].find(text) if signal in phrases else ()

    own = next(profile for profile in bulletins.profiles if profile.bulletin.id == one.bulletin.id)

    def found(text: str) -> str | None:
        asked = bulletins.asked_in(text, bulletins.profiles)
        return asked.bulletin.id if asked else None

    examples, name = one.examples, f"`{one.bulletin.id}`"
    _fail((it for it in examples.asks if found(it.text) != one.bulletin.id), f"{name} is not found in", problems)
    _fail((it for it in examples.leaves if found(it.text) == one.bulletin.id), f"{name} is wrongly found in", problems)
    against = (it for it in examples.contradicts if not contradiction(own, it.text, find))
    _fail(against, f"{name} is not contradicted by", problems)
    _fail((it for it in examples.tells if not telling(own, it.text, find)), f"{name} is not told by", problems)
    so = (it for it in examples.tells if contradiction(own, it.text, find))
    _fail(so, f"{name} is contradicted by", problems)


def _fail(examples: Iterable[Example], what: str, problems: Problems) -> None:
    hint = "Add the customers' words to `aliases` or `asked_like`, or the wrong answer to `said_like`."
    for example in examples:
        problems.add(example.place, f'{what} its example "{example.text[:100]}".', hint)
