"""What is counted of helpdesks: our requests, whether they answer, and what comparing with them tells."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connectors.transport import Exchange
from service.breaker import BreakerState


class HelpdeskMetrics:
    """The part of `Metrics` with a helpdesk on the other side."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._declare_requests(registry)
        self._declare_reconciliation(registry)

    def _declare_requests(self, registry: CollectorRegistry) -> None:
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
            "ombuds_helpdesk_ratelimit_remaining",
            "Requests that the account had left in its window, when it last said so here.",
            ["helpdesk", "account"],
            registry=registry,
        )
        self.limit = Gauge(
            "ombuds_helpdesk_ratelimit_limit",
            "Requests that a whole window of the account has.",
            ["helpdesk", "account"],
            registry=registry,
        )

    def _declare_reconciliation(self, registry: CollectorRegistry) -> None:
        self.reconciled = Gauge(
            "ombuds_reconcile_success_timestamp_seconds",
            "When an account was last compared with its helpdesk; 0: not since the start.",
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

    def show_accounts(
        self, breakers: Mapping[tuple[str, str], BreakerState], unheard: Mapping[tuple[str, str], int]
    ) -> None:
        """Sets what the store holds of each account, by (helpdesk, account)."""
        for (helpdesk, account), current in breakers.items():
            for state in BreakerState:
                self.breaker.labels(helpdesk=helpdesk, account=account, state=state).set(state is current)
        for (helpdesk, account), number in unheard.items():
            self.unheard.labels(helpdesk=helpdesk, account=account).set(number)

    def begin_comparing(self, helpdesk: str, account: str) -> None:
        """Begins the metrics of an account that is to be compared: 0, since it never was here."""
        for metric in (self.reconciled, self.behind, self.reconcile_failures):
            metric.labels(helpdesk=helpdesk, account=account)

    def observe(self, helpdesk: str, account: str, exchange: Exchange) -> None:
        """Counts one request to a helpdesk; code 0: no answer."""
        code = str(exchange.status)
        self.requests.labels(helpdesk=helpdesk, method=exchange.method, route=exchange.route, code=code).inc()
        self.request_s.labels(helpdesk=helpdesk).observe(exchange.duration_s)
        if exchange.remaining is not None:
            self.remaining.labels(helpdesk=helpdesk, account=account).set(exchange.remaining)
        if exchange.limit is not None:
            self.limit.labels(helpdesk=helpdesk, account=account).set(exchange.limit)
