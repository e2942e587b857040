"""Whole tickets, judged by the policies that come with Ombuds: what a desk would really have been told."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from policies.loader import load
from policies.policy import Rulebook
from policies.ticket import Role, Ticket
from policies.verdict import Tell
from service.judging import Judgement, judge_ticket
from service.policy_files import SHIPPED, read_folder
from service.transcript import read_transcript, to_ticket

STORIES = Path(__file__).parents[1] / "cases" / "stories"
EXPECTED = {
    "wiped-account": [
        (
            "2",
            {
                "termination-macro",
                "termination-without-warning",
                "termination-without-call",
                "termination-without-second-look",
                "termination-no-way-back",
                "no-recourse",
                "impersonal-reply",
                "distro-sender",
            },
        ),
        ("4", {"distro-sender", "brushed-off-reconsideration", "no-recourse", "terse-brush-off"}),
        (
            "6",
            {
                "closed-without-agreement",
                "distro-sender",
                "brushed-off-reconsideration",
                "no-recourse",
                "terse-brush-off",
            },
        ),
        ("clock", {"unanswered-reconsideration"}),
    ],
    "ended-discount": [
        ("1", {"bulletin-answer", "quiet-change"}),
        ("2", {"against-bulletin", "hedged-answer"}),
        ("4", {"against-bulletin"}),
    ],
    "told-discount": [("1", {"bulletin-answer"})],
    "missing-discount": [
        ("12", {"closed-without-agreement"}),
        ("14", {"distro-sender", "impersonal-reply", "terse-brush-off"}),
    ],
    "double-charge": [],
}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The shipped policies, and the changes that the company of the stories had declared."""
    return load({**read_folder(SHIPPED), "declared.yaml": (STORIES / "bulletins.yaml").read_bytes()})


def judged(story: str, rulebook: Rulebook) -> tuple[Ticket, Judgement]:
    transcript = read_transcript((STORIES / f"{story}.json").read_bytes())
    ticket = to_ticket(transcript)
    assert transcript.now is not None
    return ticket, judge_ticket(rulebook, ticket, transcript.now)


@pytest.mark.parametrize("story", EXPECTED)
def test_each_story_is_told_what_it_should_be_and_nothing_else(story: str, rulebook: Rulebook) -> None:
    _, judgement = judged(story, rulebook)

    found = [
        (judged.change.id.partition(":")[0], {finding.policy for finding in judged.verdict.findings})
        for judged in judgement.changes
        if judged.verdict.findings
    ]
    assert found == EXPECTED[story]


def test_no_story_lacks_its_expectation() -> None:
    assert {path.stem for path in STORIES.glob("*.json")} == set(EXPECTED)


def test_the_clock_speaks_a_day_after_she_asked(rulebook: Rulebook) -> None:
    ticket, judgement = judged("wiped-account", rulebook)

    (by_clock,) = (it for it in judgement.changes if it.change.actor.role is Role.CLOCK)

    asked: list[datetime] = [change.at for change in ticket.changes if change.id in ("3", "5")]
    assert min(abs(by_clock.change.at - at - timedelta(hours=24)) for at in asked) < timedelta(minutes=1)


def test_the_agent_has_the_definite_answer_before_she_replies(rulebook: Rulebook) -> None:
    _, judgement = judged("ended-discount", rulebook)

    notes = [finding for finding in judgement.changes[0].verdict.findings if finding.tell is Tell.AGENTS]

    assert [note.policy for note in notes] == ["bulletin-answer"]
    assert "The cinema discount ended on 31 December 2025" in notes[0].advice


def test_what_was_left_untold_is_told_to_ops_and_no_agent(rulebook: Rulebook) -> None:
    _, judgement = judged("ended-discount", rulebook)

    told = {finding.policy: finding.tell for it in judgement.changes for finding in it.verdict.findings}

    assert [policy for policy, tell in told.items() if tell is Tell.OPS] == ["quiet-change"]
