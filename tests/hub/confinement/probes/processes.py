"""Starting, steering or reading processes, and making code."""

import ctypes
import mmap
import os
import platform
import resource
import signal

from tests.hub.confinement.probes.probe import CONTENT, Attempt, Place, Prepare, call

_TRACE_ME = 0
_ATTACH = 16
_SEIZE = 0x4206
_PAGE = mmap.PAGESIZE
_LEGACY_CALL = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
"""`getpid` by the calls of 32-bit x86: mov eax, 20; int 0x80; ret."""


# None of them waits for its child: that it may not, either.


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _spawn() -> None:
    os.posix_spawn("/bin/true", ["true"], {})


def _fork_by_clone() -> None:
    if call("syscall", _clone(), signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


def _wait(_: Place) -> Attempt:
    if os.fork() == 0:
        os._exit(0)
    return os.wait


def _clone() -> int:
    return {"x86_64": 56, "aarch64": 220}[platform.machine()]


def _read_memory(_: Place) -> Attempt:
    source = ctypes.create_string_buffer(CONTENT)
    target = ctypes.create_string_buffer(len(CONTENT))
    pieces = [
        (ctypes.c_size_t * 2)(ctypes.addressof(buffer), len(CONTENT)) for buffer in (target, source)
    ]
    return lambda: call("process_vm_readv", os.getpid(), pieces[0], 1, pieces[1], 1, 0)


def _tracing(request: int) -> Prepare:
    """Trace a child, begun beforehand: of no other process does every kernel let a free one."""

    def prepare(_: Place) -> Attempt:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)  # until this process has ended
            os._exit(0)

        def run() -> None:
            call("ptrace", request, child, 0, 0)
            os.kill(child, signal.SIGKILL)  # it may have stopped

        return run

    return prepare


def _signal_parent(_: Place) -> Attempt:
    parent = os.getppid()
    return lambda: os.kill(parent, 0)


def _signal_parents_thread(_: Place) -> Attempt:
    parent = os.getppid()
    return lambda: call("tgkill", parent, parent, 0)


def _signal_by_descriptor(_: Place) -> Attempt:
    parent = os.pidfd_open(os.getppid())
    return lambda: call("pidfd_send_signal", parent, 0, 0, 0)


def _set_parents_limit(_: Place) -> Attempt:
    parent = os.getppid()
    limits = resource.prlimit(parent, resource.RLIMIT_CORE)
    return lambda: resource.prlimit(parent, resource.RLIMIT_CORE, limits)


def _map_code() -> None:
    mmap.mmap(-1, _PAGE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC).close()


def _make_code_of_memory(_: Place) -> Attempt:
    memory = mmap.mmap(-1, _PAGE, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    start = ctypes.c_char.from_buffer(memory)
    return lambda: call("mprotect", ctypes.addressof(start), _PAGE, mmap.PROT_READ | mmap.PROT_EXEC)


def _call_as_32_bits(_: Place) -> Attempt:
    memory = mmap.mmap(-1, _PAGE, mmap.MAP_PRIVATE, mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(_LEGACY_CALL)
    start = ctypes.c_char.from_buffer(memory)

    def run() -> None:
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(start))()

    return run


def _set_own_limits(_: Place) -> Attempt:
    nothing = bytes(16)
    return lambda: call("prlimit", 0, resource.RLIMIT_CORE, nothing, 0)


def _change_group(_: Place) -> Attempt:
    group = os.getgid()
    return lambda: os.setgid(group)


PROBES: dict[str, Prepare] = {
    "fork": lambda _: _fork,
    "fork by clone": lambda _: _fork_by_clone,
    "run a program": lambda _: lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "spawn a program": lambda _: _spawn,
    "wait for a child": _wait,
    "be traced": lambda _: lambda: call("ptrace", _TRACE_ME, 0, 0, 0),
    "attach to a process": _tracing(_ATTACH),
    "seize a process": _tracing(_SEIZE),
    "read a process's memory": _read_memory,
    "signal its parent": _signal_parent,
    "signal its parent's thread": _signal_parents_thread,
    "signal its parent by a descriptor": _signal_by_descriptor,
    "set its parent's limits": _set_parents_limit,
    "set its own limits": _set_own_limits,
    "map memory as code": lambda _: _map_code,
    "make memory code": _make_code_of_memory,
    "take a file of memory": lambda _: lambda: os.memfd_create("code"),
    "become dumpable": lambda _: lambda: call("prctl", 4, 1, 0, 0, 0),
    "change what memory may run": lambda _: lambda: call("personality", 0x0400000),
    "change its group": _change_group,
    "change its priority": lambda _: lambda: os.setpriority(os.PRIO_PROCESS, 0, 19),
}

DEADLY: dict[str, Prepare] = {
    "make a call of the second table": lambda _: lambda: call("syscall", 0x40000000 | 39),
    "make a call as 32 bits": _call_as_32_bits,
}
"""On x86_64: calls by which another filter would be passed. They end the process."""
