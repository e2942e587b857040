"""The service as processes of its own, started as an operator would."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx


def start(folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    """`ombuds` with the settings in `folder`, where its log goes as well."""
    command = shutil.which("ombuds", path=str(Path(sys.executable).parent))
    assert command, "the ombuds command is not installed beside this Python"
    environ = {**os.environ, "OMBUDS_CONFIG": str(folder / "ombuds.toml"), **environ}
    with (folder / "service.log").open("ab") as log:
        return subprocess.Popen([command, *arguments], env=environ, stdout=log, stderr=log)


async def ready(port: int) -> str:
    """The URL of the service on this port, once it says that it is ready."""
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(1_000):
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return url
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the service did not become ready")
