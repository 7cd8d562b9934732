import json
from datetime import date
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.content import CaseRows, FileContent, LeftOut
from node.records.importing.sources.formats import NamedSource
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.sources.made_up import CSC, copied, read, row_of

Payload = dict[str, object]


def payload(child_id: str = "1", surname: str = "Marlow", **changes: object) -> Payload:
    return {
        "la_child_id": child_id,
        "purge": False,
        "child_details": {"first_name": "Ada", "surname": surname, "date_of_birth": "2015-03-04"},
        "social_care_episodes": [{"referral_date": "2025-01-10"}],
        **changes,
    }


def load(folder: Path, *files: object) -> FileContent:
    copied(folder)
    path = folder / "payloads"
    path.mkdir()
    for number, content in enumerate(files):
        (path / f"{number:03}.json").write_text(json.dumps(content))
    return read(NamedSource(path, CSC, contacts=folder / "contacts.csv"))


def kinds(content: FileContent) -> list[tuple[str, str, date | None]]:
    return [
        (row.case_reference, row.involvement.kind_name.upper(), row.involvement.closed_on)
        for row in content.rows
    ]


def note(content: FileContent, words: str) -> int:
    [count] = [count for text, count in content.report.notes.items() if words in text]
    return count


def test_the_example_is_read_in_spite_of_its_faults(tmp_path: Path) -> None:
    content = read(copied(tmp_path).csc)
    assert content.report.problem_count == 0
    assert kinds(content) == [
        ("101", "CHILD_IN_NEED", None),
        ("101", "SECTION_47_ENQUIRY", date(2025, 5, 20)),
        ("101", "CHILD_PROTECTION_PLAN", None),
        ("102", "CHILD_IN_NEED", date(2025, 5, 31)),
    ]
    ada = row_of(content, "101", "CHILD_PROTECTION_PLAN")
    assert ada.identity.upn == "H801200001001"
    assert ada.identity.date_of_birth == date(2015, 3, 4)
    assert ada.involvement.updated_on == date(2025, 5, 20)
    assert ada.involvement.contact.telephone == "020 7946 0009"


def test_a_change_of_worker_is_the_last_update_of_what_is_open(tmp_path: Path) -> None:
    content = read(copied(tmp_path).csc)
    assert row_of(content, "101", "CHILD_IN_NEED").involvement.updated_on == date(2025, 4, 1)
    closed = row_of(content, "101", "SECTION_47_ENQUIRY").involvement
    assert closed.updated_on == date(2025, 5, 20)


def test_a_later_payload_of_a_child_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    content = load(tmp_path, payload(surname="Old"), payload("2"), [payload(surname="New")])
    assert [row.identity.surnames for row in content.rows] == [("MARLOW",), ("NEW",)]
    assert note(content, "a later one follows") == 1


def test_a_faulty_payload_that_a_later_one_replaces_is_no_fault(tmp_path: Path) -> None:
    content = load(tmp_path, payload(child_details=None), payload())
    assert (content.report.problem_count, len(content.rows)) == (0, 1)


def test_a_purge_erases_the_child_and_is_counted(tmp_path: Path) -> None:
    content = load(tmp_path, payload(), payload("2"), {"la_child_id": "1", "purge": True})
    assert [row.case_reference for row in content.rows] == ["2"]
    assert note(content, "purge flag") == 1
    assert content.purged == CaseRows(cases=frozenset({"1"}))


def test_a_purge_of_a_child_that_nobody_knows_is_no_fault(tmp_path: Path) -> None:
    content = load(tmp_path, {"la_child_id": "9", "purge": True})
    assert (content.report.problem_count, content.rows, note(content, "purge flag")) == (0, [], 1)


def test_a_child_that_comes_again_after_its_purge_is_there(tmp_path: Path) -> None:
    content = load(tmp_path, {"la_child_id": "1", "purge": True}, payload())
    assert (len(content.rows), content.purged) == (1, CaseRows())


@pytest.mark.parametrize("flag", [True, "true", "1"])
def test_the_purge_of_what_is_known_of_a_child_is_a_purge_of_the_child(
    tmp_path: Path, flag: object
) -> None:
    details = {"first_name": "Ada", "surname": "Marlow", "purge": flag}
    content = load(tmp_path, payload(child_details=details))
    assert (content.rows, note(content, "purge flag")) == ([], 1)


