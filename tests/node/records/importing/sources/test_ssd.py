from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from node.records.importing.content import CaseRows, FileContent, LeftOut
from node.records.importing.problems import Done
from node.records.importing.sources.formats import NamedSource
from protocol.matching.identity import Carer
from protocol.messages.vocabulary import InvolvementKind
from tests.node.records.importing.sources.made_up import SSD, Files, copied, read, row_of


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return copied(tmp_path)


def kinds(content: FileContent) -> set[tuple[str, str, date | None]]:
    return {
        (row.case_reference, row.involvement.kind_name.upper(), row.involvement.closed_on)
        for row in content.rows
    }


def note(content: FileContent, words: str) -> int:
    [count] = [count for text, count in content.report.notes.items() if words in text]
    return count


def test_the_example_is_read_in_spite_of_its_faults(files: Files) -> None:
    content = read(files.ssd)
    assert content.report.problem_count == 0
    assert kinds(content) == {
        ("101", "CHILD_IN_NEED", None),
        ("101", "SECTION_47_ENQUIRY", date(2025, 5, 20)),
        ("101", "CHILD_PROTECTION_PLAN", None),
        ("102", "EARLY_HELP", None),
        ("103", "LOOKED_AFTER", None),
        ("104", "CHILD_IN_NEED", None),
        ("105", "CHILD_IN_NEED", date(2025, 2, 1)),
        ("107", "CARE_LEAVER", None),
        ("109", "CHILD_IN_NEED", None),
    }


def test_a_child_s_names_numbers_and_birth_come_from_their_tables(files: Files) -> None:
    content = read(files.ssd)
    ada = row_of(content, "101", "CHILD_IN_NEED").identity
    assert (ada.forenames, ada.surnames) == (("ADA",), ("MARLOW",))
    assert (ada.nhs_number, ada.upn) == ("9990000018", "H801200001001")
    assert ada.date_of_birth == date(2015, 3, 4)
    ben = row_of(content, "102").identity
    assert (ben.nhs_number, ben.upn, ben.date_of_birth) == ("9990000034", None, date(2018, 7, 1))


def test_a_former_upn_counts_where_there_is_no_other(files: Files) -> None:
    assert row_of(read(files.ssd), "103").identity.upn == "P801200001005"
    files.replace("ssd/ssd_person.csv", "L-103,103,,", "L-103,103,A801200001004,")
    assert row_of(read(files.ssd), "103").identity.upn == "A801200001004"


def test_the_older_name_of_the_number_for_all_of_england_is_read_too(files: Files) -> None:
    files.replace("ssd/ssd_person.csv", "pers_single_unique_id", "pers_common_child_id")
    assert row_of(read(files.ssd), "105").identity.nhs_number == "9990000026"


def test_the_current_address_is_first_and_former_postcodes_follow(files: Files) -> None:
    ada = row_of(read(files.ssd), "101", "CHILD_IN_NEED").identity
    assert ada.postcodes == ("LS11AA", "LS22BB")
    assert (ada.house, ada.uprn) == ("FLAT214", "100023336956")


def test_a_confidential_address_says_nothing(files: Files) -> None:
    cara = row_of(read(files.ssd), "103").identity
    assert (cara.postcodes, cara.house, cara.uprn) == (("LS33DD",), "", "")


def test_of_a_confidential_address_not_even_the_house_is_taken(files: Files) -> None:
    files.replace(
        "ssd/ssd_address.csv",
        '"{""ROOM"": """", ""HOUSE"": """", ""UPRN"": """"',
        '"{""HOUSE"": ""7"", ""UPRN"": ""77""',
    )
    cara = row_of(read(files.ssd), "103").identity
    assert (cara.house, cara.uprn) == ("", "")


def test_an_address_that_is_no_json_leaves_its_postcode(files: Files) -> None:
    content = read(files.ssd)
    ben = row_of(content, "102").identity
    assert (ben.postcodes, ben.house) == (("LS11AA",), "")
    assert note(content, "is no JSON") == 1


def test_an_address_that_has_ended_is_a_former_one(files: Files) -> None:
    files.replace(
        "ssd/ssd_address.csv", "2013-01-15 00:00:00.000,NULL,LS4", "2013-01-15,2025-01-01,LS4"
    )
    dev = row_of(read(files.ssd), "105").identity
    assert dev.postcodes == ("LS44EE",)


