"""Where what happens is told: metrics always, traces where the settings ask for them."""

from dataclasses import dataclass

from connectors.transport import Exchange
from service.metrics import Metrics
from service.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Both."""

    metrics: Metrics
    tracing: Tracing

    def observe(self, helpdesk: str, account: str, exchange: Exchange) -> None:
        """One request to a helpdesk has ended."""
        self.metrics.observe(helpdesk, account, exchange)
        self.tracing.asked(helpdesk, exchange)
