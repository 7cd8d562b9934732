import csv
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from deploy.demo.children import Population, make_population
from deploy.demo.copies import Copy
from deploy.demo.councils import COUNCILS
from deploy.demo.expectation import Asked, Expected
from deploy.demo.kinds import REQUIRED, Kind
from deploy.demo.people import Birthdays, can_be_told_apart
from deploy.demo.questions import DemoQuestion, draw_questions
from deploy.demo.rows import COLUMNS, Row, write_csv
from deploy.demo.variations import Variation
from protocol import limits
from protocol.matching.confidence import Tier, strongest_key, tier_of
from protocol.matching.identity import Identity, parse_identity
from protocol.matching.key_ids import KeyId
from protocol.matching.keys import question_keys, record_keys
from protocol.matching.upn import is_upn
from protocol.messages.involvement import ContactDetails
from protocol.messages.vocabulary import InvolvementKind

TODAY = date(2026, 7, 1)
SEEDS = range(1, 9)
FEW_SEEDS = range(1, 4)

DRAMA = re.compile(
    r"01(13|14|15|16|17|21|31|41|51|61) 496 0[0-9]{3}|020 7946 0[0-9]{3}|01632 960[0-9]{3}"
)


@cache
def population_of(seed: int) -> Population:
    return make_population(seed, COUNCILS, TODAY)


def all_rows(population: Population) -> Iterator[Row]:
    for rows in population.rows.values():
        yield from rows


def all_copies(population: Population) -> Iterator[Copy]:
    for copies in population.copies.values():
        yield from copies


def identity_of(row: Row) -> Identity:
    return parse_identity(asdict(row.identity), TODAY)


class Matching:
    """What each council would say, by comparing the keys' strings as the nodes do by token."""

    def __init__(self, population: Population) -> None:
        self._councils = [council.id for council in population.councils]
        self.held: dict[bytes, list[tuple[str, str, KeyId]]] = defaultdict(list)
        for council, rows in population.rows.items():
            for row in rows:
                for key in record_keys(identity_of(row)):
                    self.held[key.oprf_input].append((council, row.case_reference, key.id))

    def outcomes(self, identity: Identity) -> tuple[dict[str, Expected], set[str]]:
        """Return the outcome by council, and the case references of all rows that matched."""
        found: dict[str, dict[str, set[KeyId]]] = {council: {} for council in self._councils}
        for key in question_keys(identity, household=True):
            for council, reference, key_id in self.held.get(key.oprf_input, ()):
                found[council].setdefault(reference, set()).add(key_id)
        said = {council: _outcome(rows.values()) for council, rows in found.items()}
        return said, {reference for rows in found.values() for reference in rows}


def _outcome(rows: Iterable[set[KeyId]]) -> Expected:
    strongest = [key_id for key_ids in rows if (key_id := strongest_key(key_ids)) is not None]
    tier = min(map(tier_of, strongest), default=None)
    if tier is None:
        return Expected.NOT_KNOWN
    if tier <= Tier.STRONG:
        return Expected.KNOWN
    return Expected.MAY_BE_KNOWN if tier is Tier.PROBABLE else Expected.BEING_CHECKED


@cache
def matching_of(seed: int) -> Matching:
    return Matching(population_of(seed))


def ways_to_ask(population: Population) -> Iterator[Asked]:
    """Every child as usual, one known to several councils with every set of entries."""
    for child in population.children:
        copies = population.copies_of(child)
        everywhere = (postcode for copy in copies for postcode in copy.held.postcodes)
        places = tuple(dict.fromkeys((child.postcode, *everywhere)))[: limits.IDENTITY_POSTCODES]
        if len(copies) < 2:
            yield Asked(child, postcodes=places)
            continue
        for names, nhs_number, upn in product((True, False), repeat=3):
            if names or nhs_number or (upn and child.upn):
                for postcodes in ((), places[:1], places):
                    yield Asked(child, names, nhs_number, upn, postcodes)


def asked_identity(asked: Asked) -> Identity:
    child = asked.child
    fields = {
        "forename": child.forename if asked.names else "",
        "surname": child.surname if asked.names else "",
        "date_of_birth": child.born.isoformat(),
        "nhs_number": child.nhs_number if asked.nhs_number else "",
        "upn": child.upn if asked.upn else "",
        "postcode": asked.postcodes[0] if asked.postcodes else "",
        "other_postcodes": ";".join(asked.postcodes[1:]),
    }
    return parse_identity(fields, TODAY)


# The truth, against the matching code


@pytest.mark.parametrize("seed", SEEDS)
def test_questions_find_what_was_expected_and_no_other_family(seed: int) -> None:
    population = population_of(seed)
    for question in draw_questions(population, seed, len(Kind)):
        said, matched = matching_of(seed).outcomes(parse_identity(question.fields, TODAY))
        family = population.families[question.asked.child.family]
        theirs = {
            copy.row.case_reference for child in family for copy in population.copies_of(child)
        }
        assert said == question.expected, question.about
        assert matched <= theirs, question.about