def test_an_unborn_child_is_known_by_its_mother(files: Files) -> None:
    unborn = row_of(read(files.ssd), "104").identity
    assert (unborn.due_date, unborn.date_of_birth) == (date(2025, 9, 1), None)
    assert unborn.carers == (Carer("MONA", "MARLOW", date(1988, 12, 1)),)


def test_an_estimated_date_of_birth_stands_where_a_due_date_would(files: Files) -> None:
    assert row_of(read(files.ssd), "109").identity.date_of_birth == date(2011, 5, 5)


def test_adults_of_the_family_are_carers_and_siblings_are_not(files: Files) -> None:
    content = read(files.ssd)
    assert row_of(content, "102").identity.carers == (Carer("MONA", "MARLOW", date(1988, 12, 1)),)
    assert note(content, "members of families who are not in ssd_person") == 1


def test_a_grown_up_sibling_is_no_carer(files: Files) -> None:
    files.replace("ssd/ssd_person.csv", "1988-12-01", "2004-12-01")
    assert row_of(read(files.ssd), "102").identity.carers == ()


def test_without_families_there_are_no_carers(files: Files) -> None:
    files.table("ssd_family").unlink()
    files.table("ssd_mother").unlink()
    content = read(files.ssd)
    assert row_of(content, "102").identity.carers == ()
    assert note(content, "ssd_family, ssd_mother") == 2


def test_the_worker_and_team_are_those_who_work_with_the_child_now(files: Files) -> None:
    contact = row_of(read(files.ssd), "101", "CHILD_PROTECTION_PLAN").involvement.contact
    assert (contact.name, contact.role) == ("Pat Example", "Social worker")
    assert (contact.team, contact.telephone) == ("Family Support North", "020 7946 0001")


def test_a_professional_who_has_left_is_not_named_and_the_team_is(files: Files) -> None:
    content = read(files.ssd)
    contact = row_of(content, "109").involvement.contact
    assert (contact.name, contact.team) == ("", "Family Support North")
    assert note(content, "a professional who is not in") == 1


def test_a_team_without_a_name_gives_way_to_the_professional_s_department(files: Files) -> None:
    assert row_of(read(files.ssd), "102").involvement.contact.team == "Early Help East"


def test_teams_named_in_the_table_of_involvements_need_no_table_of_teams(files: Files) -> None:
    files.table("ssd_department").unlink()
    files.replace("ssd/ssd_involvements.csv", "CW,8,103", "CW,Looked After Team,103")
    assert row_of(read(files.ssd), "103").involvement.contact.team == "Looked After Team"


def test_a_care_leaver_s_team_is_the_one_of_its_own_table(files: Files) -> None:
    assert row_of(read(files.ssd), "107").involvement.contact.team == "Leaving Care"


def test_a_job_title_that_is_too_long_is_left_out(files: Files) -> None:
    content = read(files.ssd)
    cara = row_of(content, "103").involvement.contact
    assert (cara.name, cara.role) == ("Lee Sample", "")
    assert note(content, "job titles") == 1


@pytest.mark.parametrize(
    ("role", "leads"),
    [("CW", True), ("Allocated Case Worker", True), ("Lead practitioner", True), ("IRO", False)],
)
def test_who_leads_is_told_by_the_role(files: Files, role: str, leads: bool) -> None:
    files.replace("ssd/ssd_involvements.csv", "32,CW,8,103", f"32,{role},8,103")
    assert row_of(read(files.ssd), "103").involvement.lead_practitioner is leads


def test_who_leads_the_work_of_one_referral_does_not_lead_what_began_without(files: Files) -> None:
    table = files.table("ssd_involvements")
    table.write_text(table.read_text() + "8,31,CW,7,102,2025-03-01,NULL,NULL,R77\n")
    early_help = row_of(read(files.ssd), "102", "EARLY_HELP").involvement
    assert (early_help.contact.name, early_help.lead_practitioner) == ("Kim Early", False)
    table.write_text(table.read_text().replace("33,Early help worker,-1,102", "39,X,-1,104"))
    early_help = row_of(read(files.ssd), "102", "EARLY_HELP").involvement
    assert (early_help.contact.name, early_help.lead_practitioner) == ("Pat Example", False)


def test_nobody_leads_what_has_ended(files: Files) -> None:
    closed = row_of(read(files.ssd), "101", "SECTION_47_ENQUIRY").involvement
    assert (closed.lead_practitioner, closed.contact.name) == (False, "")


