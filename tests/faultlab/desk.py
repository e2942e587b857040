"""The pretend Zendesk as a process of its own: `desk.py PORT EFFECTS_FILE`. It serves until it is killed."""

import sys
from pathlib import Path

import uvicorn

from connectors.sandbox.zendesk import ZendeskSandbox

IDLE_S = 3_600
"""Connections of the lab are never closed while they are idle, or a request would fall into that moment."""

if __name__ == "__main__":
    # `effects` gets a line, fsync'd, for everything that is written through the API.
    app = ZendeskSandbox(effects_path=Path(sys.argv[2])).app
    uvicorn.run(app, port=int(sys.argv[1]), timeout_keep_alive=IDLE_S, log_config=None, access_log=False)
