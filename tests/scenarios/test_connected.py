"""From an account that knows nothing of Ombuds to a note: `ombuds connect`, its settings, and an agent at work."""

import asyncio
import json
from typing import Any

import pytest

from service.cli import main

UNCONNECTED = {
    "zendesk": 'email = "bot@acme.example"\napi_token = "sandbox-token"\n',
    "freshdesk": 'api_key = "sandbox-key"\n',
}
LETTER = "Hello,\n\nYour account has been closed and all digital content has been removed.\n\nAccount Review Team"


async def _connect(house: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs the command before there is a secret, and puts into the settings what it says."""
    settings = house.write_settings()
    text = settings.read_text()
    head = text[: text.index("[[helpdesks]]")]
    table = f'[[helpdesks]]\nkind = "{house.kind}"\naccount = "acme"\nbase_url = "{house.helpdesk_url}"\n'
    settings.write_text(head + table + UNCONNECTED[house.kind])
    arguments = ("connect", house.kind, "--public-url", house.service_url, "--config", str(settings), "--json")
    capsys.readouterr()
    with pytest.raises(SystemExit):
        await asyncio.to_thread(main, arguments)
    told = json.loads(capsys.readouterr().out)["settings"]
    settings.write_text(settings.read_text() + "".join(f"{key} = {value}\n" for key, value in told.items()))


async def test_after_connect_an_agents_letter_is_noted(deaf_house: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Signed or proven by the secret that the command put aside; with any other, no webhook would be taken."""
    house = deaf_house
    await house.open_service()
    await house.close_service()
    await _connect(house, capsys)
    await house.open_service()

    agent = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    macro = await house.sandbox.macro("Account::Terminate", LETTER)
    first = {"comment": {"text": LETTER}, "actor_id": agent, "macro_id": macro, "channel": "email", "status": "open"}
    ticket, _ = await house.sandbox.ticket(reader, "Your account", **first)

    [note] = await house.note(ticket)
    assert "#ombuds" in note
