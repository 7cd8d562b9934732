"""Parts of the kernel that a hub has nothing to do with, asked for what cannot be.

Free, each fails in its own way, named here; confined, none gets that far.
"""

import os

from tests.hub.confinement.probes.probe import Prepare, call

_NOWHERE = b"/nowhere/at/all"

PROBES: dict[str, tuple[Prepare, str]] = {
    "set up io_uring": (lambda _: lambda: call("io_uring_setup", 1, 0), "EFAULT"),
    "clone by clone3": (lambda _: lambda: call("clone3", 0, 0), "EINVAL"),
    "take secret memory": (lambda _: lambda: call("memfd_secret", -1), "EINVAL"),
    "load a program into the kernel": (lambda _: lambda: call("bpf", 9999, 0, 0), "EINVAL"),
    "count events": (lambda _: lambda: call("perf_event_open", 0, 0, -1, -1, 0), "EFAULT"),
    "handle page faults": (lambda _: lambda: call("userfaultfd", -1), "EINVAL"),
    "use a keyring": (lambda _: lambda: call("keyctl", 9999), "ENOTSUP"),
    "mount": (lambda _: lambda: call("mount", 0, _NOWHERE, 0, 0, 0), "ENOENT"),
    "unmount": (lambda _: lambda: call("umount2", _NOWHERE, 0), "ENOENT"),
    "change the root": (lambda _: lambda: os.chroot(_NOWHERE), "ENOENT"),
    "enter a namespace": (lambda _: lambda: call("setns", -1, 0), "EBADF"),
    "leave a namespace": (lambda _: lambda: call("unshare", 1), "EINVAL"),
    "watch files": (lambda _: lambda: call("inotify_add_watch", -1, _NOWHERE, 1), "EBADF"),
    "control a terminal": (lambda _: lambda: call("ioctl", 1, 0x5412, 0), "ENOTTY"),
    "control a descriptor": (lambda _: lambda: call("fcntl", -1, 1), "EBADF"),
}
"""Attempts, and how each ends in a free process of root."""

PRIVILEGED = frozenset(
    {"load a program into the kernel", "count events", "handle page faults", "mount", "unmount"}
    | {"change the root", "set up io_uring", "take secret memory"}
)
"""What may be refused to a free process too: by its rights, or by how the kernel is set up."""
