"""What the service counts. Labels hold no ids and no words of anybody; ages are told as timestamps."""

from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from service.metrics_gate import GateMetrics
from service.metrics_helpdesks import HelpdeskMetrics
from service.metrics_policies import PolicyMetrics
from service.reasons import Reason
from service.store.records import Counts

RECEIVED = ("accepted", "duplicate", "ignored", "parked", "unverified", "unreadable", "refused", "unavailable")
VISITS = ("settled", "retried", "parked", "released", "lease_lost")
ACTIONS = ("applied", "superseded")
HELD = ("released", "made_private", "not_released")


class Metrics(PolicyMetrics, HelpdeskMetrics, GateMetrics):
    """One registry for one app. Known label combinations begin at 0, so that a rate never misses the first event.

    `gated`: the helpdesks of accounts that have a gate.
    """

    def __init__(self, helpdesks: Iterable[str], *, gated: Iterable[str] = ()) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PolicyMetrics.__init__(self, self.registry)
        HelpdeskMetrics.__init__(self, self.registry)
        GateMetrics.__init__(self, self.registry, gated)
        self._declare_webhooks(self.registry)
        self._declare_visits(self.registry)
        self._declare_store(self.registry)
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
        self.actions = Counter("ombuds_actions", "Actions on tickets.", ["action", "outcome"], registry=registry)
        self.held_replies = Counter(
            "ombuds_held_replies",
            "Replies a helpdesk held back, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self.loops = Counter("ombuds_loop_suppressed", "Echoes of ourselves.", ["reason"], registry=registry)
        self.ready = Gauge("ombuds_ready", "1 if /readyz says so: a webhook that comes now is kept.", registry=registry)
        build = Gauge("ombuds_build_info", "Always 1.", ["version"], registry=registry)
        build.labels(version=version("ombuds")).set(1)

    def _declare_store(self, registry: CollectorRegistry) -> None:
        self.commits = Histogram(
            "ombuds_db_commit_writes",
            "Writes that shared a commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=registry,
        )
        self.commit_s = Histogram(
            "ombuds_db_commit_duration_seconds", "How long writes waited for their commit.", registry=registry
        )
        self.depth = Gauge("ombuds_queue_depth", "Tickets by what they wait for.", ["state"], registry=registry)
        self.oldest_due = Gauge(
            "ombuds_queue_oldest_due_timestamp_seconds",
            "Since when the longest waiting ticket is due, of helpdesks that answer.",
            registry=registry,
        )
        self.free = Gauge(
            "ombuds_store_free_bytes", "Room on the disk of the store's file; NaN: on a server.", registry=registry
        )
        self.dead = Gauge("ombuds_dead_letters", "Dead letters not replayed.", ["reason"], registry=registry)

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
        for outcome in HELD:
            self.held_replies.labels(outcome=outcome)
        for reason in ("own_change", "fuse"):
            self.loops.labels(reason=reason)
        self.show_counts(Counts(due=0, waiting=0, leased=0, rechecks=0, oldest_due_at=None, dead_letters={}))

    def observe_commit(self, writes: int, duration_s: float) -> None:
        """Counts one commit, also one that failed."""
        self.commits.observe(writes)
        self.commit_s.observe(duration_s)

    def show_counts(self, counts: Counts) -> None:
        """Sets the gauges that are read from the store. Without anything due, the timestamp is NaN and not 0."""
        states = {"due": counts.due, "waiting": counts.waiting, "leased": counts.leased, "recheck": counts.rechecks}
        for state, number in states.items():
            self.depth.labels(state=state).set(number)
        self.oldest_due.set(counts.oldest_due_at.timestamp() if counts.oldest_due_at else float("nan"))
        self.show_accounts(counts.breakers, counts.unheard)
        for reason in {*Reason, *counts.dead_letters}:
            self.dead.labels(reason=reason).set(counts.dead_letters.get(reason, 0))

    def text(self) -> bytes:
        """The exposition, as Prometheus reads it."""
        return generate_latest(self.registry)
