"""What every test may use."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
import postgresql

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Processes that tests start find their bytecode, as an installation's do: without it a start takes twice as long.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone: uvicorn and uvloop serve nothing else."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server of the run's own. Where none is installed its tests are skipped, but never in CI."""
    yield from _server()


@pytest.fixture
def own_postgresql_server() -> Iterator[postgresql.Server]:
    """One for a single test that stops it: the other has very many files by then, and recovers for a minute."""
    yield from _server()


def _server() -> Iterator[postgresql.Server]:
    try:
        postgresql.programs()
    except FileNotFoundError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with postgresql.running() as server:
        yield server
