"""Kept lookups and what is recorded of somebody's questions, at a terminal."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from node.asking.answers import member_answer
from node.asking.keeping import LOOKUP_ID_BYTES, AskedLookup, KeptLookup, LookupId
from node.cli.lookups import open_kept_lookups
from node.clock import system_clock
from node.ledger.entries import AskedEntry, Asker, seal_entry
from node.opening import open_folder
from protocol.messages.vocabulary import Outcome
from tests.node.asking.scripted import known, of
from tests.node.cli.commands import run
from tests.node.small_federation import fresh_round

DAY_MS = 86_400_000


def keep(node: Path, number: int, reference: str, username: str = "pat") -> None:
    asked = AskedLookup(
        asked_ms=system_clock() - number * DAY_MS,
        purpose="Section 47 enquiry",
        reference=reference,
        members=2,
    )
    answers = (member_answer(known(3)), member_answer(of(2, Outcome.TIMED_OUT)))
    opened = open_folder(node)
    with closing(open_kept_lookups(opened)) as kept:
        id = LookupId(bytes([number]) * LOOKUP_ID_BYTES)
        kept.keep(id, username, KeptLookup(asked=asked, answers=answers))
    opened.close()


def record(node: Path, name: str, reference: str, username: str = "", days: float = 1) -> None:
    asker = Asker(
        name=name, telephone="1", team="Front door", reference=reference, protected_location=False
    )
    entry = AskedEntry(
        asker=asker, caller=None, role="practitioner", purpose=1, members=6, username=username
    )
    opened, id = open_folder(node), fresh_round()
    asked_ms = system_clock() - round(days * DAY_MS)
    opened.ledger.record_asked(id, seal_entry(opened.store_key, entry, id), asked_ms)
    opened.close()


@pytest.fixture
def kept(node: Path) -> Path:
    keep(node, 1, "REF-1")
    keep(node, 2, "REF-2")
    keep(node, 3, "REF-OTHER", username="sam")
    keep(node, 8, "REF-OLD")
    return node


def test_nothing_is_kept(node: Path) -> None:
    assert run("lookups", node, "pat").output == "pat has not asked in the last 7 days.\n"
    assert run("lookups", node, "pat", "--json").output == ""


def test_answers_are_kept_as_long_as_the_settings_say(kept: Path) -> None:
    settings = kept / "node.toml"
    before = settings.read_text()
    settings.write_text(f"{before}answers_kept_days = 1\n")
    assert run("lookups", kept, "pat").output == "pat has not asked in the last 24 hours.\n"
    settings.write_text(f"{before}answers_kept_days = 9\n")
    assert "REF-OLD" in run("lookups", kept, "pat", stdin="\n").output


def test_ones_own_are_listed_the_latest_first_and_shown_with_whom_to_ring(kept: Path) -> None:
    said = run("lookups", kept, "pat", stdin="1\n\n").output
    assert said.index("REF-1") < said.index("REF-2")
    assert "REF-OTHER" not in said
    assert "REF-OLD" not in said
    assert "ring 020" in said
    assert "1 of 2 answered" in said
    assert "Not heard from: " in said
    assert "REF-1" in run("lookups", kept, "pat", stdin="\n").output, "looked at, not removed"


def test_one_is_removed_on_request(kept: Path) -> None:
    assert "Removed." in run("lookups", kept, "pat", stdin="1\n1\n").output
    left = run("lookups", kept, "pat", stdin="\n").output
    assert "REF-1" not in left
    assert "REF-2" in left


def test_they_are_found_by_ones_own_reference(kept: Path) -> None:
    said = run("lookups", kept, "pat", "--reference=ref-2", stdin="\n").output
    assert "REF-2" in said
    assert "REF-1" not in said
    none = run("lookups", kept, "pat", "--reference=REF-3").output
    assert none == "pat has no lookup with this reference.\n"


def test_they_are_data_for_a_program(kept: Path) -> None:
    lines = run("lookups", kept, "pat", "--json").output.splitlines()
    first, second = map(json.loads, lines)
    assert (first["asked"]["reference"], second["asked"]["reference"]) == ("REF-1", "REF-2")
    assert [answer["outcome"] for answer in first["answers"]] == ["known", "timed_out"]


def test_what_is_recorded_stays_when_answers_are_removed(node: Path) -> None:
    record(node, "Pat Worker", "REF-1", username="pat")
    record(node, "Pat Worker", "REF-OLD", username="pat", days=29)
    record(node, "Sam Worker", "REF-2", username="sam")
    said = run("activity", node, "pat").output
    assert "REF-1" in said
    assert "6 asked" in said
    assert "REF-2" not in said
    assert "REF-OLD" not in said


def test_who_has_no_account_is_found_by_the_name_that_was_typed(node: Path) -> None:
    record(node, "Pat Worker", "AT-A-TERMINAL")
    record(node, "Pat Worker", "ON-PAGES", username="pat")
    said = run("activity", node, "pat worker").output
    assert "AT-A-TERMINAL" in said
    assert "ON-PAGES" not in said


def test_nothing_is_recorded(node: Path) -> None:
    assert run("activity", node, "pat").output == "pat has asked nothing in the last 28 days.\n"
    assert run("activity", node, "pat", "--json").output == ""


def test_what_is_recorded_is_data_for_a_program(node: Path) -> None:
    record(node, "Pat Worker", "REF-1", username="pat")
    (line,) = run("activity", node, "pat", "--json").output.splitlines()
    assert json.loads(line)["reference"] == "REF-1"
