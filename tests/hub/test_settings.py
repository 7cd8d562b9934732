"""A hub's settings: the file, the environment over it, and what is refused."""

from pathlib import Path

import pytest

from hub.settings import SettingsError, load_settings

MINIMAL = 'hub_id = "hub-1"\nport = 8000\ndirectory = "public"\nroot = "root.json"\n'


def write(folder: Path, content: str) -> Path:
    (folder / "hub.toml").write_text(content)
    return folder


def test_minimal_file_is_enough_and_paths_are_relative_to_the_folder(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, MINIMAL))
    assert (settings.hub_id, settings.host, settings.port) == ("hub-1", "127.0.0.1", 8000)
    assert settings.directory == tmp_path / "public"
    assert settings.root == tmp_path / "root.json"


def test_full_file_is_taken(tmp_path: Path) -> None:
    content = MINIMAL + (
        'host = "::1"\nrounds_per_second = 0.5\nrounds_at_once = 8\n'
        "rounds_at_once_per_member = 2\narriving_mebibytes = 64\n"
        "require_confinement = true\n"
    )
    settings = load_settings(write(tmp_path, content))
    assert settings.rounds_at_once_per_member == 2
    assert settings.model_fields_set == type(settings).model_fields.keys()


def test_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOELSE_HUB_PORT", "9000")
    assert load_settings(write(tmp_path, MINIMAL)).port == 9000


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "hub_id: is missing"),
        (MINIMAL + "prot = 1\n", "prot: is not a known entry"),
        (MINIMAL.replace("8000", "70000"), "port: Input should be less"),
        (MINIMAL.replace('"hub-1"', '"Hub 1"'), "hub_id: is not of the expected form"),
        (MINIMAL + "rounds_per_second = 0\n", "rounds_per_second: Input should be greater"),
        (MINIMAL + "arriving_mebibytes = 1\n", "arriving_mebibytes: Input should be greater"),
        ("hub_id = \n", "not TOML"),
        ("\xff", "hub_id"),
    ],
)
def test_wrong_file_is_refused_by_its_entry(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    if content != "\xff":
        assert says in str(refused.value)
    assert str(path) in str(refused.value)


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="make a hub with 'whoelse-hub init"):
        load_settings(tmp_path)
