import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from protocol.directory.members import parse_directory
from protocol.directory.trust import verify_directory
from protocol.signer.cli import app, main
from protocol.signer.repository import Repository, utc_now
from tests.protocol.directory.documents import document
from tests.protocol.directory.repositories import published_files

HUB = ("--hub", "hub-1=https://hub-1.invalid")
INIT = ("--federation", "west-yorkshire", *HUB)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with no member yet."""
    _run("init", tmp_path / "directory", *INIT)
    return tmp_path / "directory"


def _run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def _registration(folder: Path, number: int = 0, **changes: object) -> Path:
    """Write the file that a member's node would write."""
    content = document()["members"][number] | changes
    for name in ("keyholder_index", "questions_per_day"):
        content.pop(name, None)
    path = folder.parent / f"registration-{number}.json"
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))
    return path


def _admit_all(folder: Path) -> None:
    for number in range(5):
        _run("admit", folder, _registration(folder, number), "--keyholder")


class Refused:
    """Runs the command as the shell would, and gives the one line of its refusal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> str:
        self._monkeypatch.setattr("sys.argv", ["whoelse-directory", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        assert (ended.value.code, out) == (2, "")
        (line,) = err.splitlines()
        prefix = "whoelse-directory: "
        assert line.startswith(prefix)
        reason = line.removeprefix(prefix)
        assert not reason.startswith(":"), "names nothing"
        return reason


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    return Refused(monkeypatch, capsys)


def test_init_makes_an_empty_draft(tmp_path: Path) -> None:
    output = _run("init", tmp_path / "new", *INIT, "--threshold", 2)
    draft = Repository(tmp_path / "new").read_draft()
    assert "west-yorkshire" in output
    assert (draft.version, draft.members, draft.oprf.threshold) == (1, (), 2)


def test_init_takes_several_hubs(tmp_path: Path) -> None:
    _run("init", tmp_path / "new", *INIT, "--hub", "hub-2=http://127.0.0.1:8000")
    hubs = Repository(tmp_path / "new").read_draft().hubs
    assert [(hub.id, hub.url) for hub in hubs] == [
        ("hub-1", "https://hub-1.invalid"),
        ("hub-2", "http://127.0.0.1:8000"),
    ]


def test_init_refuses_a_folder_that_holds_a_directory(folder: Path, refused: Refused) -> None:
    assert "already holds a directory" in refused("init", folder, *INIT)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(("--federation", "West", *HUB), "federation", id="name of the federation"),
        pytest.param(("--federation", "west", "--hub", "hub-1"), "url", id="hub without address"),
        pytest.param(("--federation", "west", "--hub", "=https://x"), "id", id="hub without id"),
        pytest.param((*INIT, "--threshold", 1), "threshold", id="threshold of 1"),
        pytest.param((*INIT, "--tick-ms", 1), "tick_ms", id="tick too short"),
        pytest.param((*INIT, *HUB), "hub ids are not distinct", id="one hub twice"),
    ],
)
def test_init_refuses(
    tmp_path: Path, refused: Refused, arguments: tuple[object, ...], named: str
) -> None:
    assert named in refused("init", tmp_path / "new", *arguments)
    assert not (tmp_path / "new").exists()


def test_init_refuses_a_folder_that_is_a_file(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused("init", tmp_path / "file", *INIT)


def test_admit_puts_a_member_into_the_draft(folder: Path) -> None:
    output = _run("admit", folder, _registration(folder), "--questions-per-day", 7)
    (member,) = Repository(folder).read_draft().members
    assert "Leeds City Council (E08000035) is in the draft of version 1" in output
    assert (member.id, member.keyholder_index, member.questions_per_day) == ("E08000035", None, 7)


def test_admit_takes_several_files(folder: Path) -> None:
    files = [_registration(folder, number) for number in range(3)]
    output = _run("admit", folder, *files, "--keyholder")
    members = Repository(folder).read_draft().members
    assert len(output.splitlines()) == 3
    assert [member.keyholder_index for member in members] == [1, 2, 3]


def test_admit_says_nothing_of_any_when_it_refuses_one_of_several(
    folder: Path, refused: Refused
) -> None:
    """All or none: what it said before would not be in the draft."""
    good, bad = _registration(folder, 0), _registration(folder, 1, duty_line="ring us")
    assert "registration-1.json" in refused("admit", folder, good, bad)
    assert Repository(folder).read_draft().members == ()


def test_admit_numbers_keyholders_from_one(folder: Path) -> None:
    _admit_all(folder)
    members = Repository(folder).read_draft().members
    assert [member.keyholder_index for member in members] == [1, 2, 3, 4, 5]


def test_admit_again_replaces_the_entry_and_keeps_the_index(folder: Path) -> None:
    _admit_all(folder)
    _run("admit", folder, _registration(folder, 1, name="City of Bradford"))
    members = {member.id: member for member in Repository(folder).read_draft().members}
    assert len(members) == 5
    assert members["E08000032"].name == "City of Bradford"
    assert members["E08000032"].keyholder_index == 2


def test_admit_refuses_where_there_is_no_directory(tmp_path: Path, refused: Refused) -> None:
    registration = _registration(tmp_path / "x")
    assert "holds no directory" in refused("admit", tmp_path / "x", registration)


def test_admit_refuses_a_file_that_is_not_there(folder: Path, refused: Refused) -> None:
    assert "No such file" in refused("admit", folder, folder / "nothing.json")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"id": "leeds"}, "id", id="id"),
        pytest.param({"name": "a\nb"}, "name", id="line end in the name"),
        pytest.param({"duty_line": "ring us"}, "duty_line", id="duty line"),
        pytest.param({"signing_key": "AA"}, "signing_key", id="signing key"),
        pytest.param({"more": 1}, "more", id="unknown key"),
        pytest.param({"sealing_key": None}, "sealing_key", id="no sealing key"),
    ],
)
def test_admit_refuses_a_registration_with_bad(
    folder: Path, refused: Refused, changes: dict[str, object], named: str
) -> None:
    reason = refused("admit", folder, _registration(folder, 0, **changes))
    assert named in reason
    assert "registration-0.json" in reason
    assert Repository(folder).read_draft().members == ()


def test_admit_refuses_a_file_that_is_no_registration(folder: Path, refused: Refused) -> None:
    path = folder / "other.json"
    path.write_bytes(b"\xff{")
    assert "other.json" in refused("admit", folder, path)


def test_admit_refuses_a_keyholder_without_a_ceremony_key(folder: Path, refused: Refused) -> None:
    registration = _registration(folder, 0, ceremony_key=None)
    assert "has no ceremony key" in refused("admit", folder, registration, "--keyholder")


def test_admit_refuses_the_keys_of_another_member(folder: Path, refused: Refused) -> None:
    _run("admit", folder, _registration(folder))
    twin = _registration(folder, 0, id="E08000099")
    assert "signing keys are not distinct" in refused("admit", folder, twin)


def test_admit_refuses_a_limit_out_of_range(folder: Path, refused: Refused) -> None:
    registration = _registration(folder)
    assert "questions_per_day" in refused("admit", folder, registration, "--questions-per-day", -1)


def test_admit_refuses_as_many_keyholders_of_one_supplier_as_the_threshold(
    folder: Path, refused: Refused
) -> None:
    for number in range(2):
        _run("admit", folder, _registration(folder, number, supplier="One Ltd"), "--keyholder")
    third = _registration(folder, 2, supplier="One Ltd")
    assert "one supplier has as many keyholders" in refused("admit", folder, third, "--keyholder")


def test_publish_signs_what_a_node_accepts(folder: Path) -> None:
    _admit_all(folder)
    output = _run("publish", folder)
    files = published_files(Repository(folder))
    content = verify_directory(files["1.root.json"], files.__getitem__, utc_now())
    assert "version 1 with 5 members" in output
    assert len(parse_directory(content).members) == 5


def test_publish_twice_counts_up(folder: Path) -> None:
    _run("publish", folder)
    assert "version 2" in _run("publish", folder)


def test_publish_refuses_where_there_is_no_directory(tmp_path: Path, refused: Refused) -> None:
    assert "holds no directory" in refused("publish", tmp_path)


def test_publish_refuses_without_the_signing_key(folder: Path, refused: Refused) -> None:
    """The key may be on a stick that is not plugged in."""
    (folder / "keys" / "signer.pem").unlink()
    assert "signer.pem" in refused("publish", folder)


def test_publish_refuses_a_signing_key_that_is_none(folder: Path, refused: Refused) -> None:
    (folder / "keys" / "signer.pem").write_text("no key")
    assert "signer.pem" in refused("publish", folder)


def test_publish_refuses_a_draft_edited_against_the_rules(folder: Path, refused: Refused) -> None:
    path = folder / "draft.json"
    path.write_text(path.read_text().replace('"tick_ms": 100', '"tick_ms": 1'))
    assert "tick_ms" in refused("publish", folder)


def test_timestamp_renews_what_is_published(folder: Path) -> None:
    _run("publish", folder)
    assert "another 72 hours" in _run("timestamp", folder)


def test_timestamp_refuses_before_the_first_version(folder: Path, refused: Refused) -> None:
    assert "nothing is published yet" in refused("timestamp", folder)


def test_show_lists_the_members_of_the_draft(folder: Path) -> None:
    _admit_all(folder)
    head, *lines = _run("show", folder).splitlines()
    assert head == "west-yorkshire, draft of version 1"
    assert lines[0].split() == [
        "E08000035", "Leeds", "City", "Council", "Supplier", "1", "keyholder", "1"
    ]  # fmt: skip
    assert len(lines) == 5


def test_show_refuses_where_there_is_no_directory(tmp_path: Path, refused: Refused) -> None:
    assert "holds no directory" in refused("show", tmp_path)


def test_ceremony_opens_a_fresh_session_each_time(folder: Path) -> None:
    _admit_all(folder)
    sessions = set()
    for _ in range(2):
        _run("ceremony", folder)
        sessions.add(Repository(folder).read_draft().oprf.ceremony_session)
    assert len(sessions) == 2


def test_ceremony_refuses_with_fewer_keyholders_than_the_threshold(
    folder: Path, refused: Refused
) -> None:
    _run("admit", folder, _registration(folder), "--keyholder")
    assert "larger than the number of keyholders" in refused("ceremony", folder)


def test_ceremony_refuses_once_there_is_a_key(folder: Path, refused: Refused) -> None:
    _admit_all(folder)
    repository = Repository(folder)
    content = json.loads(repository.read_draft().model_dump_json())
    content["oprf"] = document()["oprf"]
    (folder / "draft.json").write_text(json.dumps(content))
    assert "the federation has a key" in refused("ceremony", folder)


def test_certify_refuses_before_a_ceremony(folder: Path, refused: Refused) -> None:
    assert "no ceremony is open" in refused("certify", folder, folder / "certificate")


def test_certify_refuses_what_is_no_certificate(folder: Path, refused: Refused) -> None:
    _admit_all(folder)
    _run("ceremony", folder)
    path = folder / "certificate"
    assert "No such file" in refused("certify", folder, path)
    path.write_bytes(b"no certificate")
    assert "malformed certificate" in refused("certify", folder, path)
