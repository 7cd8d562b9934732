"""Make every attempt, each in a forked process: `free|confined|landlock FOLDER`."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.confinement.confine import confine
from hub.confinement.landlock import landlock_abi, restrict
from hub.confinement.libc import prctl
from tests.hub.confinement.probes import files, kernel, network, processes, service
from tests.hub.confinement.probes.probe import Place, Prepare

_PR_SET_NO_NEW_PRIVS = 38

_BROKEN = 255
"""The status of a probe that failed by another thing than an error of the kernel's."""


def _restrict_files_alone(readable: list[Path]) -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    restrict(landlock_abi(), readable)


MODES: dict[str, Callable[[list[Path]], object]] = {
    "free": lambda _: None,
    "confined": confine,
    "landlock": _restrict_files_alone,
}


def every_probe() -> Iterator[tuple[str, Prepare]]:
    for probes in (
        files.WRITING, files.READING, files.LOOKING, network.PROBES, processes.PROBES,
        processes.DEADLY, service.PROBES,
    ):  # fmt: skip
        yield from probes.items()
    for name, (prepare, _) in kernel.PROBES.items():
        yield name, prepare


def main(mode: str, folder: Path) -> None:
    for number, (name, prepare) in enumerate(every_probe()):
        place = Place(folder / str(number))
        place.make()
        print(name, _try(mode, prepare, place), sep="\t", flush=True)


def _try(mode: str, prepare: Prepare, place: Place) -> str:
    child = os.fork()
    if child == 0:
        os._exit(_attempt(mode, prepare, place))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    number = os.WEXITSTATUS(status)
    return "done" if number == 0 else errno.errorcode.get(number, "broken")


def _attempt(mode: str, prepare: Prepare, place: Place) -> int:
    """Return 0, the number of the kernel's error, or `_BROKEN`; what broke is printed."""
    try:
        attempt = prepare(place)
        MODES[mode]([place.inside.parent])
    except BaseException:
        traceback.print_exc()
        return _BROKEN
    try:
        attempt()
    except OSError as error:
        return error.errno or _BROKEN
    except BaseException:
        traceback.print_exc()
        return _BROKEN
    return 0


main(sys.argv[1], Path(sys.argv[2]))
