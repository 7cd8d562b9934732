"""Small tables and nations: a few names, so that many children share them."""

from functools import cache

from tests.bench_matching.cohort import Nation, make_nation
from tests.bench_matching.name_tables import NameTables, make_tables

COUNTS = {
    **{"JACK": (900, 0), "JOHN": (300, 0), "ROBERT": (300, 0), "BOB": (100, 0), "JON": (60, 0)},
    **{"EMILY": (0, 700), "KATE": (0, 300), "KATHERINE": (0, 200), "CATE": (0, 60)},
    **{"MOHAMMED": (200, 0), "YUSUF": (60, 0), "AISHA": (0, 150), "AYESHA": (0, 80)},
    **{"ARJUN": (40, 0), "PRIYA": (0, 40), "KOFI": (20, 0), "BLESSING": (0, 20)},
    **{"JAKUB": (40, 0), "ZOFIA": (0, 40), "RHYS": (60, 0), "NIAMH": (0, 60)},
}
TAIL = ("ARKWRIGHT", "BLENKINSOP", "CLUTTERBUCK", "DRINKWATER")


@cache
def small_tables() -> NameTables:
    return make_tables(COUNTS, TAIL)


@cache
def small_nation(seed: int = 1, children: int = 4000) -> Nation:
    return make_nation(seed, small_tables(), children)
