"""Asking about a case of one's own from the command line."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from node.asking.asker import Enquiry
from node.cli import enquiry
from node.cli.enquiry import prompt_enquiry, read_enquiry
from node.errors import AskError
from node.records.cases import CaseRow, HeldCase
from protocol.matching.identity import Identity
from protocol.messages.vocabulary import InvolvementKind, Role
from tests.node.small_federation import DIRECTORY, FakeClock, at, child, involvement, record

WHO = {"name": "Ada", "telephone": "020 7946 0123"}


def case(source: str, kind: InvolvementKind = InvolvementKind.CHILD_IN_NEED) -> HeldCase:
    held = record(child(), "1234", involvement(kind=kind))
    row = CaseRow(source.encode(), b"", source, held.involvement, held.tokens)
    return HeldCase("1234", (row,), tuple(held.tokens))


CARE, JUSTICE = case("social care"), case("youth justice", InvolvementKind.YOUTH_JUSTICE)


def read(tmp_path: Path, found: Sequence[HeldCase], **entries: object) -> Enquiry:
    file = tmp_path / "enquiry.json"
    file.write_text(json.dumps({"case": "1234", "purpose": 1, "who": WHO, **entries}))
    return read_enquiry(file).enquiry(lambda _reference: found)


def test_a_file_asks_about_a_case_by_its_reference(tmp_path: Path) -> None:
    assert read(tmp_path, [CARE]).child is CARE


def test_a_file_says_for_whom_on_the_telephone(tmp_path: Path) -> None:
    told = {"name": "B", "organisation": "Hospital", "verified": "rung back"}
    caller = read(tmp_path, [CARE], caller=told).caller
    assert caller is not None
    assert (caller.name, caller.organisation, caller.verified) == tuple(told.values())


def test_a_file_says_which_of_two_cases(tmp_path: Path) -> None:
    assert read(tmp_path, [CARE, JUSTICE], source="youth justice").child is JUSTICE


@pytest.mark.parametrize(
    ("found", "source", "problem"),
    [
        ([], "", "no case of this reference is loaded"),
        ([CARE], "elsewhere", "no case of this reference is loaded"),
        ([CARE, JUSTICE], "", "give source, one of social care, youth justice"),
    ],
)
def test_what_is_no_one_case_is_refused(
    tmp_path: Path, found: Sequence[HeldCase], source: str, problem: str
) -> None:
    with pytest.raises(AskError, match=problem):
        read(tmp_path, found, source=source)


@pytest.mark.usefixtures("london")
def test_a_child_born_today_can_be_asked_about_at_half_past_midnight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(enquiry, "system_clock", FakeClock(at(2025, 7, 1, 23, 30)))
    born = {"surname": "Smith", "forename": "Mary", "date_of_birth": "2025-07-02"}
    file = tmp_path / "enquiry.json"
    file.write_text(json.dumps({"child": born, "purpose": 1, "who": WHO}))
    asked = read_enquiry(file).enquiry(lambda _reference: []).child
    assert isinstance(asked, Identity)
    assert asked.date_of_birth == date(2025, 7, 2)


def prompt(
    monkeypatch: pytest.MonkeyPatch,
    found: Sequence[HeldCase],
    *typed: str,
    role: str = "",
    caller: Sequence[str] = ("n",),
) -> Enquiry:
    lines = [*typed, "1", role, "Ada", "020 7946 0123", "Team", "", "n", *caller]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    return prompt_enquiry(DIRECTORY, lambda reference: found if reference == "1234" else ())


def test_one_case_is_asked_about_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert prompt(monkeypatch, [CARE], "1", "1234").child is CARE


@pytest.mark.parametrize(("reference", "sent"), [("1234", "1234"), ("1" * 64, "")])
def test_a_case_goes_out_under_its_own_reference_if_there_is_room(
    monkeypatch: pytest.MonkeyPatch, reference: str, sent: str
) -> None:
    held = replace(CARE, reference=reference)
    assert prompt(monkeypatch, [held], "1234").who.reference == sent


def test_of_two_cases_one_is_chosen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prompt(monkeypatch, [CARE, JUSTICE], "1234", "0", "9", "2").child is JUSTICE
    assert "2  youth justice, from youth justice" in capsys.readouterr().out


NUMBER = "", "", "", "", "", "999 000 0107", ""
"""What is typed of a child that is known by its number alone, and of no case."""


def test_what_is_said_by_enter_alone_is_the_usual(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = prompt(monkeypatch, [], *NUMBER, "")
    assert (asked.role, asked.caller) == (Role.PRACTITIONER, None)
    said = capsys.readouterr().out
    # Every council is told the role, whatever it knows.
    assert said.index("In which role") < said.index("Only a council that knows the child")
    assert "Their surname" not in said


def test_more_can_be_said_of_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    four = "", "Smith", "Mary", "27/3/2015", "", "", ""
    more = "Jones; Brown", "", "EH1 1AA", "", "Ann", "Smith", "1/2/1990"
    child = prompt(monkeypatch, [], *four, "y", *more).child
    assert isinstance(child, Identity)
    assert child.surnames == ("SMITH", "JONES", "BROWN")
    assert child.postcodes == ("EH11AA",)
    assert [carer.forename for carer in child.carers] == ["ANN"]


def test_an_unborn_child_is_asked_about_by_the_mother(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever says no more of it, or something that cannot be, can do so in the next turn."""
    monkeypatch.setattr(enquiry, "system_clock", FakeClock(at(2025, 7, 1, 12, 0)))
    mother = "Ann", "Smith", "1/2/1990"
    nothing = ("",) * 6
    typed = "", *nothing, "n", *nothing, "y", "", "", "", "31/9/2025", *mother, "30/9/2025"
    child = prompt(monkeypatch, [], *typed).child
    assert isinstance(child, Identity)
    assert child.due_date == date(2025, 9, 30)
    assert "there is no such day" in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "role"), [*zip("123", Role, strict=True)])
def test_a_role_is_chosen(monkeypatch: pytest.MonkeyPatch, typed: str, role: Role) -> None:
    assert prompt(monkeypatch, [CARE], "1234", role=typed).role is role


def test_it_is_said_for_whom_on_the_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "Dr B", "Hospital", "rung back"
    caller = prompt(monkeypatch, [CARE], "1234", caller=("y", *told)).caller
    assert caller is not None
    assert (caller.name, caller.organisation, caller.verified) == told
