"""Writing anything, and reading what is not the directory."""

import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp

from tests.hub.confinement.probes.probe import Attempt, Place, Prepare, call


def _opening(flags: int) -> Prepare:
    return lambda place: lambda: os.open(place.inside, flags)


def _opening_path(path: str, flags: int) -> Prepare:
    return lambda _: lambda: os.open(path, flags)


def _on_file(attempt: Callable[[Path], object]) -> Prepare:
    return lambda place: lambda: attempt(place.inside)


def _on_new_name(attempt: Callable[[Path, Path], object]) -> Prepare:
    return lambda place: lambda: attempt(place.inside, place.inside.with_name("new"))


def _on_open_file(attempt: Callable[[int], object]) -> Prepare:
    """Try something on a file that was open for writing all along."""

    def prepare(place: Place) -> Attempt:
        descriptor = os.open(place.inside, os.O_RDWR)
        return lambda: attempt(descriptor)

    return prepare


def _into_open_file(attempt: Callable[[int, int], object]) -> Prepare:
    """Try something from a file open for reading to one open for writing."""

    def prepare(place: Place) -> Attempt:
        source = os.open(place.outside, os.O_RDONLY)
        target = os.open(place.inside, os.O_WRONLY)
        return lambda: attempt(source, target)

    return prepare


def _make_and_remove_in(folder: str) -> Prepare:
    def attempt() -> None:
        descriptor, name = mkstemp(dir=folder)
        os.close(descriptor)
        Path(name).unlink()

    return lambda _: attempt


def _open_by_openat2(place: Place) -> Attempt:
    how = bytes(24)  # to read, without any flag
    return lambda: call("openat2", -100, os.fsencode(place.inside), how, len(how))


def _remove_folder(place: Place) -> Attempt:
    folder = place.inside.with_name("empty")
    folder.mkdir()
    return folder.rmdir


def _map(descriptor: int) -> None:
    """Map a file so that it changes with memory; Python would double the descriptor first."""
    call("mmap", 0, mmap.PAGESIZE, mmap.PROT_WRITE, mmap.MAP_SHARED, descriptor, 0)


def _put_where_standard_output_was(descriptor: int) -> None:
    os.close(1)
    os.dup(descriptor)


def _splice(place: Place) -> Attempt:
    target = os.open(place.inside, os.O_WRONLY)
    reader, writer = os.pipe()
    os.write(writer, b"x")
    return lambda: os.splice(reader, target, 1)


def _receive_open_file(place: Place) -> Attempt:
    ours, theirs = socket.socketpair()
    with place.inside.open("r+b") as file:
        socket.send_fds(theirs, [b"x"], [file.fileno()])
    return lambda: socket.recv_fds(ours, 1, 1)


def _read_through_link(place: Place) -> Attempt:
    link = place.inside.with_name("link")
    link.symlink_to(place.outside)
    return link.read_bytes


WRITING: dict[str, Prepare] = {
    "open a file to write": _opening(os.O_WRONLY),
    "open a file to read and write": _opening(os.O_RDWR),
    "open a file to append": _opening(os.O_WRONLY | os.O_APPEND),
    "open a file and shorten it": _opening(os.O_RDONLY | os.O_TRUNC),
    "open a file without a name": lambda place: (
        lambda: os.open(place.inside.parent, os.O_TMPFILE | os.O_RDWR)
    ),
    "open a file by openat2": _open_by_openat2,
    "open a device to write": _opening_path("/dev/null", os.O_RDWR),
    "make a file": _on_new_name(lambda _, new: new.write_bytes(b"x")),
    "make an empty file": _on_new_name(lambda _, new: os.open(new, os.O_CREAT)),
    "make a file in /dev/shm": _make_and_remove_in("/dev/shm"),  # noqa: S108
    "make a file in /tmp": _make_and_remove_in("/tmp"),  # noqa: S108
    "make a folder": _on_new_name(lambda _, new: new.mkdir()),
    "make a named pipe": _on_new_name(lambda _, new: os.mkfifo(new)),
    "make a symbolic link": _on_new_name(lambda file, new: new.symlink_to(file)),
    "link a file": _on_new_name(os.link),
    "rename a file": _on_new_name(os.rename),
    "remove a file": _on_file(os.unlink),
    "remove a folder": _remove_folder,
    "shorten a file": _on_file(lambda file: os.truncate(file, 1)),
    "change a file's mode": _on_file(lambda file: file.chmod(0o600)),
    "change a file's owner": _on_file(lambda file: os.chown(file, -1, -1)),
    "change a file's times": _on_file(os.utime),
    "write to an open file": _on_open_file(lambda file: os.write(file, b"x")),
    "write pieces to an open file": _on_open_file(lambda file: os.writev(file, [b"x"])),
    "write at a place in an open file": _on_open_file(lambda file: os.pwrite(file, b"x", 0)),
    "write pieces at a place in an open file": _on_open_file(
        lambda file: os.pwritev(file, [b"x"], 0)
    ),
    "write to an open file by memory": _on_open_file(_map),
    "shorten an open file": _on_open_file(lambda file: os.ftruncate(file, 1)),
    "lengthen an open file": _on_open_file(lambda file: os.posix_fallocate(file, 0, 99)),
    "change an open file's mode": _on_open_file(lambda file: os.fchmod(file, 0o600)),
    "double an open file": _on_open_file(os.dup),
    "make an open file standard output": _on_open_file(lambda file: os.dup2(file, 1)),
    "put an open file where standard output was": _on_open_file(_put_where_standard_output_was),
    "send a file into an open one": _into_open_file(
        lambda source, target: os.sendfile(target, source, 0, 1)
    ),
    "copy a file into an open one": _into_open_file(
        lambda source, target: os.copy_file_range(source, target, 1, 0)
    ),
    "splice into an open file": _splice,
    "receive an open file": _receive_open_file,
}

READING: dict[str, Prepare] = {
    "read the users of this machine": _opening_path("/etc/passwd", os.O_RDONLY),
    "read its own memory as a file": _opening_path("/proc/self/mem", os.O_RDONLY),
    "read its environment as a file": _opening_path("/proc/self/environ", os.O_RDONLY),
    "read a file beside the directory": lambda place: place.outside.read_bytes,
    "read a file by going up": lambda place: (
        (place.inside.parent / ".." / "outside" / place.outside.name).read_bytes
    ),
    "read a file through a link": _read_through_link,
}
"""What Landlock alone refuses: that something is opened for reading is all that a filter sees."""

LOOKING: dict[str, Prepare] = {
    "list the directory": _on_file(lambda file: os.listdir(file.parent)),
    "list all there is": lambda _: lambda: os.listdir("/"),
    "go to another folder": lambda place: lambda: os.chdir(place.folder),
}
