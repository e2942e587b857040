"""Where the command line writes: colours and width of a terminal, plain text in a pipe."""

import sys

from rich.console import Console

PIPED_WIDTH = 100


def out() -> Console:
    """Standard output: what was asked for."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def complain(sentences: str) -> None:
    """Standard error, as it is: what went wrong and what to do, one sentence or two, never markup."""
    print(sentences, file=sys.stderr)
