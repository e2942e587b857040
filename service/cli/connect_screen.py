"""What `ombuds connect` shows: a line for each thing, what is left to do by hand, and the next step."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from connectors.setup_plan import ByHand, Doing
from service.connecting import Outcome

_DONE = {Doing.CREATE: "created", Doing.CHANGE: "changed", Doing.KEEP: "kept", Doing.REMOVE: "removed"}


def shown(outcome: Outcome, file: Path, *, is_whole: bool) -> Iterator[str]:
    """The lines for people; of what broke off only what was done."""
    if outcome.user:
        yield f"{outcome.account}, as {outcome.user}"
    for step in outcome.steps:
        done = f"would {step.doing}" if outcome.is_dry and step.doing is not Doing.KEEP else _DONE[step.doing]
        differs = f" ({', '.join(step.differs)})" if step.differs else ""
        # What is kept may be called the same.
        which = f" (id {step.thing.id})" if step.doing is Doing.REMOVE else ""
        yield f'{done:<12} {step.thing.kind} "{step.thing.name}"{differs}{which}'
    if not is_whole:
        return
    if not outcome.steps and outcome.is_removal and outcome.is_of_hold:
        yield "There is nothing of ours that holds replies back."
    elif not outcome.steps and outcome.is_removal:
        yield f"There is nothing of ours that goes to {outcome.endpoint}."
    yield from outcome.remarks
    for left in outcome.by_hand:
        yield from _by_hand(left, outcome)
    yield from _settings(outcome, file)
    yield from ("", _next(outcome, file))


def as_json(outcome: Outcome, failure: str) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "account": outcome.account,
        "endpoint": outcome.endpoint,
        "dry_run": outcome.is_dry,
        "user": outcome.user,
        "steps": [
            {
                "do": step.doing,
                "kind": step.thing.kind,
                "name": step.thing.name,
                "id": step.thing.id or None,
                "differs": step.differs,
            }
            for step in outcome.steps
        ],
        "by_hand": [{"where": left.title, "settings": left.settings} for left in outcome.by_hand],
        "remarks": outcome.remarks,
        "settings": outcome.settings,
        "failure": failure or None,
    }


def _by_hand(left: ByHand, outcome: Outcome) -> Iterator[str]:
    if outcome.is_removal:
        yield f'By hand: remove the rule "{left.settings["rule name"]}" (under {left.title}).'
        return
    yield from ("", f"By hand, once: {left.title}, New rule")
    width = max(map(len, left.settings))
    yield from (f"  {name:<{width}}  {value}" for name, value in left.settings.items())


def _settings(outcome: Outcome, file: Path) -> Iterator[str]:
    if outcome.settings:
        what = "This would then belong" if outcome.is_dry else "Write this"
        yield from ("", f"{what} into the account's table in {file}, instead of what stands there:")
        yield from (f"  {key} = {value}" for key, value in outcome.settings.items())


def _next(outcome: Outcome, file: Path) -> str:
    if outcome.is_dry:
        return "Nothing was done. Leave out --dry-run to do it."
    if outcome.is_removal and outcome.is_of_hold:
        return "Replies are mailed at once again. Next: restart Ombuds once the setting is written."
    if outcome.is_removal:
        return f"Next: take the account out of {file}, or leave it for later, and restart Ombuds."
    restart = "restart Ombuds, and " if outcome.settings else ""
    return f"Next: {restart}see whether all is well: ombuds doctor --config {file}"
