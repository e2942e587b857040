"""The JSON Schema of policy files, for editors: what may stand where, and what it means, as one writes.

Facts, operators and words come from where the loader has them, so an editor offers what the loader takes. The loader
says more: that texts are not empty, that lists exist, that phrases find their own examples.
Draft 7, which the YAML extensions of editors know best: https://json-schema.org/draft-07/schema, read 2026-11.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from policies.bulletins import BulletinKind
from policies.exception_files import MOST_VALUES
from policies.facts import FACTS
from policies.inline_test_reading import EXPECTABLE
from policies.packs import PolicyStatus
from policies.phrase_entries import Reach, Tier
from policies.places import BRANDS, GROUPS
from policies.policy import ExceptionField, Unchecked
from policies.reading import Fact
from policies.schema_conditions import CONDITION, FLAG, TEXT, Schema, condition, told
from policies.verdict import Mode, Point, Severity, Tell

_TEXTS: Schema = {"type": "array", "items": TEXT}


def schema(facts: Mapping[str, Fact] = FACTS) -> Schema:
    """The schema of every kind of policy file."""
    files = (_pack(), _modes(), _bulletins(), _exceptions(), _phrases())
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Policy files of Ombuds",
        "type": "object",
        "anyOf": list(files),
        "definitions": {"condition": condition(facts), "mode": _word(Mode, "How far it may go.")},
    }


def _object(means: str, required: Sequence[str], properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "description": means,
        "required": list(required),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _word(words: type[StrEnum], means: str) -> Schema:
    return {"enum": [str(word) for word in words], "description": means}


def _file(means: str, required: Sequence[str], properties: Mapping[str, Schema]) -> Schema:
    head = {
        "format": told("Always 1.", {"const": 1}),
        "owner": told("Who answers for this file.", TEXT),
    }
    return _object(means, ["format", *required], {**head, **properties})


def _pack() -> Schema:
    return _file(
        "A pack: policies, and lists they use.",
        ["pack"],
        {
            "pack": told("What these policies have in common.", TEXT),
            "policies": {"type": "array", "items": _policy()},
            "lists": {
                "type": "object",
                "description": "Names for lists of texts, for `matches_list`; `*` in an entry stands for anything.",
                "additionalProperties": _TEXTS,
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            },
        },
    )


def _policy() -> Schema:
    modes = {"type": "object", "properties": _at(), "additionalProperties": False}
    note = _object("What the agent is told.", [], {"advice": told("The better next step.", TEXT)})
    block = _object(
        "What is undone after the event; before it is sent, a block stops the reply.",
        [],
        {
            "reopen": told("Open the ticket again.", FLAG),
            "tags": told("Tags to put on.", _TEXTS),
            "remove_tags": told("Tags to take off, if this change put them on.", _TEXTS),
            "group": told("The group the ticket goes to.", TEXT),
        },
    )
    return _object(
        "A policy.",
        ["id", "title", "why", "mode", "when", "tests"],
        {
            "id": told("Its name in decisions, for good: other logic, another id.", _id()),
            "title": told('Completes "This was flagged because: ...".', TEXT),
            "why": told("For the agent: why it matters to the customer.", TEXT),
            "wrong_when": told("When a finding of this policy is wrong.", TEXT),
            "status": _word(PolicyStatus, "How far it has come; a draft is tested and not judged."),
            "severity": _word(Severity, "How bad a violation is; it orders notes."),
            "mode": told("How far it may go at every point.", {"$ref": "#/definitions/mode"}),
            "at": told("Another mode before it is sent (draft) or after the event.", modes),
            "applies_to": told("Where it is judged at all; else it is skipped.", CONDITION),
            "when": told("When this holds, it is a violation.", CONDITION),
            "unless": told("When this holds as well, it is excused.", CONDITION),
            "if_unknown": told("What to do where it cannot be told.", {"enum": ["observe", "note"]}),
            "do": _object("What follows.", [], {"note": note, "block": block}),
            "exceptable_by": told(
                "By what an exception may be made.",
                {"type": "array", "items": {"enum": [str(field) for field in ExceptionField]}},
            ),
            "exception_max_days": told("How long one may last.", {"type": "integer", "minimum": 1, "maximum": 365}),
            "overridable": told("Whether the agent may set a finding aside with a reason.", FLAG),
            "unchecked": _word(Unchecked, "What becomes of a draft that could not be judged in time, if it may block."),
            "broad_may_block": told("Whether phrases that are often harmless may block too.", FLAG),
            "replaces": told("The policy that this one takes the place of.", _id()),
            "tell": _word(Tell, "Who hears of it."),
            "covers": told("Policies that need no note beside this one.", _TEXTS),
            "tests": {"type": "array", "minItems": 2, "items": _test(), "description": "One violation and one pass."},
        },
    )


def _at() -> Mapping[str, Schema]:
    return {str(point): {"$ref": "#/definitions/mode"} for point in Point}


def _id() -> Schema:
    return {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64}


def _test() -> Schema:
    results: Schema = {"enum": [str(result) for result in EXPECTABLE]}
    given: Schema = {"type": "object", "description": "The facts that are known; all others are unknown."}
    return _object(
        "An example: facts that are given, or a story in a file.",
        ["name"],
        {
            "name": TEXT,
            "given": given,
            "transcript": told("A ticket's story in JSON, from this file's folder on; `ombuds policies test`.", TEXT),
            "change": told("The id of the change that is meant; left out: any of them.", TEXT),
            "now": told("Until when the clock runs, like 2026-05-01T12:00:00Z.", {"type": "string"}),
            "expect": told("What comes out.", results),
            "expect_later": told("What should come out and does not yet: a known gap, which fails nothing.", results),
        },
    )


def _modes() -> Schema:
    word: Schema = {"$ref": "#/definitions/mode"}
    local = {"type": "object", "additionalProperties": {"anyOf": [word, _object("By point.", [], _at())]}}
    groups = told("Instead, on tickets of a group, by its name.", local)
    brands = told("Instead, on tickets of a brand (Freshdesk: a product), by its name.", local)
    places = {GROUPS: groups, BRANDS: brands}
    mode: Schema = {"anyOf": [word, _object("By point, group and brand.", [], {**_at(), **places})]}
    modes = {"type": "object", "additionalProperties": mode, "description": "By the policy's id, another mode."}
    share: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
    rollout = {"type": "object", "additionalProperties": share}
    means = "By the policy's id, on how many per cent of tickets it goes as far as its mode; on the others it observes."
    properties = {"modes": modes, "rollout": told(means, rollout)}
    return _file("Modes for policies that stand elsewhere.", ["modes"], properties)


def _bulletins() -> Schema:
    time = {"type": "string", "description": "With its zone, like 2026-05-01T00:00:00+02:00."}
    announced = _object("Where customers were told.", ["where", "date"], {"where": TEXT, "date": {"type": "string"}})
    tests = _object(
        "Customers' sentences that ask about it, and that do not; replies that go against it, and that tell it.",
        ["asks", "not"],
        dict.fromkeys(("asks", "not", "contradicts", "tells"), _TEXTS),
    )
    bulletin = _object(
        "A change that was made.",
        ["id", "title", "kind", "changed", "since", "answer", "tests"],
        {
            "id": _id(),
            "title": told("What changed, in one line.", TEXT),
            "kind": _word(BulletinKind, "What became of the thing."),
            "changed": told("What is different from before.", TEXT),
            "since": time,
            "until": time,
            "for": told("For whom; left out: for everybody.", TEXT),
            "aliases": told("What customers call it.", _TEXTS),
            "asked_like": told("How they ask about it.", _TEXTS),
            "said_like": told("Wrong answers of agents who have not heard.", _TEXTS),
            "answer": told("What an agent may tell a customer, as it stands.", {**TEXT, "maxLength": 1500}),
            "announced": {"type": "array", "items": announced},
            "still_promised_on": told("Pages that still say otherwise.", _TEXTS),
            "tests": tests,
        },
    )
    return _file("Declared changes.", ["bulletins"], {"bulletins": {"type": "array", "items": bulletin}})


def _exceptions() -> Schema:
    values: Schema = {"anyOf": [TEXT, {**_TEXTS, "minItems": 1, "maxItems": MOST_VALUES}]}
    day: Schema = {"type": "string", "description": "Like 2026-05-01."}
    match = _object(
        "The tickets and people it is for: every field must fit, by one of its values.",
        [],
        {str(field): values for field in ExceptionField},
    )
    one = _object(
        "An exception.",
        ["id", "policy", "match", "reason", "approver", "approved", "expires"],
        {
            "id": _id(),
            "policy": told("The policy that is not applied.", _id()),
            "match": {**match, "minProperties": 1},
            "reason": told("Why, for whoever reads the decision.", TEXT),
            "approver": told("Who answers for it.", TEXT),
            "approved": day,
            "expires": told("The last day on which it counts.", day),
        },
    )
    return _file("Exceptions from policies.", ["exceptions"], {"exceptions": {"type": "array", "items": one}})


def _phrases() -> Schema:
    entry = _object(
        "A wording: either a phrase or a pattern.",
        ["id", "tier"],
        {
            "id": TEXT,
            "tier": _word(Tier, "block: nearly never wrong; note: often harmless."),
            "phrase": told("Words as they stand; `*` between words stands for up to three.", TEXT),
            "pattern": told("An RE2 pattern.", TEXT),
            "unless": told("Phrases in the same sentence that make it harmless.", _TEXTS),
            "unless_message": told("Phrases anywhere in the message that do.", _TEXTS),
            "yes": told("Sentences it finds.", _TEXTS),
            "no": told("Sentences it leaves alone.", _TEXTS),
        },
    )
    named = {"type": "object", "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}}
    return _file(
        "A phrase pack: how one thing is said in one language.",
        ["signal", "language", "entries"],
        {
            "signal": TEXT,
            "language": told("Two letters, such as en.", TEXT),
            "words": {**named, "additionalProperties": TEXT, "description": "Choices that patterns are made of."},
            "guards": {**named, "additionalProperties": _TEXTS, "description": "Guards that entries share."},
            "guards_reach": _word(Reach, "clause: an `unless` beside the wording; sentence: all over it."),
            "guards_throughout": told("Guards that hold all over the sentence even so.", _TEXTS),
            "entries": {"type": "array", "items": entry},
        },
    )
