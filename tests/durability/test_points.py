"""The seeds, and that no place where a node commits is missing from the list."""

import ast
from collections.abc import Iterator
from pathlib import Path

import node
from tests.durability.points import POINTS, SEEDS, plan_of

NODE = Path(node.__file__).parent

PLACES = {
    "answering/table.py _shared": "memory without a name on any disk",
    "cli/making.py make_node": "write_text write_bytes; before the folder counts",
    "database.py _migrate": "commit of ... by _migrate",
    "evaluating/evidence.py keep": "... for evidence",
    "federation/directory.py __init__": "symlink by DirectoryKeeper.__init__",
    "federation/directory.py _point_to": "rename, symlink, replace, fsync",
    "federation/directory.py _sweep": "rmtree",
    "files.py _overwrite": "fsync, unlink to erase ...",
    "files.py erase_file": "replace to erase ...",
    "files.py replace_file": "fsync, replace for ...",
    "files.py sync_folder": "fsync folder ...",
    "files.py sync_tree": "fsync by DirectoryKeeper._point_to",
    "keyholding/ceremony.py _advance": "unlink by Ceremony._advance",
    "keyholding/ceremony.py _write_certificate": "... for ceremony-certificate",
    "keyholding/ceremony_file.py erase": "... to erase ceremony...",
    "keyholding/ceremony_file.py store_received": "... for ceremony-received.sealed",
    "keyholding/ceremony_file.py store_secrets": "... for ceremony.sealed",
    "keyholding/share.py erase": "... to erase share.sealed",
    "keyholding/share.py store": "... for share.sealed",
    "keys.py make_keys": "... for keys.sealed",
    "ledger/ledger.py close_post": "commit",
    "ledger/ledger.py complete": "commit",
    "ledger/ledger.py forget": "commit",
    "ledger/ledger.py record": "commit",
    "ledger/ledger.py record_asked": "commit",
    "ledger/ledger.py reserve": "commit",
    "records/store.py replace_source": "commit",
    "running.py hold": "unlink by RunningFile.hold",
    "running.py write": "... for running.json",
    "settings.py write_settings": "write_text; the last of a folder that is made",
    "store_key.py make_store_key": "before the folder counts",
}
"""Every function of a node that writes, and the points of `POINTS` that it passes."""

WRITES = frozenset(
    {"writing", "fsync", "rename", "unlink", "rmtree", "symlink_to", "hardlink_to", "rmdir"}
    | {"replace_file", "erase_file", "write_text", "write_bytes", "truncate", "fdopen"}
)


def test_each_point_has_a_seed_before_and_one_after() -> None:
    kills = [plan.kill for plan in map(plan_of, SEEDS) if plan.kill is not None]
    assert {(kill.point, kill.after) for kill in kills} == {
        (point, after) for point in POINTS for after in (False, True)
    }
    assert len(SEEDS) >= 100


def test_every_place_that_writes_is_on_the_list() -> None:
    """Whoever adds one adds its points too, and with them the seeds that kill it there."""
    assert set(_places()) == set(PLACES)


def _places() -> Iterator[str]:
    for path in NODE.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, _FUNCTION) and any(map(_is_write, ast.walk(function))):
                yield f"{path.relative_to(NODE)} {function.name}"


_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def _is_write(call: ast.AST) -> bool:
    if not isinstance(call, ast.Call):
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id in WRITES
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in WRITES:
        return True
    of = ast.unparse(call.func.value)
    return (of, call.func.attr) in {("os", "replace"), ("self._database", "write")}
