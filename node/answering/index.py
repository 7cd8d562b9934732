"""Which epoch tables this node has, and when the next is built (spec 50 §6)."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from node.answering.building import BuiltTable, InsideBuilder, TableBuilder
from node.answering.table import EpochTable
from node.clock import Clock, local_day
from node.errors import TableError
from node.records.state import IndexState
from node.records.store import RecordStore
from protocol.identifiers import EPOCH_SECONDS, Epoch, MemberId, epoch_at
from protocol.limits import EPOCH_OVERLAP_SECONDS


def accepted_epochs(unix_seconds: float) -> tuple[Epoch, ...]:
    """Return the epochs in which a question is accepted now: the current one first."""
    current = epoch_at(unix_seconds)
    into = unix_seconds - current * EPOCH_SECONDS
    epochs = [current]
    if into < EPOCH_OVERLAP_SECONDS:
        epochs.append(Epoch(current - 1))
    if EPOCH_SECONDS - into <= EPOCH_OVERLAP_SECONDS:
        epochs.append(Epoch(current + 1))
    return tuple(epochs)


@dataclass(frozen=True, slots=True)
class Index:
    """One consistent set of tables: what they were made from, and each by its epoch."""

    state: IndexState
    tables: Mapping[Epoch, EpochTable] = field(default_factory=dict)


class IndexKeeper:
    """Builds tables ahead and swaps them in whole. One thread refreshes, any number read."""

    def __init__(
        self,
        store: RecordStore,
        member: MemberId,
        clock: Clock,
        builder: TableBuilder | None = None,
    ) -> None:
        """Without a `builder` tables are built in this process."""
        self._store = store
        self._clock = clock
        self._builder = builder or InsideBuilder(store, member)
        self._index: Index | None = None
        self._refreshing = threading.Lock()
        # The next hour's table is built at a minute that nobody else can foresee, so that the
        # load of a whole federation does not fall on one moment.
        self._lead_seconds = random.SystemRandom().uniform(600, 3000)

    def current(self) -> Index | None:
        """Return the tables to answer from; None before the first load."""
        return self._index

    def refresh(self) -> bool:
        """Build what is missing, drop what is past. True when something was built.

        Raises:
            TableError: a table was not built; all stay as they were.
        """
        with self._refreshing, self._builder.at_work():
            return self._refresh()

    def _refresh(self) -> bool:
        state = self._store.index_state()
        if state is None:
            self._index = None
            return False
        held = self._index.tables if self._index and self._index.state == state else {}
        wanted = self._wanted()
        missing = [epoch for epoch in wanted if epoch not in held]
        if not missing and len(held) == len(wanted):
            return False
        tables = dict(held)
        for epoch in missing:
            built = self._build(epoch)
            if self._store.index_state() != state:
                # Loaded meanwhile: tables of one load under another's name would miss its children.
                return self._refresh()
            if built is None or built.state != state:
                raise TableError("a table was built of another load's records")
            tables[epoch] = built.table
        self._index = Index(state, {epoch: tables[epoch] for epoch in wanted})
        return True

    def stop(self) -> None:
        """End a refresh, from another thread: it raises TableError, as every later one does."""
        self._builder.stop()

    def _build(self, epoch: Epoch) -> BuiltTable | None:
        # What expires at midnight is not in the tables of the next day, built ahead of it.
        time_ms = max(self._clock(), epoch * EPOCH_SECONDS * 1000)
        return self._builder.build(epoch, local_day(time_ms))

    def _wanted(self) -> tuple[Epoch, ...]:
        seconds = self._clock() / 1000
        ahead = epoch_at(seconds + self._lead_seconds)
        return tuple(dict.fromkeys((*accepted_epochs(seconds), ahead)))
