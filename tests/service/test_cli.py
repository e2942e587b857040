"""The command line answers in sentences and exit codes: 0 all is well, 1 the answer is no, 2 it could not be asked."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import run

from connectors.helpdesk import Delivery
from service.breaker import BreakerRules
from service.policy_files import SHIPPED, read_folder
from service.store.records import Record
from service.store.store import Store
from service.store.topic_records import Doubt, Mention, MentionKind

STORIES = Path(__file__).parents[1] / "cases" / "stories"
PACK = """
format: 1
pack: hours
owner: support
policies:
  - id: solved-by-agent
    title: an agent solved the ticket
    why: To have something to find.
    severity: low
    mode: note
    applies_to: {actor.role: agent}
    when: {change.solves: true}
    tests:
      - {name: solves, given: {actor.role: agent, change.solves: true}, expect: violation}
      - {name: writes, given: {actor.role: agent, change.solves: false}, expect: pass}
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy folder with one policy."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "hours.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path / "policies"


@pytest.fixture
def config(tmp_path: Path, write_settings: Callable[..., Path]) -> Path:
    """Settings with a store that holds one dead letter."""
    url = f"sqlite:///{tmp_path}/ombuds.db"
    file = write_settings(url)
    asyncio.run(park_one(url))
    return file


async def park_one(url: str) -> None:
    store = await Store.open(url)
    delivery = Delivery(
        helpdesk="zendesk", account="acme", id="d1", ticket_id="42", occurred_at=NOON, received_at=NOON, event="created"
    )
    await store.accept(delivery, NOON)
    (visit,) = await store.claim("worker", NOON, limit=1, lease_s=60)
    await store.park(visit, NOON, reason="refused", detail="status 422")
    await store.close()


@pytest.mark.parametrize(
    "command",
    [
        ["serve"],
        ["doctor"],
        ["healthcheck"],
        ["demo"],
        ["judge"],
        ["signals"],
        ["policies", "check"],
        ["policies", "test"],
    ]
    + [["dead-letters", name] for name in ("list", "show", "replay")]
    + [["store", name] for name in ("migrate", "backup", "copy")]
    + [["report", "topics"], ["report", "accounts"]],
    ids=" ".join,
)
def test_every_command_explains_itself_with_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0

    assert f"Example: ombuds {' '.join(command)}" in capsys.readouterr().out


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0

    assert capsys.readouterr().out.startswith("ombuds 0.")


def test_in_a_pipe_there_is_no_colour(folder: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "policies", "test", str(folder)]

    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 0
    assert b"2 of 2 tests hold." in done.stdout
    assert b"\x1b" not in done.stdout


def test_sound_policies_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "check", str(folder)) == 0

    assert "1 policy is sound" in capsys.readouterr().out


def test_every_problem_is_told_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "hours.yaml").write_text(
        PACK.replace("severity: low", "severity: lwo").replace("change.solves", "change.solvs")
    )

    assert run("policies", "check", str(folder)) == 1

    told = capsys.readouterr().out
    assert "hours.yaml:9:15: error:" in told
    assert "Did you mean" in told
    assert "change.solvs" in told


def test_a_failing_inline_test_is_a_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "hours.yaml").write_text(PACK.replace("change.solves: false", "change.solves: true"))

    assert run("policies", "test", str(folder)) == 1

    assert "expected pass, got violation" in capsys.readouterr().out


def test_the_page_of_one_policy_is_markdown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "reference", str(folder), "--policy", "solved-by-agent") == 0

    assert capsys.readouterr().out.startswith("## an agent solved the ticket\n\n`solved-by-agent`\n")


def test_a_policy_that_is_not_there_is_told_with_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "reference", str(folder), "--policy", "solved-by-agents") == 2

    assert "There is no policy solved-by-agents. Did you mean `solved-by-agent`?" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["policies", "check"], ["policies", "test"]], ids=" ".join)
def test_a_folder_that_cannot_be_read_is_told(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command, str(tmp_path / "nowhere")) == 2
    assert run(*command, str(tmp_path)) == 2

    told = capsys.readouterr().err
    assert "does not exist" in told
    assert "holds no policy files" in told


