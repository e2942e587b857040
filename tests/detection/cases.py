"""Our own cases under tests/cases/signals, as labelled rows. A file names its language: `stances.de.yaml`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from service.measuring import SIGNALS, Row, Speaker

CASES = Path(__file__).parents[1] / "cases" / "signals"

# Files of one signal, `flags` and `passes` at their top; a case may bring the customer's message that it answers.
_BY_FILE = {"accusation": 2, "impersonal": 6, "brush_off": 7, "repeats": 8, "threat": 12}
# Beside these, a file may name a fact: `reply.accuses: {flags: [...], passes: [...]}`.
_BY_PACK = {"termination": 1, "reconsideration": 9, "agreement": 10, "objection": 11}
_BY_FACT = {names[0]: signal for signal, names in SIGNALS.items()}
# What a whole answer of a customer's says of agreement (10) and of objection (11).
_STANCES = {"agrees": {10: True, 11: False}, "objects": {10: False, 11: True}, "neither": {10: False, 11: False}}


def labelled_cases(folder: Path = CASES) -> Iterator[tuple[Row, int, bool]]:
    """Every case of the twelve signals: the row, the signal, and whether it is there. Others are left out."""
    for file in sorted(folder.glob("*.yaml")):
        told = yaml.safe_load(file.read_text("utf-8"))
        name, _, language = file.stem.partition(".")
        found = _of_one_signal(_BY_FILE[name], told) if name in _BY_FILE else _of_several(told)
        for row, signal, label in found:
            yield msgspec.structs.replace(row, lang=language or None), signal, label


def _of_several(told: Mapping[str, Any]) -> Iterator[tuple[Row, int, bool]]:
    for key, texts in told.items():
        for text, labels in _labelled(key, texts):
            yield from ((_row(signal, text), signal, label) for signal, label in labels.items())


def _of_one_signal(signal: int, told: Any) -> Iterator[tuple[Row, int, bool]]:
    """`flags` and `passes`; or several of them, each with the earlier text."""
    for group in told if isinstance(told, list) else [told]:
        for case, label in ((case, kind == "flags") for kind in ("flags", "passes") for case in group[kind]):
            said = case if isinstance(case, dict) else {"agent": case}
            answered = said.get("customer", group.get("answers", group.get("earlier")))
            yield _row(signal, said["agent"], answered), signal, label


def _labelled(key: str, texts: Any) -> Iterator[tuple[str, Mapping[int, bool]]]:
    signal = _BY_PACK.get(key) or _BY_FACT.get(key)
    match texts:
        case {"flags": flags, "passes": passes} if signal:
            yield from ((text, {signal: True}) for text in flags)
            yield from ((text, {signal: False}) for text in passes)
        case list() if key in _STANCES:
            yield from ((text, _STANCES[key]) for text in texts)


def _row(signal: int, text: str, answered: str | None = None) -> Row:
    is_reply = SIGNALS[signal][0].startswith(Speaker.AGENT.speaks_of)
    return Row(text=text, role=Speaker.AGENT if is_reply else Speaker.CUSTOMER, context=answered)
