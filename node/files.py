"""Files of a node's folder that are made or replaced whole and synced, or erased."""

import os
import tempfile
from pathlib import Path


def erase_file(path: Path) -> None:
    """Overwrite and remove a file and a draft of it that a crash left.

    It goes under the draft's name first: a crash leaves no half-overwritten file under its own.
    On a copy-on-write disk the bytes may remain.
    """
    draft = _draft(path)
    _overwrite(draft)
    if path.exists():
        os.replace(path, draft)
        sync_folder(path.parent)
        _overwrite(draft)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file's content, readable by its owner alone, on the disk when this returns."""
    draft = _draft(path)
    _fill(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), content)
    os.replace(draft, path)
    sync_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Make a file, readable by its owner alone, on the disk when this returns.

    Raises:
        FileExistsError: there is one by that name already; it stays as it is.
    """
    # Under a name of its own: of two at once, neither can be given the other's draft.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        _fill(descriptor, content)
        os.link(draft, path)
    finally:
        os.unlink(draft)
    sync_folder(path.parent)


def sync_tree(folder: Path) -> None:
    """Put a folder and all that is in it on the disk."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Put what a folder holds, by name, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _draft(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _overwrite(path: Path) -> None:
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
