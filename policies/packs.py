"""A pack: the policies and lists of one file, read from its nodes."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from policies.conditions import Scope, read_condition
from policies.forms import Form, Problems, as_fields, as_texts, as_whole, as_word
from policies.inline_test_reading import read_inline_tests
from policies.matching import LONGEST_ENTRY, is_too_long
from policies.policy import All, Condition, ExceptionField, Place, Policy, Unchecked
from policies.source import Fields, Items, Node, Text
from policies.verdict import Mode, Point, Severity, Tell, Undo

MAX_ENTRIES = 2_000
"""Entries in one list."""
MAX_EXCEPTION_DAYS = 365
DEFAULT_EXCEPTION_DAYS = 30

_PACK_KEYS = ("format", "pack", "owner", "policies", "lists")
POLICY_KEYS = (
    "id", "title", "why", "status", "severity", "mode", "at", "applies_to", "when", "unless", "if_unknown", "do",
    "exceptable_by", "exception_max_days", "overridable", "replaces", "tell", "tests", "broad_may_block", "wrong_when",
    "covers", "unchecked",
)  # fmt: skip
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LIST_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class PolicyStatus(StrEnum):
    """How far a policy has come."""

    DRAFT = "draft"
    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


def is_id(text: str) -> bool:
    """Whether it is at most 64 letters and digits, in words joined by hyphens."""
    return len(text) <= 64 and _ID.fullmatch(text) is not None


def read_lists(fields: Fields, problems: Problems) -> Mapping[str, tuple[Place, tuple[str, ...]]]:
    """The lists of a pack, with the place of each."""
    node = next((value for key, value in fields.entries if key.value == "lists"), None)
    named = as_fields(node, "`lists`", problems) if node else None
    return {key.value: (key.place, _entries(key, value, problems)) for key, value in (named.entries if named else ())}


def _entries(name: Text, node: Node, problems: Problems) -> tuple[str, ...]:
    if not _LIST_NAME.fullmatch(name.value):
        problems.add(name.place, "a list's name is a word of a-z, 0-9 and _.", "For example `review_groups`.")
    entries = as_texts(node, f"the list `{name.value[:100]}`", problems) or ()
    if len(entries) > MAX_ENTRIES:
        problems.add(name.place, f"the list has more than {MAX_ENTRIES:,} entries.", "Split it into several.")
    if any(map(is_too_long, entries)):
        problems.add(name.place, f"an entry is longer than {LONGEST_ENTRY} characters.", "Shorten it.")
    return entries


def written_ids(packs: Iterable[Fields]) -> frozenset[str]:
    """The ids of all policies, sound or not."""
    policies = (value for pack in packs for key, value in pack.entries if key.value == "policies")
    entries = (node for value in policies if isinstance(value, Items) for node in value.nodes)
    keys = (pair for node in entries if isinstance(node, Fields) for pair in node.entries)
    return frozenset(value.value for key, value in keys if key.value == "id" and isinstance(value, Text))


def read_pack(fields: Fields, scope: Scope) -> list[Policy]:
    """The sound policies of a pack; the problems of the others are in the scope."""
    form = Form(fields, "a pack", _PACK_KEYS, scope.problems)
    pack, owner = form.text("pack"), form.text("owner", "")
    policies = (_PolicyReader(node, scope, pack=pack, owner=owner).policy() for node in form.items("policies"))
    return [policy for policy in policies if policy is not None]


class _PolicyReader:
    """Reads one policy, key by key."""

    def __init__(self, node: Node, scope: Scope, *, pack: str, owner: str) -> None:
        self._scope = scope
        self._problems = scope.problems
        self._pack = pack
        self._owner = owner
        self._node = node

    def policy(self) -> Policy | None:
        """The policy; None if anything in it is wrong."""
        before = len(self._problems)
        fields = as_fields(self._node, "a policy", self._problems)
        if fields is None:
            return None
        form = Form(fields, "a policy", POLICY_KEYS, self._problems)
        policy = self._read(form)
        return policy if len(self._problems) == before else None

    def _read(self, form: Form) -> Policy | None:
        when = self._condition(form.required("when"))
        advice, undo = self._do(form)
        return Policy(
            id=self._id(form, "id"),
            title=form.text("title"),
            why=form.text("why"),
            severity=form.word("severity", Severity, Severity.MEDIUM),
            modes=self._modes(form),
            applies_to=self._condition(form.node("applies_to")) or All(parts=(), place=form.place),
            when=when or All(parts=(), place=form.place),
            unless=self._condition(form.node("unless")),
            if_unknown=form.word("if_unknown", Mode, Mode.OBSERVE, only=(Mode.OBSERVE, Mode.NOTE)),
            advice=advice,
            undo=undo,
            overridable=form.flag("overridable", default=True),
            unchecked=form.word("unchecked", Unchecked, Unchecked.ALLOW),
            exceptable_by=self._exceptable(form),
            exception_max_days=self._max_days(form),
            broad_may_block=form.flag("broad_may_block", default=False),
            wrong_when=form.text("wrong_when", ""),
            status=form.word("status", PolicyStatus, PolicyStatus.STABLE),
            pack=self._pack,
            owner=self._owner,
            replaces=self._id(form, "replaces") if form.node("replaces") else None,
            tell=form.word("tell", Tell, Tell.AGENTS),
            covers=form.texts("covers"),
            tests=read_inline_tests(form, self._scope),
            place=form.place,
        )

    def _id(self, form: Form, key: str) -> str:
        text = form.text(key)
        if text and not is_id(text):
            place = node.place if (node := form.node(key)) else form.place
            self._problems.add(place, f"`{key}` is at most 64 letters a-z and digits, in words joined by `-`.")
        return text

    def _condition(self, node: Node | None) -> Condition | None:
        return read_condition(node, self._scope) if node else None

    def _modes(self, form: Form) -> Mapping[Point, Mode]:
        mode = form.word("mode", Mode)
        return read_modes(form.fields("at"), dict.fromkeys(Point, mode), self._problems)

    def _do(self, form: Form) -> tuple[str, Undo | None]:
        """The advice for a note, and what a block undoes."""
        fields = form.fields("do")
        if fields is None:
            return "", None
        do = Form(fields, "`do`", ("note", "block"), self._problems)
        note, block = do.fields("note"), do.fields("block")
        advice = Form(note, "`note`", ("advice",), self._problems).text("advice") if note else ""
        return advice, self._undo(block) if block else None

    def _undo(self, fields: Fields) -> Undo:
        form = Form(fields, "`block`", ("reopen", "tags", "remove_tags", "group"), self._problems)
        return Undo(
            reopen=form.flag("reopen", default=False),
            tags=form.texts("tags"),
            remove_tags=form.texts("remove_tags"),
            group=form.text("group", "") or None,
        )

    def _exceptable(self, form: Form) -> tuple[ExceptionField, ...]:
        nodes = form.items("exceptable_by")
        words = (as_word(node, "`exceptable_by`", tuple(ExceptionField), self._problems) for node in nodes)
        return tuple(ExceptionField(word) for word in words if word)

    def _max_days(self, form: Form) -> int:
        written = form.node("exception_max_days")
        days = as_whole(written, "`exception_max_days`", self._problems) if written else None
        if written and days is not None and not 1 <= days <= MAX_EXCEPTION_DAYS:
            self._problems.add(written.place, f"`exception_max_days` is between 1 and {MAX_EXCEPTION_DAYS}.")
        return DEFAULT_EXCEPTION_DAYS if days is None else days


def read_modes(fields: Fields | None, modes: Mapping[Point, Mode], problems: Problems) -> Mapping[Point, Mode]:
    """The modes, changed for the points a mapping such as {draft: block} names."""
    if fields is None:
        return modes
    form = Form(fields, "`at`", tuple(Point), problems)
    return {point: form.word(point, Mode, mode) for point, mode in modes.items()}
