"""The folder of policy files, as bytes by name."""

import gc
from pathlib import Path

import policies
from policies.loader import load
from policies.meaning import Likeness
from policies.policy import Rulebook

SHIPPED = Path(policies.__file__).parent / "active"
"""The policies that come with Ombuds."""

PROVEN = SHIPPED.with_name("proven.txt")
"""Fingerprints of the phrase packs whose examples were proven before they were shipped, one a line."""

MOST_FILES = 1_000


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every `*.yaml` and `*.yml` in a folder and its subfolders, by relative name with forward slashes.

    Files and folders whose name begins with a dot are left out: editors and Kubernetes keep their own there.
    Raises OSError, also for a folder that is not there, and ValueError for more than 1,000 files.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"the policy folder {folder} does not exist")
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    names = {path.relative_to(folder): path for path in found}
    shown = {name: path for name, path in names.items() if not any(part.startswith(".") for part in name.parts)}
    if len(shown) > MOST_FILES:
        raise ValueError(f"the policy folder {folder} holds more than {MOST_FILES} files: is it the right one?")
    return {name.as_posix(): path.read_bytes() for name, path in shown.items()}


def proven() -> frozenset[str]:
    """The packs that need not prove themselves again: unchanged since they were shipped."""
    return frozenset(PROVEN.read_text("ascii").split()) if PROVEN.exists() else frozenset()


def forget_unused() -> None:
    """Gives back what sets of policies held that nobody uses any more; what is left is looked at by nobody again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def load_folder(folder: Path, *, likeness: Likeness | None = None) -> Rulebook:
    """The rulebook of a folder, for a process that keeps it: the garbage collector never looks at it again.

    With a sentence model's `likeness`, bulletins are matched by meaning too.

    Packs as they were shipped are not proven again, which would take longer than all the rest. The rulebook holds some
    hundred thousand objects and no garbage; looking through them costs tens of milliseconds each time.
    Raises PolicyError, and whatever `read_folder` does.
    """
    files = read_folder(folder)
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        rulebook = load(files, proven=proven(), likeness=likeness)
        gc.freeze()
        return rulebook
    finally:
        if was_collecting:
            gc.enable()
