"""`whoelse-node system`: which case systems ask for their users."""

from pathlib import Path

import pytest

from tests.node.accounts.case_systems import CaseSystem
from tests.node.cli.commands import Init, run


@pytest.fixture(autouse=True)
def made(init: Init) -> None:
    assert init("--web-port=8443").code == 0


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "mosaic.pem"
    path.write_bytes(CaseSystem().pem)
    return path


def test_system_is_added_shown_and_removed(folder: Path, key: Path) -> None:
    assert "mosaic may ask for its users" in run("system", "add", folder, "mosaic", key).output
    assert run("system", "list", folder).output == "mosaic\n"
    assert run("system", "remove", folder, "mosaic").code == 0
    assert run("system", "list", folder).output == ""


@pytest.mark.parametrize("name", ["M", "m", "Mosaic", "a/b", "a" * 33, "-a", "a b"])
def test_a_name_that_cannot_be_used_is_refused(folder: Path, key: Path, name: str) -> None:
    ended = run("system", "add", folder, "--", name, key)
    assert ended.code == 2
    assert run("system", "list", folder).output == ""


def test_what_is_no_key_is_refused(folder: Path, key: Path, tmp_path: Path) -> None:
    key.write_text("nonsense")
    assert "no public key in PEM" in run("system", "add", folder, "mosaic", key).problem
    for path in (tmp_path / "missing.pem", tmp_path):
        with pytest.raises(OSError, match=path.name):
            run("system", "add", folder, "mosaic", path)
    assert run("system", "list", folder).output == ""


def test_who_is_not_there_is_not_removed(folder: Path) -> None:
    ended = run("system", "remove", folder, "mosaic")
    assert ended.code == 2
    assert "there is no case system mosaic" in ended.problem
