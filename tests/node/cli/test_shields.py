"""`whoelse-node shield`: children of whom nothing is answered."""

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from node.clock import local_day, system_clock
from node.opening import open_folder
from node.records.model import Record
from node.records.shield import Shielded
from tests.node.cli.commands import run
from tests.node.post.test_notices import ASKER
from tests.node.records.test_cases import load
from tests.node.small_federation import child, oprf_key, record
from tests.node.test_shielding import told

TWIN = {"forename": "Zachary", "nhs_number": "999 000 0123", "postcode": "LS1 4AP"}


def add(node: Path, source: str, held: Record) -> None:
    with closing(open_folder(node)) as opened:
        key = oprf_key().key_id
        load(opened.records, source, held, key=key, store_key=opened.store_key)


@pytest.fixture
def held(node: Path) -> Path:
    """A node that holds a child in two sources, and another one."""
    add(node, "social care", record(child(), "CASE-1"))
    add(node, "health", record(child(), "H-77"))
    add(node, "youth justice", record(child(**TWIN), "CASE-2"))
    return node


def begin(node: Path, case: str = "CASE-1", officer: str = "Olu Bright") -> str:
    return run("shield", "begin", node, case, f"--officer={officer}", "--reason=A threat").output


def shields(node: Path) -> list[Shielded]:
    with closing(open_folder(node)) as opened:
        return [*opened.records.shields.all()]


def test_a_child_is_shielded_in_all_that_is_held_of_it(held: Path) -> None:
    said = begin(held)
    assert "Nothing is answered of the child of case CASE-1 from now on: 2 records" in said
    (made,) = shields(held)
    assert made.id.hex() in said
    assert len(made.shield.rows) == 2
    listed = run("shield", "list", held).output
    assert f"{made.id.hex()}  case CASE-1, A threat" in listed
    assert "by Olu Bright" in listed
    assert "look at it again by" in listed


def test_it_ends_once_a_second_officer_says_so(held: Path) -> None:
    (id,) = re.findall(r"The shield is (\w{16});", begin(held))
    said = run("shield", "end", held, id, "--officer=Olu Bright").output
    assert "A second officer ends it" in said
    assert "Olu Bright wants it to end" in run("shield", "list", held).output
    again = run("shield", "end", held, id, "--officer=Olu Bright")
    assert "you have asked for that already" in again.problem
    said = run("shield", "end", held, id, "--officer=Ines Marsh").output
    assert said == "The shield of case CASE-1 has ended: it is answered again.\n"
    assert "by Ines Marsh" in run("shield", "list", held).output


def test_it_is_looked_at_again(held: Path) -> None:
    (id,) = re.findall(r"The shield is (\w{16});", begin(held))
    review = ("shield", "review", held, id, "--officer=Olu Bright")
    said = run(*review, "--note=Still threatened", "--days=7").output
    (made,) = shields(held)
    assert said == f"It stands. Look at it again by {made.shield.review_on:%d %B %Y}.\n"
    assert made.shield.review_on == local_day(system_clock()) + timedelta(days=7)
    assert made.shield.reviews[0].note == "Still threatened"
    assert run(*review, "--note= ").problem == "say what you found"
    assert (
        "no such shield" in run("shield", "review", held, "00" * 8, *review[4:], "--note=a").problem
    )


def test_a_former_identity_is_separated(held: Path) -> None:
    command = ("shield", "begin", held, "CASE-1", "--officer=Olu", "--reason=Adoption", "--former")
    assert run(*command).problem == "it has entries in common with case H-77"
    assert shields(held) == []
    said = run(*command, "--also=H-77").output
    assert "No file that would join it to another identity is loaded" in said
    (made,) = shields(held)
    assert (made.shield.is_separated, len(made.shield.rows)) == (True, 2)
    assert "case CASE-1, a former identity, Adoption" in run("shield", "list", held).output
    said = run("shield", "namesake", held, made.id.hex(), "SAME").output
    assert said == "Case SAME is of another child: it is loaded and answered.\n"
    assert shields(held)[0].shield.namesakes == ("SAME",)
    problem = run("shield", "namesake", held, made.id.hex(), " ").problem
    assert problem == "say which case it is"


def test_who_was_told_before_is_shown_with_their_number(held: Path) -> None:
    (id,) = re.findall(r"The shield is (\w{16});", begin(held))
    assert "Nobody was told" in run("shield", "told", held, id).output
    with closing(open_folder(held)) as opened:
        told(opened.ledger, opened.store_key, ASKER, system_clock())
    said = run("shield", "told", held, id).output
    assert "Kim Planted, practitioner, MASH, " in said
    assert "01632 960777, their reference N-5" in said
    assert ": known, " in said
    assert "no such shield" in run("shield", "told", held, "00" * 8).problem


@pytest.mark.parametrize("id", ["", "zz", "ab", "00" * 8])
def test_what_is_no_shield_is_not_ended(held: Path, id: str) -> None:
    begin(held)
    problem = run("shield", "end", held, id, "--officer=Olu Bright").problem
    assert "shield" in problem
    assert not shields(held)[0].shield.end_asked_by


def test_a_case_that_is_not_held_is_not_shielded(held: Path) -> None:
    ended = run("shield", "begin", held, "CASE-9", "--officer=Olu", "--reason=A threat")
    assert ended.problem == "there is no case CASE-9"
    assert shields(held) == []


def test_a_child_is_shielded_once(held: Path) -> None:
    begin(held)
    ended = run("shield", "begin", held, "H-77", "--officer=Olu", "--reason=A threat")
    assert "shielded already, as case CASE-1" in ended.problem


def test_without_records_nobody_is_shielded(node: Path) -> None:
    ended = run("shield", "begin", node, "CASE-1", "--officer=Olu", "--reason=A threat")
    assert "no records are loaded" in ended.problem


def test_which_of_several_children_is_asked(held: Path) -> None:
    add(held, "early help", record(child(**TWIN), "CASE-1"))
    ended = run(
        "shield", "begin", held, "CASE-1", "--officer=Olu", "--reason=A threat", stdin="2\n"
    )
    assert "Several children have the reference CASE-1" in ended.output
    assert len(shields(held)) == 1


@pytest.mark.parametrize(
    ("officer", "reason", "problem"),
    [
        ("", "A threat", "say who you are"),
        ("  ", "A threat", "say who you are"),
        ("Olu", "", "say why"),
    ],
)
def test_nobody_shields_without_a_name_and_a_reason(
    held: Path, officer: str, reason: str, problem: str
) -> None:
    ended = run("shield", "begin", held, "CASE-1", f"--officer={officer}", f"--reason={reason}")
    assert ended.problem == problem
    assert shields(held) == []


def test_nobody_ends_a_shield_without_a_name(held: Path) -> None:
    (id,) = re.findall(r"The shield is (\w{16});", begin(held))
    assert run("shield", "end", held, id, "--officer= ").problem == "say who you are"
    assert not shields(held)[0].shield.end_asked_by
