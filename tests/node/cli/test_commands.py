import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import respx
import structlog

from node.cli import commands
from node.opening import open_folder
from protocol.directory.document import Registration
from protocol.encoding import encode_base64url
from tests.node.cli.commands import MEMBER, SECRET, Ended, Init, admit, run
from tests.node.small_federation import HUBS
from tests.node.small_signer import Signer, add_hub, files_of

# init


def test_init_makes_a_node(init: Init, folder: Path, tmp_path: Path) -> None:
    ended = init()
    assert ended.code == 0
    assert "registration.json" in ended.output
    registration = Registration.model_validate_json((folder / "registration.json").read_bytes())
    opened = open_folder(folder)
    assert registration.signing_key == opened.keys.signing_public_text
    assert registration.ceremony_key is None
    assert opened.records.count() == 0
    opened.close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "mount" / "store-key").is_relative_to(folder)


def test_init_of_a_keyholder_registers_its_ceremony_key(init: Init, folder: Path) -> None:
    assert init("--keyholder").code == 0
    registration = json.loads((folder / "registration.json").read_bytes())
    opened = open_folder(folder)
    state = opened.folder.ceremony(opened.store_key).load()
    opened.close()
    assert state is not None
    assert registration["ceremony_key"] == encode_base64url(state.static_key)


def test_init_twice_is_refused_and_changes_nothing(init: Init, folder: Path) -> None:
    assert init().code == 0
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    ended = init(name="Other")
    assert ended.code == 2
    assert "already holds a node" in ended.problem
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_init_uses_a_store_key_that_is_there(init: Init, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o600)
    assert init(store_key=path).code == 0
    assert path.read_text() == "ab" * 32 + "\n"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"id": "leeds!"}, "member_id", id="a bad id"),
        pytest.param({"id": "E0"}, "member_id", id="a short id"),
        pytest.param({"duty_line": "ring me"}, "duty_line", id="a telephone in words"),
        pytest.param({"declared_records": "-1"}, "declared_records", id="fewer than no records"),
        pytest.param({"root": "/nowhere/root.json"}, "/nowhere/root.json", id="no root"),
    ],
)
def test_init_names_what_is_wrong_and_makes_no_node(
    init: Init, folder: Path, changes: dict[str, str], problem: str
) -> None:
    ended = init(**changes)
    assert ended.code == 2
    assert problem in ended.problem
    assert not (folder / "node.toml").exists()
    assert init().code == 0


def test_init_names_the_kinds(init: Init, folder: Path) -> None:
    ended = init(kind="school")
    assert ended.code == 2
    assert "council, health_service" in ended.output
    assert not folder.exists()


# Every command on a folder that is not in order


@pytest.mark.parametrize("command", ["status", "ask", "run"])
def test_folder_without_a_node_is_named(tmp_path: Path, command: str) -> None:
    assert "node.toml is missing" in run(command, tmp_path).problem


def test_store_key_that_is_gone_is_named(node: Path, tmp_path: Path) -> None:
    (tmp_path / "mount" / "store-key").unlink()
    problem = run("status", node).problem
    assert "store-key" in problem
    assert "mount the credential" in problem


def test_store_key_of_another_node_is_said(node: Path, tmp_path: Path) -> None:
    (tmp_path / "mount" / "store-key").write_text("00" * 32)
    assert "another node's key" in run("status", node).problem


def test_run_without_a_valid_policy_does_not_start(node: Path) -> None:
    (node / "policy.toml").write_text("version = 0")
    try:
        assert "policy" in run("run", node).problem
    finally:
        structlog.reset_defaults()


def test_main_prints_one_line_and_ends_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["whoelse-node", "status", str(tmp_path)])
    try:
        with pytest.raises(SystemExit) as ended:
            commands.main()
    finally:
        structlog.reset_defaults()
    written = capsys.readouterr()
    assert ended.value.code == 2
    assert written.out == ""
    assert written.err.startswith("whoelse-node: ")
    assert written.err.count("\n") == 1


# status


def test_status_of_a_new_node(node: Path) -> None:
    status = json.loads(run("status", node, "--json").output)
    assert status["member"] == MEMBER
    assert status["running"] is False
    assert status["records"] == status["load_number"] == status["questions_asked"] == 0
    assert "none is held yet" in status["directory"]
    assert status["policy"] == "version 1"
    assert "member" in run("status", node).output


# ask

