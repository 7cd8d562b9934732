"""An import that is killed on its way, and what an uninterrupted one of the same file ends with.

`python -m tests.durability.resuming 5000` does it with so many rows, and says what came of it.
"""

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from node.records.store import RecordStore
from protocol import limits
from protocol.sealing.envelope import Kind
from tests.durability.asking import US
from tests.durability.files import Rows, write_file
from tests.durability.polling import PATIENCE_SECONDS
from tests.durability.processes import Running, start
from tests.durability.remains import Remains
from tests.durability.watching import Kill
from tests.durability.world import copy_node, make_world, wait_until_linked
from tests.node.records.importing.files import row
from tests.node.small_federation import STORE_KEY, THRESHOLD, TODAY, council

ASKED = "commit by UnfinishedImport.ask"
KEPT = "commit by EvaluatedStrings.keeping"
STORED = "commit by RecordStore.replace_source"
MOST_SECONDS = 7_200.0
"""How long a run of any number of rows may take."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a node's folder holds of its file, opened: nonces are not in it."""

    records: tuple[tuple[bytes, bytes], ...]
    """Content key and blob's plaintext of every row, in order of source key."""
    closed_on: Mapping[str, date]
    """The day on which each case that is closed was, by its reference."""
    left_behind: int
    """Batches of an unfinished import."""


def held(folder: Path) -> Held:
    remains = Remains(folder)
    with closing(RecordStore(remains.folder.records, STORE_KEY)) as store:
        by_row = dict(store.records(TODAY))
        rows = store._database.rows("SELECT id, content_key FROM record ORDER BY source_key")
        left = store._database.rows("SELECT count(*) FROM evaluated_batch")[0][0]
    kept = tuple((content_key, by_row[row_id].encode()) for row_id, content_key in rows)
    involvements = {each.case_reference: each.involvement for each in by_row.values()}
    closed = {case: day for case, each in involvements.items() if (day := each.closed_on)}
    return Held(kept, closed, left)


def elements_counted(keyholders: Sequence[Path]) -> int:
    """Return the elements of our imports that the keyholders in these folders have counted."""
    counts = [Remains(folder).elements() for folder in keyholders]
    return sum(each[US.id, Kind.IMPORT_EVALUATION] for each in counts)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an import ended, after all its kills."""

    held: Held
    elements: int
    """What the keyholders counted for it."""
    said: str


class Imports:
    """Imports of one file, each into a folder of its own whose node runs meanwhile.

    The node is a keyholder too: `keyholders` are the folders of the others.
    """

    def __init__(
        self, folder: Path, template: Path, keyholders: Sequence[Path], rows: Rows
    ) -> None:
        self._folder = folder
        self._template = template
        self._keyholders = keyholders
        self._file = write_file(folder / "file.csv", rows)

    def run(self, name: str, kills: Sequence[Kill], seconds: float = PATIENCE_SECONDS) -> Ending:
        """Import, killed at each of these in turn, then to the end.

        Raises:
            AssertionError: a kill changed what the node held.
        """
        own = copy_node(self._template, self._folder / name)
        before = held(own).records
        keyholders = [own, *self._keyholders]
        counted = elements_counted(keyholders)
        with ExitStack() as stack:
            node = start(self._folder / f"{name}.log", "run", own)
            stack.callback(node.stop)
            # A keyholder that is not reached costs a batch at the others: it would be counted.
            wait_until_linked(own)
            for number, kill in enumerate(kills):
                killed = self._start(own, f"{name}-{number}", kill)
                assert killed.wait(seconds) == -signal.SIGKILL, killed.said()
                assert held(own).records == before, "the old state is answered from"
            last = self._start(own, f"{name}-last", None)
            assert last.wait(seconds) == 0, last.said()
        return Ending(held(own), elements_counted(keyholders) - counted, last.said())

    def _start(self, own: Path, name: str, kill: Kill | None) -> Running:
        log = self._folder / f"{name}.log"
        return start(log, "import", own, self._file, kill=kill)


def rows_of(number: int) -> Rows:
    """Return rows of different children, about 30 strings each."""
    return [_row(place) for place in range(number)]


def _row(place: int) -> dict[str, str]:
    name = "Planted" + "".join(chr(ord("a") + place // 26**power % 26) for power in range(3))
    return row(
        case_reference=f"CASE-{place}",
        surname=f"{name}son",
        forename=name,
        other_surnames=f"{name}ton;{name}ley;{name}ford;{name}wood",
        postcode="SW1A 1AA",
    )


def kills_of(batches: int) -> list[Kill]:
    """Return three kills on the way of so many batches, each after some more of them: once tokens
    are kept, once a batch is about to be sent, and before all is stored."""
    part = max(1, batches // 4)
    return [Kill(KEPT, part, after=True), Kill(ASKED, part + 1, after=True), Kill(STORED, 1, False)]


def main(number: int) -> int:
    """Kill an import of so many rows three times; 0 if it ends as one that is not."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        world = make_world(folder)
        stack.callback(world.stop)
        template = world.make_node(folder / "template", US)
        keyholders = []
        for index in (3, 4):
            keyholders.append(world.make_node(folder / str(index), council(index)))
            stack.callback(start(folder / f"{index}.log", "run", keyholders[-1]).stop)
            wait_until_linked(keyholders[-1])
        imports = Imports(folder, template, keyholders, rows_of(number))
        began = time.monotonic()
        whole = imports.run("whole", [], MOST_SECONDS)
        seconds = time.monotonic() - began
        batches = whole.elements // (THRESHOLD * limits.IMPORT_BATCH)
        killed = imports.run("killed", kills_of(batches), MOST_SECONDS)
    is_same = killed.held == whole.held
    sys.stdout.write(
        f"{number:,} rows, {batches} batches, {seconds:.0f} s without a kill\n"
        f"killed three times: the records are {'the same' if is_same else 'OTHERS'}\n"
        f"elements counted: {whole.elements:,} without a kill, {killed.elements:,} with three\n"
    )
    return 0 if is_same and killed.elements == whole.elements else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
