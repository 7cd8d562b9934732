"""Who builds a table, and one who does it in this process."""

from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import NamedTuple, Protocol

from node.answering.table import EpochTable
from node.records.state import IndexState
from node.records.store import RecordStore
from protocol.identifiers import Epoch, MemberId


class BuiltTable(NamedTuple):
    """A table and the state of the records that it is of."""

    state: IndexState
    table: EpochTable


class TableBuilder(Protocol):
    """Builds tables of one node's records."""

    def at_work(self) -> AbstractContextManager[None]:
        """Keep what takes time to begin for all tables that are built in this context."""

    def build(self, epoch: Epoch, today: date) -> BuiltTable | None:
        """Return the table of all records unexpired today; None if there is no index state.

        Raises:
            TableError: none was built.
        """

    def stop(self) -> None:
        """End what is being built, from another thread, and build nothing more."""


class InsideBuilder:
    """Builds in this process, which answers nothing meanwhile: for tests and a few records."""

    def __init__(self, store: RecordStore, member: MemberId) -> None:
        self._store = store
        self._member = member

    def at_work(self) -> AbstractContextManager[None]:
        """As `TableBuilder` says: there is nothing."""
        return nullcontext()

    def build(self, epoch: Epoch, today: date) -> BuiltTable | None:
        """As `TableBuilder` says. A load that ends meanwhile may be in it: look again after."""
        state = self._store.index_state()
        if state is None:
            return None
        tokens = ((row_id, record.tokens) for row_id, record in self._store.records(today))
        return BuiltTable(state, EpochTable.build(tokens, epoch, self._member))

    def stop(self) -> None:
        """Do nothing: it ends by itself."""
