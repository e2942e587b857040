"""Phrase packs: the entries of one signal and language, read from a file's nodes and built into phrase sets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from policies.forms import Form, Problems, as_fields
from policies.pack_words import PackWords, read_pack_words
from policies.phrase_entries import Reach
from policies.phrase_index import Index
from policies.phrases import PhraseEntry, PhraseError, PhraseSet, Tier, build
from policies.policy import Place
from policies.source import Fields, Node

_IN_ANY_LANGUAGE = "auto_reply"
"""Searched in all its languages before anybody asks for the others, so these share one index of their own."""
_REACHES = ("guards_reach", "guards_throughout")
_PACK_KEYS = ("format", "owner", "signal", "language", "words", "guards", *_REACHES, "entries")
_ENTRY_KEYS = ("id", "tier", "phrase", "pattern", "unless", "unless_message", "yes", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """An entry, the signal it is for, and where it stands."""

    signal: str
    entry: PhraseEntry
    place: Place


def read_phrase_pack(fields: Fields, problems: Problems, *, is_proven: bool = False) -> list[Located]:
    """The entries of one file. Those with a problem are left out; those of a proven pack come without examples."""
    form = Form(fields, "a phrase pack", _PACK_KEYS, problems)
    form.text("owner", "")
    form.required("entries")
    signal, language = form.text("signal"), form.text("language")
    words, reach = read_pack_words(form, problems), form.word("guards_reach", Reach, Reach.SENTENCE)
    throughout = frozenset(words.guards(form.texts("guards_throughout"), form.place))
    entries = ((node, _entry(node, language, words, problems)) for node in form.items("entries"))
    read = ((node, replace(entry, reach=reach, throughout=throughout)) for node, entry in entries if entry is not None)
    sound = [Located(signal=signal, entry=entry, place=node.place) for node, entry in read]
    if is_proven:
        sound = [replace(one, entry=replace(one.entry, yes=(), no=(), is_proven=True)) for one in sound]
    return sound if signal and language else []


def _entry(node: Node, language: str, words: PackWords, problems: Problems) -> PhraseEntry | None:
    before = len(problems)
    fields = as_fields(node, "an entry", problems)
    if fields is None:
        return None
    form = Form(fields, "an entry", _ENTRY_KEYS, problems)
    entry = PhraseEntry(
        id=form.text("id"),
        tier=form.word("tier", Tier),
        language=language,
        phrase=words.phrase(form.text("phrase", ""), form.place) or None,
        pattern=words.pattern(form.text("pattern", ""), form.place) or None,
        unless=words.guards(form.texts("unless"), form.place),
        unless_message=words.guards(form.texts("unless_message"), form.place),
        yes=form.texts("yes"),
        no=form.texts("no"),
    )
    if (form.node("phrase") is None) == (form.node("pattern") is None):
        problems.add(form.place, "an entry has either a `phrase` or a `pattern`.")
    return entry if len(problems) == before else None


def build_phrases(located: Iterable[Located], problems: Problems) -> Mapping[str, PhraseSet]:
    """The phrase set of every signal, all its languages together."""
    by_signal: dict[str, dict[str, Located]] = {}
    for one in located:
        known = by_signal.setdefault(one.signal, {})
        if one.entry.id in known:
            problems.add(one.place, f"the entry `{one.entry.id}` stands twice, first at {known[one.entry.id].place}.")
        else:
            known[one.entry.id] = one
    indexes: Mapping[str, Index] = defaultdict(Index)
    of_all = Index()
    own: Mapping[str, Mapping[str, Index]] = {_IN_ANY_LANGUAGE: defaultdict(lambda: of_all)}
    built = [_built(signal, entries, own.get(signal, indexes), problems) for signal, entries in by_signal.items()]
    made = [phrases for phrases in built if phrases is not None]
    return {phrases.signal: phrases for phrases in made if _is_proven(phrases, by_signal[phrases.signal], problems)}


def _built(
    signal: str, entries: Mapping[str, Located], indexes: Mapping[str, Index], problems: Problems
) -> PhraseSet | None:
    try:
        return build(signal, [one.entry for one in entries.values()], indexes)
    except PhraseError as error:
        _refuse(entries, error, problems)
        return None


def _is_proven(phrases: PhraseSet, entries: Mapping[str, Located], problems: Problems) -> bool:
    try:
        phrases.prove()
    except PhraseError as error:
        _refuse(entries, error, problems)
        return False
    return True


def _refuse(entries: Mapping[str, Located], error: PhraseError, problems: Problems) -> None:
    problems.add(entries[error.entry_id].place, f"the entry `{error.entry_id}` is refused: {error.message}")
