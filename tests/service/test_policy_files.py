from pathlib import Path

import pytest

from service.policy_files import SHIPPED, read_folder


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
