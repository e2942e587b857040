"""The room around the store's file, measured and told."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.disk import MIB, Disk, Room, disk_of


@pytest.mark.parametrize(("free_mib", "room"), [(99, Room.NONE), (100, Room.LOW), (499, Room.LOW), (500, Room.ENOUGH)])
def test_there_is_room_above_what_is_kept_and_enough_above_the_warning(free_mib: int, room: Room) -> None:
    disk = Disk(folder=Path(), keep_free_mib=100, warn_free_mib=500, measure=lambda _: free_mib * MIB)

    assert disk.room() is room


def test_each_change_is_told_once() -> None:
    free = iter([600, 50, 50, 300, 600, 600])
    disk = Disk(folder=Path(), keep_free_mib=100, warn_free_mib=500, measure=lambda _: next(free) * MIB)

    with capture_logs() as lines:
        rooms = [disk.room() for _ in range(6)]

    assert rooms == [Room.ENOUGH, Room.NONE, Room.NONE, Room.LOW, Room.ENOUGH, Room.ENOUGH]
    assert [line["free_mib"] for line in lines] == [50, 300, 600]


def test_a_folder_that_cannot_be_measured_keeps_nothing_out(tmp_path: Path) -> None:
    disk = Disk(folder=tmp_path / "gone", keep_free_mib=100, warn_free_mib=500)

    assert disk.room() is Room.ENOUGH


def test_the_folder_of_the_file_is_measured_and_of_a_server_nothing(tmp_path: Path) -> None:
    disk = disk_of(f"sqlite:///{tmp_path}/ombuds.db", keep_free_mib=1, warn_free_mib=0)

    assert disk is not None
    assert (disk.folder, (disk.free_bytes() or 0) > 0) == (tmp_path, True)
    assert disk_of("postgresql://db.example/ombuds", keep_free_mib=1, warn_free_mib=2) is None
    assert disk_of(f"sqlite:///{tmp_path}/ombuds.db", keep_free_mib=0, warn_free_mib=0) is None
