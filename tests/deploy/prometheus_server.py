"""A Prometheus server of a test's own, on loopback, gone with it."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

JOB = "ombuds"
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A running server that scrapes every second."""

    http: httpx.AsyncClient

    async def now(self, expression: str) -> list[dict[str, str]]:
        """The labels of each series that an expression yields at this moment."""
        found = await self._ask("/query", query=expression)
        return [series["metric"] for series in found]

    async def over(self, expression: str, start_s: float, end_s: float) -> list[float]:
        """All numbers that an expression yields, second by second, of all its series; NaN is none."""
        found = await self._ask("/query_range", query=expression, start=str(start_s), end=str(end_s), step="1")
        numbers = [float(value) for series in found for _, value in series["values"]]
        return [number for number in numbers if number == number]  # noqa: PLR0124 - not NaN

    async def _ask(self, path: str, **parameters: str) -> list[dict[str, list[tuple[float, str]]]]:
        answer = await self.http.get(path, params=parameters)
        answer.raise_for_status()
        return list(answer.json()["data"]["result"])


@contextlib.asynccontextmanager
async def scraping(folder: Path, urls: Sequence[str], rules: Sequence[Path] = ()) -> AsyncIterator[Prometheus]:
    """A server that scrapes the services at these URLs and evaluates these files of rules, both every second."""
    program = shutil.which("prometheus")
    if program is None:
        if os.environ.get("CI"):
            raise FileNotFoundError("prometheus is not installed: apt-get install prometheus")
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": [
            {"job_name": JOB, "static_configs": [{"targets": [url.removeprefix("http://") for url in urls]}]}
        ],
    }
    file, port = folder / "prometheus.yml", _free_port()
    file.write_text(yaml.safe_dump(config))
    settings = (f"--config.file={file}", f"--storage.tsdb.path={folder / 'series'}")
    command = (program, *settings, f"--web.listen-address=127.0.0.1:{port}")
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:  # noqa: ASYNC220
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False) as http:
                server = Prometheus(http=http)

                async def sees_all() -> bool:
                    with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):  # it only just starts
                        return len(await server.now("up == 1")) == len(urls)
                    return False

                await until(sees_all)
                yield server
        finally:
            process.terminate()


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """The first truthy answer of `condition`."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not (answer := await condition()):
        assert asyncio.get_running_loop().time() < deadline, f"it did not come true in time: {condition}"
        await asyncio.sleep(0.05)
    return answer


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
