"""The route alone: the same signature check and the same reading, and nothing is kept. The measure for acks."""

import socket
import sys
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from webhooks_made import ACCOUNT, SECRET

from connectors.zendesk.webhook import ZendeskWebhook

WEBHOOK = ZendeskWebhook(account=ACCOUNT, secrets=[SECRET])


async def receive(request: Request) -> Response:
    body = await request.body()
    headers = dict(request.headers.items())
    now = datetime.now(UTC)
    WEBHOOK.verify(headers, body, now=now)
    assert WEBHOOK.read(headers, body, now=now)
    return JSONResponse({"accepted": True}, status_code=202)


def main() -> None:
    app = Starlette(routes=[Route("/webhooks/{helpdesk}/{account}", receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        sys.stdout.write(f'{{"port": {listener.getsockname()[1]}}}\n')
        sys.stdout.flush()
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
