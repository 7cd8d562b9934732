"""What a file makes of the records held, in a real store."""

import asyncio
from collections.abc import Iterable
from hashlib import shake_256
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.evaluating.bulk import BatchStore, EvaluatedBatch
from node.evaluating.evaluator import Evaluator
from node.importing import LEAST_GUARDED_ROWS, Importer, ImportPlan
from node.records.importing.load import read_file
from node.records.store import RecordStore
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.messages.vocabulary import InvolvementKind
from protocol.oprf.sharing import commit
from protocol.oprf.voprf import TOKEN_BYTES
from tests.node.records.importing.files import TODAY, csv_text, row, write
from tests.node.small_federation import (
    DIRECTORY,
    STORE_KEY,
    THRESHOLD,
    make_directory,
    secret_scalar,
)

SOURCE = "case-system"
ROW_TEAM = row()["team"]


class OwnEvaluator(Evaluator):
    """Makes other strings of strings, and counts them: no keyholder is asked."""

    def __init__(self) -> None:
        self.evaluated = 0

    async def import_tokens(
        self, directory: Directory, oprf_inputs: Iterable[bytes], store: BatchStore
    ) -> None:
        del directory
        for oprf_input in oprf_inputs:
            self.evaluated += 1
            token = shake_256(oprf_input).digest(TOKEN_BYTES)
            store.keep(EvaluatedBatch([oprf_input], [token], allowance_left=0))


class Council:
    """Loads files of one source into its store."""

    def __init__(self, store: RecordStore, folder: Path) -> None:
        self.store = store
        self.evaluator = OwnEvaluator()
        self._folder = folder
        self._importer = Importer(store, STORE_KEY, self.evaluator)

    def plan(
        self, *rows: dict[str, str], directory: Directory = DIRECTORY, replace: bool = False
    ) -> ImportPlan:
        content = read_file(write(self._folder, csv_text(rows)), TODAY)
        return self._importer.plan(content, SOURCE, directory, replace)

    def load(self, *rows: dict[str, str], directory: Directory = DIRECTORY) -> ImportPlan:
        plan = self.plan(*rows, directory=directory)
        unfinished = self._importer.begin(SOURCE, directory, TODAY)
        asyncio.run(self._importer.load(plan, SOURCE, directory, unfinished, lambda _: None))
        return plan

    def held(self) -> dict[str, str]:
        """Return the team of each case reference held."""
        return {
            record.case_reference: record.involvement.contact.team
            for _, record in self.store.records(TODAY)
        }


@pytest.fixture
def council(store: RecordStore, tmp_path: Path) -> Council:
    return Council(store, tmp_path)


def cases(*names: str, **cells: str) -> list[dict[str, str]]:
    return [row(case_reference=name, **cells) for name in names]


def test_a_row_that_is_faulty_now_stays_as_it_was(council: Council) -> None:
    council.load(*cases("A", "B", "C"))
    plan = council.load(*cases("A"), row(case_reference="B", team="New", telephone="ring us"))
    assert (plan.removed, len(plan.standing), plan.unchanged) == (1, 1, 1)
    assert council.held() == {"A": ROW_TEAM, "B": ROW_TEAM}


def test_a_row_that_stays_is_changed_once_it_is_mended(council: Council) -> None:
    council.load(*cases("A", "B"))
    council.load(*cases("A"), row(case_reference="B", telephone=""))
    plan = council.load(*cases("A"), row(case_reference="B", team="New"))
    assert (plan.changed, plan.standing) == (1, ())
    assert council.held() == {"A": ROW_TEAM, "B": "New"}


def test_a_row_that_stays_costs_no_evaluation(council: Council) -> None:
    council.load(*cases("A", "B"))
    before = council.evaluator.evaluated
    council.load(*cases("A"), row(case_reference="B", telephone=""))
    assert council.evaluator.evaluated == before


def test_every_involvement_of_a_case_stays_where_its_kind_cannot_be_read(council: Council) -> None:
    kinds = ("child in need", "early help")
    council.load(*(row(case_reference="B", involvement=kind) for kind in kinds), *cases("A", "C"))
    plan = council.load(*cases("A"), row(case_reference="B", involvement="tap dancing"))
    assert (plan.removed, len(plan.standing)) == (1, 2)
    assert sorted(
        (record.case_reference, record.involvement.kind)
        for _, record in council.store.records(TODAY)
    ) == [
        ("A", InvolvementKind.CHILD_IN_NEED),
        ("B", InvolvementKind.EARLY_HELP),
        ("B", InvolvementKind.CHILD_IN_NEED),
    ]


def test_nothing_is_removed_where_a_case_reference_cannot_be_read(council: Council) -> None:
    council.load(*cases("A", "B", "C"))
    plan = council.load(row(case_reference="A", team="New"), *cases("not known"))
    assert (plan.changed, plan.removed, len(plan.standing)) == (1, 0, 2)
    assert council.held() == {"A": "New", "B": ROW_TEAM, "C": ROW_TEAM}


def test_rows_of_one_id_that_differ_leave_the_row_held_as_it_was(council: Council) -> None:
    council.load(*cases("A", "B"))
    plan = council.load(*cases("A"), *cases("B", team="New"), *cases("B", team="Other"))
    assert (plan.removed, len(plan.standing)) == (0, 1)
    assert council.held() == {"A": ROW_TEAM, "B": ROW_TEAM}


def test_a_faulty_row_that_was_never_held_is_not_there(council: Council) -> None:
    plan = council.load(*cases("A"), row(case_reference="B", telephone=""))
    assert plan.standing == ()
    assert council.held() == {"A": ROW_TEAM}


def test_rows_under_another_key_do_not_stay(council: Council) -> None:
    council.load(*cases("A", "B"))
    other = commit([secret_scalar(f"other {power}") for power in range(THRESHOLD)])
    key = OprfKeyEntry(generation=2, commitments=tuple(map(encode_base64url, other)))
    entry = OprfEntry(threshold=THRESHOLD, key=key)
    plan = council.load(
        *cases("A"), row(case_reference="B", telephone=""), directory=make_directory(oprf=entry)
    )
    assert (plan.added, plan.standing) == (1, ())
    assert council.held() == {"A": ROW_TEAM}


def test_rows_that_stay_are_not_taken_for_cut_off(council: Council) -> None:
    names = [f"C-{number}" for number in range(LEAST_GUARDED_ROWS)]
    council.load(*cases(*names))
    faulty = [row(case_reference=name, telephone="") for name in names[1:]]
    assert len(council.plan(*cases(names[0]), *faulty).standing) == LEAST_GUARDED_ROWS - 1
    with pytest.raises(ImportRefusedError, match="looks cut off"):
        council.plan(*cases(names[0]))
    assert council.plan(*cases(names[0]), replace=True).removed == LEAST_GUARDED_ROWS - 1
