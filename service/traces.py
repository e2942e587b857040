"""One trace from a webhook's receipt to what is done about it, by OpenTelemetry.

Receipt and visit may lie hours and machines apart. Nothing is carried from one to the other: both work out the ids of
the trace from what the store keeps of a delivery anyway. Where the traces go, their sampling and the service's name are
OpenTelemetry's own variables, `OTEL_EXPORTER_OTLP_ENDPOINT` and so on
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/, read 2026-11).
Spans hold ids, counts and outcomes, and no word of anybody.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from connectors.helpdesk import Delivery
from connectors.transport import Exchange
from service.store.records import TicketKey, Visit
from service.store.schema import microseconds
from service.tracing import Tracing

EXPORT_S = 3.0
"""Of which the end of a process may take one: it has a grace."""
_RECEIPT = "webhook"
_wanted: ContextVar[SpanContext | None] = ContextVar("wanted", default=None)
"""Whose ids the span that begins now is to have; None: any."""


def open_telemetry() -> "OpenTelemetry":
    """Spans are sent by OTLP over HTTP in the background, and dropped if nobody takes them."""
    resource = Resource({"service.name": "ombuds"}).merge(Resource.create())
    provider = TracerProvider(resource=resource, id_generator=_Ids())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_S)))
    return OpenTelemetry(provider)


class OpenTelemetry(Tracing):
    """Every method as in `Tracing`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("ombuds")

    def received(self, delivery: Delivery, outcome: str, *, took_s: float) -> None:
        """A span of its own, whose ids the visit will know."""
        if delivery.ticket_id is None:
            return
        ticket = TicketKey(helpdesk=delivery.helpdesk, account=delivery.account, id=delivery.ticket_id)
        reset = _wanted.set(self._context(ticket, delivery.received_at))
        try:
            span = self._tracer.start_span(
                _RECEIPT,
                kind=SpanKind.SERVER,
                start_time=_ago_ns(took_s),
                attributes={**_ids(ticket), "ombuds.event": delivery.event, "ombuds.outcome": outcome},
            )
        finally:
            _wanted.reset(reset)
        span.end()

    @contextmanager
    def visit(self, visit: Visit) -> Iterator[None]:
        """Child of the first delivery's span, linked to the others'; a trace of its own where only the clock called."""
        contexts = [self._context(visit.ticket, taken.received_at) for taken in visit.deliveries]
        counts = {"ombuds.tries": visit.tries, "ombuds.deliveries": len(visit.deliveries)}
        with self._within(
            "visit",
            context=trace.set_span_in_context(NonRecordingSpan(contexts[0])) if contexts else None,
            kind=SpanKind.CONSUMER,
            links=[Link(context) for context in contexts[1:]],
            attributes={**_ids(visit.ticket), **counts},
        ):
            yield

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A span inside the visit's."""
        with self._within(name):
            yield

    def asked(self, helpdesk: str, exchange: Exchange) -> None:
        """A span inside the step that asked."""
        span = self._tracer.start_span(
            f"{exchange.method} {exchange.route}",
            kind=SpanKind.CLIENT,
            start_time=_ago_ns(exchange.duration_s),
            attributes={
                "ombuds.helpdesk": helpdesk,
                "http.request.method": exchange.method,
                "url.template": exchange.route,
                "http.response.status_code": exchange.status,
            },
        )
        if not 200 <= exchange.status < 400:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def close(self) -> None:
        """Waits for the exporter as long as its own time limit says."""
        self._provider.shutdown()

    @contextmanager
    def _within(self, name: str, **given: Any) -> Iterator[None]:
        """A span that tells of an error its kind alone: the message may hold a customer's words."""
        span = self._tracer.start_span(name, **given)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def _context(self, ticket: TicketKey, received_at: datetime) -> SpanContext:
        """The ids of a receipt, the same on whatever machine they are worked out, and whether it is sampled."""
        known = "\0".join((ticket.helpdesk, ticket.account, ticket.id, str(microseconds(received_at))))
        digest = hashlib.sha256(known.encode(errors="surrogatepass")).digest()
        trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
        is_left_out = self._provider.sampler.should_sample(None, trace_id, _RECEIPT).decision is Decision.DROP
        flags = TraceFlags(TraceFlags.DEFAULT if is_left_out else TraceFlags.SAMPLED)
        return SpanContext(trace_id=trace_id, span_id=span_id, is_remote=True, trace_flags=flags)


class _Ids(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        wanted = _wanted.get()
        return wanted.trace_id if wanted else super().generate_trace_id()

    def generate_span_id(self) -> int:
        wanted = _wanted.get()
        return wanted.span_id if wanted else super().generate_span_id()


def _ids(ticket: TicketKey) -> dict[str, str]:
    return {"ombuds.helpdesk": ticket.helpdesk, "ombuds.account": ticket.account, "ombuds.ticket_id": ticket.id}


def _ago_ns(seconds: float) -> int:
    return time.time_ns() - int(seconds * 1e9)
