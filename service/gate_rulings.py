"""How far the findings in a draft go: like those after the event, without what spares the ticket notes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from policies.ticket import Change, Ticket
from policies.verdict import Finding, Mode, Tell
from service.enforcement import Found, Limits, Ruling, covered, ruling_of
from service.store.records import CommandKind, Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The policies that agents have answered on the ticket within the note window, by what they said."""

    approved: frozenset[str] = frozenset()
    overridden: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()

    def holds(self, finding: Finding, mode: Mode) -> str | None:
        """Why the finding is not told again; None if it is. A block goes by approval, or by override where that may."""
        if finding.policy in self.approved:
            return "approved"
        may_pass = finding.policy in self.overridden and (mode is Mode.NOTE or finding.overridable)
        return "answered" if may_pass or (mode is Mode.NOTE and finding.policy in self.wrong) else None


def settled(past: Past, limits: Limits, now: datetime) -> Settled:
    """What was answered lately, and counts."""
    since = now - limits.note_window
    given = [one for one in past.answers if one.refusal is None and one.given_at >= since]
    said = {kind: frozenset(one.policy for one in given if one.command is kind) for kind in CommandKind}
    return Settled(
        approved=said[CommandKind.APPROVE], overridden=said[CommandKind.OVERRIDE], wrong=said[CommandKind.WRONG]
    )


def rulings_of(
    ticket: Ticket, change: Change, findings: Sequence[Finding], before: Settled, limits: Limits, *, knows_past: bool
) -> tuple[Ruling, ...]:
    """A ruling for each finding. Where nothing is known of the ticket's past, what rests on it is no more than a note.

    What is for ops is recorded and no concern of the agent's.
    """
    wanted = [ruling_of(Found(finding=finding, change=change), ticket, limits) for finding in findings]
    quiet = covered(wanted)
    return tuple(_held(ruling, before, quiet, knows_past=knows_past) for ruling in wanted)


def _held(ruling: Ruling, before: Settled, quiet: set[tuple[str, str]], *, knows_past: bool) -> Ruling:
    finding, mode = ruling.found.finding, ruling.mode
    if finding.tell is Tell.OPS or not ruling.is_told:
        return ruling
    held_by = before.holds(finding, mode)
    if held_by is None and mode is Mode.NOTE and (finding.policy, ruling.found.change.id) in quiet:
        held_by = "covered"
    if held_by is not None:
        return replace(ruling, mode=Mode.OBSERVE, held_by=held_by)
    if mode is Mode.BLOCK and not knows_past:
        return replace(ruling, mode=Mode.NOTE, held_by="no_past")
    return ruling
