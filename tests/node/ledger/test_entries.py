import pytest

from node.answering.shielding import MOST_NAMED
from node.errors import StoreError
from node.ledger.entries import (
    ENTRY_BYTES,
    AnsweredEntry,
    AskedEntry,
    Asker,
    Caller,
    Entry,
    EvaluatedEntry,
    open_answered,
    open_asked,
    seal_entry,
)
from node.records.shield import SHIELD_ID_BYTES
from node.store_key import StoreKey
from protocol import limits
from tests.node.small_federation import STORE_KEY, fresh_round

ROUND = fresh_round()

MISS = AnsweredEntry(
    outcome="not_known", cause="none", role="practitioner", purpose=1, policy_version=1, clusters=0
)
ASKER = Asker(name="A", telephone="1", team="T", reference="R", protected_location=True)
HIT = MISS.model_copy(update={"asker": ASKER, "key": "A1", "case_references": ("C-1", "C-2")})
ASKED = AskedEntry(asker=ASKER, caller=None, role="r", purpose=1, members=152)
CALLER = Caller(name="B", organisation="O", verified="rung back")


def test_entries_round_trip() -> None:
    assert open_answered(STORE_KEY, seal_entry(STORE_KEY, HIT, ROUND), ROUND) == HIT
    assert open_asked(STORE_KEY, seal_entry(STORE_KEY, ASKED, ROUND), ROUND) == ASKED


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(MISS, id="a miss"),
        pytest.param(HIT, id="a hit"),
        pytest.param(ASKED, id="asked"),
        pytest.param(ASKED.model_copy(update={"caller": CALLER}), id="asked for somebody"),
        pytest.param(EvaluatedEntry(matching_version=1, elements=64), id="evaluated"),
    ],
)
def test_every_entry_is_of_one_length(entry: Entry) -> None:
    assert len(seal_entry(STORE_KEY, entry, ROUND)) == ENTRY_BYTES + 28


def test_entry_with_every_text_at_its_limit_and_escaped_still_fits() -> None:
    """An asker chooses these texts: a hit that could not be recorded could not be answered."""
    budget = limits.WHO_BYTES - 9
    asker = Asker(
        name='"' * limits.PERSON_BYTES,
        telephone='"' * limits.TELEPHONE_BYTES,
        team='"' * limits.TEAM_BYTES,
        reference='"' * limits.REFERENCE_BYTES,
        protected_location=True,
    )
    assert len(asker.name + asker.telephone + asker.team + asker.reference) <= budget
    said = {
        "case_references": ('"' * 64,) * 8,
        "shields": ("0" * 2 * SHIELD_ID_BYTES,) * MOST_NAMED,
    }
    longest = HIT.model_copy(update={"asker": asker, **said})
    assert open_answered(STORE_KEY, seal_entry(STORE_KEY, longest, ROUND), ROUND) == longest
    told = {"name": limits.PERSON_BYTES, "organisation": limits.ORGANISATION_BYTES}
    caller = Caller(**{what: '"' * most for what, most in told.items()}, verified='"' * 80)
    whose = {"asker": asker, "caller": caller, "username": "s" * 32 + "/" + '"' * 64}
    asked = ASKED.model_copy(update=whose)
    assert len(seal_entry(STORE_KEY, asked, ROUND)) == ENTRY_BYTES + 28


def test_refuses_an_entry_longer_than_a_row() -> None:
    with pytest.raises(StoreError):
        seal_entry(STORE_KEY, HIT.model_copy(update={"case_references": ("C" * 4000,)}), ROUND)


def test_refuses_an_entry_sealed_under_another_key() -> None:
    with pytest.raises(StoreError, match="store key"):
        open_answered(StoreKey(bytes(32)), seal_entry(STORE_KEY, HIT, ROUND), ROUND)


def test_refuses_an_entry_in_another_rounds_row() -> None:
    """Whoever writes to the disk could else show one asker under another's question."""
    with pytest.raises(StoreError):
        open_answered(STORE_KEY, seal_entry(STORE_KEY, HIT, ROUND), fresh_round())
