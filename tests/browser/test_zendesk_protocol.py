"""The wire between Zendesk's agent view and an app: our stand-ins for either side against the vendor's own SDK."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from connectors.sandbox.serving import serving
from service.demo.host import PAGE

HOST = """<!doctype html><title>Host</title><iframe></iframe><script type="module">
import { holdApp } from "/protocol.js";
const frame = document.querySelector("iframe");
const known = { "ticket.id": 42, "ticket.status": "open" };
const page = {
  get: (path) => known[path],
  set: (path, value) => { known[path] = value; return value; },
  invoke: (name, args) => name === "notify" ? args.length : undefined,
  request: async ({ url }) => ({ isGood: url === "/good", args: [{ url }] }),
};
window.app = holdApp(frame, { origin: location.origin, metadata: { settings: { a: "b" } },
                              context: { location: "ticket_sidebar" }, page });
frame.src = `/probe.html?origin=${location.origin}&app_guid=g`;
</script>"""
PROBE = '<!doctype html><title>App</title><script src="/sdk.js"></script><script>client = ZAFClient.init();</script>'

# What a handler of ticket.save does, and what the host is told: null is "go on", everything else stops the save.
HANDLERS = {
    "() => true": None,
    "() => undefined": None,
    "async () => true": None,
    "() => false": {"msg": False},
    "() => 'not yet'": {"msg": "not yet"},
    "() => { throw new Error('not yet') }": {"msg": "not yet"},
    "async () => { throw new Error('not yet') }": {"msg": "not yet"},
    "() => Promise.reject('not yet')": {"msg": "not yet"},
    "() => Promise.reject()": {"msg": None},
    "async () => false": None,
    "async () => 'not yet'": None,
}

# What an app asks of the host, and what it gets.
CALLS: dict[str, Any] = {
    "client.get('ticket.status')": {"ticket.status": "open", "errors": {}},
    "client.get(['ticket.id', 'ticket.status'])": {"ticket.id": 42, "ticket.status": "open", "errors": {}},
    "client.get('no.such').catch((error) => error.message)": '"no.such" No such Api',
    "client.get(['ticket.id', 'no.such']).then((got) => Object.keys(got.errors))": ["no.such"],
    "client.set('ticket.status', 'solved')": {"ticket.status": "solved", "errors": {}},
    "client.invoke('notify', 'Hello', 'notice')": {"notify": 2, "errors": {}},
    "client.request('/good')": {"url": "/good"},
    "client.request({url: '/bad'}).catch((answer) => ({refused: answer.url}))": {"refused": "/bad"},
    "client.metadata()": {"settings": {"a": "b"}},
    "client.context()": {"location": "ticket_sidebar"},
}


@pytest.fixture(scope="module", params=["stand-in", "vendor"])
def sdk(request: pytest.FixtureRequest, vendors_sdk: str) -> str:
    """The script that an app loads from Zendesk, and ours in its place."""
    if request.param == "stand-in":
        return (PAGE / "sdk.js").read_text(encoding="utf-8")
    return vendors_sdk or pytest.skip("the source of Zendesk's SDK cannot be had: npm or its registry is missing")


@pytest.fixture
async def probe(sdk: str, open_page: Any) -> AsyncIterator[tuple[Any, Any]]:
    """The host's page and the frame of an app that does nothing yet."""

    def script(text: str) -> Response:
        return Response(text, media_type="text/javascript")

    app = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(HOST)),
            Route("/probe.html", lambda _: HTMLResponse(PROBE)),
            Route("/sdk.js", lambda _: script(sdk)),
            Route("/protocol.js", lambda _: script((PAGE / "protocol.js").read_text(encoding="utf-8"))),
        ]
    )
    async with serving(app) as url:
        host = await open_page(url)
        await host.wait_for_function("window.app && frames[0]?.client")
        frame = host.frames[1]
        await frame.evaluate("client.metadata()")
        yield host, frame


async def test_what_a_save_handler_does_decides_what_the_host_is_told(probe: Any) -> None:
    """An async handler that returns false lets the reply out: the trap that the app must not fall into."""
    host, frame = probe

    told = {}
    for handler in HANDLERS:
        await frame.evaluate(f"handler = {handler}; client.on('ticket.save', handler); client.get('ticket.id')")
        await host.evaluate("app.save()")
        told[handler] = await host.evaluate("app.saves.at(-1).replies")
        await frame.evaluate("void client.off('ticket.save', handler)")

    assert {handler: [reply["error"] for reply in replies] for handler, replies in told.items()} == {
        handler: [error] for handler, error in HANDLERS.items()
    }


async def test_a_handler_that_never_settles_silences_later_saves_too(probe: Any) -> None:
    """Why the app has a timer of its own."""
    host, frame = probe
    await frame.evaluate("client.on('ticket.save', () => new Promise(() => {})); client.get('ticket.id')")

    await host.evaluate("void app.save(); void app.save()")
    await frame.evaluate("client.get('ticket.id')")

    assert await host.evaluate("app.saves.map((save) => save.replies.length)") == [0, 0]


async def test_the_first_of_several_handlers_that_refuses_wins(probe: Any) -> None:
    host, frame = probe
    await frame.evaluate("client.on('ticket.save', () => true); client.on('ticket.save', () => 'no')")
    await frame.evaluate("client.get('ticket.id')")

    outcome = await host.evaluate("app.save()")

    assert outcome == {"isAllowed": False, "message": "no"}


async def test_what_an_app_asks_is_answered_alike(probe: Any) -> None:
    assert {call: await probe[1].evaluate(call) for call in CALLS} == CALLS


async def test_an_app_hears_what_it_listens_to_until_it_stops(probe: Any) -> None:
    host, frame = probe
    await frame.evaluate("heard = []; hear = (news) => heard.push(news); client.on('comment.changed', hear)")
    await frame.evaluate("client.get('ticket.id')")

    await host.evaluate("app.emit('comment.changed', 1)")
    await frame.evaluate("client.get('ticket.id')")
    await frame.evaluate("client.off('comment.changed', hear); client.get('ticket.id')")
    await host.evaluate("app.emit('comment.changed', 2)")
    await frame.evaluate("client.get('ticket.id')")

    assert json.dumps(await frame.evaluate("heard")) == "[1]"
