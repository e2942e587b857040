import gc
from pathlib import Path

import pytest

from policies.policy import PolicyError
from service.policy_files import SHIPPED, load_folder, read_folder


def test_policy_files_are_read_by_relative_name(tmp_path: Path) -> None:
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "refusal.en.yaml").write_bytes(b"a")
    (tmp_path / "closure.yml").write_bytes(b"b")
    (tmp_path / "README.md").write_bytes(b"c")
    (tmp_path / ".closure.yaml.swp.yaml").write_bytes(b"d")

    assert read_folder(tmp_path) == {"phrases/refusal.en.yaml": b"a", "closure.yml": b"b"}


def test_a_folder_behind_a_link_is_read_once_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    (tmp_path / "..2026_03_02").mkdir()
    (tmp_path / "..2026_03_02" / "closure.yaml").write_bytes(b"a")
    (tmp_path / "..data").symlink_to("..2026_03_02")
    (tmp_path / "closure.yaml").symlink_to("..data/closure.yaml")

    assert read_folder(tmp_path) == {"closure.yaml": b"a"}


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_folder(tmp_path / "none")


def test_the_shipped_policies_are_packaged() -> None:
    assert SHIPPED.is_dir()


def test_a_loaded_rulebook_is_left_alone_by_the_garbage_collector() -> None:
    frozen = gc.get_freeze_count()

    rulebook = load_folder(SHIPPED)

    assert rulebook.policies
    assert gc.get_freeze_count() > frozen + 10_000
    assert gc.isenabled()


def test_garbage_is_collected_again_after_a_folder_that_is_refused(tmp_path: Path) -> None:
    (tmp_path / "closure.yaml").write_bytes(b"format: 2")

    with pytest.raises(PolicyError):
        load_folder(tmp_path)

    assert gc.isenabled()
