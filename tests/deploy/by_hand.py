"""Processes that a test starts itself, where a daemon would."""

import contextlib
import subprocess
import time
from collections.abc import Iterator

import httpx


@contextlib.contextmanager
def killed_at_the_end(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process; gone at the end, whatever it did."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def answered(process: subprocess.Popen[str], url: str) -> int:
    """What it answers once it listens. Fails with what it wrote, if it never does."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url).status_code
        time.sleep(0.1)
    process.kill()
    raise AssertionError(process.communicate()[0])
