"""The command line: `ombuds`. Every module here is one command, or one family of commands."""

from service.cli.tree import main

__all__ = ["main"]