def test_the_last_update_is_the_last_day_that_the_tables_know_of(files: Files) -> None:
    content = read(files.ssd)
    days = {
        row.involvement.kind_name.upper(): row.involvement.updated_on
        for row in content.rows
        if row.case_reference == "101"
    }
    assert days == {
        "CHILD_IN_NEED": date(2025, 4, 1),
        "SECTION_47_ENQUIRY": date(2025, 5, 20),
        "CHILD_PROTECTION_PLAN": date(2025, 5, 20),
    }


def test_the_same_extract_on_a_later_day_gives_the_same_rows(files: Files) -> None:
    """Otherwise every import would have every token made again."""
    content = read(files.ssd)
    files.table("ssd_person").touch()
    assert [row.involvement.encode() for row in read(files.ssd).rows] == [
        row.involvement.encode() for row in content.rows
    ]


def test_what_is_over_is_known_by_its_child_and_kind(files: Files) -> None:
    need, leaver = InvolvementKind.CHILD_IN_NEED, InvolvementKind.CARE_LEAVER
    over = frozenset({("101", need), ("106", need), ("110", leaver)})
    assert read(files.ssd).over == CaseRows(over)


def test_what_is_left_out_is_counted(files: Files) -> None:
    content = read(files.ssd)
    assert note(content, "ended over a year ago") == 3
    assert note(content, "no further action") == 1
    assert note(content, "no current eligibility") == 1
    assert note(content, "persons with no involvement") == 2


def test_a_zip_file_gives_what_its_folder_gives(files: Files) -> None:
    path = files.folder / "extract.zip"
    with ZipFile(path, "w") as archive:
        for table in files.ssd.path.iterdir():
            archive.write(table, f"extract/{table.name}")
    packed = read(NamedSource(path, SSD, contacts=files.contacts))
    assert kinds(packed) == kinds(read(files.ssd))


def test_persons_without_any_episode_are_not_held(files: Files) -> None:
    """Half the persons of a real extract are adults and children of long ago."""
    person = files.table("ssd_person")
    before = read(files.ssd)
    more = "".join(f"L,{n},,Joe,Long,M,M,,1985-01-01,,,N,,,,\n" for n in range(1_000, 3_000))
    person.write_text(person.read_text() + more)
    after = read(files.ssd)
    assert kinds(after) == kinds(before)
    assert note(after, "persons with no involvement") == 2_002


PLANS, WORK = "ssd/ssd_cp_plans.csv", "ssd/ssd_involvements.csv"
PLAN_OF_101 = ("101", InvolvementKind.CHILD_PROTECTION_PLAN)
ALL_OF_101 = {
    ("101", InvolvementKind[kind])
    for kind in ("CHILD_IN_NEED", "SECTION_47_ENQUIRY", "CHILD_PROTECTION_PLAN")
}


@pytest.mark.parametrize(
    ("name", "old", "new", "left_out"),
    [
        pytest.param(PLANS, "101,2025-05-20", "101,May", {PLAN_OF_101}, id="a faulty day"),
        pytest.param(
            PLANS,
            "1,R1,,101,2025-05-20 00:00:00.000,,",
            "1,R1,,101,2025-05-20,,N,NEG,NEG\n2,R1,,101,2023-05-20,2022-05-20,",
            {PLAN_OF_101},
            id="a faulty one beside a right one",
        ),
        pytest.param(WORK, "101,2025-04-01 09:15", "101,April", ALL_OF_101, id="a worker's day"),
        pytest.param(PLANS, "R1,,101", "R1,,777", {("777", PLAN_OF_101[1])}, id="of nobody"),
    ],
)
def test_a_faulty_episode_is_left_out_and_the_row_held_of_it_is_known(
    files: Files,
    name: str,
    old: str,
    new: str,
    left_out: set[tuple[str, InvolvementKind]],
) -> None:
    files.replace(name, old, new)
    content = read(files.ssd)
    assert content.left_out == LeftOut(keys=frozenset(left_out))
    taken = {(row.case_reference, row.involvement.kind) for row in content.rows}
    assert not taken & left_out
    assert ("103", InvolvementKind.LOOKED_AFTER) in taken


@pytest.mark.parametrize("child", ["NULL", "1.01E+02"])
def test_an_episode_of_an_unreadable_child_may_be_any_row_held(files: Files, child: str) -> None:
    files.replace(PLANS, "R1,,101", f"R1,,{child}")
    assert read(files.ssd).left_out == LeftOut(unknown=1)


