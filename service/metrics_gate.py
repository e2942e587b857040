"""What is counted at the gate. Which policies spoke is told by the counters of policies, at the point `draft`."""

from collections.abc import Collection, Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram

from service.gate_bodies import Alone
from service.gate_door import CODES


class GateMetrics:
    """The part of `Metrics` that is about drafts."""

    def __init__(self, registry: CollectorRegistry, helpdesks: Iterable[str]) -> None:
        self.gate_requests = Counter(
            "ombuds_gate_requests",
            "Requests to the gate by what became of them.",
            ["helpdesk", "outcome"],
            registry=registry,
        )
        self.gate_verdicts = Counter(
            "ombuds_gate_verdicts",
            "Drafts by what their agent was told; checked: whether they could be judged.",
            ["verdict", "checked"],
            registry=registry,
        )
        self.gate_s = Histogram(
            "ombuds_gate_duration_seconds",
            "Time to answer about a draft.",
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 0.5, 1, 2, 5),
            registry=registry,
        )
        self.gate_unchecked = Counter(
            "ombuds_gate_unchecked",
            "Drafts that went out, or were stopped, without being judged; told by us or by the app.",
            ["helpdesk", "reason", "outcome"],
            registry=registry,
        )

        self._begin_gate_at_zero(frozenset(helpdesks))

    def _begin_gate_at_zero(self, helpdesks: Collection[str]) -> None:
        for helpdesk in helpdesks:
            for code in CODES:
                self.gate_requests.labels(helpdesk=helpdesk, outcome=code)
            for reason, outcome in product((*Alone, *OURS), ("allowed", "blocked")):
                self.gate_unchecked.labels(helpdesk=helpdesk, reason=reason, outcome=outcome)
        for verdict in ("allow", "warn", "block") if helpdesks else ():
            self.gate_verdicts.labels(verdict=verdict, checked="true")
        for verdict in ("allow", "block") if helpdesks else ():
            self.gate_verdicts.labels(verdict=verdict, checked="false")


OURS = ("failed", "slow", "unseen")
"""Why we could not judge: a fault of ours, no time, or a draft that the app could not read."""
