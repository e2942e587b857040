"""What a lab is made of beside the service: its settings, the helpdesk, the way to the database."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from crew import HERE
from proxy import Proxy
from vendors import Vendor

from connectors.sandbox.client import SandboxClient

ACCOUNT = "acme"
LEASE_S = 2
WORK: Mapping[str, object] = {
    "lease_s": LEASE_S,
    "reconcile_s": 0,
    "breaker_probe_s": 0.5,
    "retry_s": [0.2, 0.3, 0.5, *[1] * 25],
}


async def way_to_database(stack: AsyncExitStack, database: str, *, is_proxied: bool) -> tuple[str, Proxy | None]:
    """The URL for the service, and the proxy on the way if one is asked for."""
    if not is_proxied:
        return database, None
    parts = urlsplit(database)
    proxy = await stack.enter_async_context(Proxy(target=(str(parts.hostname), int(parts.port or 5432))).running())
    return database.replace(f":{parts.port}/", f":{proxy.port}/"), proxy


ANY_DISK = "keep_free_mib = 0\nwarn_free_mib = 0\n"  # the lab's disks are small, and are to run full


def write_settings(folder: Path, database: str, vendor: Vendor, desk_port: int, work: Mapping[str, object]) -> None:
    """The service's settings: every reply is worth a note, and nothing holds one back."""
    shutil.copytree(HERE / "rulebook", folder / "policies", dirs_exist_ok=True)
    (folder / "ombuds.toml").write_text(
        f'policies = "policies"\n[store]\nurl = "{database}"\n{ANY_DISK}[server]\ndrain_s = 5\n[work]\n'
        + "".join(f"{key} = {value}\n" for key, value in {**WORK, **work}.items())
        + "[enforcement]\nnote_window_hours = 0\nfuse_actions_per_hour = 1000\n"
        f'[[helpdesks]]\nkind = "{vendor.kind}"\naccount = "{ACCOUNT}"\nbase_url = "http://127.0.0.1:{desk_port}"\n'
        + vendor.settings
    )


async def open_desk(
    stack: AsyncExitStack, folder: Path, kind: str, port: int, *, requests_per_minute: int
) -> SandboxClient:
    """The helpdesk, running until the stack is closed."""
    with (folder / "desk.log").open("ab") as log:
        given = kind, port, folder / "effects.jsonl", requests_per_minute
        command = [sys.executable, str(HERE / "desk.py"), *map(str, given)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=HERE.parents[1])
    stack.callback(process.wait, 10)
    stack.callback(process.kill)
    client = await stack.enter_async_context(SandboxClient(f"http://127.0.0.1:{port}"))
    for _ in range(400):
        with contextlib.suppress(httpx.TransportError):
            await client.effects()
            return client
        await asyncio.sleep(0.05)
    raise AssertionError("the helpdesk did not start")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
