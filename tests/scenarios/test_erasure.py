"""A person asks to be forgotten: what was written is nowhere in Ombuds, and nothing is told a second time."""

import asyncio
import contextlib
import re
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest

from service.cli import main

WRITTEN = "We have cLOSED yOUR aCCOUNT{}.\n\nKind regards,\nAda"
QUOTED = b"cLOSED yOUR aCCOUNT"
REASON = b"zanzibar quince"
pytestmark = pytest.mark.parametrize("kind", ["zendesk"])


def held(folder: Path, words: bytes) -> list[str]:
    """The store's files in which the words stand."""
    return [file.name for file in sorted(folder.glob("ombuds.db*")) if words in file.read_bytes()]


def kept_tickets(folder: Path) -> list[bytes]:
    """As they stand in the store, compressed, for the gate."""
    with contextlib.closing(sqlite3.connect(folder / "ombuds.db")) as store:
        return [packed for (packed,) in store.execute("SELECT ticket FROM views")]


async def ombuds(folder: Path, *arguments: str) -> int:
    """The exit code."""

    def run() -> int:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--config", str(folder / "ombuds.toml")])
        return int(ended.value.code or 0)

    return await asyncio.to_thread(run)


async def test_after_an_erasure_the_words_are_in_no_file_no_log_and_no_metric(
    deaf_house: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    house = deaf_house
    with house.write_settings().open("a") as settings:
        settings.write('gate = {secrets = ["a-secret-of-the-app-for-scenarios"]}\n')
    await house.open_service()
    await house.tell_service()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    tickets = []
    for number in range(6):
        ticket, _ = await house.sandbox.ticket(
            reader, f"Books {number}", channel="email", recipient="help@acme.example", comment={"text": "My books?"}
        )
        await house.sandbox.submit(ticket, ada, comment={"text": WRITTEN.format(""), "public": True})
        [note] = await house.note(ticket)
        finding = re.findall(r"#ombuds \w+ ([0-9A-Z]{6})", note)[0]
        command = f"#ombuds wrong {finding} {REASON.decode()} {number}"
        await house.sandbox.submit(ticket, ada, comment={"text": command, "public": False})
        tickets.append(str(ticket))
    await house.quiet()
    assert held(tmp_path, QUOTED) != []
    assert held(tmp_path, REASON) != []
    kept = kept_tickets(tmp_path)
    assert [QUOTED in zlib.decompress(packed) for packed in kept] == [True] * 6
    assert held(tmp_path, kept[0][:64]) != []

    asked = ["erase", "--account", "acme", *(part for ticket in tickets for part in ("--ticket", ticket))]
    assert await ombuds(tmp_path, *asked, "--dry-run") == 0
    assert held(tmp_path, REASON) != []
    assert await ombuds(tmp_path, *asked, "--yes") == 0

    told = capfd.readouterr()
    assert (held(tmp_path, QUOTED), held(tmp_path, REASON)) == ([], [])
    assert [held(tmp_path, packed[:64]) for packed in kept] == [[]] * 6
    said = f"{told.out}{told.err}{await house.metrics()}".encode()
    assert QUOTED not in said
    assert REASON not in said
    await house.sandbox.submit(tickets[0], reader, comment={"text": "Thank you.", "public": True})
    await house.quiet()
    assert [len(await house.notes(ticket)) for ticket in tickets] == [1] * 6
