"""`ombuds doctor`: whether an installation is in order, one line a check, and what to do where it is not."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.checkup import DESK, Checked, checkup
from service.checkup_judging import State
from service.cli.against import only
from service.cli.options import Config, Json
from service.cli.screen import counted, out, plain, print_json
from service.settings import ADVICE, Settings, SettingsError, load_settings, settings_file

_STYLES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red", State.SKIP: "dim"}
_LONGEST_NAME = max(len(check.name) for check in DESK)


def doctor(
    *,
    config: Config = None,
    account: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this account, e.g. acme or zendesk/acme.")
    ] = None,
    json: Json = False,
) -> None:
    """Check settings, policies, store, the service, and each account's helpdesk: one line each, and how to mend it.

    It changes nothing at a helpdesk, and nothing in the store but one line of its own that shows it can be written.
    Ends with code 0 if nothing fails (warnings are allowed), 1 if something does, 2 if the settings cannot be used.

    Example: [bold]ombuds doctor --account acme[/bold]
    """
    source = settings_file(config, os.environ)
    try:
        settings = load_settings(config, os.environ)
    except SettingsError as error:
        _tell_refused(error.problems, as_json=json)
        raise typer.Exit(2) from error
    known = len(settings.helpdesks)
    if account is not None:
        settings = only(settings, account)
    if any(checked.state is State.FAIL for checked in asyncio.run(_examine(settings, source, known, as_json=json))):
        raise typer.Exit(1)


async def _examine(settings: Settings, source: Path, known: int, *, as_json: bool) -> list[Checked]:
    longest = max((len(f"{one.kind}/{one.account} ") for one in settings.helpdesks), default=0) + _LONGEST_NAME
    found = []
    async for checked in _all(settings, source, known):
        found.append(checked)
        if not as_json:
            _show(checked, longest)
    if as_json:
        print_json({"checks": found})
    else:
        print(_summary(found))
    return found


async def _all(settings: Settings, source: Path, known: int) -> AsyncIterator[Checked]:
    yield _in_use(settings, source, known)
    async for checked in checkup(settings, source, lambda: datetime.now(UTC)):
        yield checked


def _in_use(settings: Settings, source: Path, known: int) -> Checked:
    if settings.enforcement.kill_switch:
        told = f"{source}: the kill switch is on, nothing is done on tickets"
        fix = "To act again, write [enforcement] kill_switch = false, and restart Ombuds."
        return Checked(name="settings", state=State.WARN, told=told, fix=fix)
    asked = len(settings.helpdesks)
    told = counted(known, "account") if asked == known else f"{asked} of its {counted(known, 'account')}"
    return Checked(name="settings", state=State.OK, told=f"{source}, {told}")


def _tell_refused(problems: Iterable[str], *, as_json: bool) -> None:
    """Settings that cannot be used; for people, what helps with all of it is said once."""
    found = [Checked(name="settings", state=State.FAIL, told=problem, fix=ADVICE) for problem in problems]
    if as_json:
        print_json({"checks": found})
        return
    for checked in found:
        _show(replace(checked, fix=""), 0)
    print(ADVICE)


def _show(checked: Checked, width: int) -> None:
    """`ok    zendesk/acme clock   as the helpdesk's`, and below it what to do."""
    name = f"{checked.account} {checked.name}".strip()
    mark = f"[{_STYLES[checked.state]}]{checked.state:<4}[/]"
    out().print(f"{mark}  {plain(name):<{width}}  {plain(checked.told)}", soft_wrap=True)
    if checked.fix:
        out().print(f"      {plain(checked.fix)}", soft_wrap=True)


def _summary(found: Iterable[Checked]) -> str:
    states = [checked.state for checked in found]
    failures, warnings = states.count(State.FAIL), states.count(State.WARN)
    if failures:
        return f"{counted(failures, 'check')} failed, {counted(warnings, 'warning')}."
    return f"No check failed, {counted(warnings, 'warning')}." if warnings else "All is in order."
