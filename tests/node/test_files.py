import os
from pathlib import Path

import pytest

from node.files import erase_file, replace_file


def test_content_is_replaced_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"first, and longer", b"second"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    replace_file(path, b"newer")
    assert path.read_bytes() == b"newer"


def test_erased_file_is_overwritten_and_gone(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"secret" * 100)
    link.hardlink_to(path)
    erase_file(path)
    assert not path.exists()
    assert b"secret" not in link.read_bytes()
    assert link.stat().st_size == 600


def test_erasing_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    erase_file(tmp_path / "file")
