"""Who else has asked about cases of ours, at a terminal."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from node.clock import system_clock
from node.ledger.ledger import AskedHere
from node.opening import OpenFolder, open_folder
from node.post.callback_store import open_post_database
from node.post.notices import Notices
from protocol.identifiers import ROUND_ID_BYTES, RoundId
from tests.node.cli.commands import run
from tests.node.post.test_notices import ASKER, KNOWN
from tests.node.small_federation import DIRECTORY, council

NORTH = council(2).id
TEAMS = {"OUR-9": ["Front door"], "OUR-10": ["Youth justice"], "OUR-11": ["Front door"]}


@pytest.fixture
def opened(node: Path) -> OpenFolder:
    opened = open_folder(node)
    opened.close()
    return opened


@pytest.fixture
def asked(opened: OpenFolder) -> OpenFolder:
    """Another council has asked about two cases, and about one whose location is protected."""
    hidden = ASKER.model_copy(update={"protected_location": True, "name": "Hidden Planted"})
    entries = (
        KNOWN,
        KNOWN.model_copy(update={"case_references": ("OUR-10",)}),
        KNOWN.model_copy(update={"case_references": ("OUR-11",), "asker": hidden}),
    )
    with closing(open_post_database(opened.folder.post)) as database:
        notices = Notices(
            opened.settings.member,
            database,
            opened.store_key,
            lambda _, reference: TEAMS[reference],
            system_clock,
        )
        now_ms = system_clock()
        for number, entry in enumerate(entries):
            asked_ms = now_ms - 1000 * number
            row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), NORTH, asked_ms, b"")
            notices.see(row, entry, DIRECTORY)
    return opened


def test_nobody_has_asked(node: Path) -> None:
    said = "Nobody else has asked about these cases in the last 28 days.\n"
    assert run("asked-about", node).output == said
    assert run("asked-about", node, "--json").output == ""
    assert run("asked-about", node, "--team=Front door", "--seen").output == said


def test_every_team_is_listed_with_whom_to_ring(asked: OpenFolder) -> None:
    lines = run("asked-about", asked.folder.path).output.splitlines()
    assert lines[0] == "NEW  Case OUR-9, Front door"
    assert lines[1] == f"  Kim Planted, MASH, {NORTH}: 01632 960777, their reference N-5"
    assert lines[2].startswith(f"  {DIRECTORY.purposes[1].name}, ")
    assert lines[3] == "NEW  Case OUR-10, Youth justice"
    assert len(lines) == 6


def test_what_the_shielding_officers_alone_are_told_is_not_listed(asked: OpenFolder) -> None:
    for options in ((), ("--team=Front door",), ("--json",)):
        output = run("asked-about", asked.folder.path, *options).output
        assert "Kim Planted" in output
        assert "Hidden" not in output
        assert "OUR-11" not in output


def test_what_they_are_told_is_listed_where_it_is_asked_for(asked: OpenFolder) -> None:
    command = ("asked-about", asked.folder.path, "--shielding-officers")
    output = run(*command, "--seen").output
    assert output.startswith("NEW  Case OUR-11, Front door")
    assert "Hidden Planted" in output
    assert "Kim" not in output
    assert run(*command).output.startswith("Case OUR-11")
    assert run("asked-about", asked.folder.path).output.count("NEW") == 2


def test_one_audience_is_given_at_once(asked: OpenFolder) -> None:
    ended = run("asked-about", asked.folder.path, "--shielding-officers", "--team=Front door")
    assert ended.code == 2
    assert "give either --team or --shielding-officers" in ended.output


def test_what_a_team_has_seen_is_new_no_more(asked: OpenFolder) -> None:
    seen = run("asked-about", asked.folder.path, "--team=front  DOOR", "--seen").output
    assert seen.startswith("NEW  Case OUR-9")
    assert "OUR-10" not in seen
    again = run("asked-about", asked.folder.path).output
    assert "\nNEW  Case OUR-10" in again
    assert again.startswith("Case OUR-9")


def test_it_is_said_which_team_has_seen_it(asked: OpenFolder) -> None:
    ended = run("asked-about", asked.folder.path, "--seen")
    assert ended.code == 2
    assert "say who has seen it: --team, or --shielding-officers" in ended.output
    assert run("asked-about", asked.folder.path).output.startswith("NEW")


def test_programs_are_given_lines_of_json(asked: OpenFolder) -> None:
    lines = run("asked-about", asked.folder.path, "--json").output.splitlines()
    first = json.loads(lines[0])
    assert first["case_reference"] == "OUR-9"
    assert (first["council"], first["new"]) == (NORTH, True)
    assert len(lines) == 2


def test_an_officer_is_told_that_a_child_is_shielded(opened: OpenFolder) -> None:
    said = {"outcome": "not_known", "case_references": (), "shields": ("ab",)}
    with closing(open_post_database(opened.folder.post)) as database:
        notices = Notices(
            opened.settings.member,
            database,
            opened.store_key,
            lambda *_: (),
            system_clock,
            lambda _: "CASE-1",
        )
        row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), NORTH, system_clock(), b"")
        notices.see(row, KNOWN.model_copy(update=said), DIRECTORY)
    command = ("asked-about", opened.folder.path, "--shielding-officers")
    assert "NEW  Case CASE-1: SHIELDED" in run(*command).output
    (line,) = run(*command, "--json").output.splitlines()
    assert (json.loads(line)["shielded"], json.loads(line)["role"]) == (True, "practitioner")
