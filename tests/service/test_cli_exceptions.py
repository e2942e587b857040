"""`ombuds exceptions list`: what is excepted, who answers for it, and whether it served."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.helpdesk import Delivery
from policies.verdict import Mode, Outcome, Point, Result, Verdict
from service.cli import main
from service.store.records import Record
from service.store.store import Store

ROOT = Path(__file__).parents[2]
PACK = """\
format: 1
pack: p
policies:
  - id: closed-without-agreement
    title: an agent solved the ticket
    why: To have something to find.
    mode: note
    when: {change.solves: true}
    exceptable_by: [ticket.tag]
    tests:
      - {name: solves, given: {change.solves: true}, expect: violation}
      - {name: writes, given: {change.solves: false}, expect: pass}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "p.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path / "p"


@pytest.fixture
def config(tmp_path: Path, write_settings: Callable[..., Path]) -> Path:
    """Settings with a store in which one change was excepted, and one that was not."""
    url = f"sqlite:///{tmp_path}/ombuds.db"
    file = write_settings(url)
    asyncio.run(judged(url))
    return file


SALE = """
format: 1
exceptions:
  - id: sale
    policy: closed-without-agreement
    match: {{ticket.tag: sale}}
    reason: They were told by letter.
    approver: Amara
    approved: {approved}
    expires: {expires}
"""


async def judged(url: str, exceptions: tuple[str | None, ...] = ("store-closing-down", None)) -> None:
    store = await Store.open(url)
    now = datetime.now(UTC)
    taken = Delivery(helpdesk="zendesk", account="acme", id="d1", ticket_id="1", occurred_at=now, received_at=now)
    await store.accept(taken, now)
    (visit,) = await store.claim("one", now, limit=1, lease_s=60)
    verdicts = tuple(
        Verdict(change_id=str(number), point=Point.EVENT, at=now, revision="r", outcomes=(outcome(exception),))
        for number, exception in enumerate(exceptions)
    )
    await store.record(visit, Record(bookmark="1", watched_since=now, at=now, verdicts=verdicts))
    await store.close()


def outcome(exception: str | None) -> Outcome:
    result = Result.EXCEPTED if exception else Result.VIOLATION
    return Outcome(
        policy="closed-without-agreement", result=result, mode=Mode.NOTE, explanation="So.", exception=exception
    )


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["exceptions", "list", *arguments])
    return int(ended.value.code or 0)


def test_each_is_listed_with_who_answers_for_it_and_how_often_it_served(
    folder: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example that teaches; it has expired."""
    example = ROOT / "policies" / "examples" / "exceptions.yaml"
    (folder / "exceptions.yaml").write_bytes(example.read_bytes())

    assert run(str(folder), "--config", str(config), "--json") == 0

    (told,) = json.loads(capsys.readouterr().out)["exceptions"]
    assert (told["id"], told["approver"]) == ("store-closing-down", "Amara Diallo, head of support")
    assert (told["used_in_30_days"], told["remarks"]) == (1, [])
    assert run(str(folder)) == 0
    assert "expired" in capsys.readouterr().out


def test_one_that_matches_too_much_is_told_as_such(
    folder: Path, tmp_path: Path, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/ombuds.db"
    write_settings(url)
    asyncio.run(judged(url, ("sale",) * 10))
    today = datetime.now(UTC).date()
    (folder / "x.yaml").write_text(SALE.format(approved=today, expires=today + timedelta(days=1)), encoding="utf-8")

    assert run(str(folder), "--config", str(tmp_path / "ombuds.toml")) == 0

    assert "10, matches too much: 10 of the 10 that its policy found" in capsys.readouterr().out


def test_a_check_that_knows_the_store_warns_of_it_at_its_place(
    folder: Path, tmp_path: Path, write_settings: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing was served yet, nobody knows."""
    url, today = f"sqlite:///{tmp_path}/ombuds.db", datetime.now(UTC).date()
    config = str(write_settings(url))
    (folder / "x.yaml").write_text(SALE.format(approved=today, expires=today + timedelta(days=20)), encoding="utf-8")
    check = ["policies", "check", str(folder), "--config", config, "--strict"]

    with pytest.raises(SystemExit) as unserved:
        main(check)
    asyncio.run(judged(url, ("sale",) * 10))
    with pytest.raises(SystemExit) as served:
        main(check)

    assert (unserved.value.code, served.value.code) == (0, 1)
    told = "x.yaml:4:5: warning: the exception `sale`: matches too much: 10 of the 10 that its policy found. Narrow"
    assert told in capsys.readouterr().out


def test_none_is_told_as_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(folder)) == 0

    assert capsys.readouterr().out == "There are no exceptions.\n"
