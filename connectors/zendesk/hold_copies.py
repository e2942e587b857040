"""Zendesk's notify triggers, and what a copy of one asks and mails when a held reply is let go later. Pure.

Source of fields, operators and placeholders: Zendesk's conditions, actions and placeholder references; read 2025.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.fields import Json, mapping, mappings
from connectors.zendesk.fields import identity

TO_OTHERS = {"field": "requester_id", "operator": "is_not", "value": "current_user"}
_OF_THE_REPLY = frozenset({"update_type", "comment_is_public", "role"})
"""What a copy cannot ask any more, and need not: the reply that waits is an agent's and public."""
_COPIED = frozenset({"is", "is_not", "includes", "not_includes", "less_than", "greater_than", "present", "not_present"})
_NOT_COPIED = frozenset({"comment_includes_word", "update_via_id", "current_via_id"})
_COMMENTS = re.compile(r"ticket\.(latest_|)(?:public_)?(comments?(?:_html|_rich|_formatted)?)(?![\w.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Notify triggers that ask the same: `key` is the id of the first. A hold ends once, and all their mails leave."""

    key: str
    every: tuple[Json, ...]
    some: tuple[Json, ...]
    actions: list[Json] = field(default_factory=list)


def mails_replies(trigger: Json) -> bool:
    """Whether it mails agents' public replies on known tickets to requesters."""
    every = conditions(trigger, "all")
    is_for_replies = any(
        one["field"] == "comment_is_public" and one["value"] in ("true", "requester_can_see_comment") for one in every
    )
    is_for_new = {"field": "update_type", "operator": "is", "value": "Create"} in every
    return is_for_replies and not is_for_new and any(map(_is_to_requester, mappings(trigger.get("actions"))))


def can_be_copied(trigger: Json) -> bool:
    """Whether a copy can tell later when the original would have fired."""
    return all(_can_be_asked_later(one) for way in ("all", "any") for one in conditions(trigger, way))


def kinds_of(notifiers: Iterable[Json], *, without: Json) -> list[Kind]:
    """The kinds there are, without a condition that is ours."""
    kinds: dict[str, Kind] = {}
    for one in notifiers:
        every = tuple(each for each in conditions(one, "all") if each not in (without, TO_OTHERS) and _is_kept(each))
        some = tuple(conditions(one, "any"))
        key = json.dumps([sorted(map(str, every)), sorted(map(str, some))])
        kind = kinds.setdefault(key, Kind(key=identity(one.get("id")) or "", every=every, some=some))
        kind.actions.extend(mappings(one.get("actions")))
    return list(kinds.values())


def actions_later(actions: Iterable[Json], *, all_comments: bool) -> list[Json]:
    """The actions for a later moment: by then the latest comment may be a note of ours, or somebody else's word."""
    return [
        {"field": one.get("field"), "value": _spoken(one.get("value"), all_comments=all_comments)} for one in actions
    ]


def conditions(rule: Json, way: str) -> list[dict[str, str]]:
    """Its conditions of all or of any, values as text."""
    listed = mappings(mapping(rule.get("conditions")).get(way))
    return [{key: str(one.get(key)) for key in ("field", "operator", "value")} for one in listed]


def _spoken(value: object, *, all_comments: bool) -> object:
    if isinstance(value, list):
        return [_spoken(part, all_comments=all_comments) for part in value]
    if not isinstance(value, str):
        return value
    return _COMMENTS.sub(r"ticket.public_comments_formatted" if all_comments else r"ticket.\1public_\2", value)


def _is_to_requester(action: Json) -> bool:
    """`requester_id` was recorded; that newer accounts have another value that begins alike is best knowledge."""
    value = action.get("value")
    whom = str(value[0]) if isinstance(value, list) and value else ""
    return action.get("field") == "notification_user" and whom.startswith("requester")


def _is_kept(condition: Json) -> bool:
    return condition["field"] not in _OF_THE_REPLY


def _can_be_asked_later(condition: Json) -> bool:
    if not _is_kept(condition) or condition == TO_OTHERS:
        return True
    is_of_now = condition["field"] in _NOT_COPIED or condition["value"] == "current_user"
    return condition["operator"] in _COPIED and not is_of_now
