"""What the service counts. Labels hold no ids and no words of anybody; ages are told as timestamps."""

import math
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from connectors.transport import Exchange
from policies.correcting import Correction
from policies.policy import Rulebook
from policies.verdict import Mode, Point, Result, Tell
from service.breaker import BreakerState
from service.reasons import Reason
from service.store.records import CommandKind, Counts

RECEIVED = ("accepted", "duplicate", "ignored", "parked", "unverified", "unreadable", "refused", "unavailable")
VISITS = ("settled", "retried", "parked", "released", "lease_lost")
ACTIONS = ("applied", "superseded")
HELD = (
    "ceiling", "rollout", "kill_switch", "paused", "standing", "approved", "answered", "covered", "note_window",
    "budget", "fuse",
)  # fmt: skip


class Metrics:
    """One registry for one app. Known label combinations begin at 0, so that a rate never misses the first event."""

    def __init__(self, helpdesks: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        self._declare_webhooks(self.registry)
        self._declare_visits(self.registry)
        self._declare_helpdesks(self.registry)
        self._declare_reconciliation(self.registry)
        self._declare_store(self.registry)
        self._declare_candidate(self.registry)
        self._begin_at_zero(helpdesks)

    def _declare_webhooks(self, registry: CollectorRegistry) -> None:
        self.received = Counter(
            "ombuds_webhooks_received", "Webhooks by what became of them.", ["helpdesk", "outcome"], registry=registry
        )
        self.ack_s = Histogram("ombuds_webhook_ack_duration_seconds", "Time to answer a webhook.", registry=registry)
        self.end_to_end_s = Histogram(
            "ombuds_event_end_to_end_seconds",
            "Time from a webhook's receipt to its end.",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
            registry=registry,
        )

    def _declare_visits(self, registry: CollectorRegistry) -> None:
        self.visits = Counter("ombuds_visits", "Visits by how they ended.", ["outcome"], registry=registry)
        self.visit_s = Histogram("ombuds_visit_duration_seconds", "Time of a visit.", registry=registry)
        self.decisions = Counter(
            "ombuds_decisions",
            "What policies said of changes, with the mode in force.",
            ["policy", "result", "mode", "point"],
            registry=registry,
        )
        self.actions = Counter("ombuds_actions", "Actions on tickets.", ["action", "outcome"], registry=registry)
        self.held = Counter("ombuds_findings_held", "Findings that were held back.", ["reason"], registry=registry)
        self.ops_notes = Counter(
            "ombuds_ops_notes", "Findings told to those who run the desk.", ["policy"], registry=registry
        )
        self.notes_followed = Counter(
            "ombuds_notes_followed",
            "Findings told to agents, by what an agent did first to make them good.",
            ["policy", "outcome"],
            registry=registry,
        )
        self.budget_exhausted = Gauge(
            "ombuds_policy_budget_exhausted",
            "1 while a policy has left all the notes that it may leave in a day, on any account.",
            ["policy"],
            registry=registry,
        )
        self.loops = Counter("ombuds_loop_suppressed", "Echoes of ourselves.", ["reason"], registry=registry)
        self.paused = Gauge("ombuds_paused", "1 while everything is paused.", registry=registry)
        self.policies_paused = Gauge("ombuds_policies_paused", "Policies paused by name.", registry=registry)
        self.answers = Counter(
            "ombuds_answers", "What agents answered to findings.", ["policy", "command", "outcome"], registry=registry
        )
        self.policies_loaded = Gauge(
            "ombuds_policy_load_success_timestamp_seconds", "When the policies were read.", registry=registry
        )
        self.policy_reload_success = Gauge(
            "ombuds_policy_reload_success", "1 if the policy files are in force as they stand.", registry=registry
        )
        self.policy_reload_failures = Counter(
            "ombuds_policy_reload_failures", "Changed policy files that were refused.", registry=registry
        )
        self.policy_revision = Gauge(
            "ombuds_policy_info", "1 for the revision of the policies in force.", ["revision"], registry=registry
        )
        self.exceptions = Gauge("ombuds_exceptions", "Exceptions from policies, expired or not.", registry=registry)
        self.exceptions_unused = Gauge(
            "ombuds_exceptions_unused", "Those nobody needed for 30 days; NaN: not counted.", registry=registry
        )
        self.exceptions_over_wide = Gauge(
            "ombuds_exceptions_over_wide",
            "Those that cover more than half of what their policy found; NaN: not counted.",
            registry=registry,
        )
        for gauge in (self.exceptions_unused, self.exceptions_over_wide):
            gauge.set(math.nan)
        self.exception_expiry = Gauge(
            "ombuds_exceptions_next_expiry_timestamp_seconds",
            "The end of the day on which the next exception that has not expired does.",
            registry=registry,
        )
        build = Gauge("ombuds_build_info", "Always 1.", ["version"], registry=registry)
        build.labels(version=version("ombuds")).set(1)

    def _declare_helpdesks(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "ombuds_helpdesk_requests",
            "Requests to helpdesks; code 0: no answer.",
            ["helpdesk", "method", "route", "code"],
            registry=registry,
        )
        self.request_s = Histogram(
            "ombuds_helpdesk_request_duration_seconds", "Time of a request.", ["helpdesk"], registry=registry
        )
        self.breaker = Gauge(
            "ombuds_breaker_state",
            "1 for the state each account's breaker is in; open: its tickets wait.",
            ["helpdesk", "account", "state"],
            registry=registry,
        )
        self.breaker_opened = Counter(
            "ombuds_breaker_opened", "How often a helpdesk was found down.", ["helpdesk", "account"], registry=registry
        )
        self.remaining = Gauge(
            "ombuds_helpdesk_ratelimit_remaining", "Requests left, as it says.", ["helpdesk"], registry=registry
        )

    def _declare_reconciliation(self, registry: CollectorRegistry) -> None:
        self.reconciled = Gauge(
            "ombuds_reconcile_success_timestamp_seconds",
            "When an account was last compared with its helpdesk.",
            ["helpdesk", "account"],
            registry=registry,
        )
        self.behind = Counter(
            "ombuds_reconcile_behind",
            "Tickets that had moved since they were read.",
            ["helpdesk", "account"],
            registry=registry,
        )
        self.reconcile_failures = Counter(
            "ombuds_reconcile_failures", "Comparisons that failed.", ["helpdesk", "account"], registry=registry
        )
        self.unheard = Gauge(
            "ombuds_webhooks_unheard",
            "News that only comparing told of, since the account's last webhook; 3 or more: its sender has stopped.",
            ["helpdesk", "account"],
            registry=registry,
        )
        self.invocations = Gauge(
            "ombuds_webhook_invocations",
            "How the helpdesk says its webhooks ended, in the part of its log that was last read here.",
            ["helpdesk", "account", "status"],
            registry=registry,
        )
        self.missed = Counter(
            "ombuds_webhooks_missed", "Visits with news that no webhook told of.", ["helpdesk"], registry=registry
        )

    def _declare_store(self, registry: CollectorRegistry) -> None:
        self.commits = Histogram(
            "ombuds_db_commit_writes",
            "Writes that shared a commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=registry,
        )
        self.depth = Gauge("ombuds_queue_depth", "Tickets by what they wait for.", ["state"], registry=registry)
        self.oldest_due = Gauge(
            "ombuds_queue_oldest_due_timestamp_seconds", "Since when the longest waiting is due.", registry=registry
        )
        self.free = Gauge(
            "ombuds_store_free_bytes", "Room on the disk of the store's file; NaN: on a server.", registry=registry
        )
        self.dead = Gauge("ombuds_dead_letters", "Dead letters not replayed.", ["reason"], registry=registry)

    def _declare_candidate(self, registry: CollectorRegistry) -> None:
        self.candidate_differences = Counter(
            "ombuds_candidate_differences",
            "Where the candidate judges otherwise, at each look by the clock too; kind: new, lost, unknown, mode.",
            ["policy", "kind"],
            registry=registry,
        )
        self.candidate_compared = Counter(
            "ombuds_candidate_compared", "Changes that the candidate judged as well.", registry=registry
        )
        self.candidate_load_success = Gauge(
            "ombuds_candidate_load_success",
            "1 if the candidate's files are compared as they stand; NaN: there are none.",
            registry=registry,
        )
        self.candidate_load_success.set(math.nan)

    def _begin_at_zero(self, helpdesks: Iterable[str]) -> None:
        for helpdesk in helpdesks:
            for outcome in RECEIVED:
                self.received.labels(helpdesk=helpdesk, outcome=outcome)
            self.request_s.labels(helpdesk=helpdesk)
            self.missed.labels(helpdesk=helpdesk)
        for outcome in VISITS:
            self.visits.labels(outcome=outcome)
        for outcome in ACTIONS:
            for action in ("note", "block"):
                self.actions.labels(action=action, outcome=outcome)
        for reason in HELD:
            self.held.labels(reason=reason)
        for reason in ("own_change", "fuse"):
            self.loops.labels(reason=reason)
        self.show_counts(Counts(due=0, waiting=0, leased=0, rechecks=0, oldest_due_at=None, dead_letters={}))

    def show_policies(self, rulebook: Rulebook, loaded_at_s: float) -> None:
        """Begins the counters of every policy."""
        self.policies_loaded.set(loaded_at_s)
        self.policy_reload_success.set(1)
        self.policy_revision.clear()
        self.policy_revision.labels(revision=rulebook.revision).set(1)
        ends = [_end_of(one.expires) for one in rulebook.exceptions]
        self.exceptions.set(len(ends))
        self.exception_expiry.set(min((end for end in ends if end > loaded_at_s), default=math.nan))
        self.show_budgets(frozenset(), rulebook)
        for policy in rulebook.policies:
            mode = policy.modes.get(Point.EVENT, Mode.OBSERVE)
            if policy.tell is Tell.OPS:
                self.ops_notes.labels(policy=policy.id)
            for correction in Correction:
                self.notes_followed.labels(policy=policy.id, outcome=correction)
            for result in Result:
                self.decisions.labels(policy=policy.id, result=result, mode=mode, point=Point.EVENT)
            for command in (CommandKind.APPROVE, CommandKind.OVERRIDE, CommandKind.WRONG):
                for outcome in ("accepted", "refused"):
                    self.answers.labels(policy=policy.id, command=command, outcome=outcome)

    def show_budgets(self, exhausted: Collection[str], rulebook: Rulebook) -> None:
        """Sets which of the policies in force have no note left."""
        self.budget_exhausted.clear()
        for policy in rulebook.policies:
            self.budget_exhausted.labels(policy=policy.id).set(policy.id in exhausted)

    def show_counts(self, counts: Counts) -> None:
        """Sets the gauges that are read from the store. Without anything due, the timestamp is NaN and not 0."""
        states = {"due": counts.due, "waiting": counts.waiting, "leased": counts.leased, "recheck": counts.rechecks}
        for state, number in states.items():
            self.depth.labels(state=state).set(number)
        self.oldest_due.set(counts.oldest_due_at.timestamp() if counts.oldest_due_at else float("nan"))
        for (helpdesk, account), current in counts.breakers.items():
            for state in BreakerState:
                self.breaker.labels(helpdesk=helpdesk, account=account, state=state).set(state is current)
        for (helpdesk, account), number in counts.unheard.items():
            self.unheard.labels(helpdesk=helpdesk, account=account).set(number)
        for reason in {*Reason, *counts.dead_letters}:
            self.dead.labels(reason=reason).set(counts.dead_letters.get(reason, 0))

    def observe(self, helpdesk: str, exchange: Exchange) -> None:
        """Counts one request to a helpdesk; code 0: no answer."""
        code = str(exchange.status)
        self.requests.labels(helpdesk=helpdesk, method=exchange.method, route=exchange.route, code=code).inc()
        self.request_s.labels(helpdesk=helpdesk).observe(exchange.duration_s)
        if exchange.remaining is not None:
            self.remaining.labels(helpdesk=helpdesk).set(exchange.remaining)

    def text(self) -> bytes:
        """The exposition, as Prometheus reads it."""
        return generate_latest(self.registry)


def _end_of(day: date) -> float:
    """The second after it, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()
