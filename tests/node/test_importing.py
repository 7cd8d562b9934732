"""What a file makes of the records held, in a real store."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from hashlib import shake_256
from pathlib import Path

import pytest

from node.errors import ImportRefusedError, StoreError
from node.evaluating.bulk import BatchStore, EvaluatedBatch
from node.evaluating.evaluator import Evaluator
from node.importing import LEAST_GUARDED_ROWS, Importer, ImportPlan
from node.records.importing.content import CaseRows, FileContent
from node.records.importing.load import read_file
from node.records.model import Record
from node.records.store import RecordStore
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.messages.vocabulary import InvolvementKind
from protocol.oprf.sharing import commit
from protocol.oprf.voprf import TOKEN_BYTES
from tests.node.records.importing.files import TODAY, csv_text, row, write
from tests.node.records.importing.sources import made_up
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
        key = directory.oprf_key
        assert key is not None
        for oprf_input in oprf_inputs:
            self.evaluated += 1
            token = shake_256(key.key_id + oprf_input).digest(TOKEN_BYTES)
            store.keep(EvaluatedBatch([oprf_input], [token], allowance_left=0))


class Council:
    """Loads files of one source into its store."""

    def __init__(self, store: RecordStore, folder: Path, source: str = SOURCE) -> None:
        self.store = store
        self.source = source
        self.evaluator = OwnEvaluator()
        self._folder = folder
        self._importer = Importer(store, STORE_KEY, self.evaluator)

    def plan(
        self, *rows: dict[str, str], directory: Directory = DIRECTORY, replace: bool = False
    ) -> ImportPlan:
        return self._importer.plan(self.read(*rows), self.source, directory, replace)

    def read(self, *rows: dict[str, str]) -> FileContent:
        return read_file(write(self._folder, csv_text(rows)), TODAY)

    def load(
        self,
        *rows: dict[str, str],
        directory: Directory = DIRECTORY,
        closing: date | None = None,
    ) -> ImportPlan:
        return self.load_plan(self.plan(*rows, directory=directory), directory, closing)

    def load_content(self, content: FileContent, closing: date | None = None) -> ImportPlan:
        plan = self._importer.plan(content, self.source, DIRECTORY, replace=False)
        return self.load_plan(plan, closing=closing)

    def load_plan(
        self, plan: ImportPlan, directory: Directory = DIRECTORY, closing: date | None = None
    ) -> ImportPlan:
        unfinished = self._importer.begin(self.source, directory, TODAY)
        loading = self._importer.load(
            plan, self.source, directory, unfinished, lambda _: None, closing
        )
        asyncio.run(loading)
        return plan

    def records(self) -> dict[str, Record]:
        """Return the record of each case reference held."""
        return {record.case_reference: record for _, record in self.store.records(TODAY)}

    def held(self) -> dict[str, str]:
        """Return the team of each case reference held."""
        return {case: record.involvement.contact.team for case, record in self.records().items()}


@pytest.fixture
def council(store: RecordStore, tmp_path: Path) -> Council:
    return Council(store, tmp_path)


def of_another_key() -> Directory:
    other = commit([secret_scalar(f"other {power}") for power in range(THRESHOLD)])
    key = OprfKeyEntry(generation=2, commitments=tuple(map(encode_base64url, other)))
    return make_directory(oprf=OprfEntry(threshold=THRESHOLD, key=key))


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
    plan = council.load(
        *cases("A"), row(case_reference="B", telephone=""), directory=of_another_key()
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


def test_the_row_held_of_a_faulty_episode_stands_and_what_has_ended_goes(
    council: Council, tmp_path: Path
) -> None:
    files = made_up.copied(tmp_path / "sources")
    assert council.load_content(made_up.read(files.ssd)).added == 9
    files.replace("ssd/ssd_cp_plans.csv", "101,2025-05-20", "101,May")
    files.table("ssd_early_help_episodes").unlink()
    plan = council.load_content(made_up.read(files.ssd))
    assert (plan.unchanged, plan.removed, len(plan.standing)) == (7, 1, 1)
    assert "102" not in council.held()


def test_what_a_source_wants_erased_is_not_closed_and_does_not_stand(council: Council) -> None:
    council.load(*cases("A", "B"))
    content = council.read(*cases("B"), row(case_reference=""))
    assert content.left_out.unknown
    purged = CaseRows(cases=frozenset({"A", "never held"}))
    plan = council.load_content(replace(content, purged=purged))
    assert (plan.removed, len(plan.purged), plan.standing) == (0, 1, ())
    assert council.held() == {"B": ROW_TEAM}


def test_one_involvement_that_a_source_wants_erased_is_erased_alone(council: Council) -> None:
    plan, need = InvolvementKind.CHILD_PROTECTION_PLAN, InvolvementKind.CHILD_IN_NEED
    kinds = ("child protection plan", "child in need", "early help")
    council.load(*(row(case_reference="A", involvement=kind) for kind in kinds))
    content = council.read(row(case_reference="A", involvement="child in need"))
    purged = CaseRows(keys=frozenset({("A", plan), ("A", need)}))
    council.load_content(replace(content, purged=purged), closing=TODAY)
    held = {record.involvement.kind: record for _, record in council.store.records(TODAY)}
    assert held.keys() == {need, InvolvementKind.EARLY_HELP}
    assert [held[kind].involvement.closed_on for kind in held if kind is not need] == [TODAY]


def test_a_file_that_would_erase_most_looks_cut_off(council: Council) -> None:
    names = [f"C{number}" for number in range(LEAST_GUARDED_ROWS)]
    council.load(*cases(*names))
    purged = CaseRows(cases=frozenset(names[1:]))
    content = replace(council.read(*cases(names[0])), purged=purged)
    with pytest.raises(ImportRefusedError, match="looks cut off"):
        council.load_content(content)


def test_a_row_that_is_gone_is_closed_and_counted_once(council: Council) -> None:
    council.load(*cases("A", "B"))
    assert council.load(*cases("A"), closing=TODAY).removed == 1
    assert council.held() == {"A": ROW_TEAM, "B": ROW_TEAM}
    again = council.load(*cases("A"), closing=TODAY)
    assert (again.removed, again.unchanged) == (0, 1)
    back = council.load(*cases("A", "B"), closing=TODAY)
    assert (back.changed, back.unchanged) == (1, 1)


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param({"status": "closed", "closed_on": "2024-05-11"}, id="closed over a year ago"),
        pytest.param({"date_of_birth": "2006-05-11"}, id="born before was thought"),
    ],
)
def test_what_is_over_now_is_erased_and_not_closed_today(
    council: Council, cells: dict[str, str]
) -> None:
    council.load(*cases("A", "B"))
    plan = council.load(*cases("A"), *cases("B", **cells), closing=TODAY)
    assert (plan.removed, len(plan.over), plan.standing) == (0, 1, ())
    assert council.held() == {"A": ROW_TEAM}


def test_what_is_over_stands_while_a_row_left_out_may_be_it(council: Council) -> None:
    council.load(*cases("A", "B"))
    over = cases("B", status="closed", closed_on="2024-05-11")
    faulty = cases("B", involvement="tap dancing")
    plan = council.load(*cases("A"), *over, *faulty, closing=TODAY)
    assert (plan.removed, plan.over, len(plan.standing)) == (0, frozenset(), 1)
    assert council.records()["B"].involvement.closed_on is None


def test_a_file_in_which_most_is_over_looks_cut_off(council: Council) -> None:
    names = [f"C{number}" for number in range(LEAST_GUARDED_ROWS)]
    council.load(*cases(*names))
    with pytest.raises(ImportRefusedError, match="looks cut off"):
        council.plan(*cases(names[0]), *cases(*names[1:], status="closed", closed_on="2024-05-11"))


def test_an_episode_that_is_over_now_is_erased_and_not_closed_today(
    council: Council, tmp_path: Path
) -> None:
    files = made_up.copied(tmp_path / "sources")
    council.load_content(made_up.read(files.ssd))
    files.replace(
        "ssd/ssd_cp_plans.csv", "101,2025-05-20 00:00:00.000,", "101,2023-05-20,2024-05-11"
    )
    plan = council.load_content(made_up.read(files.ssd), closing=TODAY)
    assert (plan.removed, len(plan.over)) == (0, 1)
    assert sorted(
        record.involvement.kind_name.upper()
        for _, record in council.store.records(TODAY)
        if record.case_reference == "101"
    ) == ["CHILD_IN_NEED", "SECTION_47_ENQUIRY"]


def test_an_episode_of_a_payload_that_is_over_now_is_erased_and_not_closed_today(
    council: Council, tmp_path: Path
) -> None:
    files = made_up.copied(tmp_path / "sources")
    council.load_content(made_up.read(files.csc))
    dates = '"referral_date": "{}-01-10", "closure_date": "{}-05-31"'
    files.replace("csc-api.json", dates.format(2025, 2025), dates.format(2024, 2024))
    plan = council.load_content(made_up.read(files.csc), closing=TODAY)
    assert (plan.removed, len(plan.over)) == (0, 1)
    assert council.held().keys() == {"101"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"104", "purge": true', '"10\\ud800", "purge": true', id="purged"),
        pytest.param(
            '"102",\n    "purge": false,\n    "child_details": '
            '{"first_name": "Ben", "surname": "Marlow", ',
            '"10\\ud800", "child_details": {"first_name": ["Ben"], "surname": "Marlow", ',
            id="faulty",
        ),
    ],
)
def test_half_a_character_in_the_id_of_a_payload_may_be_any_row_held(
    council: Council, tmp_path: Path, old: str, new: str
) -> None:
    files = made_up.copied(tmp_path / "sources")
    council.load_content(made_up.read(files.csc))
    files.replace("csc-api.json", old, new)
    content = made_up.read(files.csc)
    assert content.left_out.unknown == 1
    plan = council.load_content(content, closing=TODAY)
    assert (plan.added, plan.removed, plan.purged) == (0, 0, frozenset())


CONTACT_ONLY = ({"team": "New"}, {"last_updated": "2025-06-02"}, {"lead_practitioner": "yes"})


@pytest.mark.parametrize("cells", CONTACT_ONLY)
def test_a_row_with_another_contact_keeps_its_tokens(
    council: Council, cells: dict[str, str]
) -> None:
    council.load(*cases("A", "B"))
    before, evaluated = council.records(), council.evaluator.evaluated
    plan = council.load(*cases("A"), *cases("B", **cells))
    assert (plan.changed, plan.unchanged, plan.strings) == (1, 1, 0)
    after = council.records()
    assert after["B"].tokens == before["B"].tokens
    assert after["B"].involvement != before["B"].involvement
    assert after["A"] == before["A"]
    assert council.evaluator.evaluated == evaluated


def test_a_row_with_another_name_gets_other_tokens(council: Council) -> None:
    council.load(*cases("A", "B"))
    before, evaluated = council.records(), council.evaluator.evaluated
    plan = council.load(*cases("A"), *cases("B", surname="Jones", team="New"))
    assert (plan.changed, plan.unchanged) == (1, 1)
    after = council.records()
    assert after["B"].tokens != before["B"].tokens
    assert council.evaluator.evaluated == evaluated + plan.strings > evaluated


def test_another_import_that_changes_the_child_meanwhile_ends_this_one(council: Council) -> None:
    """The tokens held would be of another child than the row's."""
    council.load(*cases("A", "B"))
    plan = council.plan(*cases("A"), *cases("B", team="New"))
    council.load(*cases("A"), *cases("B", surname="Jones"))
    before = council.records()
    with pytest.raises(StoreError, match="another import"):
        council.load_plan(plan)
    assert council.records() == before


def test_tokens_of_another_key_are_not_kept(council: Council) -> None:
    council.load(*cases("A", "B"))
    evaluated = council.evaluator.evaluated
    plan = council.load(*cases("A", "B", team="New"), directory=of_another_key())
    assert council.evaluator.evaluated == evaluated + plan.strings // 2 > evaluated
