"""A pretend helpdesk as a process of its own: `desk.py KIND PORT EFFECTS_FILE REQUESTS_PER_MINUTE`, until it is killed.

Zendesk's has no such limit.
"""

import sys
from pathlib import Path

import uvicorn

from connectors.sandbox.freshdesk import FreshdeskSandbox
from connectors.sandbox.zendesk import ZendeskSandbox

IDLE_S = 3_600
"""Connections of the lab are never closed while they are idle, or a request would fall into that moment."""

if __name__ == "__main__":
    kind, port, effects, requests_per_minute = sys.argv[1:]
    # `effects` gets a line, fsync'd, for everything that is written through the API.
    sandbox = (
        FreshdeskSandbox(effects_path=Path(effects), requests_per_minute=int(requests_per_minute))
        if kind == "freshdesk"
        else ZendeskSandbox(effects_path=Path(effects))
    )
    uvicorn.run(sandbox.app, port=int(port), timeout_keep_alive=IDLE_S, log_config=None, access_log=False)
