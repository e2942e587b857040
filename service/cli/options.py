"""Options that several commands have, each the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The settings; OMBUDS_CONFIG or ./ombuds.toml if left out.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
PolicyFolder = Annotated[
    Path,
    typer.Option(metavar="DIR", show_default=False, help="Policy files; those that come with Ombuds if left out."),
]
Since = Annotated[str, typer.Option(metavar="SPAN", help="How far back, e.g. 12h, 7d, or a time.")]
OnlyPolicy = Annotated[str | None, typer.Option("--policy", metavar="ID", help="Only this policy.")]
