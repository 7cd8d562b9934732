"""The process that builds tables, one after another: `python -m node.answering.table_process`.

Its standard input is a socket of the node that started it: tasks come over it, the store key
with them, and the columns go back. On its command line and in its environment is nothing, and it
writes to no disk. When the node ends, however it does, the socket is closed, and this process ends.
"""

import os
import resource
import socket
import sys
import threading
from queue import SimpleQueue

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
    """Build what each task says; return the status of the first that gives no table."""
    # A core dump would write the key and tokens to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    node = socket.socket(fileno=sys.stdin.fileno())
    tasks: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=[node, tasks], daemon=True).start()
    status = 0
    while not status:
        try:
            status = _build(Task.decode(tasks.get()), node)
        except (StoreError, ProtocolError):
            status = UNREADABLE
    return status


def _build(task: Task, node: socket.socket) -> int:
    with open_snapshot(task.records, task.key) as snapshot:
        if snapshot.state is None:
            return NO_STATE
        columns = build_columns(snapshot.tokens(task.today), task.epoch, task.member)
        socket.send_fds(node, [encode_built(snapshot.state)], columns)
    return 0


def _receive(node: socket.socket, tasks: SimpleQueue[bytes]) -> None:
    """Take tasks; end this process at once, whatever it does, when the node is there no more."""
    try:
        while content := node.recv(TASK_BYTES):
            tasks.put(content)
    finally:
        # A node that has died with a table unread resets the socket: that is an error here.
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