def test_judge_prints_json_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", str(STORIES / "double-charge.json"), "--json", "--policies", str(folder)) == 0

    content = json.loads(capsys.readouterr().out)
    assert set(content) == {"changes", "recheck_at"}
    assert [judged["id"] for judged in content["changes"]] == ["1", "2", "3", "4"]
    assert [finding["policy"] for finding in content["changes"][3]["findings"]] == ["solved-by-agent"]


def test_judge_tells_people_what_was_done_and_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", str(STORIES / "double-charge.json"), "--policies", str(folder)) == 0

    told = capsys.readouterr().out
    assert "agent Lena Voss: public reply, open to pending, tag +refunded" in told
    assert "note solved-by-agent" in told
    assert "1 finding in 4 changes." in told


def test_judge_reckons_with_the_business_hours_of_a_settings_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """She asks on a Monday; whoever works on Sundays alone still has time on Friday, and then a day of nine hours."""
    config = tmp_path / "ombuds.toml"
    config.write_text('[business_hours]\nsunday = "9:00-18:00"\n', encoding="utf-8")

    assert run("judge", str(STORIES / "wiped-account.json"), "--json", "--config", str(config)) == 0

    content = json.loads(capsys.readouterr().out)
    assert not [judged["id"] for judged in content["changes"] if judged["id"].startswith("clock")]
    assert content["recheck_at"].startswith("2026-03-08T18:00:01")


def test_judge_reads_standard_input(folder: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "judge", "-", "--json", "--policies", str(folder)]
    story = (STORIES / "double-charge.json").read_bytes()

    done = subprocess.run(command, input=story, capture_output=True, check=True)

    assert len(json.load(io.BytesIO(done.stdout))["changes"]) == 4


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "This is no JSON"),
        ("{}", "At $: the key 'ticket' is missing."),
        (None, "cannot be read: No such file"),
    ],
)
def test_judge_tells_in_one_sentence_what_is_wrong_with_the_file(
    content: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ticket.json"
    if content is not None:
        file.write_text(content)

    assert run("judge", str(file)) == 2

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("now", ["noon", "2026-03-02", "2026-03-02T12:00:00"])
def test_judge_asks_for_a_time_with_its_zone(now: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", str(STORIES / "double-charge.json"), "--now", now) == 2

    assert f"--now: '{now}' is no time with its zone" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["serve"], ["dead-letters", "list"]], ids=" ".join)
