"""Lets the replies go that a helpdesk holds back, on one visit to their ticket."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog

from connectors.errors import ConflictError, CredentialsError, HelpdeskError, RefusedError
from connectors.helpdesk import Helpdesk
from policies.ticket import Ticket
from policies.verdict import Action
from service.enforcement import Limits
from service.holding import end_of_hold, not_private
from service.metrics import Metrics
from service.store.records import Visit
from service.store.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What ends holds on one visit. `renew` makes sure that nobody else has the ticket."""

    store: Store
    metrics: Metrics
    visit: Visit
    helpdesk: Helpdesk
    renew: Callable[[], Awaitable[None]]
    hidden: set[str] = field(default_factory=set)
    """Changes whose replies were made private on this visit: a helpdesk's records may not tell so yet."""

    async def __call__(self, ticket: Ticket, limits: Limits, *, is_touched: bool) -> None:
        """Whatever came of judging, no reply stays held. Raises ConflictError for the next step on a fresh reading."""
        ticket = replace(ticket, held=tuple(change for change in ticket.held or () if change not in self.hidden))
        step = end_of_hold(ticket, await self.store.past(self.visit), limits)
        if step is None:
            log.warning("held reply can no more be mailed", **self.visit.ticket.logged, standing=ticket.standing)
            return
        if is_touched and step.ends_hold:
            raise ConflictError("the ticket was written to, and is read again before its replies go")
        await self.renew()
        await self._apply(step, ticket)
        self._tell(step, ticket, outcome="made_private" if step.make_private else "released")
        if step.make_private:
            comments = {change.comment.id: change.id for change in ticket.changes if change.comment}
            self.hidden.update(comments[comment_id] for comment_id in step.make_private)
            raise ConflictError("a reply was made private: the ticket is read again before the hold ends")

    async def _apply(self, step: Action, ticket: Ticket) -> None:
        try:
            await self.helpdesk.apply(step, ticket)
        except ConflictError:
            raise
        except HelpdeskError as error:
            self._tell(step, ticket, outcome="not_released")  # first: the helpdesk may refuse the note as well
            if step.make_private and isinstance(error, RefusedError | CredentialsError):
                await self.helpdesk.apply(not_private(step, ticket), ticket)
            raise

    def _tell(self, step: Action, ticket: Ticket, *, outcome: str) -> None:
        replies = len(step.make_private or ticket.held or ())
        if not replies:
            return
        self.metrics.held_replies.labels(outcome=outcome).inc(replies)
        log.info("held reply decided", **self.visit.ticket.logged, outcome=outcome, replies=replies)