def test_of_two_persons_of_one_id_that_differ_none_is_taken(files: Files) -> None:
    person = files.table("ssd_person")
    person.write_text(person.read_text() + "L,101,,Adah,Marlow,F,F,,2015-03-04,,,N,,,,\n")
    content = read(files.ssd)
    assert content.left_out == LeftOut(keys=frozenset(ALL_OF_101))
    assert any("two persons of this id" in each.reason for each in content.report.problems)


def test_a_person_who_is_there_twice_in_the_same_words_is_taken_once(files: Files) -> None:
    person = files.table("ssd_person")
    text = person.read_text()
    again = next(line for line in text.splitlines() if line.startswith("L-101,"))
    person.write_text(f"{text}{again}\n")
    content = read(files.ssd)
    assert content.left_out == LeftOut()
    assert [each.done for each in content.report.problems] == [Done.NOT_USED]


def test_beside_an_address_that_cannot_be_read_none_is_the_current_one(files: Files) -> None:
    files.replace("ssd/ssd_address.csv", "2015-03-04 00:00:00.000,2019-04-30", "long ago,2019")
    content = read(files.ssd)
    ada = row_of(content, "101", "CHILD_IN_NEED").identity
    assert (ada.postcodes, ada.house, ada.uprn) == (("LS11AA",), "", "")
    assert content.report.lines_not_used == 1


@pytest.mark.parametrize("line", ["R11,NULL,2025-05-05,,,,,,,,7,31", 'R11,"10"5,2025-05-05,,'])
def test_beside_an_episode_of_an_unreadable_child_none_of_its_kind_has_ended(
    files: Files, line: str
) -> None:
    """It may be of a child whose former episode has ended, and be open."""
    table = files.table("ssd_cin_episodes")
    table.write_text(f"{table.read_text()}{line}\n")
    content = read(files.ssd)
    assert content.left_out == LeftOut(
        frozenset({("105", InvolvementKind.CHILD_IN_NEED)}), unknown=1
    )
    assert row_of(content, "101", "CHILD_IN_NEED").involvement.closed_on is None
    assert row_of(content, "101", "SECTION_47_ENQUIRY").involvement.closed_on is not None


@pytest.mark.parametrize(
    "footer", ["(7 rows affected)", "Report run by Wilhelmina Quuxbury", "\x1a"]
)
def test_what_a_database_tool_writes_below_a_table_is_no_episode(files: Files, footer: str) -> None:
    """An episode that cannot be read would leave out every one of its kind that has ended."""
    before = kinds(read(files.ssd))
    for name in ("ssd_cin_episodes", "ssd_s47_enquiry", "ssd_person", "ssd_family"):
        path = files.table(name)
        path.write_bytes(path.read_bytes() + f"\r\n{footer}\r\n".encode())
    content = read(files.ssd)
    assert kinds(content) == before
    assert (content.report.problem_count, content.left_out) == (0, LeftOut())
    assert note(content, "no rows") == 4


@pytest.mark.parametrize("day", ["04-MAR-2015", "04-MAR-15", "Mar  4 2015 12:00AM", "42067"])
def test_days_are_read_as_other_databases_write_them(files: Files, day: str) -> None:
    files.replace("ssd/ssd_person.csv", "WBRI,2015-03-04 00:00:00.000", f"WBRI,{day}")
    files.replace("ssd/ssd_cp_plans.csv", "101,2025-05-20 00:00:00.000", "101,20-MAY-25")
    content = read(files.ssd)
    ada = row_of(content, "101", "CHILD_PROTECTION_PLAN")
    assert ada.identity.date_of_birth == date(2015, 3, 4)
    assert ada.involvement.updated_on == date(2025, 5, 20)
    assert content.report.problem_count == 0


def test_an_end_that_never_comes_has_not_come_in_1999(files: Files) -> None:
    files.replace("ssd/ssd_cp_plans.csv", "00:00:00.000,,N", "00:00:00.000,31-DEC-99,N")
    assert ("101", "CHILD_PROTECTION_PLAN", None) in kinds(read(files.ssd))


def test_a_name_from_a_web_page_is_read(files: Files) -> None:
    files.replace("ssd/ssd_person.csv", "H801200001001,Ada,Marlow", "H801200001001,Ada,O&apos;Neil")
    assert row_of(read(files.ssd), "101", "CHILD_IN_NEED").identity.surnames == ("ONEIL",)
