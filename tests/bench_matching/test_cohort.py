import numpy as np

from protocol.matching.identity import parse_identity
from tests.bench_matching.cohort import DAYS, TODAY, make_nation
from tests.bench_matching.name_groups import GROUPS
from tests.bench_matching.name_tables import make_tables
from tests.bench_matching.samples import COUNTS, small_nation, small_tables
from tests.bench_matching.uk_errors import on_record


def test_a_seed_makes_the_same_nation_and_another_seed_another() -> None:
    again = make_nation(1, small_tables(), 4000)
    one, other = small_nation(1), small_nation(2)
    assert [one.child(number) for number in range(200)] == [
        again.child(number) for number in range(200)
    ]
    assert one.child(0) != other.child(0)


def test_every_child_can_be_a_record() -> None:
    nation = small_nation()
    for number in range(0, len(nation), 7):
        parse_identity(on_record(nation.child(number)), TODAY)


def test_there_are_as_many_children_as_asked_for() -> None:
    assert abs(len(small_nation()) - 4000) < 200


def test_a_family_shares_mother_and_places() -> None:
    nation = small_nation()
    of_family: dict[int, list[int]] = {}
    for number, home in enumerate(nation.family.tolist()):
        of_family.setdefault(home, []).append(number)
    for children in of_family.values():
        assert (
            len({(nation.child(each).mother, nation.child(each).postcodes) for each in children})
            == 1
        )


def test_one_child_in_forty_is_a_twin_and_birthdays_are_even() -> None:
    nation = small_nation(3, 100_000)
    _, counts = np.unique(nation.family.astype(np.int64) * DAYS + nation.day, return_counts=True)
    assert 0.02 < counts[counts > 1].sum() / len(nation) < 0.03
    by_year = np.bincount(nation.day // 365, minlength=18)
    assert by_year.max() < 1.08 * by_year.min()


def test_forenames_of_a_group_are_as_common_as_they_were_counted() -> None:
    nation = small_nation(3, 100_000)
    names = np.array(nation.tables.forenames)[nation.forename]
    for one, other in (("MOHAMMED", "YUSUF"), ("AISHA", "AYESHA"), ("JAKUB", "ZOFIA")):
        counted = sum(COUNTS[one]) / sum(COUNTS[other])
        assert abs((names == one).sum() / (names == other).sum() / counted - 1) < 0.1


def test_surnames_of_all_groups_together_are_as_common_as_in_the_country() -> None:
    tables = make_tables(COUNTS, [f"TAIL{number}" for number in range(5000)])
    number = tables.surnames.index("SMITH")
    smith = sum(
        share * float(families[number])
        for share, families in zip(tables.group_shares, tables.families, strict=True)
    )
    assert 0.0105 < smith < 0.013


def test_each_group_has_children() -> None:
    assert set(small_nation(3, 100_000).group.tolist()) == set(range(len(GROUPS)))
