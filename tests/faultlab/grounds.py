"""Where a store stands: an ordinary folder, a small disk, a disk whose power can be cut; a server shared or its own."""

import contextlib
import filecmp
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import postgresql

PLAIN, SMALL, CUTTABLE = "plain", "small", "cuttable"
SMALL_SIZE, CUTTABLE_MB = "24m", 96
OWN_SERVER = "own server"


class SkipError(Exception):
    """This machine cannot do it; the message says why."""


class RuinedError(Exception):
    """The store is beyond repair: there is nothing left to check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A file system of the lab's own at `folder`; `image` is what would be left of it after a power cut."""

    folder: Path
    image: Path | None = None

    def cut_power(self) -> None:
        """Puts what the disk really holds in place of what the system believes it holds.

        Whoever writes to it must stand still, and be killed before `mount_again`.
        """
        assert self.image
        cut = self.image.with_suffix(".cut")
        shutil.copyfile(self.image, cut)
        while not filecmp.cmp(self.image, cut, shallow=False):  # the system wrote something back meanwhile
            shutil.copyfile(self.image, cut)

    def mount_again(self) -> None:
        """The power is back: the file system mends itself from its own journal."""
        assert self.image
        _run("umount", str(self.folder))
        self.image.with_suffix(".cut").replace(self.image)
        _mount_loop(self.image, self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A place for a store: `database` is the URL of an empty one."""

    database: str
    server: postgresql.Server | None = None
    disk: Disk | None = None


@contextlib.contextmanager
def ground(kind: str, backend: str, folder: Path, shared: postgresql.Server | None) -> Iterator[Ground]:
    """The place, for as long as the block lasts. Raises SkipError where the machine refuses."""
    with contextlib.ExitStack() as stack:
        disk = None
        if kind in (SMALL, CUTTABLE):
            disk = stack.enter_context(_small(folder) if kind == SMALL else _cuttable(folder))
        if backend == "sqlite":
            yield Ground(database=f"sqlite:///{(disk.folder if disk else folder) / 'ombuds.db'}", disk=disk)
            return
        server = shared
        if kind == CUTTABLE and disk:
            server = stack.enter_context(_server_on(disk))
        elif kind == OWN_SERVER:
            server = stack.enter_context(postgresql.running())
        assert server
        yield Ground(database=server.new_database(), server=server, disk=disk)


@contextlib.contextmanager
def _small(folder: Path) -> Iterator[Disk]:
    place = folder / "disk"
    place.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={SMALL_SIZE}", "tmpfs", str(place))
    try:
        yield Disk(folder=place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


@contextlib.contextmanager
def _cuttable(folder: Path) -> Iterator[Disk]:
    place, image = folder / "disk", folder / "disk.img"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(CUTTABLE_MB << 20)
    _run("mkfs.ext4", "-q", "-F", str(image))
    _mount_loop(image, place)
    try:
        yield Disk(folder=place, image=image)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


@contextlib.contextmanager
def _server_on(disk: Disk) -> Iterator[postgresql.Server]:
    """A server whose data lie on the disk. It writes back lazily, so that a broken promise shows."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = postgresql.Server(folder=disk.folder / "server", port=int(probe.getsockname()[1]))
    server.folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(server.folder, "postgres")
        for parent in (disk.folder, disk.folder.parent):
            parent.chmod(0o755)
    server.run("initdb", "-D", str(server.folder / "data"), "-U", postgresql.USER, "--auth=trust", "--encoding=UTF8")
    with (server.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("\nwal_writer_delay = 10s\nmax_wal_size = 32MB\nmin_wal_size = 32MB\nwal_buffers = 4MB\n")
    os.sync()
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop("immediate")


def _mount_loop(image: Path, place: Path) -> None:
    # The system writes nothing back by itself for a minute: what was not forced onto the disk is not there.
    _mount("-o", "loop,commit=60", str(image), str(place))


def _mount(*arguments: str) -> None:
    try:
        _run("mount", *arguments)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        raise SkipError(f"a file system cannot be mounted here: {said.decode(errors='replace').strip()}") from error


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
