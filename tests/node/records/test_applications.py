"""Applications for a child to be shielded: taken, decided once, appealed once, forgotten."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from node.errors import ShieldError, StoreError
from node.records.applications import (
    KEPT_MS,
    Applicant,
    Application,
    ApplicationId,
    Applications,
    Decision,
    Stage,
)
from node.records.store import RecordStore
from node.store_key import StoreKey
from tests.node.small_federation import NOW_MS, new_store

ASKED = Application(
    applicant=Applicant.CARER,
    name="Planted Carer",
    reached_at="020 7946 0888 before three",
    child="Planted Child",
    reason="A threat",
    received_ms=NOW_MS,
)
SHIELD = "00" * 8


def decision(by: str = "Olu", shield: str = "") -> Decision:
    return Decision(by=by, decided_ms=NOW_MS, verified="By passport", reason="So", shield=shield)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with closing(new_store(tmp_path / "records.db")) as opened:
        yield opened


@pytest.fixture
def kept(store: RecordStore) -> Applications:
    return store.applications


def test_what_is_asked_waits_until_it_is_decided(kept: Applications) -> None:
    id = kept.add(ASKED)
    assert kept.find(id) == ASKED
    assert kept.waiting_number() == 1
    kept.change(id, lambda held: held.decided(decision(shield=SHIELD)), NOW_MS)
    (only,) = kept.all()
    assert only.application.stage is Stage.GRANTED
    assert only.application.decisions == [decision(shield=SHIELD)]
    assert kept.waiting_number() == 0


def test_a_refusal_is_appealed_once_and_another_officer_decides(kept: Applications) -> None:
    id = kept.add(ASKED)

    def change(to: Application) -> Stage:
        kept.change(id, lambda _: to, NOW_MS)
        found = kept.find(id)
        assert found is not None
        return found.stage

    refused = ASKED.decided(decision())
    assert change(refused) is Stage.REFUSED
    assert kept.waiting_number() == 0
    appealed = refused.appealed("I am")
    assert change(appealed) is Stage.APPEALED
    assert kept.waiting_number() == 1
    with pytest.raises(ShieldError, match="another officer decides"):
        appealed.decided(decision())
    assert appealed.decided(decision("Sade", SHIELD)).stage is Stage.GRANTED
    assert change(appealed.decided(decision("Sade"))) is Stage.FINALLY_REFUSED


@pytest.mark.parametrize(
    "decided",
    [
        pytest.param(ASKED.decided(decision()), id="refused"),
        pytest.param(ASKED.decided(decision(shield=SHIELD)), id="granted"),
        pytest.param(
            ASKED.decided(decision()).appealed("I am").decided(decision("Sade")), id="twice refused"
        ),
    ],
)
def test_what_is_decided_is_not_decided_again(decided: Application) -> None:
    with pytest.raises(ShieldError, match="decided already"):
        decided.decided(decision("Ines"))


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(ASKED, id="not decided"),
        pytest.param(ASKED.decided(decision(shield=SHIELD)), id="granted"),
        pytest.param(ASKED.decided(decision()).appealed("I am"), id="appealed before"),
    ],
)
def test_only_a_refusal_is_appealed(of: Application) -> None:
    with pytest.raises(ShieldError, match="only a refusal"):
        of.appealed("It is wrong")


def test_a_change_that_is_refused_changes_nothing(kept: Applications) -> None:
    id = kept.add(ASKED)
    with pytest.raises(ShieldError):
        kept.change(id, lambda held: held.appealed("It is wrong"), NOW_MS)
    with pytest.raises(ShieldError, match="no such request"):
        kept.change(ApplicationId(bytes(8)), lambda held: held, NOW_MS)
    assert kept.find(id) == ASKED


def test_no_more_wait_than_are_read(kept: Applications) -> None:
    first = kept.add(ASKED, most=2)
    kept.add(ASKED, most=2)
    with pytest.raises(ShieldError, match="too many"):
        kept.add(ASKED, most=2)
    kept.change(first, lambda held: held.decided(decision()), NOW_MS)
    kept.add(ASKED, most=2)
    assert kept.waiting_number() == 2


def test_what_was_decided_a_year_ago_is_forgotten_and_nothing_that_waits(
    kept: Applications,
) -> None:
    waiting, decided = kept.add(ASKED), kept.add(ASKED)
    kept.change(decided, lambda held: held.decided(decision()), NOW_MS)
    kept.forget_old(NOW_MS + KEPT_MS)
    assert len(kept.all()) == 2
    kept.forget_old(NOW_MS + KEPT_MS + 1)
    assert [each.id for each in kept.all()] == [waiting]


def test_nothing_of_it_is_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(new_store(path)) as opened:
        id = opened.applications.add(ASKED)
        on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Planted" not in on_disk
    assert b"0888" not in on_disk
    with closing(RecordStore(path, StoreKey(bytes(32)))) as other, pytest.raises(StoreError):
        other.applications.find(id)
