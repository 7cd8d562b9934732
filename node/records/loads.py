"""What has been loaded here, in counts: read from the disk, where imports, which are processes of
their own, leave it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from node.records.quality import Quality, load_quality
from node.records.state import IndexState
from node.records.store import RecordStore
from node.running import RunningFile


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """A source as its last load has left it."""

    name: str
    state: IndexState | None
    """What its tokens were made with; None where nothing of it has been loaded."""
    loaded_ms: int | None
    """When its counts were written, at the end of the load; None where that is not known."""
    quality: Quality | None
    unfinished_on: date | None
    """When an import of it was begun, or gone on with, that has not come to its end."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that has been loaded here."""

    records: int
    sources: tuple[LoadedSource, ...]
    begun_on: tuple[date, ...]
    """The same of sources that were never loaded: until then their names are not kept."""
    answers_from: int
    """The number of the load from which the running node answers, 0 for none."""

    @property
    def load_number(self) -> int:
        """The number of the last load, 0 before the first."""
        return max((source.state.load_number for source in self.sources if source.state), default=0)


class Loads:
    """Reads it."""

    def __init__(
        self,
        store: RecordStore,
        measured_sources: Callable[[], Sequence[str]],
        quality: Callable[[str], Path],
        running: RunningFile,
    ) -> None:
        """`measured_sources` have counts, each in the file that `quality` gives."""
        self._store = store
        self._measured_sources = measured_sources
        self._quality = quality
        self._running = running

    def read(self) -> Loaded:
        """Return what is there now.

        Raises:
            StoreError: the records cannot be read.
        """
        states = self._store.sources()
        days = self._store.unfinished.days()
        names = sorted({*states, *self._measured_sources()})
        sources = tuple(self._source(name, states, days) for name in names)
        known = {self._store.source_fingerprint(name) for name in names}
        running = self._running.read()
        return Loaded(
            self._store.count(),
            sources,
            tuple(sorted(day for source, day in days.items() if source not in known)),
            running.load_number if running else 0,
        )

    def _source(
        self, name: str, states: Mapping[str, IndexState], days: Mapping[bytes, date]
    ) -> LoadedSource:
        path = self._quality(name)
        return LoadedSource(
            name,
            states.get(name),
            _written_ms(path),
            load_quality(path),
            days.get(self._store.source_fingerprint(name)),
        )


def _written_ms(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns // 1_000_000
    except OSError:
        return None
