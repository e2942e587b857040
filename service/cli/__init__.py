"""The command line: `ombuds`. Every module here is one command, or one family of commands."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and ends the program with its exit code.

    `healthcheck` is asked every few seconds, and all the other commands take a second to load.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["healthcheck"]:
        from service.cli.healthcheck import run_alone

        run_alone(given[1:])
    from service.cli import tree

    tree.main(given)


__all__ = ["main"]
