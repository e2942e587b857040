"""A service outgrows its file: backed up while it serves, copied to a server, it goes on there as if nothing was."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service.cli import main
from service.store.databases import locate, open_engine
from service.store.schema import decisions

TERMINATION = {"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}
pytestmark = pytest.mark.parametrize("kind", ["zendesk"])


async def ombuds(folder: Path, *arguments: str) -> int:
    """The exit code."""

    def run() -> int:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--config", str(folder / "ombuds.toml")])
        return int(ended.value.code or 0)

    return await asyncio.to_thread(run)


def judged(url: str) -> int:
    """How many decisions are kept."""
    engine = open_engine(locate(url), writes=False)
    with engine.begin() as connection:
        number = connection.scalar(select(func.count()).select_from(decisions)) or 0
    engine.dispose()
    return number


async def test_half_a_story_in_a_file_goes_on_on_a_server(
    house: Any, tmp_path: Path, postgresql_server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file, server = f"sqlite:///{tmp_path}/ombuds.db", postgresql_server.new_database()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Books", channel="email", recipient="help@acme.example", comment={"text": "My books?"}
    )
    await house.sandbox.submit(ticket, ada, comment=TERMINATION)
    [note] = await house.note(ticket)
    plea = "Please look at my account again, I did nothing wrong."
    await house.sandbox.submit(ticket, reader, via="email", comment={"text": plea})
    await house.quiet()

    assert await ombuds(tmp_path, "store", "backup", str(tmp_path / "backup.db")) == 0
    assert await ombuds(tmp_path, "store", "copy", "--to", server) == 2
    assert "Stop every `ombuds serve` and `ombuds work` first" in capsys.readouterr().err
    await house.close_service()
    assert judged(f"sqlite:///{tmp_path}/backup.db") == judged(file) > 0
    assert await ombuds(tmp_path, "store", "copy", "--to", server) == 0
    before = judged(server)
    settings = tmp_path / "ombuds.toml"
    settings.write_text(settings.read_text().replace('"sqlite:///ombuds.db"', f'"{server}"'))
    await house.open_service()
    await house.quiet()

    assert judged(server) == before == judged(file)
    assert await house.notes(ticket) == [note]
    finding = re.findall(r"#ombuds \w+ ([0-9A-Z]{6})", note)[0]
    await house.sandbox.submit(ticket, ada, comment={"text": f"#ombuds wrong {finding} it was", "public": False})
    house.clock.push(hours=25)
    notes = await house.note(ticket, count=2)
    assert "another look" in notes[-1] or "reconsider" in notes[-1]
    assert notes[0] == note
