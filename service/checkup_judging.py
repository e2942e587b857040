"""What a checkup makes of what it was told. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from connectors.helpdesk import Webhook
from connectors.rates import RESERVE
from connectors.signatures import TOLERANCE
from policies.policy import Problem
from service.answering import Answer
from service.disk import MIB
from service.named_there import Comparison
from service.reconcile import ADVICE
from service.store.heard import Heard
from service.store.rounds import MOST_UNHEARD
from service.store.schema import REVISION

APART = timedelta(seconds=60)
"""Clocks so far apart are told; at TOLERANCE, webhooks are refused."""
QUIET = timedelta(days=7)
"""After so long without a webhook somebody should look: few desks hear nothing for a week."""
MANY_FAILED = 0.05
"""Of the webhook's calls."""
_ARRIVED = ("accepted", "success")


class State(StrEnum):
    """How it stands; a warning is nothing that keeps the service from its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one check came to."""

    state: State
    told: str
    fix: str = ""


def ok(told: str) -> Judged:
    """All is well."""
    return Judged(state=State.OK, told=told)


def warn(told: str, fix: str) -> Judged:
    """It works, and somebody should know."""
    return Judged(state=State.WARN, told=told, fix=fix)


def fail(told: str, fix: str) -> Judged:
    """It does not work."""
    return Judged(state=State.FAIL, told=told, fix=fix)


def skip(told: str) -> Judged:
    """It could not be asked."""
    return Judged(state=State.SKIP, told=told)


def clocks(ours: datetime, theirs: datetime) -> Judged:
    """Our clock beside the helpdesk's, whose time is told to the second."""
    apart = ours - theirs
    seconds = abs(apart.total_seconds())
    told = f"{seconds:.0f} s {'ahead of' if apart > timedelta() else 'behind'} the helpdesk's"
    fix = "Let this machine keep time: `timedatectl set-ntp true`, or have its host do so."
    if abs(apart) > TOLERANCE:
        return fail(f"{told}: signed webhooks are refused", fix)
    if abs(apart) > APART:
        return warn(f"{told}: from {TOLERANCE.total_seconds():.0f} s on, signed webhooks are refused", fix)
    return ok(told if seconds >= 2 else "as the helpdesk's")


def requests_left(remaining: float, limit: float | None) -> Judged:
    """What is left of this minute's requests, which all of an account's apps share."""
    told = f"{remaining:.0f}{'' if limit is None else f' of {limit:.0f}'} requests left this minute"
    if remaining <= max((limit or 0) * RESERVE, 1):
        return warn(f"{told}: what is left is kept for writing", "Look which app of the account asks so much.")
    return ok(told)


def webhook_goes_to(found: Webhook, called: str) -> Judged:
    """Whether it is switched on and comes to us; a proxy may put something before our path."""
    route, where = f"/webhooks/{called}", urlsplit(found.url).path.rstrip("/")
    if not found.is_active:
        return fail("it is switched off", f"Look at the helpdesk why, mend that, and run {connecting(called)}.")
    if not where.endswith(route):
        return fail(f"it goes to {found.url}", f"Let its address end in {route}: {connecting(called)} does it.")
    return ok(f"active, goes to {found.url}")


def connecting(called: str, *options: str) -> str:
    """The command that makes or mends the webhook of an account such as `zendesk/acme`."""
    kind, _, account = called.partition("/")
    given = ("--account", account, "--public-url", "https://YOUR-ADDRESS", *options)
    return f"`ombuds connect {kind} {' '.join(given)}`"


def calls_ended(ended: Mapping[str, int]) -> Judged:
    """How the webhook's calls of the last seven days ended, by the helpdesk's words."""
    total = sum(ended.values())
    failed = {status: number for status, number in ended.items() if number and status not in _ARRIVED}
    told = f"{sum(failed.values()):,} of its last {total:,} calls failed"
    if not total:
        return warn("it was not called in the last seven days", "Write on a test ticket, and look again in a minute.")
    why = ", ".join(f"{status} {number:,}" for status, number in failed.items())
    if failed and sum(failed.values()) == total:
        return fail(f"{told} ({why})", "Look whether its address leads here, and its secret is in webhook_secrets.")
    if sum(failed.values()) > total * MANY_FAILED:
        fix = "Our log of those days tells what was answered; of what never came here only Zendesk's own log tells."
        return warn(f"{told} ({why})", fix)
    return ok(told)


