"""The settings of one installation: `ombuds.toml`, overridden by the environment, and refused as a whole.

A single value is overridden by `OMBUDS_` + section + `_` + key in capitals: `OMBUDS_STORE_URL`,
`OMBUDS_SERVER_PORT`, `OMBUDS_ENFORCEMENT_KILL_SWITCH`; the one value without a section is `OMBUDS_POLICIES`.
Helpdesks stand in the file alone; their secrets come from the environment by `{env = "NAME"}`.
"""

import tomllib
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from policies.calendar import STANDARD, Calendar
from service.breaker import BreakerRules
from service.failures import Patience
from service.secret import Secret
from service.settings_helpdesks import HelpdeskSettings, read_helpdesk
from service.settings_hours import read_calendar
from service.settings_server import ServerSettings, read_server
from service.settings_table import Problems, Table, override

DEFAULT_FILE = Path("ombuds.toml")
ADVICE = "The README shows a whole file, under Settings."
"""What helps with any SettingsError."""
T = TypeVar("T")


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds every reason, each with what to do about it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """How visits are worked off."""

    concurrency: int = 8
    lease_s: float = 60.0
    retry_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0)
    """Waits between tries, in seconds; after the last one the visit becomes a dead letter. About 16 hours."""
    give_up_after_h: float = 72.0
    """However many tries are left: what has been failing for so long becomes a dead letter."""
    breaker_after: int = 5
    """So many tickets in a row that fail because the helpdesk is down let all others of the account wait; 0: never."""
    breaker_probe_s: float = 15.0
    """Then one ticket is tried after so many seconds, and after twice as many each time it fails."""
    reconcile_s: float = 300.0
    """How often each account is compared with its helpdesk, for tickets whose webhooks never came; 0: never."""

    @property
    def breaker(self) -> BreakerRules:
        """When an account's tickets wait for its helpdesk."""
        return BreakerRules(after=self.breaker_after, probe_s=self.breaker_probe_s)

    @property
    def patience(self) -> Patience:
        """How often and how long a visit is tried again."""
        return Patience(retry_s=self.retry_s, give_up_after=timedelta(hours=self.give_up_after_h))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementSettings:
    """What holds enforcement back."""

    note_window_hours: float = 24.0
    """A policy leaves at most one note on a ticket in this time."""
    fuse_actions_per_hour: int = 6
    """Actions a ticket may see in an hour, whatever the policies say."""
    notes_per_policy_and_day: int = 0
    """How often a policy may tell agents on an account's tickets in 24 hours before its notes are held; 0: always."""
    kill_switch: bool = False
    """True: everything is judged and recorded, nothing is done."""
    pause_file: Path | None = None
    """The same for as long as this file exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where everything is kept: `sqlite:///FILE`, or `postgresql://USER@HOST/DATABASE` for several machines."""

    url: str = "sqlite:///ombuds.db"
    password: Secret | None = None
    keep_deliveries_days: float = 30.0
    """Never fewer than 7: so long a helpdesk may send a webhook again, and it must be known by its id."""
    keep_decisions_days: float = 400.0
    keep_text_days: float = 7.0
    """How long what people wrote stays in decisions, notes that were sent, and reasons; 0: until the next round."""
    keep_free_mib: float = 100.0
    """With less room than this around its file, webhooks are refused for a while; 0: never."""
    warn_free_mib: float = 500.0
    """With less than this, /readyz and the log say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSettings:
    """How declared changes are found in what customers write."""

    semantic: bool = False
    """True: by a sentence model too, which the extra `semantic` installs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """Whether traces are sent. Where to is OpenTelemetry's own business: its variables begin with `OTEL_`."""

    enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an installation decides. `policies` None: the policies that come with Ombuds."""

    policies: Path | None = None
    candidate: Path | None = None
    """Policies that are judged beside those in force and never act; None: none are."""
    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()  # noqa: RUF009 - frozen
    work: WorkSettings = WorkSettings()
    enforcement: EnforcementSettings = EnforcementSettings()
    business_hours: Calendar = STANDARD
    """When the desks work that say nothing of their own."""
    bulletins: BulletinSettings = BulletinSettings()
    tracing: TracingSettings = TracingSettings()
    helpdesks: tuple[HelpdeskSettings, ...] = ()


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in `path`, else in the file `OMBUDS_CONFIG` names, else in `ombuds.toml`. Raises SettingsError."""
    return _read_from(settings_file(path, environ), environ, _read)


def load_business_hours(path: Path) -> Calendar:
    """The `[business_hours]` of a settings file alone, whose secrets need not be at hand. Raises SettingsError."""
    return _read_from(path, {}, lambda root: read_calendar(root.table("business_hours")))


def load_server(path: Path | None, environ: Mapping[str, str]) -> ServerSettings:
    """The `[server]` of the settings alone, whose secrets need not be at hand. Raises SettingsError."""
    return _read_from(settings_file(path, environ), environ, lambda root: read_server(root.table("server")))


def _read_from(source: Path, environ: Mapping[str, str], read: Callable[[Table], T]) -> T:
    """What is read of a file, the environment's values in place of its own. Raises SettingsError."""
    problems = Problems()
    root = Table(parsed(source), "", problems, folder=source.absolute().parent, environ=environ)
    override(root.values, environ, SECTIONS)
    found = read(root)
    if problems.found:
        raise SettingsError(tuple(f"{source}: {key} {problem}" for key, problem in problems.found))
    return found


