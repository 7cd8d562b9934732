"""Notices: the team of a case is told that somebody else asked about it, who, and why."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from node.ledger.entries import AnsweredEntry, Asker
from node.ledger.ledger import AskedHere
from node.post.callback_store import open_post_database
from node.post.notices import KEPT_MS, MOST_SHOWN, OFFICERS, Listed, Notices, of_team
from protocol.identifiers import ROUND_ID_BYTES, MemberId, RoundId
from tests.node.small_federation import DIRECTORY, STORE_KEY, FakeClock, council

US, NORTH = council(1).id, council(2).id
ASKER = Asker(
    name="Kim Planted", telephone="01632 960777", team="MASH", reference="N-5",
    protected_location=False,
)  # fmt: skip
KNOWN = AnsweredEntry(
    outcome="known", cause="none", role="practitioner", purpose=1, policy_version=1,
    clusters=1, asker=ASKER, key="A1", case_references=("OUR-9",),
)  # fmt: skip
TEAMS = {"OUR-9": ["Front door"], "OUR-10": ["Front door", "Youth justice"]}


class Told:
    """One council's notices."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.database = open_post_database(path)
        self.notices = Notices(
            US,
            self.database,
            STORE_KEY,
            lambda _, reference: TEAMS.get(reference, []),
            self.clock,
            lambda shield: f"HIDDEN-{shield}",
        )

    def close(self) -> None:
        self.database.close()

    def all(self) -> list[Listed]:
        return [*self.notices.latest_of_teams(), *self.notices.latest(OFFICERS)]

    def asked(self, sender: MemberId = NORTH, **said: Any) -> None:
        """Have a question be seen, now."""
        row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), sender, self.clock(), b"")
        self.notices.see(row, KNOWN.model_copy(update=said), DIRECTORY)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    with closing(Told(tmp_path / "post.db")) as made:
        yield made


def test_the_team_is_told_who_asked_about_which_case_and_why(told: Told) -> None:
    told.asked()
    (listed,) = told.notices.latest(of_team("Front door"))
    notice = listed.notice
    assert (notice.team, notice.case_reference, notice.member) == ("Front door", "OUR-9", NORTH)
    assert (notice.name, notice.telephone, notice.their_team) == (
        "Kim Planted", "01632 960777", "MASH",
    )  # fmt: skip
    assert notice.purpose == DIRECTORY.purposes[1].name
    assert listed.asked_ms == told.clock.now_ms
    assert listed.is_new


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "not_known"},
        {"outcome": "being_checked"},
        {"outcome": "known", "asker": None},
        {"outcome": "known", "case_references": ()},
        {"outcome": "known", "case_references": ("GONE",)},
    ],
    ids=str,
)
def test_of_nothing_else_is_anybody_told(told: Told, said: dict[str, Any]) -> None:
    """A decision not to share is recorded as *not known*: who asked is in the ledger alone."""
    told.asked(**said)
    assert told.all() == []


def test_a_record_that_fits_well_is_told_too(told: Told) -> None:
    told.asked(outcome="may_be_known")
    assert len(told.notices.latest(of_team("Front door"))) == 1


def test_each_team_of_a_case_is_told(told: Told) -> None:
    told.asked(case_references=("OUR-10",))
    assert len(told.notices.latest(of_team("Youth justice"))) == 1
    assert len(told.notices.latest(of_team("Front door"))) == 1
    assert len(told.all()) == 2


@pytest.mark.parametrize(("team", "number"), [("front  DOOR", 0), ("Out of hours", 1)])
def test_a_team_is_not_told_of_its_own_questions(told: Told, team: str, number: int) -> None:
    told.asked(US, asker=ASKER.model_copy(update={"team": team}))
    assert len(told.notices.latest(of_team("Front door"))) == number


def test_a_team_of_the_same_name_elsewhere_is_somebody_else(told: Told) -> None:
    told.asked(asker=ASKER.model_copy(update={"team": "Front door"}))
    assert len(told.notices.latest(of_team("Front door"))) == 1


def test_a_teams_name_is_found_however_it_is_written(told: Told) -> None:
    told.asked()
    assert len(told.notices.latest(of_team(" front  door"))) == 1
    assert told.notices.new_number(of_team("FRONT DOOR")) == 1


def test_what_a_team_saw_is_new_no_more_to_it_alone(told: Told) -> None:
    told.asked(case_references=("OUR-10",))
    seen = [each.id for each in told.all()]
    told.clock.now_ms += 1
    told.asked()
    told.notices.saw(of_team("front door"), seen)
    assert [each.is_new for each in told.notices.latest(of_team("Front door"))] == [True, False]
    assert told.notices.new_number(of_team("Front door")) == 1
    assert told.notices.new_number(of_team("Youth justice")) == 1