CHILD = {"forename": "Mary", "surname": SECRET, "date_of_birth": "04/03/2015"}
ENTRY: dict[str, Any] = {
    "child": CHILD,
    "purpose": 1,
    "role": "practitioner",
    "who": {"name": "Ada", "telephone": "020 7946 0123"},
}


def ask_with(node: Path, content: object) -> Ended:
    path = node / "enquiry.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    ended = run("ask", node, "--file", path)
    assert SECRET not in ended.problem + ended.output
    return ended


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("{", "not JSON", id="broken JSON"),
        pytest.param(f'"{SECRET}"', "enquiry.json", id="another thing"),
        pytest.param({**ENTRY, "purpose": SECRET}, "purpose", id="a purpose in words"),
        pytest.param({**ENTRY, "role": SECRET}, "role", id="an unknown role"),
        pytest.param({**ENTRY, "who": {"name": SECRET}}, "who.telephone", id="no telephone"),
        pytest.param(
            {**ENTRY, "who": {"name": SECRET * 10, "telephone": "123"}},
            "who.name",
            id="a long name",
        ),
        pytest.param(
            {**ENTRY, "who": {"name": f"{SECRET}\n", "telephone": "123"}},
            "who.name",
            id="a newline",
        ),
        pytest.param(
            {**ENTRY, "child": {**CHILD, "date_of_birth": f"4 {SECRET}"}},
            "date_of_birth",
            id="a bad date",
        ),
        pytest.param(
            {**ENTRY, "child": {**CHILD, "nhs_number": "943 476 5918"}},
            "nhs_number",
            id="a wrong check digit",
        ),
        pytest.param({**ENTRY, "child": {"surname": SECRET}}, "identity", id="too little"),
        pytest.param({**ENTRY, "child": {SECRET: "x"}}, "identity", id="an unknown entry"),
        pytest.param({**ENTRY, "surprise": SECRET}, "surprise", id="an unknown key"),
        pytest.param({**ENTRY, "case": SECRET}, "either child or case", id="child and case"),
        pytest.param({**ENTRY, "child": {}}, "either child or case", id="neither"),
        pytest.param({**ENTRY, "caller": {"name": SECRET}}, "caller.", id="a caller unverified"),
    ],
)
def test_ask_names_the_entry_and_never_the_value(node: Path, content: object, problem: str) -> None:
    ended = ask_with(node, content)
    assert ended.code == 2
    assert problem in ended.problem


def test_ask_names_a_missing_file(node: Path) -> None:
    assert "nothing.json" in run("ask", node, "--file", node / "nothing.json").problem


def test_ask_reads_standard_input(node: Path) -> None:
    assert "not JSON" in run("ask", node, "--file", "-", stdin="{").problem


def test_ask_without_a_directory_says_what_each_hub_said(node: Path) -> None:
    problem = ask_with(node, ENTRY).problem
    assert "none is held yet" in problem
    assert f"{HUBS[0].url}: not reachable" in problem


def test_ask_refuses_an_unknown_purpose_with_the_directory_that_is_held(
    node: Path, signer: Signer, no_network: respx.MockRouter
) -> None:
    admit(node, signer, no_network)
    assert "purpose" in ask_with(node, {**ENTRY, "purpose": 99}).problem


def test_ask_of_a_council_that_is_not_admitted_says_whom_to_send_to(
    node: Path, signer: Signer, no_network: respx.MockRouter
) -> None:
    signer.publish()
    no_network.clear()
    add_hub(no_network, HUBS[0].url, files_of(signer.folder / "public"))
    assert "directory signer" in ask_with(node, ENTRY).problem


def test_ask_with_every_hub_down_names_each(
    node: Path, signer: Signer, no_network: respx.MockRouter
) -> None:
    admit(node, signer, no_network)
    problem = ask_with(node, ENTRY).problem
    for hub in HUBS:
        assert f"{hub.url}: not reachable" in problem


def test_prompt_asks_again_for_what_cannot_be_used(
    node: Path, signer: Signer, no_network: respx.MockRouter
) -> None:
    admit(node, signer, no_network)
    lines: Sequence[str] = (
        *("9999", "", "Smith", "Mary", "31/02/2015", "", "", "", "n"),
        "04/03/2015",
        *("9", "1", "9", "3", "Ada", "020 7946 0123", "Team", "", "n", "n"),
    )
    ended = run("ask", node, stdin="\n".join(lines) + "\n")
    assert "no case of this reference is loaded" in ended.output
    assert "there is no such day" in ended.output
    assert "not reachable" in ended.problem
