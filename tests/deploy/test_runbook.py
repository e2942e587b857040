"""What the runbook tells a tired person to type, to look for and to read must be there."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import typer.main

from service.cli.tree import commands
from service.metrics import Metrics

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "deploy" / "runbook.md").read_text(encoding="utf-8")
TYPED = [
    *re.findall(r"`ombuds ([a-z][^`]*)`", RUNBOOK),
    *re.findall(
        r"^ *(?:\S.* )?(?:\S*/)?ombuds ([a-z].*)$",
        "".join(re.findall(r"```sh(.*?)```", RUNBOOK, re.DOTALL)),
        re.MULTILINE,
    ),
]
UNIT = (ROOT / "deploy" / "systemd" / "ombuds.service").read_text(encoding="utf-8")


def known(words: list[str]) -> Iterator[str]:
    """Those of the words that are commands, one inside the other, or options of the last."""
    command = typer.main.get_command(commands())
    for word in words:
        if found := getattr(command, "commands", {}).get(word):
            command = found
            yield word
        elif any(word in parameter.opts for parameter in command.params):
            yield word


def test_every_command_and_option_exists() -> None:
    assert {"erase", "store", "doctor", "pause"} <= {line.split()[0] for line in TYPED}
    for line in TYPED:
        # What follows --reason is a code of a dead letter; other values have capitals, digits or slashes.
        typed = line.split('"')[0].split()
        words = [
            word
            for before, word in pairwise(["", *typed])
            if before != "--reason" and re.fullmatch(r"(?:--)?[a-z-]+", word)
        ]
        assert list(known(words)) == words, line


def test_by_systemd_a_command_has_what_the_unit_has() -> None:
    """Its program, and the folder of all its secrets; the one for a move to PostgreSQL among them."""
    (program,) = re.findall(r"^ExecStart=(\S+)", UNIT, re.MULTILINE)
    credentials = dict(re.findall(r"^#?LoadCredential=(\w+):(.*)/\w+$", UNIT, re.MULTILINE))
    (folder,) = set(credentials.values())

    assert f"sudo env CREDENTIALS_DIRECTORY={folder} OMBUDS_CONFIG=/etc/ombuds/ombuds.toml {program} doctor" in RUNBOOK
    assert set(re.findall(r'credential = "(\w+)"', RUNBOOK)) == {"database_password"} <= credentials.keys()
    assert f"--password-file {folder}/database_password" in RUNBOOK


def test_every_sentence_of_the_log_is_one_that_the_service_says() -> None:
    said = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "service").glob("*.py"))
    quoted = re.findall(r'"([a-z][a-z ]+)"', RUNBOOK)

    assert len(quoted) > 5
    assert [sentence for sentence in quoted if sentence not in said] == []


def test_every_metric_exists() -> None:
    exposed = Metrics(["zendesk"]).text().decode()
    recorded = (ROOT / "deploy" / "prometheus" / "ombuds.rules.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:rate\()?((?:\w+:)?(?:ombuds|process)_[\w:]+)", RUNBOOK))

    assert len(named) > 10
    there = set(re.findall(r"# TYPE (\w+) ", exposed)) | set(re.findall(r"record: (\S+)", recorded))
    assert named <= there


def test_every_setting_exists() -> None:
    settings = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "service").glob("settings*.py"))
    named = set(re.findall(r"`(\w+_(?:s|mib|days|hour|day|file))\b", RUNBOOK))

    assert len(named) > 5
    assert [name for name in sorted(named) if f'"{name}"' not in settings] == []


def test_every_link_leads_to_a_section() -> None:
    headings = re.findall(r"^##+ (.+)$", RUNBOOK, re.MULTILINE)
    sections = {heading.lower().replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= sections
