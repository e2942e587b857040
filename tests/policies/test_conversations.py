"""The shipped policies, held against whole conversations as people write them."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.engine import judge
from policies.loader import load
from policies.policy import Rulebook

sys.path.insert(0, str(Path(__file__).parent))
from conversations import told

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "conversations"


def _cases() -> list[Any]:
    files = sorted(CASES.glob("*.yaml"))
    cases = [case for file in files for case in yaml.safe_load(file.read_text("utf-8"))]
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    folder = ROOT / "policies" / "active"
    return load({path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")})


@pytest.mark.parametrize("case", _cases())
def test_every_step_is_flagged_as_it_should_be_and_for_nothing_else(case: dict[str, Any], shipped: Rulebook) -> None:
    steps = told(case["steps"], **case.get("ticket", {}))

    for number, step in enumerate(steps, start=1):
        verdict = judge(shipped, step.ticket, step.change, step.change.at)

        found = {finding.policy: finding.explanation for finding in verdict.findings}
        assert set(found) == step.flags, f"step {number}: {found}"


@pytest.mark.parametrize("case", _cases())
def test_evidence_quotes_the_comment_it_points_into(case: dict[str, Any], shipped: Rulebook) -> None:
    for step in told(case["steps"], **case.get("ticket", {})):
        comments = {change.id: change.comment for change in step.ticket.changes}

        for finding in judge(shipped, step.ticket, step.change, step.change.at).findings:
            for evidence in finding.evidence:
                comment = comments.get(evidence.change_id)
                if evidence.start is not None and comment is not None:
                    assert evidence.text == comment.text[evidence.start : evidence.end]


@pytest.mark.parametrize("case", _cases())
def test_no_explanation_says_a_thing_twice(case: dict[str, Any], shipped: Rulebook) -> None:
    for step in told(case["steps"], **case.get("ticket", {})):
        for finding in judge(shipped, step.ticket, step.change, step.change.at).findings:
            openings = [clause.split(":")[0] for clause in re.split("; |, | and ", finding.explanation)]
            assert len(openings) == len(set(openings)), finding.explanation


def test_enough_ordinary_conversations_pass_without_a_finding() -> None:
    files = [CASES / "ordinary.yaml", CASES / "everyday.yaml"]
    ordinary = [case for file in files for case in yaml.safe_load(file.read_text("utf-8"))]

    assert len(ordinary) >= 55
    assert not any("flags" in step for case in ordinary for step in case["steps"])
