"""`ombuds` of a version with other tables: `versions.py newer|breaking[,killed:N][,SABOTAGE] serve ...`.

`newer` has taken one more step, `breaking` one that takes away what the others need, and `killed:N` dies at the Nth
statement of its migration.
"""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from sabotage import SABOTAGES

from service.store import migrating, schema

NEWER = f"{int(schema.REVISION) + 1:04}"
DROP = 'op.drop_column("deliveries", "defect")'
_NEXT_STEP = f'''"""A step that has not been taken yet. It only adds, or an older version could not run beside it."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEWER}", "{schema.REVISION}"


def upgrade():
    op.add_column("tickets", sa.Column("lab_later", sa.Text()))
    op.create_table("lab_later", sa.Column("key", sa.Text(), primary_key=True))
    op.create_index("lab_later_deliveries", "deliveries", ["received_at"])
'''


def newer() -> None:
    """The version after one more step."""
    (_own_steps() / f"v{NEWER}_lab.py").write_text(_NEXT_STEP)


def breaking() -> None:
    """A step as it must not be: the versions before it cannot take a webhook any more."""
    step = _NEXT_STEP.replace('op.add_column("tickets", sa.Column("lab_later", sa.Text()))', DROP)
    (_own_steps() / f"v{NEWER}_lab.py").write_text(step)


def killed(at: int) -> None:
    """Killed in the middle of its migration."""
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


def _own_steps() -> Path:
    """A copy of the folder of steps, which from now on is the one that is used."""
    folder = Path(os.environ["OMBUDS_CONFIG"]).parent / f"steps-{os.getpid()}"
    shutil.copytree(migrating.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    migrating.FOLDER, migrating.REVISION = folder, NEWER
    return folder / "versions"


if __name__ == "__main__":
    for which in sys.argv.pop(1).split(","):
        name, _, number = which.partition(":")
        if name == killed.__name__:
            killed(int(number))
        else:
            {"newer": newer, "breaking": breaking, **SABOTAGES}[name]()
    from service.cli import main

    main()
