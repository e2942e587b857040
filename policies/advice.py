"""Advice with the actual values in it: `{bulletin.answer}` stands for what that fact says at the time."""

import re
from collections.abc import Callable, Mapping

from policies.forms import Problems, did_you_mean
from policies.policy import Policy
from policies.reading import Fact, FactType, Reading

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TELLABLE = (FactType.TEXT, FactType.CHOICE, FactType.COUNT)
_UNTOLD = "(not known)"


def check_advice(policy: Policy, facts: Mapping[str, Fact], problems: Problems) -> None:
    """Adds a problem for every placeholder that no short fact can fill."""
    for name in _PLACEHOLDER.findall(policy.advice):
        tellable = {one.name for one in facts.values() if one.type in _TELLABLE}
        if name not in tellable:
            message = f"the advice of `{policy.id}` names `{{{name[:100]}}}`, which is no fact that fits a sentence."
            problems.add(policy.place, message, did_you_mean(name, tellable))


def filled(advice: str, facts: Mapping[str, Fact], read: Callable[[Fact], Reading]) -> str:
    """The advice with every placeholder filled. Raises what reading a fact may raise."""

    def value(found: re.Match[str]) -> str:
        known = read(facts[found[1]]).value
        return _UNTOLD if known is None else str(known)

    return _PLACEHOLDER.sub(value, advice) if "{" in advice else advice
