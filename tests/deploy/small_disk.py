"""A disk of a test's own, small enough to be filled."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

MIB = 1024 * 1024
SIZE_MIB, BALLAST_MIB = 560, 80
"""Between the two OmbudsStoreDiskLow fires; of what is not written, none is taken from the machine's memory."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[str]:
    """Mounted there for as long as the block lasts; yields nothing, or why the machine refuses."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", "") or error)
        yield f"a disk cannot be mounted here: {said.splitlines()[0]}"
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def fill(folder: Path) -> None:
    """Takes away room, for good."""
    with (folder / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, BALLAST_MIB * MIB)
