"""Where benchmarks run: databases, the programs they start, and what those cost."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
import msgspec
import postgresql

from service.store.databases import locate, open_engine, prepare_schema

HERE = Path(__file__).parent
BACKENDS = ("sqlite", "postgresql")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Program:
    """A program of this folder that is running. It says a line of JSON once it is ready, and more as it likes."""

    def __init__(self, name: str, *arguments: object) -> None:
        command = [sys.executable, str(HERE / f"{name}.py"), *map(str, arguments)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def hear(self) -> Any:
        """The next line it says. Raises EOFError if it ended instead."""
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said:
            raise EOFError(f"a program of the benchmark ended with {self._process.wait()}")
        return msgspec.json.decode(said)

    def cpu_s(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def resident_mib(self) -> float:
        """Memory it has in use."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


@contextlib.contextmanager
def running(name: str, *arguments: object) -> Iterator[Program]:
    """The program, until the block ends."""
    program = Program(name, *arguments)
    try:
        yield program
    finally:
        program.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of benchmarks. `scale` shrinks counts and times; only at 1 the figures mean anything."""

    folder: Path
    server: postgresql.Server
    rounds: int = 5
    scale: float = 1.0

    def new_store(self, backend: str) -> str:
        """The URL of an empty store, its tables made."""
        url = self.server.new_database()
        if backend == "sqlite":
            url = f"sqlite:///{tempfile.mkdtemp(dir=self.folder)}/ombuds.db"
        engine = open_engine(locate(url), writes=True)
        prepare_schema(engine)
        engine.dispose()
        return url

    def count(self, full: int) -> int:
        """So many, or fewer where it is only tried out."""
        return max(int(full * self.scale), 20)

    def seconds(self, full: float) -> float:
        """So long, or shorter where it is only tried out."""
        return max(full * self.scale, 1.0)
