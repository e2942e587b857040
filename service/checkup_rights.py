"""What a checkup by root finds for the service's user, who may do less than root."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from service.checkup_house import House
from service.checkup_judging import Judged, fail, ok, skip
from service.policy_files import SHIPPED
from service.settings import parsed
from service.store.databases import is_postgresql, locate

_UNREADABLE = 'for file; do [ -r "$file" ] || echo "$file"; done'


async def rights(house: House) -> Judged | None:
    """Whether the user whom the store's folder belongs to can work with what is there.

    None unless root asks: anybody else is told by the other checks what he may not do himself.
    """
    url = locate(house.settings.store.url)
    if os.geteuid() or is_postgresql(url):
        return None
    return await asyncio.to_thread(_look, house, Path(url.database or ""))


def _look(house: House, store: Path) -> Judged | None:
    store = store.absolute()
    if not store.parent.is_dir() or not (owner := store.parent.stat()).st_uid:
        return None
    user = _name(store.parent)
    own = [file for ending in ("", "-wal", "-shm") if (file := store.with_name(store.name + ending)).exists()]
    foreign = [str(file) for file in own if file.stat().st_uid != owner.st_uid]
    if foreign:
        fix = f"`chown --reference={store.parent} {' '.join(foreign)}`, and restart Ombuds."
        return fail(f"{foreign[0]} does not belong to {user}, as its folder does", fix)
    try:
        unreadable = _unreadable([*_named(house)], owner)
    except (OSError, subprocess.SubprocessError):
        return skip(f"what {user} may read, to whom {store.parent} belongs, could not be asked")
    if unreadable:
        told = f"{user}, to whom {store.parent} belongs, may not read {unreadable[0]}"
        more = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
        return fail(told + more, "Let the user Ombuds runs as read it: `chown` or `chmod` it, and the folders above.")
    return ok(f"{user}, to whom {store.parent} belongs, may read the settings and policies")


def _unreadable(files: Sequence[Path], owner: os.stat_result) -> list[str]:
    done = subprocess.run(  # noqa: S603 - the script is ours, and files are only its arguments
        ["/bin/sh", "-c", _UNREADABLE, "sh", *map(str, files)],
        user=owner.st_uid,
        group=owner.st_gid,
        extra_groups=(),
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def _named(house: House) -> Iterator[Path]:
    """The settings, the secrets that they name as files, and the policies; systemd itself hands over credentials."""
    source = house.source.absolute()
    yield source
    yield from (source.parent / name for name in _secrets(parsed(source)))
    for folder in filter(None, (house.settings.policies or SHIPPED, house.settings.candidate)):
        yield from sorted(folder.absolute().rglob("*.yaml"))


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case {"file": str(name)}:
            yield name
        case dict() | list():
            for inner in value.values() if isinstance(value, dict) else value:
                yield from _secrets(inner)


def _name(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:  # systemd makes users up, and they are gone with the service
        return f"user {folder.stat().st_uid}"