@pytest.mark.parametrize("seed", SEEDS)
def test_every_child_is_found_as_expected(seed: int) -> None:
    population = population_of(seed)
    for asked in ways_to_ask(population):
        said, _ = matching_of(seed).outcomes(asked_identity(asked))
        assert said == population.expected(asked)


WITHOUT_DATE = {
    *(KeyId.B0, KeyId.C5, KeyId.C6, KeyId.C7, KeyId.D3, KeyId.D8, KeyId.D8N),
    *(key_id for key_id in KeyId if tier_of(key_id) is Tier.HOUSEHOLD),
}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_families_share_a_key_that_has_the_date(seed: int) -> None:
    families = {
        copy.row.case_reference: copy.child.family for copy in all_copies(population_of(seed))
    }
    for hits in matching_of(seed).held.values():
        theirs = {families[row] for _, row, key_id in hits if key_id not in WITHOUT_DATE}
        assert len(theirs) <= 1


# The questions


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_questions_have_every_required_kind(seed: int) -> None:
    questions = draw_questions(population_of(seed), seed)
    kinds = Counter(question.kind for question in questions)
    assert len(questions) == 10
    assert set(REQUIRED) <= set(kinds)
    assert len({question.asked.child.number for question in questions}) == 10


def outcomes(question: DemoQuestion) -> Counter[Expected]:
    return Counter(question.expected.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_required_kinds_show_what_they_are_for(seed: int) -> None:
    population = population_of(seed)
    by_kind = {question.kind: question for question in draw_questions(population, seed)}

    def special(kind: Kind, variation: Variation) -> set[Expected]:
        question = by_kind[kind]
        copies = population.copies_of(question.asked.child)
        return {
            question.expected[copy.council.id] for copy in copies if copy.variation is variation
        }

    assert outcomes(by_kind[Kind.EXACT])[Expected.NOT_KNOWN] <= 3
    assert Expected.MAY_BE_KNOWN in special(Kind.MOVED, Variation.MOVED)
    assert Expected.KNOWN in special(Kind.MISSPELT, Variation.MISSPELT)
    assert special(Kind.NAMES_SWAPPED, Variation.NAMES_SWAPPED) == {Expected.MAY_BE_KNOWN}
    assert special(Kind.DATE_SWAPPED, Variation.DATE_SWAPPED) == {Expected.MAY_BE_KNOWN}
    assert outcomes(by_kind[Kind.NOBODY]) == {Expected.NOT_KNOWN: len(COUNCILS)}
    assert set(outcomes(by_kind[Kind.UNKNOWN_SIBLING])) <= {
        Expected.BEING_CHECKED,
        Expected.NOT_KNOWN,
    }
    sibling = by_kind[Kind.UNKNOWN_SIBLING].asked.child
    assert any(population.copies_of(kin) for kin in population.kin_of(sibling))


def test_about_is_one_line_of_words() -> None:
    for question in draw_questions(population_of(1), 1, 2 * len(Kind)):
        assert question.about.isprintable()
        assert len(question.about) < 250


def test_refuses_fewer_questions_than_the_required_kinds() -> None:
    with pytest.raises(ValueError, match="expected 7 or more"):
        draw_questions(population_of(1), 1, 6)


def test_refuses_more_questions_than_children() -> None:
    with pytest.raises(ValueError, match="too small"):
        draw_questions(population_of(1), 1, 2000)


# The population


def test_one_seed_gives_the_same_population() -> None:
    again = make_population(7, COUNCILS, TODAY)
    assert again == population_of(7)
    assert draw_questions(again, 3) == draw_questions(population_of(7), 3)
    assert make_population(8, COUNCILS, TODAY) != again


PRINT_DIGEST = """
import hashlib
from datetime import date
from deploy.demo.children import make_population
from deploy.demo.councils import COUNCILS
from deploy.demo.questions import draw_questions

population = make_population(7, COUNCILS, date(2026, 7, 1))
print(hashlib.sha256(repr((population, draw_questions(population, 3))).encode()).hexdigest())
"""


def test_another_process_draws_the_same() -> None:
    """Sets of text come in another order in each process: none may steer a draw."""
    shown = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[3],
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(shown) == 1


@pytest.mark.parametrize("per_council", [60, 300, 301])
def test_every_council_has_the_rows_asked_for(per_council: int) -> None:
    population = make_population(1, COUNCILS[:3], TODAY, per_council)
    assert {len(rows) for rows in population.rows.values()} == {per_council}
    references = [row.case_reference for row in all_rows(population)]
    assert len(set(references)) == 3 * per_council


def test_refuses_a_federation_too_small_for_its_variations() -> None:
    with pytest.raises(ValueError, match="two councils"):
        make_population(1, COUNCILS[:1], TODAY)
    with pytest.raises(ValueError, match="120 rows"):
        make_population(1, COUNCILS, TODAY, 10)


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 12, 31)])
def test_any_day_is_a_good_day(today: date) -> None:
    population = make_population(1, COUNCILS, today)
    for row in all_rows(population):
        parse_identity(asdict(row.identity), today)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_every_row_is_fit_for_import(seed: int) -> None:
    for row in all_rows(population_of(seed)):
        identity = identity_of(row)
        assert identity.forenames
        assert identity.surnames
        assert len(record_keys(identity)) < limits.RECORD_KEYS


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_cases_say_what_they_must(seed: int) -> None:
    for copy in all_copies(population_of(seed)):
        case = copy.row.case
        updated_on = date.fromisoformat(case.last_updated)
        assert InvolvementKind[case.involvement.upper()]
        assert case.lead_practitioner in {"yes", "no"}
        assert copy.child.born <= updated_on <= TODAY
        assert case.team
        assert case.telephone
        assert (case.status, bool(case.closed_on)) in {("open", False), ("closed", True)}
        if case.closed_on:
            assert TODAY - date.fromisoformat(case.closed_on) < timedelta(days=365)


