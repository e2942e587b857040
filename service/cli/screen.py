"""Where the command line writes: colours and width of a terminal, plain text in a pipe."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

_PIPED_WIDTH = 100
_ENDLESS = 1_000_000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Piped(io.StringIO):
    """Standard output as it is now, without the blanks that fill up a line."""

    def write(self, text: str) -> int:
        """Called with whole lines."""
        return sys.stdout.write("\n".join(line.rstrip(" ") for line in text.split("\n")))

    def flush(self) -> None:
        """At once, so that a broken pipe is noticed where it is written to."""
        sys.stdout.flush()


def out() -> Console:
    """Standard output: what was asked for. In a pipe a line is as long as what it says, for `grep` and `cut`."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=_ENDLESS, file=_Piped())


def framed() -> Console:
    """The same for what fills a width, such as a frame."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)


def print_json(told: object) -> None:
    """The same for other programs."""
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """How far something long is, for a terminal, until the block ends. What it yields is told what was done since."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda number: bar.advance(task, number)


def complain(sentences: str) -> None:
    """Standard error, as it is: what went wrong and what to do, one sentence or two, never markup."""
    print(sentences, file=sys.stderr)


def harmless(text: str) -> str:
    """Somebody's text without what a terminal would obey: control characters, and those that turn text around."""
    return _CONTROL.sub("\ufffd", text)


def plain(text: str) -> str:
    """The same where markup is read: brackets are brackets."""
    return escape(harmless(text))


def show_what_can_be_shown() -> None:
    """A terminal or pipe that has no letter for something gets its number, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 problem`, `2 problems`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
