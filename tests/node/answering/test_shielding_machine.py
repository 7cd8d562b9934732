"""Files, shields and questions in any order: nothing is said that may not be, and nothing hidden
that need not be. What is answered is what a council would that had never held what is hidden."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from node.asking.asker import PreparedLookup
from node.errors import RowsRefusedError, ShieldError
from node.records.model import Record
from node.records.shield import ShieldId
from node.records.tokens import JOINING, NAMING, NUMBERS, SEPARATING, KeyedToken
from node.shielding import Former, Shielding
from protocol.matching.key_ids import KeyId
from protocol.messages.lookup import Answer
from tests.node.records.test_cases import load
from tests.node.small_federation import (
    STORE_KEY,
    AnsweringCouncil,
    FakeClock,
    ask,
    child,
    enquiry,
    involvement,
    oprf_key,
    prepare,
    record,
)

ENTRIES: Sequence[Mapping[str, str]] = (
    {},
    {"nhs_number": ""},
    {"postcode": "LS1 4AP"},
    {"nhs_number": "", "postcode": "LS1 4AP"},
    {"surname": "Featherstone"},
    {"surname": "Featherstone", "nhs_number": ""},
    {"surname": "Featherstone", "nhs_number": "999 000 0123", "postcode": "LS1 4AP"},
    {"forename": "Zachary", "nhs_number": "999 000 0123"},
    {"forename": "Zachary", "nhs_number": ""},
)
"""What a row or a question says of a child: some are one child, a namesake, a sibling, a twin."""

SOURCES, CASES = ("one", "two"), ("A", "B", "C")

_place = st.integers(0, len(ENTRIES) - 1)
_file = st.dictionaries(st.sampled_from(CASES), _place, max_size=len(CASES))


@cache
def held(place: int, case: str, source: str) -> Record:
    """Return a row of a source; by its telephone it is told from all others."""
    telephone = f"020 7946 {SOURCES.index(source)}{CASES.index(case)}{place:02d}"
    return record(child(**ENTRIES[place]), case, involvement(telephone=telephone))


@cache
def about(place: int, *, household: bool) -> PreparedLookup:
    return prepare(enquiry(child(**ENTRIES[place])), household)


def of_keys(tokens: Iterable[KeyedToken], keys: frozenset[KeyId]) -> set[bytes]:
    return {keyed.token for keyed in tokens if keyed.key_id in keys}


Row = tuple[str, str]
"""What names one: its source and its case."""


@dataclass
class Hidden:
    """What a shield has to hide, as the specification has it (50 §7.1, §7.2)."""

    id: ShieldId
    rows: set[Row]
    tokens: set[KeyedToken]
    is_separated: bool
    officers: set[str] = field(default_factory=set)

    @property
    def joining(self) -> set[bytes]:
        return of_keys([*self.tokens], JOINING)

    def has(self, row: Row, tokens: Sequence[KeyedToken]) -> bool:
        return row in self.rows or not self.joining.isdisjoint(of_keys(tokens, JOINING))

    def refuses(self, row: Row, tokens: Sequence[KeyedToken]) -> bool:
        own = of_keys([*self.tokens], SEPARATING)
        if row in self.rows:
            return not of_keys(tokens, NAMING | NUMBERS) <= own
        return not own.isdisjoint(of_keys(tokens, SEPARATING))

    def take_in(self, rows: Sequence[tuple[Row, Sequence[KeyedToken]]], named: bool) -> None:
        """Grow by all that is its own, and by what that joins to it, and so on; by a whole name
        with date of birth too, where an officer says that all of that is of it."""
        while True:
            size = len(self.rows), len(self.tokens)
            names = of_keys([*self.tokens], NAMING) if named else set()
            for row, tokens in rows:
                if self.has(row, tokens) or not names.isdisjoint(of_keys(tokens, NAMING)):
                    self.rows.add(row)
                    self.tokens |= {*tokens}
            if size == (len(self.rows), len(self.tokens)):
                return


def rows_of(
    files: Mapping[str, Mapping[str, int]],
) -> Iterator[tuple[Row, Sequence[KeyedToken]]]:
    for source, file in files.items():
        for case, place in file.items():
            yield (source, case), [*held(place, case, source).tokens]


class Machine(RuleBasedStateMachine):
    """One council, and beside it what it may say."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.council = AnsweringCouncil(Path(self.folder.name), FakeClock())
        self.shielding = Shielding(self.council.store, self.council.ledger, STORE_KEY, FakeClock())
        self.files: dict[str, dict[str, int]] = {}
        self.hidden: list[Hidden] = []

    def teardown(self) -> None:
        self.council.close()
        self.folder.cleanup()

    @rule(source=st.sampled_from(SOURCES), file=_file)
    def load(self, source: str, file: dict[str, int]) -> None:
        new = {source: file}
        refused = any(
            each.is_separated and each.refuses(row, tokens)
            for row, tokens in rows_of(new)
            if self.files.get(source, {}).get(row[1]) != new[source][row[1]]
            for each in self.hidden
        )
        records = [held(place, case, source) for case, place in file.items()]
        try:
            load(self.council.store, source, *records, key=oprf_key().key_id)
        except RowsRefusedError:
            assert refused
            return
        assert not refused
        self.files |= new
        for each in self.hidden:
            if not each.is_separated:
                each.take_in(self._kept(), named=False)
        self.council.index.refresh()

    @rule(case=st.sampled_from(CASES), former=st.booleans(), which=st.integers(0, 3))
    def shield(self, case: str, former: bool, which: int) -> None:
        try:
            cases = self.shielding.cases(case)
            chosen = cases[which % len(cases)]
            said = Former(CASES) if former else None
            id, _ = self.shielding.begin(chosen, "Olu", "A threat", former=said)
        except ShieldError:
            return
        rows = {(row.source, case) for row in chosen.rows}
        made = Hidden(id, rows, {*chosen.tokens}, former)
        made.take_in(self._kept(), named=former)
        if former:
            made.tokens = {keyed for keyed in made.tokens if keyed.key_id in SEPARATING}
        self.hidden.append(made)

    def _kept(self) -> Sequence[tuple[Row, Sequence[KeyedToken]]]:
        """Return all rows with the tokens that are kept of them: none of a separated identity's."""
        separated = {row for each in self.hidden if each.is_separated for row in each.rows}
        return [(row, () if row in separated else tokens) for row, tokens in rows_of(self.files)]

    @rule(which=st.integers(0, 3), officer=st.sampled_from(("Olu", "Sade")))
    def end(self, which: int, officer: str) -> None:
        ordinary = [each for each in self.hidden if not each.is_separated]
        if not ordinary:
            return
        ended = ordinary[which % len(ordinary)]
        try:
            self.shielding.end(ended.id, officer)
        except ShieldError:
            assert officer in ended.officers
            return
        ended.officers.add(officer)
        if len(ended.officers) == 2:
            self.hidden.remove(ended)

    @rule(place=_place, household=st.booleans())
    def ask(self, place: int, household: bool) -> None:
        question = about(place, household=household)
        said = self.council.answer(ask(question))
        with self._as_if_never_held(question) as other:
            expected = other.answer(ask(question))
        assert without_proof(said) == without_proof(expected)

    @contextmanager
    def _as_if_never_held(self, question: PreparedLookup) -> Iterator[AnsweringCouncil]:
        """Give a council that holds what is not hidden: nothing at all for a question that names
        a hidden child."""
        asked = {keyed.token for keyed in question.tokens if keyed.key_id in JOINING}
        named = any(not each.joining.isdisjoint(asked) for each in self.hidden)
        with TemporaryDirectory() as name:
            other = AnsweringCouncil(Path(name), FakeClock())
            with closing(other):
                for source, file in self.files.items():
                    records = [
                        held(place, case, source)
                        for case, place in file.items()
                        if not named and not self._hides((source, case), held(place, case, source))
                    ]
                    load(other.store, source, *records, key=oprf_key().key_id)
                other.index.refresh()
                yield other

    def _hides(self, row: Row, made: Record) -> bool:
        return any(each.has(row, [*made.tokens]) for each in self.hidden)


def without_proof(answer: Answer) -> tuple[object, ...]:
    """Return what an answer says: a proof is of one question alone."""
    involved = sorted(each.encode() for each in answer.involvements)
    return answer.outcome, answer.cause, involved


Machine.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestShielding = Machine.TestCase
