"""One account of the settings before all of it can be there, for `ombuds connect`: its webhooks' secret comes later."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.settings import SettingsError, parsed, settings_file
from service.settings_helpdesks import HelpdeskSettings, read_helpdesk
from service.settings_table import Problems, Table

NOT_YET = {"zendesk": "webhook_secrets", "freshdesk": "basic and header"}
"""What connecting brings; whether it is there yet is no problem. A password that is named must be readable."""


def load_account(path: Path | None, environ: Mapping[str, str], kind: str, account: str | None) -> HelpdeskSettings:
    """The one account of this helpdesk, or the one of that name. Raises SettingsError."""
    source = settings_file(path, environ)
    listed = parsed(source).get("helpdesks")
    place, values = _only(listed if isinstance(listed, list) else [], source, kind, account)
    problems = Problems()
    table = Table(values, place, problems, folder=source.absolute().parent, environ=environ)
    helpdesk = read_helpdesk(table)
    found = [f"{key} {problem}" for key, problem in problems.found if key != place + NOT_YET[kind]]
    if found or helpdesk is None:
        raise SettingsError(tuple(f"{source}: {problem}" for problem in found))
    return helpdesk


def _only(listed: list[Any], source: Path, kind: str, account: str | None) -> tuple[str, dict[str, Any]]:
    """Where the table stands, and what it holds."""
    found = {
        f"helpdesks[{at}].": table
        for at, table in enumerate(listed, 1)
        if isinstance(table, dict) and table.get("kind") == kind and account in (None, table.get("account"))
    }
    if len(found) == 1:
        return next(iter(found.items()))
    called = f"{kind} account {account}" if account else f"{kind} account"
    known = [str(one.get("account")) for one in listed if isinstance(one, dict) and one.get("kind") == kind]
    hint = "add a [[helpdesks]] table with kind, account, base_url and credentials" if not found else "name one"
    if known and (found or account):
        hint = f"--account is one of {', '.join(known)}"
    raise SettingsError((f"{source}: there is {'more than one' if found else 'no'} {called}: {hint}.",))
