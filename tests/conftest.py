"""What every test may use."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio alone: uvicorn and uvloop serve nothing else."""
    return "asyncio"
