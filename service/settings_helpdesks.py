"""The `[[helpdesks]]` tables: how each account is reached, and how its webhooks prove themselves."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from policies.calendar import Calendar
from policies.ticket import Status
from policies.verdict import Mode
from service.secret import Secret
from service.settings_gate import GateSettings, read_gate
from service.settings_hours import read_calendar
from service.settings_table import Table

HOLD_TAG = "ombuds_hold"
"""What `hold = true` stands for."""
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{2,50}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZendeskSettings:
    """One Zendesk account."""

    account: str
    base_url: str
    email: str
    api_token: Secret
    webhook_secrets: tuple[Secret, ...]
    webhook_id: str | None = None
    """Whose log to read; None: none."""
    hold: str | None = None
    """The tag that keeps agents' replies from being mailed before they are judged; None: they are not held."""
    ceiling: Mode = Mode.NOTE
    business_hours: Calendar | None = None
    """This desk's own; None: those of the installation."""
    gate: GateSettings | None = None
    """None: nobody may ask before a reply is sent."""
    kind: str = "zendesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshdeskSettings:
    """One Freshdesk account. A webhook must bring one of `basics` (user, password) or `headers` (name, value)."""

    account: str
    base_url: str
    api_key: Secret
    basics: tuple[tuple[str, Secret], ...] = ()
    headers: tuple[tuple[str, Secret], ...] = ()
    statuses: Mapping[int, Status] = field(default_factory=dict)
    """The account's own status numbers, told in our words."""
    ceiling: Mode = Mode.NOTE
    business_hours: Calendar | None = None
    """This desk's own; None: those of the installation."""
    gate: GateSettings | None = None
    """None: nobody may ask before a reply is sent."""
    kind: str = "freshdesk"


HelpdeskSettings = ZendeskSettings | FreshdeskSettings


def read_helpdesk(table: Table) -> HelpdeskSettings | None:
    """The account a table describes; None, with the problem noted, if its kind is not known."""
    kind = table.text("kind", required=True)
    match kind:
        case "zendesk":
            helpdesk: HelpdeskSettings = _zendesk(table)
        case "freshdesk":
            helpdesk = _freshdesk(table)
        case _:
            table.problem("kind", 'must be "zendesk" or "freshdesk"')
            return None
    table.refuse_rest()
    return helpdesk


def _zendesk(table: Table) -> ZendeskSettings:
    secrets = table.secrets("webhook_secrets")
    if not secrets:
        table.problem(
            "webhook_secrets",
            "is missing: webhooks are never taken unsigned. Copy the signing secret from the webhook's page in the "
            'Admin Center and write webhook_secrets = [{env = "NAME"}]',
        )
    return ZendeskSettings(
        account=_account(table),
        base_url=_base_url(table),
        email=table.text("email", required=True),
        api_token=table.secret("api_token"),
        webhook_secrets=secrets,
        webhook_id=table.text("webhook_id") or None,
        hold=_hold(table),
        ceiling=_ceiling(table),
        business_hours=_business_hours(table),
        gate=read_gate(table),
    )


def _hold(table: Table) -> str | None:
    given = str(table.values["hold"]) if table.has("hold") else "false"
    if given.lower() in ("true", "1", "false", "0"):
        return HOLD_TAG if given.lower() in ("true", "1") else None
    if not _TAG.fullmatch(given):
        table.problem("hold", "must be true, false, or a tag of small letters, digits, dashes or underscores")
    return given


def _freshdesk(table: Table) -> FreshdeskSettings:
    basics = _pairs(table, "basic", "user", "password")
    headers = _pairs(table, "header", "name", "value")
    if not basics and not headers:
        table.problem(
            "basic and header",
            "are missing: webhooks must prove themselves. Write "
            'basic = {user = "ombuds", password = {env = "NAME"}} or '
            'header = {name = "X-Ombuds", value = {env = "NAME"}}',
        )
    return FreshdeskSettings(
        account=_account(table),
        base_url=_base_url(table),
        api_key=table.secret("api_key"),
        basics=basics,
        headers=headers,
        statuses=_statuses(table.table("statuses")),
        ceiling=_ceiling(table),
        business_hours=_business_hours(table),
        gate=read_gate(table),
    )


def _account(table: Table) -> str:
    account = table.text("account", required=True)
    if account and not _ACCOUNT.fullmatch(account):
        table.problem("account", "names a route, so it must be small letters, digits, dots, dashes or underscores")
    return account


def _base_url(table: Table) -> str:
    url = table.text("base_url", required=True)
    if not url:
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        table.problem("base_url", 'must be a scheme and a host, such as "https://acme.zendesk.com"')
    elif parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        table.problem("base_url", "must begin with https://; plain http is for this machine alone")
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ceiling(table: Table) -> Mode:
    given = table.text("ceiling", Mode.NOTE)
    if given not in (Mode.OBSERVE, Mode.NOTE, Mode.BLOCK):
        table.problem("ceiling", 'must be "observe", "note" or "block"')
        return Mode.NOTE
    return Mode(given)


def _business_hours(table: Table) -> Calendar | None:
    return read_calendar(table.table("business_hours")) if table.has("business_hours") else None


def _pairs(table: Table, key: str, left: str, right: str) -> tuple[tuple[str, Secret], ...]:
    """One table or a list of them: several while one credential takes over from another."""
    pairs = []
    for inner in table.tables(key):
        pairs.append((inner.text(left, required=True), inner.secret(right)))
        inner.refuse_rest()
    return tuple(pairs)


def _statuses(table: Table) -> dict[int, Status]:
    statuses = {}
    for number in list(table.values):
        word = table.text(number)
        if not re.fullmatch(r"[0-9]{1,6}", number) or word not in list(Status):
            table.problem(number, f'must be a status number and one of {", ".join(Status)}, such as 6 = "pending"')
            continue
        statuses[int(number)] = Status(word)
    return statuses
