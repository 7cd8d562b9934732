"""All that a federation of processes has put anywhere: files, open ones without a name, words."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from tests.properties.observed import ObservedFederation
from tests.properties.searching import found_in, found_in_files

STARTED = {"hub": b"listens on", "node": b"event='linked'"}
"""What stands in the log of every process that has come up."""


def found_in_remains(
    federation: ObservedFederation, needles: Iterable[bytes]
) -> dict[str, set[bytes]]:
    """Return the needles in what the processes have left or hold open, by where they stand."""
    needles = list(needles)
    found = found_in_files(federation.folder, needles) | found_in_files(federation.keys, needles)
    for name, pid in federation.every_pid().items():
        if hits := found_in_unnamed_files(pid, needles):
            found[f"{name}: a file that has no name any more"] = hits
    if hits := found_in("\n".join(federation.said).encode(), needles):
        found["what commands said"] = hits
    return found


def found_in_unnamed_files(pid: int, needles: Iterable[bytes]) -> set[bytes]:
    """Return the needles in files that a process holds open and that were removed, or never named.

    Raises:
        PermissionError: not allowed here.
    """
    needles = list(needles)
    found: set[bytes] = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            is_file = stat.S_ISREG(descriptor.stat().st_mode)
            if is_file and os.readlink(descriptor).endswith(" (deleted)"):
                found |= found_in(descriptor.read_bytes(), needles)
        except FileNotFoundError:
            continue  # closed meanwhile
    return found


def logs_without_a_start(federation: ObservedFederation) -> list[str]:
    """Return the names of the processes whose log does not say that they came up."""
    logs = dict.fromkeys(federation.hub_urls, STARTED["hub"])
    logs |= {plan.id: STARTED["node"] for plan in federation.plans}
    return [
        name
        for name, line in logs.items()
        if line not in (federation.folder / f"{name}.log").read_bytes()
    ]
