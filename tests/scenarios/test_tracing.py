"""What OpenTelemetry is told: one trace from a webhook's receipt to the note, with nobody's words in it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.serving import serving
from service.settings import TracingSettings
from service.tracing import Tracing, tracing_for

CUSTOMER = "My order of purple lamps has not come."


class Collector:
    """Takes spans by OTLP over HTTP, as any tracing system does."""

    def __init__(self) -> None:
        self.raw = b""
        self.spans: list[Any] = []

    async def take(self, request: Request) -> Response:
        body = await request.body()
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(media_type="application/x-protobuf")


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    collector = Collector()
    async with serving(Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])])) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        yield collector


async def test_a_note_is_in_one_trace_with_the_webhook_that_led_to_it(collector: Collector, deaf_house: Any) -> None:
    house = deaf_house
    with house.write_settings().open("a") as settings:
        settings.write("[tracing]\nenabled = true\n")
    await house.open_service()
    await house.tell_service()
    ada = await house.sandbox.person("Ada Pereira", "ada@acme.example", role="agent")
    reader = await house.sandbox.person("Ines Holm", "ines@reader.example")
    ticket, _ = await house.sandbox.ticket(
        reader, "Lamps", channel="email", recipient="help@acme.example", comment={"text": CUSTOMER}
    )
    await house.sandbox.submit(
        ticket, ada, comment={"text": "We have closed your account.\n\nKind regards,\nAda", "public": True}
    )
    await house.note(str(ticket))
    await house.quiet()

    await house.close_service()

    (act,) = [span for span in collector.spans if span.name == "act"]
    trace = {span.span_id: span for span in collector.spans if span.trace_id == act.trace_id}
    visit = trace[act.parent_span_id]
    assert (visit.name, trace[visit.parent_span_id].name) == ("visit", "webhook")
    assert {"read", "judge"} <= {span.name for span in trace.values() if span.parent_span_id == visit.span_id}
    assert any(span.parent_span_id == act.span_id for span in trace.values()), "the request that left the note"
    assert b"purple" not in collector.raw
    assert b"closed your account" not in collector.raw


def test_tracing_is_off_unless_the_settings_ask_for_it() -> None:
    assert type(tracing_for(TracingSettings())) is Tracing
