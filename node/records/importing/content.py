"""What was read of a source."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from node.records.importing.fingerprints import ContentKey
from node.records.importing.report import ImportReport
from node.records.importing.rows import ParsedRow
from node.records.importing.shared_addresses import NONE_SHARED, SharedAddresses
from node.records.source_keys import source_key
from node.store_key import StoreKey
from protocol.matching.keys import MatchKey, record_keys
from protocol.messages.vocabulary import InvolvementKind


@dataclass(frozen=True, slots=True, repr=False)
class CaseRows:
    """Rows by case reference and involvement, and by case reference alone: any of the case's."""

    keys: frozenset[tuple[str, InvolvementKind]] = frozenset()
    cases: frozenset[str] = frozenset()

    def source_keys(self, store_key: StoreKey, source: str) -> set[bytes]:
        """Return the source keys of all rows that these may be."""
        known = {source_key(case, kind, store_key, source) for case, kind in self.keys}
        return known | {
            source_key(case, kind, store_key, source)
            for case in self.cases
            for kind in InvolvementKind
        }


@dataclass(frozen=True, slots=True, repr=False)
class LeftOut(CaseRows):
    """Which rows held the rows left out may be: those stay as they are (spec 80 §3).

    By case reference alone where the involvement cannot be read.
    """

    unknown: int = 0
    """How many rows have no case reference that can be read: each may be any row held."""


@dataclass(frozen=True, slots=True, repr=False)
class FileContent:
    """The rows that are taken, in the file's order, what is left out, and the report on all.

    Whether a file with problems is loaded is for the caller to say: `acceptance`.
    """

    rows: Sequence[ParsedRow]
    report: ImportReport
    left_out: LeftOut = field(default_factory=LeftOut)
    purged: CaseRows = CaseRows()
    """What is erased where no row takes its place."""
    over: CaseRows = CaseRows()
    """What no node answers of any more: erased too, unless a row left out may be it."""
    shared: SharedAddresses = NONE_SHARED
    general_line: str = ""
    """The telephone of every team without one of its own, where a contact directory has one."""

    def keys(self, row: ParsedRow) -> tuple[MatchKey, ...]:
        """Return a row's match keys, without those of an address that many children share."""
        return record_keys(row.identity, self.shared.postcodes_of(row.identity))

    def fingerprints(
        self, row: ParsedRow, store_key: StoreKey, source: str
    ) -> tuple[bytes, ContentKey]:
        """Return a row's source key, 32 bytes, and its content key.

        The source key says which row of which source it is. Neither depends on the OPRF key: where
        that changed, nothing is unchanged.
        """
        kind, shared = row.involvement.kind, self.shared.postcodes_of(row.identity)
        content_key = ContentKey.of(row, shared, store_key)
        return source_key(row.case_reference, kind, store_key, source), content_key
