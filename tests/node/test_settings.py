from pathlib import Path

import pytest

from node.errors import SettingsError
from node.settings import FILE_NAME, NodeSettings, load_settings, write_settings

SETTINGS = NodeSettings(
    member_id="E08000035",
    hubs=("https://hub-a.example", "https://hub-b.example"),
    store_key=Path("/run/credentials/store-key"),
)
LINES = {
    "member_id": '"E08000035"',
    "hubs": '["https://hub-a.example"]',
    "store_key": '"/run/credentials/store-key"',
}


def write(folder: Path, **changes: str | None) -> Path:
    """Write settings with these lines instead; None leaves one out."""
    lines = {**LINES, **changes}
    text = "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not None)
    (folder / FILE_NAME).write_text(text + "\n")
    return folder


def problem(folder: Path) -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(folder)
    message = str(raised.value)
    assert "\n" not in message
    assert str(folder / FILE_NAME) in message
    return message


def test_what_is_written_is_loaded(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    assert load_settings(tmp_path) == SETTINGS


@pytest.mark.parametrize("path", ['/with "quotes"', "/with \\ backslash", "/with ü"])
def test_any_path_is_written_as_toml(tmp_path: Path, path: str) -> None:
    settings = SETTINGS.model_copy(update={"store_key": Path(path)})
    write_settings(tmp_path, settings)
    assert load_settings(tmp_path).store_key == Path(path)


def test_minimal_file_has_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path)).directory_refresh_seconds == 300


def test_missing_file_says_how_to_make_a_node(tmp_path: Path) -> None:
    assert "whoelse-node init" in problem(tmp_path)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"surprise": "1"}, "surprise", id="an unknown key"),
        pytest.param({"member_id": None}, "member_id", id="a missing key"),
        pytest.param({"member_id": '"leeds"'}, "member_id", id="no member id"),
        pytest.param({"member_id": "12"}, "member_id", id="a number"),
        pytest.param({"hubs": "[]"}, "hubs", id="no hub"),
        pytest.param({"directory_refresh_seconds": "0"}, "directory_refresh_seconds", id="zero"),
        pytest.param(
            {"directory_refresh_seconds": '"often"'}, "directory_refresh_seconds", id="a word"
        ),
        pytest.param({"office_hours": '"nine to five"'}, "office_hours", id="hours in words"),
        pytest.param({"office_hours": '"9:00-17:00"'}, "office_hours", id="an hour of one digit"),
        pytest.param({"office_hours": '"17:00-09:00"'}, "office_hours", id="closed all day"),
        pytest.param(
            {"other_inboxes": '{ "Ashby" = "http://ashby.example" }'}, "other_inboxes", id="no TLS"
        ),
        pytest.param({"watch_hours": "0"}, "watch_hours", id="watched without end"),
        pytest.param({"answers_kept_days": "0"}, "answers_kept_days", id="answers not kept"),
        pytest.param({"answers_kept_days": "29"}, "answers_kept_days", id="answers kept on"),
        pytest.param({"web_colour": '"blue"'}, "web_colour", id="a colour in words"),
    ],
)
def test_wrong_entry_is_named(tmp_path: Path, changes: dict[str, str | None], key: str) -> None:
    assert key in problem(write(tmp_path, **changes))


@pytest.mark.parametrize("colour", ["#ffdd00", "#ffffff", "#777777", "#00FF00"])
def test_a_colour_that_white_letters_cannot_be_read_on_is_refused(
    tmp_path: Path, colour: str
) -> None:
    said = problem(write(tmp_path, web_colour=f'"{colour}"'))
    assert "web_colour: white letters" in said
    assert "take a darker one" in said


@pytest.mark.parametrize("colour", ["#767676", "#1d4f60", "#00008B", "#000000"])
def test_a_dark_colour_is_taken_as_it_is(tmp_path: Path, colour: str) -> None:
    assert load_settings(write(tmp_path, web_colour=f'"{colour}"')).web_colour == colour


def test_answers_are_kept_for_a_week_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path)).answers_kept_ms == 7 * 86_400_000
    assert load_settings(write(tmp_path, answers_kept_days="28")).answers_kept_ms == 28 * 86_400_000


def test_every_node_has_a_beat_for_details_unless_it_says_otherwise(tmp_path: Path) -> None:
    """One that began when somebody first asked for a detail would say that something matched."""
    assert load_settings(write(tmp_path)).adding_seconds == 900
    assert load_settings(write(tmp_path, adding_seconds="0")).adding_seconds == 0


def test_wrong_value_is_not_repeated(tmp_path: Path) -> None:
    assert "planted" not in problem(write(tmp_path, member_id='"planted secret"'))


NUDGE = 'to = ["duty@council.example"]\nsender = "whoelse@council.example"\n'


@pytest.mark.parametrize(
    "entries",
    [
        'smtp_host = "mail"\nnotify_key = "key"\nnotify_template = "t"',
        "",
        'notify_key = "key"',
        'smtp_host = "mail"\nsmtp_security = "perhaps"',
        'smtp_host = "mail"\nnotify_url = "ftp://x"',
    ],
)
def test_mail_goes_one_way(tmp_path: Path, entries: str) -> None:
    file = write(tmp_path)
    settings = file / FILE_NAME
    settings.write_text(f"{settings.read_text()}[nudge]\n{NUDGE}{entries}\n")
    assert "nudge" in problem(file)


@pytest.mark.parametrize(
    "address", ["duty", "a@b\\r\\nBcc: x@y", "a b@c", "a@b, c@d", "<a@b>", "a@"]
)
def test_a_mailbox_is_one_address(tmp_path: Path, address: str) -> None:
    file = write(tmp_path)
    settings = file / FILE_NAME
    nudge = f'[nudge]\nto = ["{address}"]\nsender = "a@b"\nsmtp_host = "mail"\n'
    settings.write_text(settings.read_text() + nudge)
    assert "nudge" in problem(file)


def test_the_night_has_mailboxes_of_its_own_if_it_has_any(tmp_path: Path) -> None:
    file = write(tmp_path)
    path = file / FILE_NAME
    path.write_text(f'{path.read_text()}[nudge]\n{NUDGE}smtp_host = "mail"\n')
    nudge = load_settings(file).nudge
    assert nudge is not None
    assert nudge.out_of_hours_to == ()
    path.write_text(f'{path.read_text()}out_of_hours_to = ["nights@council.example"]\n')
    nudge = load_settings(file).nudge
    assert nudge is not None
    assert nudge.out_of_hours_to == ("nights@council.example",)
    path.write_text(path.read_text().replace("nights@", "nights at "))
    assert "out_of_hours_to" in problem(file)


@pytest.mark.parametrize("content", [b"member_id = ", b"\xff\xfe"], ids=["broken", "not UTF-8"])
def test_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert "not TOML" in problem(tmp_path)


def test_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOELSE_NODE_HUBS", '["http://other.example"]')
    monkeypatch.setenv("WHOELSE_NODE_DIRECTORY_REFRESH_SECONDS", "7")
    settings = load_settings(write(tmp_path))
    assert settings.hubs == ("http://other.example",)
    assert settings.directory_refresh_seconds == 7


def test_environment_that_cannot_be_read_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOELSE_NODE_HUBS", "http://other.example")
    with pytest.raises(SettingsError) as raised:
        load_settings(write(tmp_path))
    assert "not TOML" not in str(raised.value)
    assert "hubs" in str(raised.value).lower()