def webhooks_heard(heard: Heard, now: datetime, called: str) -> Judged:
    """Whether webhooks come for an account such as `zendesk/acme`."""
    came = "none came" if heard.webhook_at is None else f"the last came {ago(now - heard.webhook_at)}"
    if heard.unheard >= MOST_UNHEARD:
        told = f"{came}; since then only comparing told of news, {heard.unheard} times"
        return fail(told, f"{ADVICE[:1].upper()}{ADVICE[1:]}.")
    fix = f"While Ombuds runs, write on a test ticket and look again; if none comes, {connecting(called)} mends it."
    if heard.webhook_at is None:
        return warn(f"{came} yet", fix)
    return warn(came, fix) if now - heard.webhook_at > QUIET else ok(came)


def rounds_go_on(next_round_at: datetime | None, every: timedelta, now: datetime) -> Judged:
    """Whether the account is compared with its helpdesk as often as it should be."""
    fix = "Processes of `ombuds serve` or `ombuds work` do it: look whether one runs, and what its log says."
    if next_round_at is None:
        return warn("it was never compared", fix)
    told = f"begun {ago(now - (next_round_at - every))}, every {every.total_seconds():.0f} s"
    return warn(told, fix) if now > next_round_at + every else ok(told)


def revision(found: str | None, where: str, *, is_usable: bool) -> Judged:
    """Whether the tables are as this version works with them."""
    if found is None:
        return warn(f"{where} is empty", "The first `ombuds serve` makes its tables.")
    if found < REVISION:
        fix = "The next start of `ombuds serve` or `ombuds work` brings them up to date; make a backup before."
        return warn(f"{where} has tables {found}, and this version works with {REVISION}", fix)
    if found > REVISION and is_usable:
        fix = "Nothing is wrong after a rollback; the version that wrote them may be started again at any time."
        return warn(f"{where} has newer tables {found}, on which this version works as well", fix)
    if found > REVISION:
        fix = "Use the version that wrote it, or restore the backup from before: the runbook, Rollback, tells how."
        return fail(f"{where} was written by a newer version: tables {found}, ours are {REVISION}", fix)
    return ok(f"{where}, tables {found}, can be written")


def no_file_yet(file: Path, *, can_be_made: bool) -> Judged:
    """A store that nobody has opened so far."""
    if can_be_made:
        return warn(f"there is no {file} yet", "The first `ombuds serve` makes it.")
    fix = "Make the folder, let the service's user write to it, or change [store] url."
    return fail(f"there is no {file}, and it cannot be made", fix)


def room(free_bytes: int, *, keep_mib: float, warn_mib: float) -> Judged:
    """What is free around the store's file."""
    told = f"{free_bytes / MIB:,.0f} MiB free beside the store"
    if free_bytes < keep_mib * MIB:
        return fail(f"{told}: webhooks are refused", "Make room, or lower [store] keep_free_mib.")
    if free_bytes < warn_mib * MIB:
        return warn(f"{told}: below {keep_mib:,.0f} webhooks are refused", "Make room before that.")
    return ok(told)


def readiness(answer: Answer, where: str) -> Judged:
    """What the service itself says."""
    if not answer.status:
        fix = "If it should, its log says why it ended. Start it: `systemctl start ombuds`, or `ombuds serve`."
        return warn(f"not running: nobody answers on {where} ({answer.said})", fix)
    first, *rest = answer.said.splitlines() or [""]
    if answer.status == 503:
        return fail(f"runs on {where} and is not ready: {first}", f"See http://{where}/readyz?verbose and its log.")
    if answer.status != 200 or first != "ok":
        return fail(f"something else answers on {where}", "Stop that program, or change [server] port.")
    return warn("; ".join(rest), f"See http://{where}/readyz?verbose.") if rest else ok(f"ready on {where}")


def refused(problems: Sequence[Problem], command: str) -> Judged:
    """Policies that never come into force."""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return fail(f"{str(problems[0]).rstrip('.')}{more}", f"`{command}` shows it with its lines.")


def found_warnings(told: str, warnings: Sequence[object], command: str) -> Judged:
    """Something sound, and how many places in it are to be looked at."""
    if not warnings:
        return ok(told)
    first = f"{told}; {len(warnings)} to look at, the first: {warnings[0]}"
    return warn(first, f"`{command}` shows {'it' if len(warnings) == 1 else 'each'} at its place.")


def names_there(compared: Comparison, command: str) -> Judged:
    """Whether all is there that policies name; what the helpdesk keeps no list of is nobody's fault."""
    first = next(iter(compared.problems), None)
    if first is not None:
        return warn(f"{len(compared.problems)} are not there, the first: {first.message}", f"`{command}` shows each.")
    if not compared.is_whole:
        return warn(compared.unasked[0], "Try again; or let its user be an administrator.")
    return ok("all that policies name are there")


def ago(span: timedelta) -> str:
    """A span as people say it."""
    seconds = max(span.total_seconds(), 0)
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
