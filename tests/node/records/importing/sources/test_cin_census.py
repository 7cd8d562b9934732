from datetime import date
from pathlib import Path

import pytest

from node.records.importing.problems import Done
from node.records.importing.sources.cin_census import Census, read_census
from tests.node.records.importing.sources.made_up import TODAY, copied

OPEN = None


def statuses(folder: Path, referral: str) -> dict[str, date | None]:
    path = folder / "census.xml"
    path.write_text(
        "<Message><Header><CollectionDetails><ReferenceDate>2025-03-31</ReferenceDate>"
        "</CollectionDetails></Header><Children><Child><ChildIdentifiers><LAchildID>1</LAchildID>"
        f"</ChildIdentifiers>{referral}</Child></Children></Message>"
    )
    census = read_census(path, TODAY)
    assert not census.problems
    return dict(census.by_id["1"].ended_on)


def referral(inside: str = "", closed: str = "") -> str:
    closure = f"<CINclosureDate>{closed}</CINclosureDate>" if closed else ""
    began = "<CINreferralDate>2025-01-02</CINreferralDate>"
    return f"<CINdetails>{inside}{closure}{began}</CINdetails>"


def enquiry(inside: str = "") -> str:
    return f"<Section47><S47ActualStartDate>2025-01-03</S47ActualStartDate>{inside}</Section47>"


CONFERENCE = "<DateOfInitialCPC>2025-01-20</DateOfInitialCPC>"


@pytest.fixture
def census(tmp_path: Path) -> Census:
    return read_census(copied(tmp_path).census, TODAY)


def test_the_example_is_read_in_spite_of_its_faults(census: Census) -> None:
    assert not census.problems
    assert census.reference_date == date(2025, 5, 31)
    assert set(census.by_id) == {"101", "LAC-105", "106", "555"}
    assert set(census.by_upn) == {"H801200001001", "X801200001002"}
    assert census.by_id["101"].ended_on == {
        "child in need": OPEN,
        "section 47 enquiry": date(2025, 5, 20),
        "child protection plan": OPEN,
    }


@pytest.mark.parametrize(
    ("content", "kind", "ended_on"),
    [
        pytest.param(referral(), "child in need", OPEN, id="open"),
        pytest.param(referral(closed="2025-02-02"), "child in need", date(2025, 2, 2), id="closed"),
        pytest.param(
            referral("<ReferralNFA>1</ReferralNFA>"),
            "child in need",
            date(2025, 1, 2),
            id="looked at",
        ),
        pytest.param(
            referral("<ReferralNFA>true</ReferralNFA>", "2025-02-02"),
            "child in need",
            date(2025, 2, 2),
            id="no further action, and closed",
        ),
        pytest.param(
            referral(closed="2025-02-02") + referral(), "child in need", OPEN, id="closed and open"
        ),
        pytest.param(referral(enquiry()), "section 47 enquiry", OPEN, id="enquiry"),
        pytest.param(
            referral(enquiry(CONFERENCE)), "section 47 enquiry", date(2025, 1, 20), id="conference"
        ),
        pytest.param(
            referral(enquiry(), "2025-02-02"),
            "section 47 enquiry",
            date(2025, 2, 2),
            id="with case",
        ),
    ],
)
def test_which_involvements_go_on_and_when_others_ended(
    tmp_path: Path, content: str, kind: str, ended_on: date | None
) -> None:
    assert statuses(tmp_path, content)[kind] == ended_on


def test_an_enquiry_that_ended_on_no_known_day_has_no_status(tmp_path: Path) -> None:
    found = statuses(tmp_path, referral(enquiry("<ICPCnotRequired>1</ICPCnotRequired>")))
    assert "section 47 enquiry" not in found


def test_a_plan_is_open_until_it_ends(tmp_path: Path) -> None:
    plan = "<ChildProtectionPlans><CPPstartDate>2025-01-20</CPPstartDate>{}</ChildProtectionPlans>"
    ended = plan.format("<CPPendDate>2025-03-03</CPPendDate>")
    kind = "child protection plan"
    assert statuses(tmp_path, referral(ended))[kind] == date(2025, 3, 3)
    assert statuses(tmp_path, referral(ended + plan.format("")))[kind] is OPEN


def test_a_child_with_nothing_has_no_status(tmp_path: Path) -> None:
    assert statuses(tmp_path, "") == {}


def test_a_upn_of_two_children_is_of_neither(tmp_path: Path) -> None:
    files = copied(tmp_path)
    files.replace("cin-census.xml", "<UPN>UN1</UPN>", "<UPN>x801200001002</UPN>")
    census = read_census(files.census, TODAY)
    assert census.by_upn["X801200001002"] is None
    assert not census.problems


PLAN = "<CPPstartDate>2025-05-20</CPPstartDate>"


@pytest.mark.parametrize(
    ("old", "new", "silent"),
    [
        pytest.param(PLAN, "<CPPstartDate>May</CPPstartDate>", {"101"}, id="a day that is none"),
        pytest.param("<LAchildID>555", "<LAchildID>101", {"101"}, id="an id twice"),
    ],
)
def test_a_faulty_child_of_the_census_says_nothing(
    tmp_path: Path, old: str, new: str, silent: set[str]
) -> None:
    files = copied(tmp_path)
    files.replace("cin-census.xml", old, new)
    census = read_census(files.census, TODAY)
    assert {each.done for each in census.problems} == {Done.NOT_USED}
    assert {name for name, child in census.by_id.items() if not child.ended_on} >= silent
    upn_s = census.by_upn["H801200001001"]
    assert upn_s is not None
    assert not upn_s.ended_on
