"""`ombuds policies check --against ACCOUNT`: whether what the policies name is there in the real helpdesk."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import typer

from policies.forms import did_you_mean
from policies.policy import Rulebook
from service.accounts import build_connectors
from service.cli.screen import complain, harmless
from service.named_there import Comparison, compare_names
from service.settings import Settings, load_settings


def compare_with(account: str, config: Path | None, rulebook: Rulebook) -> Comparison:
    """The rulebook beside an account of the settings. An account that is not there ends the program with code 2."""
    settings = only(load_settings(config, os.environ), account)
    return asyncio.run(_compare(settings, rulebook))


def only(settings: Settings, account: str) -> Settings:
    """The settings with that account alone; `acme`, or `zendesk/acme` where two helpdesks have an `acme`."""
    found = [one for one in settings.helpdesks if account in (one.account, f"{one.kind}/{one.account}")]
    if len(found) == 1:
        return replace(settings, helpdesks=tuple(found))
    known = [f"{one.kind}/{one.account}" for one in settings.helpdesks]
    if found:
        complain(f"Two helpdesks have an account {account}. Write {' or '.join(known)}.")
    else:
        choice = did_you_mean(account, known) or "The settings have no [[helpdesks]]."
        complain(harmless(f"The settings know no account {account}. {choice}"))
    raise typer.Exit(2)


async def _compare(settings: Settings, rulebook: Rulebook) -> Comparison:
    (connector,) = build_connectors(settings, lambda *_: None).values()
    try:
        return await compare_names(connector.helpdesk, rulebook)
    finally:
        await connector.helpdesk.aclose()
