"""Files of a node's folder that are replaced whole and synced, or erased."""

import os
from pathlib import Path


def erase_file(path: Path) -> None:
    """Overwrite and remove a file and a draft of it that a crash left.

    On a copy-on-write disk the bytes may remain.
    """
    for each in (path, path.with_name(path.name + ".new")):
        if each.exists():
            with each.open("r+b") as file:
                file.write(os.urandom(each.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            each.unlink()


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file's content, readable by its owner alone, on the disk when this returns."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
