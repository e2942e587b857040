"""Exceptions as somebody approved them: read strictly, and no wider or longer than the policy's author allowed."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from policies.forms import Form, Problems, as_fields, as_text, as_texts, did_you_mean
from policies.packs import is_id
from policies.policy import ExceptionField, Policy, PolicyException
from policies.source import Fields, Items, Node
from policies.verdict import Severity

MAX_EXCEPTIONS = 500
MOST_VALUES = 20
"""Of one field: an exception for more is no exception."""
MOST_DAYS: Mapping[Severity, int] = {
    Severity.CRITICAL: 14,
    Severity.HIGH: 30,
    Severity.MEDIUM: 90,
    Severity.LOW: 365,
    Severity.INFO: 365,
}
"""How long an exception may last, whatever the policy says, by how bad a violation is."""
_FILE_KEYS = ("format", "owner", "exceptions")
_KEYS = ("id", "policy", "match", "reason", "approver", "approved", "expires")


def read_exceptions(
    fields: Fields, policies: Mapping[str, Policy], ids: Iterable[str], problems: Problems
) -> list[PolicyException]:
    """The sound exceptions of one file; the problems of the others are added. `ids` names unsound policies too."""
    form = Form(fields, "a file of exceptions", _FILE_KEYS, problems)
    form.text("owner", "")
    read = (_exception(node, policies, set(ids), problems) for node in form.items("exceptions"))
    return [one for one in read if one is not None]


def check_together(exceptions: Iterable[PolicyException], problems: Problems) -> None:
    """Adds what is wrong with the exceptions of all files together."""
    first: dict[str, PolicyException] = {}
    for one in exceptions:
        known = first.setdefault(one.id, one)
        if known is not one:
            problems.add(one.place, f"the exception `{one.id}` stands twice, first at {known.place}.")
        elif len(first) == MAX_EXCEPTIONS + 1:
            problems.add(one.place, f"there are more than {MAX_EXCEPTIONS} exceptions.", "Mend the policies instead.")


def _exception(node: Node, policies: Mapping[str, Policy], ids: set[str], problems: Problems) -> PolicyException | None:
    before = len(problems)
    fields = as_fields(node, "an exception", problems)
    if fields is None:
        return None
    form = Form(fields, "an exception", _KEYS, problems)
    if (name := form.text("id")) and not is_id(name):
        problems.add(form.place, "`id` is at most 64 letters a-z and digits, in words joined by `-`.")
    policy = _policy(form, policies, ids, problems)
    found = PolicyException(
        id=name,
        policy=form.text("policy"),
        match=_match(form, policy, problems),
        reason=form.text("reason"),
        approver=form.text("approver"),
        approved=_day(form, "approved", problems),
        expires=_day(form, "expires", problems),
        place=form.place,
    )
    if len(problems) == before and policy is not None:
        _check_span(found, policy, problems)
    return found if len(problems) == before and policy is not None else None


def _policy(form: Form, policies: Mapping[str, Policy], ids: set[str], problems: Problems) -> Policy | None:
    node, name = form.node("policy"), form.text("policy", "")
    if node and name and name not in ids:
        problems.add(node.place, f"there is no policy `{name[:100]}`.", did_you_mean(name, policies))
    return policies.get(name)


def _match(form: Form, policy: Policy | None, problems: Problems) -> Mapping[ExceptionField, tuple[str, ...]]:
    """What it is for; at least one field, and only those that the policy names."""
    form.required("match")
    fields = form.fields("match")
    match: dict[ExceptionField, tuple[str, ...]] = {}
    for key, node in fields.entries if fields else ():
        if key.value == ExceptionField.ACTOR_GROUP:
            problems.add(key.place, "agents' groups are not told yet.", "Name the agents by `actor.email`.")
        elif policy is not None and key.value not in policy.exceptable_by:
            allowed = ", ".join(policy.exceptable_by) or "nothing: its author allows no exceptions"
            problems.add(key.place, f"`{policy.id}` is exceptable by {allowed}.")
        else:
            match[ExceptionField(key.value)] = _values(key.value, node, problems)
    if fields and not fields.entries:
        problems.add(fields.place, "`match` is empty.", "Name the tickets or people it is for.")
    return match


def _values(name: str, node: Node, problems: Problems) -> tuple[str, ...]:
    what = f"`{name}`"
    text = None if isinstance(node, Items) else as_text(node, what, problems)
    values = (as_texts(node, what, problems) or ()) if isinstance(node, Items) else (text,) if text else ()
    if not values:
        problems.add(node.place, f"{what} names nothing.")
    if len(values) > MOST_VALUES:
        problems.add(node.place, f"{what} has more than {MOST_VALUES} values.", "Mend the policy instead.")
    if any("*" in value for value in values):
        problems.add(node.place, f"{what} is compared as it stands; `*` stands for nothing else here.")
    return tuple(value.lower() for value in values)


def _day(form: Form, key: str, problems: Problems) -> date:
    text, node = form.text(key), form.node(key)
    try:
        return date.fromisoformat(text)
    except ValueError:
        if text and node:
            problems.add(node.place, f"`{key}` is no day.", "Write it like 2026-05-01.")
        return date.max


def _check_span(one: PolicyException, policy: Policy, problems: Problems) -> None:
    most = min(policy.exception_max_days, MOST_DAYS[policy.severity])
    if one.expires < one.approved:
        problems.add(one.place, "`expires` is before `approved`.")
    elif one.expires - one.approved > timedelta(days=most):
        message = f"an exception from `{policy.id}` lasts {most} days at most."
        problems.add(one.place, message, f"Let it expire on {one.approved + timedelta(days=most)}, or mend the policy.")