def contact_bytes(row: Row) -> Iterable[tuple[str, int]]:
    case = row.case
    contact = ContactDetails(
        case.organisation,
        case.team,
        case.role,
        case.worker_name,
        case.telephone,
        case.out_of_hours_telephone,
        case.email,
    )
    return (
        (contact.organisation, limits.ORGANISATION_BYTES),
        (contact.team, limits.TEAM_BYTES),
        (contact.role, limits.JOB_TITLE_BYTES),
        (contact.name, limits.PERSON_BYTES),
        (contact.telephone, limits.TELEPHONE_BYTES),
        (contact.out_of_hours_telephone, limits.TELEPHONE_BYTES),
        (contact.email, limits.EMAIL_BYTES),
        (case.covers, limits.COVERS_BYTES),
    )


def test_contact_details_fit_an_answer() -> None:
    for row in all_rows(population_of(1)):
        for text, most_bytes in contact_bytes(row):
            assert len(text.encode()) <= most_bytes


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_nothing_could_be_a_real_childs(seed: int) -> None:
    """NHS numbers of the test range, telephones for drama, postcode areas that do not exist."""
    population = population_of(seed)
    districts = {each for council in COUNCILS for each in council.postcode_districts}
    for row in all_rows(population):
        identity = identity_of(row)
        assert identity.nhs_number is None or identity.nhs_number.startswith("999")
        assert identity.upn is None or identity.upn[1:3] == "99"
        assert {postcode[:-3] for postcode in identity.postcodes} <= districts
        assert DRAMA.fullmatch(row.case.telephone)
        assert DRAMA.fullmatch(row.case.out_of_hours_telephone)
        assert row.case.email.endswith(".example")
    for child in population.children:
        assert child.nhs_number.startswith("999")
        assert not child.upn or is_upn(child.upn)
    for council in COUNCILS:
        assert DRAMA.fullmatch(council.duty_line)
        assert DRAMA.fullmatch(council.out_of_hours_line)


def test_councils_share_nothing_that_the_directory_wants_apart() -> None:
    for what in ("id", "name", "town", "supplier", "host", "telephone_prefix", "email_domain"):
        assert len({getattr(council, what) for council in COUNCILS}) == len(COUNCILS)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_the_mess_is_there(seed: int) -> None:
    population = population_of(seed)
    rows = list(all_rows(population))
    without_number = sum(not row.identity.nhs_number for row in rows) / len(rows)
    assert 0.25 < without_number < 0.35
    assert any(not row.identity.postcode for row in rows)
    assert any(row.identity.other_surnames for row in rows)
    assert any(row.identity.other_forenames for row in rows)
    assert any(row.identity.other_postcodes for row in rows)
    assert {copy.variation for copy in all_copies(population)} == set(Variation)
    spread = Counter(map(len, population.copies.values()))
    assert set(spread) == {1, 2, 3, 4}
    for child in population.children:
        assert 0 <= (TODAY - child.born).days < 18 * 366
        assert not child.upn or (TODAY - child.born).days > 5 * 365


def test_two_families_have_no_day_in_common() -> None:
    birthdays = Birthdays()
    assert birthdays.claim(1, date(2015, 3, 4))
    assert not birthdays.claim(2, date(2015, 3, 4))
    assert not birthdays.claim(2, date(2015, 4, 3))
    assert birthdays.claim(1, date(2015, 3, 4))
    assert birthdays.claim(2, date(2015, 3, 5))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoë", "Zoe"), ("Siân", "Siôn"), ("Thomas", "Tommy Lee"), ("Mohammed", "Muhammad Ali")],
)
def test_twins_that_a_key_would_confuse_are_refused(one: str, other: str) -> None:
    assert not can_be_told_apart(one, other)
    assert can_be_told_apart(one, "Grace")


# The file


def test_a_file_reads_back_as_written(tmp_path: Path) -> None:
    rows = population_of(1).rows["E06990001"]
    path = tmp_path / "northmoor.csv"
    write_csv(rows, path)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert tuple(read[0]) == COLUMNS
    assert read == [row.columns() for row in rows]


def test_a_file_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    digests = set()
    for name in ("first.csv", "second.csv"):
        write_csv(make_population(5, COUNCILS, TODAY).rows["E06990003"], tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
