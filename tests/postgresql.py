"""A PostgreSQL server of the tests' own, on loopback, started once for a run and gone with it."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "ombuds"
_SYSTEM_USER = "postgres"
"""The server refuses to run as root; Debian's package brings this user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    folder: Path
    port: int

    def new_database(self, how: str = "") -> str:
        """The URL of an empty database."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" {how}')  # type: ignore[call-overload]
        return self.url(name)

    def url(self, database: str) -> str:
        """The URL of a database by name."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def run(self, *command: str) -> None:
        """Runs one of the server's own programs."""
        subprocess.run([str(programs() / command[0]), *command[1:]], check=True, capture_output=True, user=_as_user())

    def start(self) -> None:
        """Starts it and waits until it answers. Tried again: while it was down, a client may have got its port."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        log = self.folder / "log"
        for _ in range(20):
            try:
                self.run(
                    "pg_ctl", "-D", str(self.folder / "data"), "-l", str(log), "-o", options, "-w", "-t", "120", "start"
                )
            except subprocess.CalledProcessError:
                time.sleep(0.5)
            else:
                return
        raise AssertionError(log.read_text()[-2_000:])

    def stop(self, mode: str = "fast") -> None:
        """Stops it: `fast` in good order, `immediate` as a power cut would."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")


def programs() -> Path:
    """The folder of the newest server's programs. Raises FileNotFoundError if none is installed."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if on_path is None and not found:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1] if found else Path(on_path or "").parent


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A new server. Raises FileNotFoundError if none is installed."""
    with tempfile.TemporaryDirectory(prefix="ombuds-postgresql-") as made:
        folder = Path(made)
        server = Server(folder=folder, port=_free_port())
        if os.geteuid() == 0:
            shutil.chown(folder, _SYSTEM_USER)
        server.run("initdb", "-D", str(folder / "data"), "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop("immediate")


def _as_user() -> str | None:
    return _SYSTEM_USER if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
