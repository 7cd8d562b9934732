"""`make mutations`: every protection broken in turn; status 0 if each is seen by its tests."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.mutation import Mutation
from tests.mutations.run import copy_project, survivors


def main(wanted: list[str]) -> int:
    """Run all mutations, or those whose name contains one of the words: one a core at once."""
    chosen = [
        mutation
        for mutation in MUTATIONS
        if not wanted or any(word in mutation.name for word in wanted)
    ]
    unseen = 0
    with TemporaryDirectory() as folder:
        for mutation, green in _all_survivors(chosen, Path(folder)):
            unseen += bool(green)
            word = f"UNSEEN by {', '.join(green)}:" if green else "red"
            print(f"{word} {mutation.name}", flush=True)
    print(f"{unseen} broken protections were not seen." if unseen else "Every one was seen.")
    return 1 if unseen else 0


def _all_survivors(
    mutations: Sequence[Mutation], folder: Path
) -> Iterator[tuple[Mutation, list[str]]]:
    """Give each mutation's survivors in turn; each core has a copy of its own to break."""
    cores = os.cpu_count() or 1
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(cores):
        copies.put(copy_project(folder / f"copy-{number}"))

    def run(mutation: Mutation) -> list[str]:
        copy = copies.get()
        try:
            return survivors(mutation, copy)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(cores) as workers:
        yield from zip(mutations, workers.map(run, mutations), strict=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