def test_the_purge_of_an_episode_or_plan_erases_its_kind(tmp_path: Path) -> None:
    plan = {"start_date": "2025-02-02"}
    content = load(
        tmp_path,
        payload(
            social_care_episodes=[
                {
                    "referral_date": "2025-01-10",
                    "child_protection_plans": [{**plan, "purge": True}],
                },
                {"referral_date": "2025-01-11", "purge": True, "child_protection_plans": [plan]},
            ]
        ),
    )
    assert kinds(content) == [("1", "CHILD_IN_NEED", None)]
    assert note(content, "purge flag on an episode") == 1
    assert ("1", InvolvementKind.CHILD_PROTECTION_PLAN) in content.purged.keys


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        pytest.param(
            {"referral_date": "2025-01-10", "child_protection_plans": [{"purge": True}]},
            {InvolvementKind.CHILD_PROTECTION_PLAN},
            id="a plan",
        ),
        pytest.param(
            {"referral_date": "2025-01-10", "care_leavers": [{"purge": True}]},
            {InvolvementKind.CARE_LEAVER},
            id="a care leaver",
        ),
        pytest.param(
            {"referral_date": "2025-01-10", "purge": True},
            {
                InvolvementKind.CHILD_IN_NEED,
                InvolvementKind.SECTION_47_ENQUIRY,
                InvolvementKind.CHILD_PROTECTION_PLAN,
                InvolvementKind.LOOKED_AFTER,
                InvolvementKind.CARE_LEAVER,
            },
            id="an episode of social care, with what is in it",
        ),
        pytest.param(
            {
                "referral_date": "2025-01-10",
                "child_protection_plans": [{"purge": True, "start_date": "nonsense"}],
            },
            {InvolvementKind.CHILD_PROTECTION_PLAN},
            id="what is purged needs no dates",
        ),
        pytest.param(
            {"referral_date": "nonsense", "child_protection_plans": [{"purge": True}]},
            set(),
            id="none, of a faulty payload",
        ),
    ],
)
def test_purge_is_of_the_kinds_of(
    tmp_path: Path, episode: dict[str, object], expected: set[InvolvementKind]
) -> None:
    content = load(tmp_path, payload(social_care_episodes=[episode]))
    assert content.purged == CaseRows(keys=frozenset(("1", kind) for kind in expected))


def test_the_purge_of_an_id_with_a_no_break_space_is_of_the_row_that_it_gave(
    tmp_path: Path,
) -> None:
    content = load(tmp_path, payload("A\u00a01"), {"la_child_id": "A\u00a02", "purge": True})
    assert [row.case_reference for row in content.rows] == ["A 1"]
    assert content.purged == CaseRows(cases=frozenset({"A 2"}))


def test_what_is_over_is_known_by_its_child_and_kind(tmp_path: Path) -> None:
    closed = {"referral_date": "2024-01-10", "closure_date": "2024-05-31"}
    need = frozenset({("1", InvolvementKind.CHILD_IN_NEED)})
    content = load(tmp_path, payload(social_care_episodes=[closed]))
    assert (content.rows, content.over) == ([], CaseRows(need))


def test_a_referral_with_no_further_action_is_no_need(tmp_path: Path) -> None:
    referral = {"referral_date": "2025-01-10", "referral_no_further_action_flag": True}
    content = load(tmp_path, payload(social_care_episodes=[referral]))
    assert (content.rows, content.report.problem_count) == ([], 0)


def test_a_care_leaver_is_known_by_its_last_contact(tmp_path: Path) -> None:
    episode = {
        "referral_no_further_action_flag": True,
        "care_leavers": {"contact_date": "2025-05-05"},
    }
    details = {"first_name": "Fay", "surname": "Tarn", "date_of_birth": "2005-08-09"}
    content = load(tmp_path, payload(child_details=details, social_care_episodes=[episode]))
    assert kinds(content) == [("1", "CARE_LEAVER", None)]
    assert row_of(content, "1").involvement.updated_on == date(2025, 5, 5)