SECTIONS: Mapping[str, tuple[str, ...]] = {
    "": ("policies", "candidate"),
    "store": (
        "url",
        "password",
        "keep_deliveries_days",
        "keep_decisions_days",
        "keep_text_days",
        "keep_free_mib",
        "warn_free_mib",
    ),
    "server": ("host", "port", "body_limit_bytes", "body_read_s", "drain_s", "notice_s", "grace_s"),
    "work": ("concurrency", "lease_s", "reconcile_s", "give_up_after_h", "breaker_after", "breaker_probe_s"),
    "enforcement": (
        "note_window_hours",
        "fuse_actions_per_hour",
        "notes_per_policy_and_day",
        "kill_switch",
        "pause_file",
    ),
    "bulletins": ("semantic",),
    "tracing": ("enabled",),
}
"""What the environment may override."""


def settings_file(path: Path | None, environ: Mapping[str, str]) -> Path:
    """`path`, else the file `OMBUDS_CONFIG` names, else `ombuds.toml`."""
    return path or Path(environ.get("OMBUDS_CONFIG") or DEFAULT_FILE)


def parsed(source: Path) -> dict[str, Any]:
    """The TOML in a file. Raises SettingsError."""
    try:
        return tomllib.loads(source.read_bytes().decode())
    except FileNotFoundError as error:
        raise SettingsError(
            (f"{source}: there is no such file. Write one, or name yours with --config or OMBUDS_CONFIG.",)
        ) from error
    except OSError as error:
        raise SettingsError((f"{source}: it cannot be read: {error.strerror}.",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError((f"{source}: it is not TOML in UTF-8: {error}.",)) from error


def _read(root: Table) -> Settings:
    work, enforcement = root.table("work"), root.table("enforcement")
    bulletins, tracing = root.table("bulletins"), root.table("tracing")
    settings = Settings(
        policies=root.path("policies"),
        candidate=root.path("candidate"),
        store=_store(root.table("store")),
        server=read_server(root.table("server")),
        work=WorkSettings(
            concurrency=work.whole("concurrency", 8, low=1, high=256),
            lease_s=work.number("lease_s", 60.0, low=1.0, high=3_600.0),
            reconcile_s=work.number("reconcile_s", 300.0, low=0.0, high=86_400.0),
            retry_s=work.numbers("retry_s", WorkSettings().retry_s, low=0.0, high=86_400.0),
            breaker_after=work.whole("breaker_after", 5, low=0, high=1_000),
            breaker_probe_s=work.number("breaker_probe_s", 15.0, low=0.05, high=3_600.0),
            give_up_after_h=work.number("give_up_after_h", 72.0, low=0.001, high=720.0),
        ),
        enforcement=EnforcementSettings(
            note_window_hours=enforcement.number("note_window_hours", 24.0, low=0.0, high=8_760.0),
            fuse_actions_per_hour=enforcement.whole("fuse_actions_per_hour", 6, low=1, high=1_000),
            notes_per_policy_and_day=enforcement.whole("notes_per_policy_and_day", 0, low=0, high=1_000_000),
            kill_switch=enforcement.truth("kill_switch", default=False),
            pause_file=enforcement.path("pause_file"),
        ),
        business_hours=read_calendar(root.table("business_hours")),
        bulletins=BulletinSettings(semantic=bulletins.truth("semantic", default=False)),
        tracing=TracingSettings(enabled=tracing.truth("enabled", default=False)),
        helpdesks=_helpdesks(root),
    )
    for table in (work, enforcement, bulletins, tracing, root):
        table.refuse_rest()
    return settings


def _store(store: Table) -> StoreSettings:
    """A relative file stands beside the settings file, wherever the service is started from."""
    given = StoreSettings(
        url=store.text("url", StoreSettings().url),
        password=store.secret("password") if store.has("password") else None,
        keep_deliveries_days=store.number("keep_deliveries_days", 30.0, low=7.0, high=36_500.0),
        keep_decisions_days=store.number("keep_decisions_days", 400.0, low=1.0, high=36_500.0),
        keep_text_days=store.number("keep_text_days", 7.0, low=0.0, high=36_500.0),
        keep_free_mib=store.number("keep_free_mib", 100.0, low=0.0, high=1e9),
        warn_free_mib=store.number("warn_free_mib", 500.0, low=0.0, high=1e9),
    )
    store.refuse_rest()
    scheme, _, rest = given.url.partition("://")
    if scheme == "postgresql":
        _check_server(given.url, store)
        return given
    if scheme != "sqlite" or not rest.startswith("/") or len(rest) == 1 or "?" in rest:
        store.problem("url", 'must be "sqlite:///FILE" or "postgresql://USER@HOST/DATABASE"')
    if given.password is not None:
        store.problem("password", "is for a store on PostgreSQL; a file has none")
    return replace(given, url=f"sqlite:///{store.folder / rest[1:]}")


def _check_server(url: str, store: Table) -> None:
    parts = urllib.parse.urlsplit(url)
    if not parts.hostname or not parts.path.strip("/"):
        store.problem("url", 'must name a server and a database, as in "postgresql://ombuds@db.example/ombuds"')
    if parts.password:
        store.problem("url", 'must not hold the password: write password = {env = "NAME"} beside it')


def _helpdesks(root: Table) -> tuple[HelpdeskSettings, ...]:
    tables = root.tables("helpdesks")
    if not tables:
        root.problem("helpdesks", "is missing: add a [[helpdesks]] table for each account to watch")
    found = [helpdesk for table in tables if (helpdesk := read_helpdesk(table)) is not None]
    seen: set[tuple[str, str]] = set()
    for helpdesk in found:
        if (helpdesk.kind, helpdesk.account) in seen:
            root.problem("helpdesks", f'has {helpdesk.kind} account "{helpdesk.account}" twice: remove one')
        seen.add((helpdesk.kind, helpdesk.account))
    return tuple(found)
