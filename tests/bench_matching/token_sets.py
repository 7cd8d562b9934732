"""Published sets of exact tokens, as far as these data have the fields; none has the sex.

A pair is found if any token of a set is equal on both sides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import takewhile

import jellyfish

from protocol.matching.identity import Identity
from protocol.matching.normalise import district_of, exact_date, sector_of
from tests.bench_matching.linkage import Linkage, Pair

Tokens = Callable[[Identity], Iterable[tuple[str, ...]]]


def pairs_of(tokens: Tokens, linkage: Linkage) -> set[Pair]:
    """Return the pairs that share a token none of whose parts is missing."""
    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for record_id, identity in linkage.records.items():
        for token in filter(all, tokens(identity)):
            index[token].append(record_id)
    return {
        (query_id, record_id)
        for query_id, identity in linkage.queries.items()
        for token in filter(all, tokens(identity))
        for record_id in index.get(token, ())
        if (query_id, record_id) in linkage.truth or query_id != record_id
    }


def exact(identity: Identity) -> Iterable[tuple[str, ...]]:
    """Forename, surname, date of birth."""
    forename, surname, date = _facts(identity)
    yield forename, surname, date


def slk_581(identity: Identity) -> Iterable[tuple[str, ...]]:
    """Letters 2, 3 and 5 of the surname, 2 and 3 of the forename, date of birth, without the sex.

    Source: Australian Institute of Health and Welfare, statistical linkage key 581.
    """
    forename, surname, date = _facts(identity)
    if forename and surname:
        yield _letters(surname, 2, 3, 5) + _letters(forename, 2, 3), date


def opprl(identity: Identity) -> Iterable[tuple[str, ...]]:
    """Tokens 1 to 3 of Open Privacy Preserving Record Linkage, without the sex.

    Initial and surname; Soundex of both names; Metaphone of both names; each with the date.
    """
    forename, surname, date = _facts(identity)
    if forename and surname:
        yield "1", forename[:1], surname, date
        yield "2", jellyfish.soundex(forename), jellyfish.soundex(surname), date
        yield "3", jellyfish.metaphone(forename), jellyfish.metaphone(surname), date


def stepwise(identity: Identity) -> Iterable[tuple[str, ...]]:
    """Deterministic steps as hospital and school records of English children are linked by.

    After ECHILD (Libuy and others, 2021), whose eight steps loosen one field after the other; its
    pupil and NHS numbers and the sex are not in these data.
    """
    forename, surname, date = _facts(identity)
    postcode = identity.postcodes[0] if identity.postcodes else ""
    yield "1", forename, surname, date, postcode
    yield "2", surname, forename, date, postcode
    yield "3", forename[:1], surname, date, postcode
    yield "4", forename, surname, date
    if forename and surname:
        yield "5", jellyfish.soundex(forename), jellyfish.soundex(surname), date, postcode
    yield "6", forename, date, postcode
    yield "7", forename, surname, date[:6], postcode
    yield "8", forename, surname, date[:4], sector_of(postcode)


def match_keys_m9(identity: Identity) -> Iterable[tuple[str, ...]]:
    """Match-keys in which one field after the other is shortened or left out.

    After the Office for National Statistics' report M9 of "Beyond 2011", Matching Anonymous Data
    (2013); without the sex and the middle name, which these data lack, and with the year of birth
    for the age.
    """
    forename, surname, date = _facts(identity)
    postcode = identity.postcodes[0] if identity.postcodes else ""
    district = district_of(postcode)
    area = "".join(takewhile(str.isalpha, postcode))
    yield "1", forename, surname, date, postcode
    yield "2", forename[:1], surname[:1], date, district
    yield "3", forename[:2], surname[:2], date, area
    yield "4", forename[:1], date, postcode
    yield "5", surname[:1], date, postcode
    yield "6", forename, surname, date[:4], area
    yield "7", forename, surname, postcode
    yield "8", forename, surname, date
    yield "9", surname, forename, date, postcode


TOKEN_SETS: dict[str, Tokens] = {
    "exact name and date of birth": exact,
    "SLK-581": slk_581,
    "OPPRL": opprl,
    "steps after ECHILD": stepwise,
    "match-keys after M9": match_keys_m9,
}


def _facts(identity: Identity) -> tuple[str, str, str]:
    day = identity.date_of_birth
    return (
        identity.forenames[0] if identity.forenames else "",
        identity.surnames[0] if identity.surnames else "",
        exact_date(day) if day else "",
    )


def _letters(name: str, *places: int) -> str:
    """Return these letters of a name, "2" where it has ended, as the key's rules say."""
    return "".join(name[place - 1] if place <= len(name) else "2" for place in places)