@pytest.mark.parametrize("sender", [US, NORTH])
def test_of_a_protected_location_the_shielding_officers_alone_are_told(
    told: Told, sender: MemberId
) -> None:
    told.asked(sender, asker=ASKER.model_copy(update={"protected_location": True}))
    (listed,) = told.notices.latest(OFFICERS)
    assert listed.notice.protected_location
    assert listed.notice.team == "Front door"
    assert told.notices.latest_of_teams() == []
    assert told.notices.new_number(of_team("Front door")) == 0
    assert told.notices.new_number(of_team("Front door"), OFFICERS) == 1


def test_is_told_for_four_weeks(told: Told) -> None:
    told.asked()
    told.clock.now_ms += KEPT_MS
    assert len(told.all()) == 1
    told.clock.now_ms += 1
    assert told.all() == []
    assert told.notices.new_number(of_team("Front door")) == 0
    told.notices.forget_old()
    assert told.database.rows("SELECT count(*) FROM notice") == [(0,)]


def test_a_question_of_long_ago_is_not_told(told: Told) -> None:
    """A ledger that is looked at from its beginning has a year of them."""
    row = AskedHere(1, RoundId(bytes(ROUND_ID_BYTES)), NORTH, told.clock() - KEPT_MS - 1, b"")
    told.notices.see(row, KNOWN, DIRECTORY)
    assert told.all() == []


def test_of_a_purpose_that_is_on_the_list_no_more_it_is_told_all_the_same(told: Told) -> None:
    told.asked(purpose=99)
    (listed,) = told.all()
    assert listed.notice.purpose == ""


def test_nothing_of_who_asked_or_of_the_case_is_on_the_disk(told: Told, tmp_path: Path) -> None:
    told.asked()
    told.database.write("PRAGMA wal_checkpoint")
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert told.notices.latest_of_teams()
    for text in (
        b"front door",
        b"Front door",
        b"MASH",
        b"Kim Planted",
        b"01632 960777",
        b"OUR-9",
        b"N-5",
        NORTH.encode(),
    ):
        assert text not in written


def test_what_says_the_same_is_told_once_with_the_latest_time(told: Told) -> None:
    """A case that another council watches is asked about every week."""
    front_door = of_team("Front door")
    told.asked()
    told.notices.saw(front_door, [each.id for each in told.all()])
    told.clock.now_ms += KEPT_MS - 1
    told.asked()
    (listed,) = told.all()
    assert (listed.asked_ms, listed.is_new) == (told.clock.now_ms, False)
    told.asked(asker=ASKER.model_copy(update={"reference": "N-6"}))
    assert [each.is_new for each in told.all()].count(True) == 1
    told.clock.now_ms += 2
    told.notices.forget_old()
    assert len(told.all()) == 2


def test_what_nobody_has_seen_is_shown_before_the_latest_that_was_seen(told: Told) -> None:
    front_door = of_team("Front door")
    for number in range(MOST_SHOWN + 1):
        told.asked(asker=ASKER.model_copy(update={"name": f"Kim {number}"}))
        told.clock.now_ms += 1
    first = told.notices.latest(front_door)
    assert len(first) == MOST_SHOWN
    told.notices.saw(front_door, [each.id for each in first])
    assert told.notices.new_number(front_door) == 1
    assert [each.notice.name for each in told.notices.latest(front_door) if each.is_new] == [
        "Kim 0"
    ]


def test_of_a_shielded_child_the_officers_alone_are_told_who_asked(told: Told) -> None:
    told.asked(outcome="not_known", key="", case_references=(), shields=("ab", "cd"))
    assert told.notices.latest_of_teams() == []
    listed = told.notices.latest(OFFICERS)
    assert {each.notice.case_reference for each in listed} == {"HIDDEN-ab", "HIDDEN-cd"}
    for each in listed:
        notice = each.notice
        assert (notice.is_shielded, notice.role, notice.team) == (True, "practitioner", "")
        assert (notice.name, notice.telephone) == (ASKER.name, ASKER.telephone)


def test_a_namesake_and_a_shielded_child_are_told_of_apart(told: Told) -> None:
    told.asked(shields=("ab",))
    (of_team_told,) = told.notices.latest_of_teams()
    (of_officers,) = told.notices.latest(OFFICERS)
    assert (of_team_told.notice.case_reference, of_team_told.notice.is_shielded) == ("OUR-9", False)
    assert (of_officers.notice.case_reference, of_officers.notice.is_shielded) == (
        "HIDDEN-ab",
        True,
    )