def test_missing_settings_are_told(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--config", str(tmp_path / "ombuds.toml")) == 2

    assert "there is no such file. Write one" in capsys.readouterr().err


def test_every_problem_of_the_settings_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ombuds.toml").write_text('[server]\nprot = 1\n[[helpdesks]]\nkind = "zendesk"\naccount = "acme"\n')

    assert run("serve", "--config", str(tmp_path / "ombuds.toml")) == 2

    told = capsys.readouterr().err
    assert "prot" in told
    assert "webhook_secrets" in told
    assert "Traceback" not in told


def test_dead_letters_are_listed_and_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dead-letters", "list", "--config", str(config)) == 0
    assert run("dead-letters", "show", "1", "--config", str(config)) == 0

    told = capsys.readouterr().out
    assert told.count("zendesk/acme/42") == 2
    assert told.count("status 422") == 2
    assert "not yet" in told


def test_a_dead_letter_is_replayed_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dead-letters", "replay", "1", "--config", str(config)) == 0
    assert run("dead-letters", "list", "--config", str(config)) == 0
    assert run("dead-letters", "replay", "1", "--config", str(config)) == 2

    told = capsys.readouterr()
    assert "Ticket zendesk/acme/42 is due again." in told.out
    assert "No dead letters." in told.out
    assert "was replayed already" in told.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--account", "zendesk/acme", "--reason", "refused", "--ticket", "42"], "status 422"),
        (["--account", "acme", "--since", "2026-03-02T11:59:00Z"], "status 422"),
        (["--account", "freshdesk/acme"], "No dead letter matches."),
        (["--reason", "gave_up"], "No dead letter matches."),
        (["--since", "1h"], "No dead letter matches."),
    ],
)
def test_dead_letters_are_listed_by_filter(
    config: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dead-letters", "list", *options, "--config", str(config)) == 0

    assert told in capsys.readouterr().out


def test_dead_letters_are_told_to_programs_in_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dead-letters", "list", "--json", "--config", str(config)) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"refused": 1}
    assert [(letter["id"], letter["ticket_id"]) for letter in told["dead_letters"]] == [(1, "42")]


def test_replaying_by_filter_tells_how_many_and_waits_for_a_yes(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody can be asked, as here, the yes is an option."""
    replay = ["dead-letters", "replay", "--reason", "refused", "--config", str(config)]

    assert run(*replay) == 1
    asked = capsys.readouterr()
    assert run(*replay, "--yes") == 0
    done = capsys.readouterr().out
    assert run(*replay, "--yes") == 0

    assert asked.out == "1 dead letter to replay: 1 refused.\n"
    assert "Add --yes" in asked.err
    assert "Ticket zendesk/acme/42 is due again." in done
    assert "No dead letter matches." in capsys.readouterr().out


@pytest.mark.parametrize("which", [[], ["1", "--all"], ["--all", "--reason", "refused"]], ids=" ".join)
def test_what_to_replay_has_to_be_said_in_one_way(
    config: Path, which: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dead-letters", "replay", *which, "--yes", "--config", str(config)) == 2

    assert "Say which" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "json"])
def test_accounts_are_listed_with_whether_their_helpdesk_answers(
    config: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def open_breaker() -> None:
        store = await Store.open(f"sqlite:///{config.parent}/ombuds.db")
        await store.open_breaker(("zendesk", "acme"), NOON, BreakerRules(probe_s=60))
        await store.close()

    assert run("report", "accounts", *options, "--config", str(config)) == 0
    before = capsys.readouterr().out
    asyncio.run(open_breaker())
    assert run("report", "accounts", *options, "--config", str(config)) == 0
    after = capsys.readouterr().out

    if options:
        (state,) = json.loads(after)["accounts"]
        assert (state["dead_letters"], state["down_since"]) == (1, "2026-03-02T12:00:00Z")
    else:
        assert "answers" in before
        assert "down since 2026-03-02 12:00:00 UTC; tried again at 2026-03-02 12:01:00 UTC" in after


def test_a_time_that_cannot_be_read_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dead-letters", "list", "--since", "yesterday", "--config", str(config)) == 2

    assert "'yesterday' is no time. Write it like 12h" in capsys.readouterr().err


def test_a_dead_letter_that_is_not_there_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dead-letters", "show", "7", "--config", str(config)) == 2

    assert "There is no dead letter 7." in capsys.readouterr().err


def test_a_store_that_was_never_used_is_told(
    tmp_path: Path, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty list would say that all is well."""
    write_settings(f"sqlite:///{tmp_path}/other.db")

    assert run("dead-letters", "list", "--config", str(tmp_path / "ombuds.toml")) == 2

    assert "There is no store at" in capsys.readouterr().err
    assert not (tmp_path / "other.db").exists()


MENTIONS = (
    Mention(change_id="1", topic="cinema-discount-ended", kind=MentionKind.ASK),
    Mention(change_id="2", topic="cinema-discount-ended", kind=MentionKind.HEDGE),
    Mention(change_id="1", topic="cinema-discount-ended", kind=MentionKind.OPS_NOTE, policy="quiet-change"),
)


async def mention(url: str, at: datetime) -> None:
    store = await Store.open(url)
    delivery = Delivery(
        helpdesk="zendesk", account="acme", id="d9", ticket_id="7", occurred_at=at, received_at=at, event="created"
    )
    await store.accept(delivery, at)
    (visit,) = await store.claim("worker", at, limit=1, lease_s=60)
    await store.record(visit, Record(bookmark="2", watched_since=at, at=at, mentions=MENTIONS))
    await store.close()


def test_topics_are_listed_with_what_was_asked_and_what_went_wrong(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(mention(f"sqlite:///{tmp_path}/ombuds.db", datetime.now(UTC) - timedelta(days=2)))

    assert run("report", "topics", "--config", str(config), "--json") == 0
    (topic,) = json.loads(capsys.readouterr().out)["topics"]
    assert run("report", "topics", "--config", str(config)) == 0
    shown = capsys.readouterr().out

    del topic["newest_at"]
    assert topic == {
        "id": "cinema-discount-ended",
        "is_declared": True,
        "tickets": 1,
        "asks": 1,
        "hedges": 1,
        "contradictions": 0,
        "ops_notes": {"quiet-change": 1},
    }
    assert "cinema-discount-ended" in shown
    assert "quiet-change 1" in shown


def test_topics_older_than_asked_for_are_left_out(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(mention(f"sqlite:///{tmp_path}/ombuds.db", datetime.now(UTC) - timedelta(days=2)))

    assert run("report", "topics", "--config", str(config), "--since", "36h") == 0

    assert capsys.readouterr().out == (
        "No ticket spoke of a declared change in the last 36h, and no doubtful answers had a word in common.\n"
    )


async def leave_in_doubt(url: str, at: datetime) -> None:
    """Three customers ask about a promotion, and ops hear of it."""
    store = await Store.open(url)
    for number in "123":
        delivery = Delivery(
            helpdesk="zendesk", account="acme", id=number, ticket_id=number, occurred_at=at, received_at=at
        )
        await store.accept(delivery, at)
    for visit in await store.claim("worker", at, limit=3, lease_s=60):
        doubt = Doubt(change_id="1", word="f1", name="promotion", customer=visit.ticket.id)
        note = Mention(change_id="1", topic="undeclared: promotion", kind=MentionKind.OPS_NOTE, policy="topic-surge")
        told = (note,) if visit.ticket.id == "3" else ()
        await store.record(visit, Record(bookmark="2", watched_since=at, at=at, doubts=(doubt,), mentions=told))
    await store.close()


def test_what_nobody_declared_is_listed_with_the_next_step(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(leave_in_doubt(f"sqlite:///{tmp_path}/ombuds.db", datetime.now(UTC) - timedelta(days=2)))

    assert run("report", "topics", "--config", str(config), "--json") == 0
    (topic,) = json.loads(capsys.readouterr().out)["topics"]
    assert run("report", "topics", "--config", str(config)) == 0
    shown = capsys.readouterr().out

    assert (topic["id"], topic["is_declared"], topic["tickets"], topic["hedges"]) == ("promotion", False, 3, 3)
    assert topic["ops_notes"] == {"topic-surge": 1}
    assert "promotion (undeclared)" in shown
    assert "No bulletin declares what is undeclared: declare it" in shown


def test_a_span_of_time_that_is_none_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "topics", "--config", str(config), "--since", "yesterday") == 2

    assert "Write it like 12h, 7d or 4w." in capsys.readouterr().err


def test_a_check_names_what_was_taken_away_and_left_untold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = (STORIES / "bulletins.yaml").read_text("utf-8")
    told, _, tests = declared.partition("    announced:")
    untold = (
        told + "    still_promised_on: [https://shop.example/extras]\n    tests:" + tests.partition("    tests:")[2]
    )
    needed = {"phrases/unchanged.en.yaml", "phrases/hedge.en.yaml", "phrases/not_claimed.en.yaml"}
    for name, content in read_folder(SHIPPED).items():
        if name in needed:
            (folder / name.replace("/", "-")).write_bytes(content)
    (folder / "declared.yaml").write_text(untold, encoding="utf-8")

    assert run("policies", "check", str(folder)) == 0

    said = capsys.readouterr().out
    assert "cinema-discount-ended: no announcement to customers is declared." in said
    assert "cinema-discount-ended: https://shop.example/extras still promises it." in said
