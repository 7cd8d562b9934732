"""A process that performs tasks until nobody has any: `python -m node.evaluating.work_process`.

Its standard input is a socket of the import that started it: tasks come over it, what they make
goes back. On its command line and in its environment is nothing, and it writes to no disk. When
the import ends, however it does, the socket is closed, and this process ends.
"""

import os
import resource
import sys
from multiprocessing.connection import Connection


def main() -> int:
    """Perform tasks; return the status."""
    # A core dump would write what is evaluated to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(os.dup(sys.stdin.fileno())) as asker:
        while True:
            try:
                task = asker.recv()
            except (EOFError, OSError):
                return 0
            asker.send(task.perform())


if __name__ == "__main__":
    sys.exit(main())
