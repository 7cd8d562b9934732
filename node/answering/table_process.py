"""The process that builds one table and ends: `python -m node.answering.table_process`.

Its standard input is a socket of the node that started it: the task comes over it, the store key
with it, and the columns go back. On its command line and in its environment is nothing, and it
writes to no disk. When the node ends, however it does, the socket is closed, and this process ends.
"""

import os
import resource
import socket
import sys
import threading

from node.answering.handing import TASK_BYTES, Task, encode_built
from node.answering.table import build_columns
from node.errors import StoreError
from node.records.reading import open_snapshot
from protocol.errors import ProtocolError

UNREADABLE = 3
"""Status where the records do not open, or are not of their form."""

NO_STATE = 4
"""Status where there is no complete index: see `RecordStore.index_state`."""


def main() -> int:
    """Build what the task says; return the status."""
    # A core dump would write the key and tokens to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    node = socket.socket(fileno=sys.stdin.fileno())
    content = node.recv(TASK_BYTES)
    if not content:
        return 0
    threading.Thread(target=_end_with, args=[node], daemon=True).start()
    try:
        return _build(Task.decode(content), node)
    except (StoreError, ProtocolError):
        return UNREADABLE


def _build(task: Task, node: socket.socket) -> int:
    with open_snapshot(task.records, task.key) as snapshot:
        if snapshot.state is None:
            return NO_STATE
        columns = build_columns(snapshot.tokens(task.today), task.epoch, task.member)
        socket.send_fds(node, [encode_built(snapshot.state)], columns)
    return 0


def _end_with(node: socket.socket) -> None:
    """End this process at once, whatever it does, when the node is there no more."""
    node.recv(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