@pytest.mark.parametrize(
    ("plans", "updated_on"),
    [
        pytest.param([{"plan_start_date": "2025-05-05"}], date(2025, 5, 5), id="begun"),
        pytest.param({"plan_start_date": "2025-05-05"}, date(2025, 5, 5), id="no list"),
        pytest.param(
            [{"plan_start_date": "2020-05-05"}, {"plan_start_date": "2025-05-05"}],
            date(2025, 5, 5),
            id="the newest",
        ),
        pytest.param(
            [{"request_received_date": "2025-05-05", "plan_start_date": None}], None, id="asked for"
        ),
        pytest.param([{"plan_start_date": "2025-05-05", "purge": True}], None, id="purged"),
    ],
)
def test_an_education_health_and_care_plan_is_an_involvement(
    tmp_path: Path, plans: object, updated_on: date | None
) -> None:
    """Of a child whom social care does not know, too; its age is no fault until 25."""
    details = {"first_name": "Fay", "surname": "Tarn", "date_of_birth": "2005-08-09"}
    child = payload(
        child_details=details, social_care_episodes=[], education_health_care_plans=plans
    )
    content = load(tmp_path, child)
    assert not content.report.problems
    assert [(row.involvement.kind, row.involvement.updated_on) for row in content.rows] == (
        [(InvolvementKind.EHC_PLAN, updated_on)] if updated_on else []
    )


def test_the_purge_of_an_education_health_and_care_plan_erases_it(tmp_path: Path) -> None:
    content = load(tmp_path, payload(education_health_care_plans=[{"purge": True}]))
    assert content.purged == CaseRows(keys=frozenset({("1", InvolvementKind.EHC_PLAN)}))


def test_an_education_health_and_care_plan_past_25_is_over(tmp_path: Path) -> None:
    details = {"first_name": "Fay", "surname": "Tarn", "date_of_birth": "1999-08-09"}
    plans = [{"plan_start_date": "2015-05-05"}]
    child = payload(
        child_details=details, social_care_episodes=[], education_health_care_plans=plans
    )
    content = load(tmp_path, child)
    assert (content.rows, content.report.problem_count) == ([], 0)
    assert note(content, "closed over a year ago, or age") == 1


def test_a_faulty_day_of_a_plan_is_named_as_the_payload_has_it(tmp_path: Path) -> None:
    content = load(tmp_path, payload(education_health_care_plans=[{"plan_start_date": "soon"}]))
    [problem] = content.report.problems
    assert problem.name == "education_health_care_plans plan_start_date"


@pytest.mark.parametrize("name", ["Children", "children"])
@pytest.mark.parametrize("several", [True, False])
def test_reads_what_is_sent_for_a_council(tmp_path: Path, name: str, several: bool) -> None:
    content = load(tmp_path, {"la_code": 123, name: [payload()] if several else payload()})
    assert len(content.rows) == 1


def test_a_problem_in_one_of_many_files_is_placed_by_its_number_among_them(tmp_path: Path) -> None:
    content = load(tmp_path, payload(), [payload("2"), payload("3", child_details={})])
    assert str(content.report.problems[0].place) == "file 2 child 2"


def test_reads_objects_that_stand_one_a_line(tmp_path: Path) -> None:
    copied(tmp_path)
    path = tmp_path / "lines.json"
    path.write_text("\n".join(json.dumps(payload(str(number))) for number in (1, 2, 3)))
    content = read(NamedSource(path, CSC, contacts=tmp_path / "contacts.csv"))
    assert len(content.rows) == 3


def test_a_folder_without_payloads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match=r"no \.json file"):
        load(tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    files = copied(tmp_path)
    files.csc.path.unlink()
    with pytest.raises(ImportRefusedError, match="cannot read the file"):
        read(files.csc)


def test_a_faulty_payload_leaves_all_that_is_held_of_its_child(tmp_path: Path) -> None:
    content = load(tmp_path, payload(child_details=None), payload("2"))
    assert content.left_out == LeftOut(cases=frozenset({"1"}))
    assert [row.case_reference for row in content.rows] == ["2"]


def test_a_payload_of_no_child_may_be_of_any_row_held(tmp_path: Path) -> None:
    content = load(tmp_path, payload(""), payload("2"))
    assert content.left_out == LeftOut(unknown=1)


@pytest.mark.parametrize("later", [payload(""), 1], ids=["without an id", "no payload"])
def test_beside_a_payload_of_nobody_knows_whom_nothing_has_ended(
    tmp_path: Path, later: object
) -> None:
    """It may be the later one of that child, whose case is open again."""
    closed = [{"referral_date": "2025-01-10", "closure_date": "2025-02-10"}]
    faulty = {"Children": [later]}
    content = load(tmp_path, payload(social_care_episodes=closed), payload("2"), faulty)
    assert content.left_out == LeftOut(frozenset({("1", InvolvementKind.CHILD_IN_NEED)}), unknown=1)
    assert [row.case_reference for row in content.rows] == ["2"]
