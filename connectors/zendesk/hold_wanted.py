"""What holds replies back at Zendesk: our rules around the account's own notify triggers. Pure.

See `connectors.zendesk.holding` for why. Source: Zendesk's conditions and actions references; read 2025.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from connectors.fields import Json, mapping, mappings, text
from connectors.setup_plan import Thing
from connectors.zendesk.fields import identity
from connectors.zendesk.hold_copies import (
    TO_OTHERS,
    Kind,
    actions_later,
    can_be_copied,
    conditions,
    kinds_of,
    mails_replies,
)
from connectors.zendesk.holding import HoldTags
from connectors.zendesk.wanted import MARK, trigger_fields

HOLD = "hold"
CONDITION = "condition"
_TITLES = {
    "late": "mail what was held too long",
    "all": "mail all held replies",
    "one": "mail the held reply",
    HOLD: "hold replies back",
}
"""By the first word of a part, in the order in which they are made: the one that begins to hold comes last."""


def notifiers(triggers: Iterable[Json]) -> list[Json]:
    """The account's own triggers that mail agents' public replies, and of which copies can be made."""
    return [one for one in triggers if is_notifier(one) and can_be_copied(one)]


def is_notifier(trigger: Json) -> bool:
    """Whether it is one that mails agents' public replies to requesters, and none of ours."""
    return trigger.get("active") is True and mails_replies(trigger) and not text(trigger.get("title")).startswith(MARK)


def condition_of(tags: HoldTags) -> dict[str, str]:
    """What a notify trigger asks besides."""
    return {"field": "current_tags", "operator": "not_includes", "value": tags.hold}


def conditioned(trigger: Json, tags: HoldTags, *, is_held: bool) -> Json:
    """Its conditions and actions exactly as they are, with ours behind them, or without it."""
    given = mapping(trigger.get("conditions"))
    told = zip(mappings(given.get("all")), conditions(trigger, "all"), strict=True)
    every = [one for one, plain in told if plain != condition_of(tags)]
    every += [condition_of(tags)] if is_held else []
    return {"conditions": {"all": every, "any": given.get("any") or []}, "actions": trigger.get("actions")}


def condition_in(trigger: Json, tags: HoldTags) -> Thing:
    """The condition as a thing of its own, with the trigger's id."""
    own_id = identity(trigger.get("id")) or ""
    name = f"tags contain none of {tags.hold}, in: {text(trigger.get('title'))}"
    return Thing(kind=CONDITION, part=own_id, name=name, fields={}, id=own_id)


def wanted(notify: Sequence[Json], tags: HoldTags) -> tuple[Thing, ...]:
    """All of it: first what mails, then the conditions, at last what begins to hold. Nothing without a notify trigger.

    In this order nothing is mailed twice or not at all meanwhile, and backwards neither.
    """
    if not notify:
        return ()
    kinds = kinds_of(notify, without=condition_of(tags))
    copies = (_copy(word, kind, tags) for word in ("late", "all", "one") for kind in kinds)
    return *copies, *(condition_in(one, tags) for one in notify), _hold(tags)


def there(triggers: Sequence[Json], automations: Iterable[Json], tags: HoldTags) -> tuple[Thing, ...]:
    """What is there of it, in the same order."""
    notify = notifiers(triggers)
    rules = [*_ours("automation", automations, tags, notify), *_ours("trigger", triggers, tags, notify)]
    held = [condition_in(one, tags) for one in triggers if condition_of(tags) in conditions(one, "all")]
    begins = [thing for thing in rules if thing.part == HOLD]
    return *(thing for thing in rules if thing.part != HOLD), *held, *begins


def order(trigger: Json) -> tuple[int, int]:
    """Its place: that of its category, then its own."""
    return trigger.get("category_position") or 0, trigger.get("position") or 0


def _copy(word: str, kind: Kind, tags: HoldTags) -> Thing:
    """What mails as the notify triggers of a kind do: when released, or by the hour."""
    released = {"one": tags.release, "all": tags.release_all}
    begins = [{"field": "current_tags", "operator": "includes", "value": tags.hold}]
    if word in released:
        begins.append({"field": "current_tags", "operator": "includes", "value": released[word]})
        begins.append({"field": "update_type", "operator": "is", "value": "Change"})
    else:
        begins.append({"field": "updated_at", "operator": "greater_than", "value": "0"})
    gone = [one for one in kind.actions if one.get("field") == "remove_tags"]
    done = actions_later((one for one in kind.actions if one not in gone), all_comments=word != "one")
    done.append({"field": "remove_tags", "value": " ".join([*(str(one["value"]) for one in gone), *tags.all])})
    return _rule(f"{word} {kind.key}", {"all": [*begins, *kind.every], "any": list(kind.some)}, done, tags)


def _hold(tags: HoldTags) -> Thing:
    every = [
        {"field": "update_type", "operator": "is", "value": "Change"},
        {"field": "comment_is_public", "operator": "is", "value": "true"},
        {"field": "role", "operator": "is", "value": "agent"},
        TO_OTHERS,
    ]
    actions = [
        {"field": "current_tags", "value": tags.hold},
        {"field": "remove_tags", "value": f"{tags.release} {tags.release_all}"},
    ]
    return _rule(HOLD, {"all": every, "any": []}, actions, tags)


def _rule(part: str, asked: Json, actions: Sequence[Json], tags: HoldTags) -> Thing:
    word, _, key = part.partition(" ")
    title = f"{MARK}: {_TITLES[word]} ({tags.hold}{f', as trigger {key}' if key else ''})"
    fields = trigger_fields({"title": title, "active": True, "conditions": asked, "actions": list(actions)})
    place = {"in_front": True} if part == HOLD else {}
    kind = "automation" if word == "late" else "trigger"
    return Thing(kind=kind, part=part, name=title, fields={**fields, **place})


def _ours(kind: str, listed: Iterable[Json], tags: HoldTags, notify: Iterable[Json]) -> list[Thing]:
    """Those that bear our title, in the order in which they are made."""
    found = [
        Thing(kind=kind, part=part, name=text(one.get("title")), fields=_fields(one, part, notify), id=own_id)
        for one in listed
        if (part := _part(text(one.get("title")), tags)) and (own_id := identity(one.get("id")))
    ]
    return sorted(found, key=lambda thing: list(_TITLES).index(thing.part.partition(" ")[0]))


def _fields(rule: Json, part: str, notify: Iterable[Json]) -> Mapping[str, object]:
    place = {"in_front": all(order(rule) < order(one) for one in notify)} if part == HOLD else {}
    return {**trigger_fields(rule), **place}


def _part(title: str, tags: HoldTags) -> str | None:
    """The part that a title names; None if it is not ours, or for another tag."""
    for word, says in _TITLES.items():
        if found := re.fullmatch(rf"{MARK}: {says} \({tags.hold}(?:, as trigger ([0-9]+))?\)", title):
            return " ".join(filter(None, (word, found[1])))
    return None
