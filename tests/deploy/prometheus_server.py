"""A Prometheus server of a test's own, on loopback, gone with it."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from ports import free_port

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Services that are scraped so often; one that takes as long to answer counts as gone."""

    name: str
    urls: tuple[str, ...]
    every_s: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A running server."""

    http: httpx.AsyncClient
    config: Path
    pid: int

    async def now(self, expression: str) -> list[dict[str, str]]:
        """The labels of each series that an expression yields at this moment."""
        found = await self._ask("/query", query=expression)
        return [series["metric"] for series in found]

    async def over(self, expression: str, start_s: float, end_s: float) -> list[float]:
        """All numbers that an expression yields, second by second, of all its series; NaN is none."""
        found = await self._ask("/query_range", query=expression, start=str(start_s), end=str(end_s), step="1")
        numbers = [float(value) for series in found for _, value in series["values"]]
        return [number for number in numbers if number == number]  # noqa: PLR0124 - not NaN

    def forget(self, *names: str) -> None:
        """Scrapes these jobs no more; what it saw of them is over some intervals later. Rules go on."""
        settings = yaml.safe_load(self.config.read_text())
        for job in settings["scrape_configs"]:
            if job["job_name"] in names:
                job["static_configs"] = []  # without the job itself, its last values would stay for five minutes
        self.config.write_text(yaml.safe_dump(settings))
        os.kill(self.pid, signal.SIGHUP)

    async def _ask(self, path: str, **parameters: str) -> list[dict[str, list[tuple[float, str]]]]:
        answer = await self.http.get(path, params=parameters)
        answer.raise_for_status()
        return list(answer.json()["data"]["result"])


@contextlib.asynccontextmanager
async def scraping(folder: Path, jobs: Sequence[Job], rules: Sequence[Path] = ()) -> AsyncIterator[Prometheus]:
    """A server that scrapes these jobs, and evaluates these files of rules every second."""
    program = shutil.which("prometheus")
    if program is None:
        if os.environ.get("CI"):
            raise FileNotFoundError("prometheus is not installed: apt-get install prometheus")
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    config, port = folder / "prometheus.yml", free_port()
    url = f"http://127.0.0.1:{port}/api/v1"
    config.write_text(_settings(jobs, rules))
    settings = (f"--config.file={config}", f"--storage.tsdb.path={folder / 'series'}")
    command = (program, *settings, f"--web.listen-address=127.0.0.1:{port}")
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:  # noqa: ASYNC220
        try:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S) as http:
                server = Prometheus(http=http, config=config, pid=process.pid)
                await until(partial(_sees, server, sum(len(job.urls) for job in jobs)))
                yield server
        finally:
            process.terminate()


def _settings(jobs: Sequence[Job], rules: Sequence[Path]) -> str:
    every = {"evaluation_interval": "1s"}
    scraped = [_scraped(job) for job in jobs]
    return yaml.safe_dump({"global": every, "rule_files": [str(path) for path in rules], "scrape_configs": scraped})


def _scraped(job: Job) -> dict[str, Any]:
    hosts = [url.removeprefix("http://") for url in job.urls]
    times = {"scrape_interval": f"{job.every_s}s", "scrape_timeout": f"{job.every_s}s"}
    return {"job_name": job.name, **times, "static_configs": [{"targets": hosts}]}


async def _sees(server: Prometheus, services: int) -> bool:
    with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):  # it only just starts
        return len(await server.now("up == 1")) == services
    return False


async def until(condition: Callable[[], Awaitable[Any]], told: str = "") -> Any:
    """The first truthy answer of `condition`; `told` names it to whoever reads that there was none."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not (answer := await condition()):
        assert asyncio.get_running_loop().time() < deadline, f"it did not come true in time: {told or condition}"
        await asyncio.sleep(0.05)
    return answer
