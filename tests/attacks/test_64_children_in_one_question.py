"""64 children in one question: a slot for each, one answer for all."""

from datetime import date, timedelta

import pytest

from node.asking.asker import PreparedLookup, _Keyed
from protocol.limits import QUESTION_SLOTS
from protocol.matching.confidence import Tier, tier_of
from protocol.messages.lookup import NO_PROOF
from protocol.messages.vocabulary import Outcome
from tests.attacks.arena import MARY, rows_of
from tests.attacks.askers import first_keys_of
from tests.node.small_federation import (
    AnsweringCouncil,
    ask,
    child,
    enquiry,
    prepare,
    record,
    several,
)


def crowd(number: int) -> list[dict[str, str]]:
    """Return entries of children who are all known, by name and date of birth alone."""
    first = date(2013, 1, 1)
    return [
        {
            "forename": f"Crowd{chr(97 + each // 26)}{chr(97 + each % 26)}",
            "surname": "Sweepling",
            "date_of_birth": f"{first + timedelta(each):%d/%m/%Y}",
            "nhs_number": "",
            "postcode": "",
        }
        for each in range(number)
    ]


CROWD = [prepare(enquiry(child(**entries))) for entries in crowd(QUESTION_SLOTS)]


def loosest_key_of(lookup: PreparedLookup) -> _Keyed:
    """Return the last of the keys that count as one child each."""
    return [each for each in lookup.tokens if tier_of(each.key_id) <= Tier.PROBABLE][-1]


SWEEPS: dict[str, PreparedLookup] = {
    "one key of each of 64 children": first_keys_of(CROWD),
    "two children": several(CROWD[0].enquiry, CROWD[1].enquiry),
    "one child by numbers and another by name": several(MARY.enquiry, CROWD[0].enquiry),
    "one child in every slot but the last": first_keys_of([CROWD[0]] * 63 + [CROWD[1]]),
    "the loosest key of one, the strongest of another": PreparedLookup(
        MARY.enquiry, (MARY.tokens[0], loosest_key_of(CROWD[0]))
    ),
}


@pytest.fixture
def swept(holder: AnsweringCouncil) -> AnsweringCouncil:
    held = [record(child(**entries), f"CROWD-{n}") for n, entries in enumerate(crowd(64))]
    holder.load(held, "crowd")
    return holder


@pytest.mark.parametrize("sweep", SWEEPS)
def test_64_children_in_one_question_disclose_none_of_them(
    swept: AnsweringCouncil, sweep: str
) -> None:
    answer = swept.answer(ask(SWEEPS[sweep]))
    assert (answer.outcome, answer.involvements) == (Outcome.ADD_A_FIELD, ())
    assert (answer.slot, answer.proof) == (0, NO_PROOF)
    row = rows_of(swept.ledger)[-1]
    assert row.clusters == (64 if sweep.endswith("64 children") else 2)
    assert row.asker is not None


def test_64_children_in_one_question_of_whom_the_rest_only_resemble_one_disclose_that_one(
    swept: AnsweringCouncil,
) -> None:
    """Twins and neighbours meet in possible keys: they neither are disclosed nor hide the child."""
    tokens = [token for each in CROWD[:31] for token in each.tokens]
    possible = [each for each in tokens if tier_of(each.key_id) is Tier.POSSIBLE]
    assert len(possible) == QUESTION_SLOTS - 2
    answer = swept.answer(ask(PreparedLookup(MARY.enquiry, (MARY.tokens[0], *possible))))
    assert answer.outcome is Outcome.KNOWN
    assert len(answer.involvements) == 1
    assert rows_of(swept.ledger)[-1].clusters == 1


def test_64_children_in_one_question_of_whom_one_is_known_disclose_that_one(
    holder: AnsweringCouncil,
) -> None:
    """The stated limit (spec 90 §1.3): so it is bounded by the questions of a day, and seen."""
    answer = holder.answer(ask(first_keys_of([*CROWD[:63], MARY])))
    assert answer.outcome is Outcome.KNOWN
    row = rows_of(holder.ledger)[-1]
    assert (row.clusters, row.case_references) == (1, ("CASE-1",))
    assert row.asker is not None
