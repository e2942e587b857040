"""The fault lab's short mode: each promise holds under its fault, and a promise broken on purpose is noticed.

What is asked for is run beforehand, several at once, since most of a run is waiting.
"""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
import postgresql
from all_experiments import Case, cases
from experiment import POSTGRESQL, Outcome
from runs import arguments, line, run_all

JOBS = "3"
MORE_TRIES = 2
TRIES_UNTIL_S = 600.0
"""What fails is done again, alone: a busy machine may be too slow for the lab's patience, or a fault miss its moment.

Where much fails the fault is not the machine's, and nobody waits for it. The long mode gives nothing a second chance.
"""
pytestmark = pytest.mark.timeout(1_200)

CASES = list(cases(is_long=False))
PROMISES = [case for case in CASES if case[2] is None]
SABOTAGES = [case for case in CASES if case[2] is not None]
Key = tuple[str, str, str]


def key(case: Case) -> Key:
    experiment, backend, control = case
    return experiment.name, backend, control.name if control else ""


def label(case: Case) -> str:
    return "-".join(filter(None, key(case)))


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> dict[Key, Outcome]:
    """What came of every case that this session asks for. Without PostgreSQL its cases are left out, never in CI."""
    here = [item for item in request.session.items if item.path == Path(__file__)]
    asked = [item.callspec.params["case"] for item in here if "outcomes" in item.fixturenames]
    chosen = [case for case in asked if can_run(case)]
    began = time.monotonic()
    found = {_name(outcome): outcome for outcome in run_all(chosen, arguments(["--short", "--jobs", JOBS]))}
    for _ in range(MORE_TRIES):
        failed = [case for case in chosen if not (found[key(case)].held or found[key(case)].skipped)]
        if failed and time.monotonic() < began + TRIES_UNTIL_S:
            found |= {_name(outcome): outcome for outcome in run_all(failed, arguments(["--short"]))}
    return found


def _name(outcome: Outcome) -> Key:
    return outcome.experiment, outcome.backend, outcome.control


def can_run(case: Case) -> bool:
    if case[1] != POSTGRESQL:
        return True
    try:
        postgresql.programs()
    except FileNotFoundError:
        return False
    return True


def outcome_of(case: Case, outcomes: dict[Key, Outcome]) -> Outcome:
    outcome = outcomes.get(key(case))
    if outcome is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    return outcome


@pytest.mark.parametrize("case", PROMISES, ids=label)
def test_the_promise_holds(case: Case, outcomes: dict[Key, Outcome]) -> None:
    outcome = outcome_of(case, outcomes)
    if case[0].known_to_fail:
        pytest.xfail(case[0].known_to_fail)

    assert outcome.held, f"{case[0].promise}: {line(outcome)}\n{outcome.examples}"


@pytest.mark.parametrize("case", SABOTAGES, ids=label)
def test_a_promise_that_is_broken_on_purpose_is_noticed(case: Case, outcomes: dict[Key, Outcome]) -> None:
    outcome = outcome_of(case, outcomes)

    assert outcome.held, f"the lab noticed nothing, or something else: {line(outcome)}\n{outcome.examples}"
