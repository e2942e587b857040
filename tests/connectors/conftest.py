"""What the tests of both connectors use."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest


class StoryClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        """Begins on a Monday morning."""
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time of the story."""
        return self.now

    def go_on(self, *, minutes: float = 1) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> StoryClock:
    """A story's clock."""
    return StoryClock()


@pytest.fixture
def recorded() -> Path:
    """The folder of payloads nobody here wrote. Tests that need it are skipped where it does not exist."""
    folder = Path(__file__).parents[2].parent / "shared" / "recorded"
    if not folder.is_dir():
        pytest.skip("the recorded payloads are not here")
    return folder
