"""`ombuds policies check --against ACCOUNT`: whether what the policies name is there in the real helpdesk."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from connectors.errors import HelpdeskError
from connectors.helpdesk import Helpdesk, Named
from policies.forms import did_you_mean
from policies.policy import Problem, Rulebook
from service.accounts import build_connectors
from service.cli.screen import complain, harmless
from service.named import missing, named_in
from service.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is not there, and what could not be asked, a sentence each."""

    problems: tuple[Problem, ...]
    unasked: tuple[str, ...]
    is_whole: bool
    """False: the helpdesk did not answer something that it could tell."""


def compare_with(account: str, config: Path | None, rulebook: Rulebook) -> Comparison:
    """The rulebook beside an account of the settings. An account that is not there ends the program with code 2."""
    settings = _only(load_settings(config, os.environ), account)
    return asyncio.run(_compare(settings, rulebook))


def _only(settings: Settings, account: str) -> Settings:
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
    ((kind, account), connector), *_ = build_connectors(settings, lambda *_: None).items()
    called, names = f"{kind}/{account}", named_in(rulebook.sources)
    try:
        there, unasked, is_whole = await _ask(connector.helpdesk, sorted({name.kind for name in names}), called)
    finally:
        await connector.helpdesk.aclose()
    return Comparison(problems=tuple(missing(names, there, called)), unasked=tuple(unasked), is_whole=is_whole)


async def _ask(
    helpdesk: Helpdesk, kinds: Iterable[Named], called: str
) -> tuple[dict[Named, frozenset[str]], list[str], bool]:
    """The names of each kind; what could not be asked keeps nothing else from being asked."""
    there: dict[Named, frozenset[str]] = {}
    unasked, is_whole = [], True
    for kind in kinds:
        try:
            names = await helpdesk.names(kind)
        except HelpdeskError as error:
            unasked.append(f"{called} could not be asked for {_several(kind)}: {error}.")
            is_whole = False
            continue
        if names is None:
            unasked.append(f"{called} could not be asked for {_several(kind)}: it keeps no list of them.")
        else:
            there[kind] = names
    return there, unasked, is_whole


def _several(kind: Named) -> str:
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
