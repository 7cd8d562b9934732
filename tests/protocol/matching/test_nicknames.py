"""Any change in the sets breaks every index: raise `MATCHING_VERSION` with it (spec 10 §8)."""

import hashlib

import pytest
from nicknames import NickNamer

from protocol.matching.nicknames import MOST_SETS, is_listed, members_of, nickname_sets
from protocol.matching.normalise import compact
from protocol.matching.own_nicknames import LISTED

LISTED_NAMES = {
    compact(each) for name, shorts in NickNamer.default_lookup().items() for each in (name, *shorts)
} | set(LISTED.split())
ALL_SETS_SHA256 = "ff7be0cc3ecbdaff4cd71af3c60e14882a3f5bc42ae40daef254e43fc623225f"


@pytest.mark.parametrize(
    ("short", "name"),
    [
        *(("BOB", "ROBERT"), ("ROB", "ROBERT"), ("ALFIE", "ALFRED"), ("EVIE", "EVA")),
        *(("CHARLIE", "CHARLOTTE"), ("CHARLIE", "CHARLES"), ("SAM", "SAMANTHA")),
        *(("KASIA", "KATARZYNA"), ("KUBA", "JAKUB"), ("GOSIA", "MALGORZATA")),
        *(("MO", "MOHAMMED"), ("MO", "MUHAMMAD"), ("ABDI", "ABDULLAH"), ("MUSTY", "MUSTAFA")),
        *(("HARPS", "HARPREET"), ("SUKH", "SUKHDEEP"), ("LAXMI", "LAKSHMI")),
        *(("TOBI", "OLUWATOBI"), ("SEUN", "OLUWASEUN"), ("TUNDE", "BABATUNDE")),
        *(("DAI", "DAFYDD"), ("GUTO", "GRUFFYDD"), ("PADDY", "PATRICK"), ("KEEVA", "CAOIMHE")),
    ],
)
def test_a_short_form_stands_for_the_name_behind_it(short: str, name: str) -> None:
    assert name in nickname_sets(short)
    assert name in nickname_sets(name)
    assert {short, name} <= members_of(name)


def test_two_short_forms_of_one_name_share_it() -> None:
    assert set(nickname_sets("BOB")) & set(nickname_sets("ROB"))
    assert set(nickname_sets("LIZ")) & set(nickname_sets("LIZZIE"))


def test_a_name_that_no_list_has_stands_for_itself() -> None:
    assert nickname_sets("ZYXW") == ("ZYXW",)
    assert members_of("ZYXW") == {"ZYXW"}
    assert not is_listed("ZYXW")


def test_no_name_has_more_sets_than_it_may_and_all_are_folded() -> None:
    for word in LISTED.split():
        assert word == compact(word)
        assert 1 <= len(nickname_sets(word)) <= MOST_SETS


def test_every_line_of_our_list_has_a_name_and_a_short_form() -> None:
    lines = [line.split() for line in LISTED.strip().split("\n")]
    assert all(len(line) >= 2 and len(set(line)) == len(line) for line in lines)
    assert len({line[0] for line in lines}) == len(lines)


def test_all_sets_are_pinned() -> None:
    lines = "".join(f"{name} {' '.join(nickname_sets(name))}\n" for name in sorted(LISTED_NAMES))
    assert hashlib.sha256(lines.encode("ascii")).hexdigest() == ALL_SETS_SHA256
