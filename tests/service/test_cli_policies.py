"""`ombuds policies` for those who write them: problems with their lines, warnings, a folder to begin with, a schema."""

import json
from pathlib import Path

import pytest
from commands import run

PACK = """\
format: 1
pack: hours
policies:
  - id: solved-by-agent
    title: an agent solved the ticket
    why: To have something to find.
    mode: note
    applies_to: {actor.role: agent}
    when: {change.solves: true}
    tests:
      - {name: solves, given: {actor.role: agent, change.solves: true}, expect: violation}
      - {name: writes, given: {actor.role: agent, change.solves: false}, expect: pass}
"""
IDLE = PACK.replace("when: {change.solves: true}", "when: {change.solves: true, actor.role: agent}")


def written(folder: Path, text: str) -> str:
    (folder / "hours.yaml").write_text(text, encoding="utf-8")
    return str(folder)


def test_a_problem_comes_with_the_lines_around_it_and_a_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("policies", "check", written(tmp_path, PACK.replace("mode: note", "mode: nte"))) == 1

    assert capsys.readouterr().out.splitlines()[:4] == [
        "hours.yaml:7:11: error: `mode` cannot be `nte`. Did you mean `note`?",
        "  6 |     why: To have something to find.",
        "  7 |     mode: nte",
        "    |           ^",
    ]


def test_what_would_move_a_terminal_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("policies", "check", written(tmp_path, PACK.replace("mode: note", 'mode: "n\u202eet"')))

    assert "\u202e" not in capsys.readouterr().out


def test_a_long_line_is_shown_around_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    far = "x" * 500
    run("policies", "check", written(tmp_path, PACK.replace("name: writes,", f"name: {far}, nme: writes,")))

    line, mark = capsys.readouterr().out.splitlines()[2:4]
    assert len(line) < 200
    assert line[mark.index("^") :].startswith("nme: writes")


def test_an_idle_condition_is_a_warning_and_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "check", written(tmp_path, IDLE)) == 0

    told = capsys.readouterr().out
    assert "hours.yaml:9:33: warning: this condition never decides" in told
    assert "1 policy is sound." in told
    assert told.endswith("2 warnings.\n")


def test_whoever_is_strict_ends_with_it(tmp_path: Path) -> None:
    assert run("policies", "check", written(tmp_path, IDLE), "--strict") == 1


@pytest.mark.parametrize(("text", "code"), [(PACK, 0), (IDLE, 0), (PACK.replace("note", "nte"), 1)])
def test_programs_read_json(text: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "check", written(tmp_path, text), "--json") == code

    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is (code == 0)
    assert [(one["line"], one["level"]) for one in told["problems"]] == {
        PACK: [],
        IDLE: [(8, "warning"), (9, "warning")],
    }.get(text, [(7, "error")])


def test_a_folder_to_begin_with_is_sound_and_behaves_as_shipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"

    assert run("policies", "init", str(folder)) == 0
    assert f"ombuds policies check {folder}" in capsys.readouterr().out
    assert run("policies", "check", str(folder), "--strict") == 0
    assert "22 policies are sound" in capsys.readouterr().out
    assert json.loads((folder / "policy.schema.json").read_text("utf-8"))["title"] == "Policy files of Ombuds"


def test_a_pack_with_a_typo_in_its_signal_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, PACK)
    entry = "{id: m, tier: note, phrase: maybe, yes: [Maybe.], no: [No.]}"
    (tmp_path / "x.yaml").write_text(f"format: 1\nsignal: hegde\nlanguage: en\nentries: [{entry}]\n", encoding="utf-8")

    assert run("policies", "check", str(tmp_path), "--strict") == 1
    assert "x.yaml:2:9: warning: nothing asks for the signal `hegde`" in capsys.readouterr().out


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, PACK)

    assert run("policies", "init", str(tmp_path)) == 2
    assert "Name a new folder." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["hours.yaml"]


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("policies", "schema") == 0

    assert "closed-without" not in (told := capsys.readouterr().out)
    assert json.loads(told)["definitions"]["condition"]["properties"]["change.solves"]["description"]
