"""One visit to one ticket: read it fresh, judge what is new, write that down, act, look ahead."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from connectors.errors import ConflictError, HelpdeskError, UnaskedError
from connectors.helpdesk import Connector, Fetched, Helpdesk
from policies.calendar import STANDARD, Calendar
from policies.engine import recheck_at
from policies.ticket import Ticket
from policies.verdict import Action
from service import failures
from service.breakers import Breakers
from service.budgets import Trips
from service.bypasses import bypasses
from service.candidate import Candidate
from service.commands import commands_in, needs_groups
from service.elsewhere import astray, review_among_others
from service.enforcement import Limits, is_allowed, reach, refit
from service.metrics import Metrics
from service.pausing import Pauses
from service.reasons import Reason
from service.release import Release
from service.review import Material, Review, to_judge, watched_since
from service.rulebooks import Rulebooks
from service.settings import WorkSettings
from service.store.records import ActionState, Past, StoredAction, Visit
from service.store.rounds import EVENT
from service.store.store import Store
from service.store.views import pack
from service.telling import count_review
from service.tracing import Tracing

MOST_ROUNDS = 3
"""How often a ticket that moves on while we look at it is looked at again within a visit."""
_NOT_AGAIN_BEFORE = timedelta(minutes=1)

Clock = Callable[[], datetime]
Account = tuple[str, str]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """All that a visit needs. Accounts are (helpdesk, account)."""

    store: Store
    rulebooks: Rulebooks
    connectors: Mapping[Account, Connector]
    limits: Mapping[Account, Limits]
    work: WorkSettings
    breakers: Breakers
    pauses: Pauses
    metrics: Metrics
    clock: Clock
    steady: Clock
    """For leases and waits: a clock that nobody sets."""
    calendars: Mapping[Account, Calendar] = field(default_factory=dict)
    gated: frozenset[Account] = frozenset()
    """The accounts whose drafts are judged before they are sent."""
    keeps_views: bool = True
    """Whether their tickets may be kept as they were read."""
    candidate: Candidate | None = None
    trips: Trips = field(default_factory=Trips)
    tracing: Tracing = field(default_factory=Tracing)

    async def run(self, visit: Visit) -> None:
        """Visits the ticket, and settles, postpones or parks the visit. Raises StoreError, LeaseLostError."""
        account = (visit.ticket.helpdesk, visit.ticket.account)
        connector = self.connectors.get(account)
        if connector is None:
            detail = "The settings no longer hold this account: add it again, then replay this dead letter."
            await self._give_up(visit, failures.GiveUp(reason=Reason.UNKNOWN_ACCOUNT, detail=detail))
        elif visit.tries > len(self.work.retry_s) + 1:
            detail = f"The service ended in the middle of {visit.tries - 1} visits to this ticket."
            await self._give_up(visit, failures.GiveUp(reason=Reason.GAVE_UP, detail=detail, gives_up_actions=True))
        else:
            await self._try(visit, connector.helpdesk, self.limits.get(account, Limits()))

    async def _try(self, visit: Visit, helpdesk: Helpdesk, limits: Limits) -> None:
        try:
            ticket, past = await self._look_and_act(visit, helpdesk, limits)
        except HelpdeskError as error:
            await self.breakers.heard_in(visit, error, self.steady())
            await self._fail(visit, error)
            return
        await self.breakers.heard_in(visit, None, self.steady())
        await self._settle(visit, ticket, past)

    async def _look_and_act(self, visit: Visit, helpdesk: Helpdesk, limits: Limits) -> tuple[Ticket, Past]:
        """The ticket as it was last read, and its past with what was found on this visit.

        Raises HelpdeskError; ConflictError if it did not come to rest.
        """
        bookmark, deadline, past = visit.bookmark, visit.recheck_at, visit.past
        release = Release(
            store=self.store, metrics=self.metrics, visit=visit, helpdesk=helpdesk, renew=partial(self._renew, visit)
        )
        for round_left in reversed(range(MOST_ROUNDS)):
            with self.tracing.step("read"):
                fetched = await helpdesk.fetch_ticket(visit.ticket.id, bookmark)
            if self._is_gated(visit):  # what was answered at the gate was answered before it let the change pass
                past = await self.store.past(visit)
            since = watched_since(visit, fetched.ticket.created_at, self.clock())
            ticket = replace(fetched.ticket, watched_since=since)
            material = await self._material(visit, replace(fetched, ticket=ticket), past, deadline, limits)
            material = replace(material, groups=await _groups(material, helpdesk))
            with self.tracing.step("judge"):
                reviewed = await review_among_others(self.store, visit, material)
            if fetched.bookmark != bookmark or not reviewed.is_empty:
                past = await self._record(visit, material, reviewed, fetched.bookmark)
            bookmark, deadline = fetched.bookmark, None
            try:
                is_touched = await self._carry_out(visit, helpdesk, ticket, past, limits)
                if ticket.held is not None:
                    in_force = replace(limits, paused=await self.pauses.current())
                    await release(ticket, in_force, is_touched=is_touched)
            except ConflictError:
                if not round_left:
                    raise
                past = await self.store.past(visit)
                continue
            break
        return ticket, past

    async def _material(
        self, visit: Visit, fetched: Fetched, past: Past, deadline: datetime | None, limits: Limits
    ) -> Material:
        rulebook = self.rulebooks.current
        return Material(
            rulebook=rulebook,
            limits=limits.under(rulebook, await self.pauses.current()),
            ticket=fetched.ticket,
            unjudged=fetched.unjudged,
            past=past,
            now=self.clock(),
            deadline=deadline,
            calendar=self._calendar(visit),
            astray=await astray(self.store, rulebook, visit, self.clock()),
        )

    async def _record(self, visit: Visit, material: Material, reviewed: Review, bookmark: str) -> Past:
        """Writes down what a round came to, and tells of it; the ticket's past with that in it."""
        ticket, now = material.ticket, material.now
        record = reviewed.record(bookmark, ticket.watched_since or now, now)
        if self._is_gated(visit) and self.keeps_views:
            record = replace(record, view=await asyncio.to_thread(pack, ticket, now))
        await self.store.record(visit, record)
        self._tell(visit, material, reviewed)
        await self._tell_if_unheard(visit, reviewed)
        if self._is_gated(visit):
            await self._tell_bypasses(visit, material, reviewed)
        if self.candidate:
            await self.candidate.compare(visit, material, reviewed)
        return await self.store.past(visit) if record.adds_to_past else material.past

    def _is_gated(self, visit: Visit) -> bool:
        return (visit.ticket.helpdesk, visit.ticket.account) in self.gated

    async def _carry_out(self, visit: Visit, helpdesk: Helpdesk, ticket: Ticket, past: Past, limits: Limits) -> bool:
        """Applies what is decided and not done, also by an earlier visit that did not get so far.

        Whether the ticket was touched, and so is not any more as it was read.
        """
        is_touched = False
        for stored in past.actions:
            if stored.state is ActionState.PENDING:
                asked_by = {finding.policy for finding in past.findings if finding.action_id == stored.action.id}
                in_force = replace(limits, paused=await self.pauses.current())
                action = refit(stored.action, ticket) if is_allowed(stored.action, in_force, asked_by) else None
                await self._apply(visit, helpdesk, ticket, stored, action)
                is_touched = is_touched or action is not None
        return is_touched

    async def _apply(
        self, visit: Visit, helpdesk: Helpdesk, ticket: Ticket, stored: StoredAction, action: Action | None
    ) -> None:
        state = ActionState.SUPERSEDED if action is None else ActionState.APPLIED
        if action is not None:
            await self._renew(visit)
            with self.tracing.step("act"):
                await helpdesk.apply(action, ticket)
        await self.store.mark_action(visit, stored.action.id, state, self.clock())
        kind = reach(stored.action)
        self.metrics.actions.labels(action=kind, outcome=state).inc()
        log.info("action finished", **visit.ticket.logged, action_id=stored.action.id, kind=kind, outcome=state)

    async def _renew(self, visit: Visit) -> None:
        """Nobody else may have the ticket at the moment of the one thing that cannot be rolled back."""
        await self.store.renew(visit, self.steady(), lease_s=self.work.lease_s)

    async def _settle(self, visit: Visit, ticket: Ticket, past: Past) -> None:
        now = self.clock()
        reported = {finding.id for finding in past.findings}
        next_at = await asyncio.to_thread(
            recheck_at, self.rulebooks.current, ticket, now, reported=reported, calendar=self._calendar(visit)
        )
        if next_at is not None and next_at <= now and visit.recheck_at is not None:
            next_at = now + _NOT_AGAIN_BEFORE  # the clock was heard just now; never in a circle
        await self.store.settle(visit, self.steady(), recheck_at=next_at, read_as_of=ticket.updated_at)
        self.metrics.visits.labels(outcome="settled").inc()
        for taken in visit.deliveries:
            self.metrics.end_to_end_s.observe(max((now - taken.received_at).total_seconds(), 0.0))

    def _calendar(self, visit: Visit) -> Calendar:
        return self.calendars.get((visit.ticket.helpdesk, visit.ticket.account), STANDARD)

    async def _fail(self, visit: Visit, error: HelpdeskError) -> None:
        chance = random.random()  # noqa: S311 - spreads retries, guards nothing
        age = self.steady() - visit.tried_since if visit.tried_since else timedelta()
        # A probe is no try of its ticket's, and so never its last one.
        tries = max(visit.tries - 1, 1) if visit.is_probe else visit.tries
        outcome = failures.after(error, self.work.patience, tries=tries, age=age, chance=chance)
        if isinstance(outcome, failures.GiveUp):
            await self._give_up(visit, outcome)
            return
        spends_try = not (visit.is_probe or isinstance(error, UnaskedError))
        await self.store.retry_later(visit, self.steady() + outcome.wait, spends_try=spends_try)
        self.metrics.visits.labels(outcome="retried").inc()
        wait_s = round(outcome.wait.total_seconds(), 1)
        log.warning("visit postponed", **visit.ticket.logged, error=str(error), tries=tries, wait_s=wait_s)

    async def _give_up(self, visit: Visit, outcome: failures.GiveUp) -> None:
        await self.store.park(
            visit,
            self.clock(),
            reason=outcome.reason,
            detail=outcome.detail,
            gives_up_actions=outcome.gives_up_actions,
        )
        self.metrics.visits.labels(outcome="parked").inc()
        log.error("visit parked as a dead letter", **visit.ticket.logged, reason=outcome.reason, detail=outcome.detail)

    def _tell(self, visit: Visit, material: Material, reviewed: Review) -> None:
        count_review(self.metrics, reviewed)
        action = reviewed.plan.action
        log.info(
            "ticket judged",
            **visit.ticket.logged,
            changes=len(reviewed.verdicts),
            findings=[f"{ruling.found.finding.policy}:{ruling.mode}" for ruling in reviewed.plan.rulings],
            action_id=action.id if action else None,
        )
        for told in reviewed.ops_notes:
            about = {"policy": told.policy, "topic": told.topic, "change_id": told.change_id}
            log.warning("ops told", **visit.ticket.logged, **about)
        budget = material.limits.notes_per_policy_and_day
        self.trips.tell(visit.ticket, reviewed.plan.over_budget, budget, material.now)
        if reviewed.plan.is_fused:
            log.warning("fuse held an action back", **visit.ticket.logged)

    async def _tell_bypasses(self, visit: Visit, material: Material, reviewed: Review) -> None:
        for policy, path in await bypasses(self.store, visit, material, reviewed):
            self.metrics.bypass_seen.labels(policy=policy, path=path).inc()
            log.warning("sent although the gate would have refused it", **visit.ticket.logged, policy=policy, path=path)

    async def _tell_if_unheard(self, visit: Visit, reviewed: Review) -> None:
        if not reviewed.verdicts or not visit.deliveries or any(taken.event != EVENT for taken in visit.deliveries):
            return
        self.metrics.missed.labels(helpdesk=visit.ticket.helpdesk).inc()
        changes = len(reviewed.verdicts)
        log.warning("no webhook told of this; found by comparing", **visit.ticket.logged, changes=changes)
        await self.store.note_unheard(visit.ticket.helpdesk, visit.ticket.account)


async def _groups(material: Material, helpdesk: Helpdesk) -> dict[str, frozenset[str]]:
    """The groups of agents who ask to approve something; others are not looked up."""
    ticket = material.ticket
    changes = to_judge(ticket, material.unjudged)
    approvers = {change.actor.id for change in changes if needs_groups(commands_in(ticket, change))}
    return {agent_id: await helpdesk.groups_of(agent_id) for agent_id in sorted(approvers)}
