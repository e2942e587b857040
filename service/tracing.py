"""What can be followed from a webhook's receipt to what was done about it; nothing, unless the settings ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.helpdesk import Delivery
from connectors.transport import Exchange
from service.settings import TracingSettings
from service.store.records import Visit


class TracingError(Exception):
    """Tracing was asked for and cannot be done; the message says what to do."""


class Tracing:
    """Tells nobody anything. `service/traces.py` tells OpenTelemetry."""

    def received(self, delivery: Delivery, outcome: str, *, took_s: float) -> None:
        """A webhook was answered just now; `outcome` as on the metrics."""

    @contextmanager
    def visit(self, _: Visit) -> Iterator[None]:
        """What happens inside belongs to this visit, and the visit to the deliveries that it takes care of."""
        yield

    @contextmanager
    def step(self, _: str) -> Iterator[None]:
        """What happens inside is this step of a visit."""
        yield

    def asked(self, helpdesk: str, exchange: Exchange) -> None:
        """A helpdesk was asked something and the request has ended just now."""

    def close(self) -> None:
        """Sends what is left."""


def tracing_for(settings: TracingSettings) -> Tracing:
    """What the settings ask for. Raises TracingError."""
    if not settings.enabled:
        return Tracing()
    try:
        from service.traces import open_telemetry
    except ImportError as error:
        raise TracingError(
            "[tracing] enabled = true needs OpenTelemetry, which is not installed: pip install 'ombuds[tracing]', or "
            "set enabled = false."
        ) from error
    return open_telemetry()
