"""The command line, as tests type it."""

import pytest

from service.cli import main


def run(*arguments: str) -> int:
    """The exit code of `ombuds` with these arguments."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)
