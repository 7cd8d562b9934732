"""CPU time and memory, of this process and of others. Wall time says little on a shared machine."""

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from statistics import median

MEBIBYTE = 1024 * 1024
_CPU_CLOCK_OF_PROCESS = 2


def cpu_of_call(work: Callable[[], object], calls: int = 200, repeats: int = 7) -> float:
    """Return the CPU seconds of one of many calls in a row: the median over several runs."""

    def run() -> None:
        for _ in range(calls):
            work()

    run()
    return median(cpu_of(run) / calls for _ in range(repeats))


def cpu_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds of one piece of work, and of its reference at the same time."""

    work: float
    reference: float

    @property
    def ratio(self) -> float:
        return self.work / self.reference


def by_turns(
    work: Callable[[], float], reference: Callable[[], float], calls: int, repeats: int
) -> list[Pair]:
    """Run both by turns, one call each, so that what else the machine does falls on both.

    Each call returns its CPU seconds. The first repeat warms up and does not count.
    """
    pairs = []
    for _ in range(repeats + 1):
        with no_collection():
            turns = [(reference(), work()) for _ in range(calls)]
        pairs.append(
            Pair(sum(turn[1] for turn in turns) / calls, sum(turn[0] for turn in turns) / calls)
        )
    return pairs[1:]


def spread(pairs: Sequence[Pair]) -> str:
    """Return the lowest and the highest ratio, to be printed."""
    ratios = sorted(pair.ratio for pair in pairs)
    return f"{ratios[0]:.2f} to {ratios[-1]:.2f}"


def middle(pairs: Sequence[Pair]) -> Pair:
    """Return the pair with the median ratio."""
    return sorted(pairs, key=attrgetter("ratio"))[len(pairs) // 2]


@contextmanager
def no_collection() -> Iterator[None]:
    """Collect garbage before the block, not in it: what earlier work left is not this work's."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def cpu_of_process(pid: int) -> float:
    """Return the CPU seconds that another process has used, in user code and the kernel.

    By the process's own clock, as clock_getcpuclockid(3) names it.
    """
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has begun and that have not ended."""
    children: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        # One may end while it is looked at; the children of a process are those of all threads.
        with suppress(FileNotFoundError, ProcessLookupError):
            children += map(int, (thread / "children").read_text().split())
    return children


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")
