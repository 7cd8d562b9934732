"""Any change in the sets breaks every index: raise `MATCHING_VERSION` with it (spec 10 §8)."""

import hashlib
from collections import Counter

import pytest
from nicknames import NickNamer

from protocol.matching.nicknames import MOST_SETS, is_listed, members_of, nickname_sets
from protocol.matching.normalise import compact
from protocol.matching.own_nicknames import LINES, Line

LISTED_NAMES = {
    compact(each) for name, shorts in NickNamer.default_lookup().items() for each in (name, *shorts)
} | {word for line in LINES for word in line.words}
ALL_SETS_SHA256 = "4bad45b08f4096bbdfb6881b92230b33635a54601f1aa97571694e8ceff42617"


@pytest.mark.parametrize(
    ("short", "name"),
    [
        *(("BOB", "ROBERT"), ("ROB", "ROBERT"), ("ALFIE", "ALFRED"), ("EVIE", "EVA")),
        *(("CHARLIE", "CHARLOTTE"), ("CHARLIE", "CHARLES"), ("SAM", "SAMANTHA")),
        *(("KASIA", "KATARZYNA"), ("KUBA", "JAKUB"), ("GOSIA", "MALGORZATA")),
        *(("MO", "MOHAMMED"), ("ABDI", "ABDULLAH"), ("MUSTY", "MUSTAFA")),
        *(("HARPS", "HARPREET"), ("SUKH", "SUKHDEEP"), ("LAXMI", "LAKSHMI")),
        *(("TOBI", "OLUWATOBI"), ("SEUN", "OLUWASEUN"), ("TUNDE", "BABATUNDE")),
        *(("DAI", "DAVID"), ("GUTO", "GRUFFYDD"), ("PADDY", "PATRICK"), ("KEEVA", "CAOIMHE")),
    ],
)
def test_a_short_form_stands_for_the_name_behind_it(short: str, name: str) -> None:
    assert name in nickname_sets(short)
    assert name in nickname_sets(name)
    assert {short, name} <= members_of(name)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.names[0])
def test_all_of_a_line_share_its_set(line: Line) -> None:
    assert members_of(line.names[0]) >= set(line.words)


@pytest.mark.parametrize(
    ("short", "names"),
    [
        ("MO", "MOHAMMED MUHAMMAD MOHAMMAD MUHAMMED MOHAMED MOHAMAD MAXAMED MOHAMMEDAMIN"),
        ("ABDI", "ABDULLAH ABDULLAHI ABDIRAHMAN ABDIRAHIM ABDIAZIZ ABDULKADIR"),
        ("ABDUL", "ABDULLAH ABDULRAHMAN ABDULAZIZ ABDULMALIK ABDULHAMID"),
        ("ZAK", "ZACHARY ZACHARIAH ZAKARIYA ZAKARIA"),
        ("JOE", "JOSEPH YUSUF YOUSUF"),
        ("HARRY", "HENRY HARRISON HAROLD HARPREET HARDEEP HARJIT HARLEEN HARMAN"),
        ("JAS", "JASPREET JASKARAN JASMEET JASVINDER JASMINE"),
        ("PREET", "GURPREET HARPREET JASPREET MANPREET"),
        ("ADE", "ADEBAYO ADEBOLA ADEDAYO ADEKUNLE ADEMOLA ADETOKUNBO ADEWALE ADEYEMI"),
        ("CHI", "CHIDERA CHIDINMA CHIMAMANDA CHINEDU CHINONSO CHIAMAKA"),
        ("TEMI", "TEMITOPE TEMILOLUWA TEMIDAYO TEMITAYO"),
        ("CHRIS", "CHRISTOPHER CHRISTIAN CHRISTINA KRZYSZTOF"),
        ("TOM", "THOMAS TOMASZ TOMOS"),
        ("OLA", "ALEKSANDRA OLIWIA"),
        ("PADDY", "PATRICK PADRAIG PADRAIC"),
        ("EVIE", "EVA EVE EVELYN EVANGELINE"),
        ("KIERAN", "CIARAN"),
        ("DERMOT", "DIARMUID"),
        ("AXMED", "AHMED"),
    ],
)
def test_a_short_form_of_many_names_meets_each(short: str, names: str) -> None:
    """Who has the short form may have been written down under any of them."""
    met = set(nickname_sets(short))
    assert not [name for name in names.split() if met.isdisjoint(nickname_sets(name))]


def test_names_of_two_languages_do_not_meet_over_a_short_form_they_share() -> None:
    assert set(nickname_sets("HENRY")).isdisjoint(nickname_sets("HARPREET"))
    assert set(nickname_sets("ZACHARY")).isdisjoint(nickname_sets("ZAKARIYA"))


def test_a_name_of_our_list_is_in_the_sets_of_our_list_alone() -> None:
    """The package has Emily for Amelia, and Casey for Catherine."""
    assert set(nickname_sets("EMILY")).isdisjoint(nickname_sets("AMELIA"))
    assert set(nickname_sets("CASEY")).isdisjoint(nickname_sets("KATE"))


def test_two_short_forms_of_one_name_share_it() -> None:
    assert set(nickname_sets("BOB")) & set(nickname_sets("ROB"))
    assert set(nickname_sets("LIZ")) & set(nickname_sets("LIZZIE"))


def test_a_name_that_no_list_has_stands_for_itself() -> None:
    assert nickname_sets("ZYXW") == ("ZYXW",)
    assert members_of("ZYXW") == {"ZYXW"}
    assert not is_listed("ZYXW")


def test_no_name_has_more_sets_than_it_may_and_all_are_folded() -> None:
    for word in LISTED_NAMES:
        assert word == compact(word)
        assert 1 <= len(nickname_sets(word)) <= MOST_SETS


def test_nobody_stands_in_more_than_two_lines_of_our_list() -> None:
    lines = Counter(word for line in LINES for word in line.words)
    assert [word for word, number in lines.items() if number > MOST_SETS] == []


def test_every_line_of_our_list_has_a_name_of_its_own_and_a_short_form() -> None:
    assert all(line.names and line.shorts for line in LINES)
    assert all(len(set(line.words)) == len(line.words) for line in LINES)
    assert len({line.names[0] for line in LINES}) == len(LINES)


def test_all_sets_are_pinned() -> None:
    lines = "".join(f"{name} {' '.join(nickname_sets(name))}\n" for name in sorted(LISTED_NAMES))
    assert hashlib.sha256(lines.encode("ascii")).hexdigest() == ALL_SETS_SHA256
