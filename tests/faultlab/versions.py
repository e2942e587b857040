"""`ombuds` of a version with other tables: `versions.py older|newer|breaking|killed:N[:SABOTAGE] serve ...`.

`older` knows the tables as they were one step ago, `newer` as they may be one step on, `breaking` takes away what the
others need, and `killed:N` is ours and dies at the Nth statement of its migration.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from sabotage import SABOTAGES

from service.store import migrating, schema

OLDER, NEWER = "0002", "0004"
DROP = 'op.drop_column("deliveries", "event")'
_NEXT_STEP = f'''"""A step that has not been taken yet. It only adds, or an older version could not run beside it."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEWER}", "{schema.REVISION}"


def upgrade():
    op.add_column("tickets", sa.Column("lab_later", sa.Text()))
    op.create_table("lab_later", sa.Column("key", sa.Text(), primary_key=True))
    op.create_index("lab_later_deliveries", "deliveries", ["received_at"])
'''


def older() -> None:
    """The version before the last step."""
    steps = _own_steps(OLDER)
    for step in steps.glob(f"v{schema.REVISION}_*.py"):
        step.unlink()


def newer() -> None:
    """The version after one more step."""
    (_own_steps(NEWER) / f"v{NEWER}_lab.py").write_text(_NEXT_STEP)


def breaking() -> None:
    """A step as it must not be: the versions before it cannot take a webhook any more."""
    step = _NEXT_STEP.replace('op.add_column("tickets", sa.Column("lab_later", sa.Text()))', DROP)
    (_own_steps(NEWER) / f"v{NEWER}_lab.py").write_text(step)


def killed(at: int) -> None:
    """Ours, killed in the middle of its migration."""
    from sqlalchemy import Engine, event

    upgrade = migrating._upgrade  # noqa: SLF001
    left = [at]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(*given: Any) -> None:
        event.listen(Engine, "before_cursor_execute", count)
        upgrade(*given)
        event.remove(Engine, "before_cursor_execute", count)

    migrating._upgrade = counted  # noqa: SLF001


def _own_steps(revision: str) -> Path:
    """A copy of the folder of steps, which from now on is the one that is used."""
    folder = Path(tempfile.mkdtemp(prefix="faultlab-steps-")) / "migrations"
    shutil.copytree(migrating.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    migrating.FOLDER, migrating.REVISION = folder, revision
    return folder / "versions"


if __name__ == "__main__":
    which, *details = sys.argv.pop(1).split(":")
    if which == "killed":
        killed(int(details[0]))
        for name in details[1:]:
            SABOTAGES[name]()
    else:
        {"older": older, "newer": newer, "breaking": breaking}[which]()
    from service.cli import main

    main()
