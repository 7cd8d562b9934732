"""The seeds, and that no place where a node commits is missing from the list."""

import ast
import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path

import node
from tests.durability.points import DRAWN, POINTS, SEEDS, plan_of

NODE = Path(node.__file__).parent

PLACES: dict[str, tuple[str, ...]] = {
    "accounts/store.py _count_failure": ("commit by AccountStore._count_failure",),
    "accounts/store.py add": ("commit by AccountStore.add",),
    "accounts/passkeys.py add": ("commit by Passkeys.add",),
    "accounts/passkeys.py remove": ("commit by Passkeys.remove",),
    "accounts/passkeys.py sign_in": ("commit by Passkeys.sign_in",),
    "accounts/store.py begin_session": ("commit by AccountStore.begin_session",),
    "accounts/store.py change": ("commit by AccountStore.change",),
    "accounts/store.py complete": ("commit by AccountStore.complete",),
    "accounts/store.py let_in": ("commit by AccountStore.let_in",),
    "accounts/store.py declare": ("commit by AccountStore.declare",),
    "accounts/store.py forget_old": ("commit by AccountStore.forget_old",),
    "accounts/store.py remove": ("commit by AccountStore.remove",),
    "accounts/store.py session": ("commit by AccountStore.session",),
    "accounts/store.py sign_in": ("commit by AccountStore.sign_in",),
    "accounts/store.py sign_out": ("commit by AccountStore.sign_out",),
    "accounts/store.py sign_out_elsewhere": ("commit by AccountStore.sign_out_elsewhere",),
    "accounts/systems.py add": ("commit by Systems.add",),
    "accounts/systems.py remove": ("commit by Systems.remove",),
    "accounts/systems.py _use": ("commit by Systems._use",),
    "accounts/systems.py forget_old": ("commit by Systems.forget_old",),
    "asking/keeping.py forget_old": ("commit by KeptLookups.forget_old",),
    "asking/keeping.py keep": ("commit by KeptLookups.keep",),
    "asking/keeping.py remove": ("commit by KeptLookups.remove",),
    "asking/reviews.py forget_old": ("commit by Reviews.forget_old",),
    "asking/reviews.py keep": ("commit by Reviews.keep",),
    "cli/accounts.py remove": ("commit by AccountStore.remove",),
    "cli/access.py remove_account": ("commit by AccountStore.remove",),
    "cli/access.py remove_system": ("commit by Systems.remove",),
    "cli/lookups.py show_lookups": ("commit by KeptLookups.remove",),
    "cli/systems.py remove": ("commit by Systems.remove",),
    "cli/making.py make_node": ("* for root.json", "* for policy.toml", "* for registration.json"),
    "database.py _migrate": ("commit of * by _migrate",),
    "evaluating/evidence.py keep": ("* for evidence",),
    "federation/directory.py __init__": ("symlink by DirectoryKeeper.__init__",),
    "federation/directory.py _draft": ("draft of the directory",),
    "federation/directory.py _locked": (),
    "federation/directory.py _point_to": ("* by DirectoryKeeper._point_to",),
    "federation/directory.py _refresh_from": ("draft of the directory",),
    "federation/directory.py _sweep": ("rmtree by DirectoryKeeper._sweep",),
    "files.py _overwrite": ("fsync to erase *", "unlink to erase *"),
    "files.py _fill": ("fsync for *",),
    "files.py create_file": ("link for *", "unlink for *"),
    "files.py erase_file": ("replace to erase *",),
    "files.py replace_file": ("replace for *",),
    "files.py sync_folder": ("fsync folder *",),
    "files.py sync_tree": ("fsync by DirectoryKeeper._point_to",),
    "keyholding/ceremony.py _advance": ("unlink by Ceremony._advance",),
    "keyholding/ceremony.py _write_certificate": ("* for ceremony-certificate",),
    "keyholding/ceremony_file.py erase": ("* to erase ceremony*.sealed",),
    "keyholding/ceremony_file.py store_received": ("* for ceremony-received.sealed",),
    "keyholding/ceremony_file.py store_secrets": ("* for ceremony.sealed",),
    "keyholding/share.py erase": ("* to erase share.sealed",),
    "keyholding/share.py store": ("* for share.sealed",),
    "keys.py make_keys": ("* for keys.sealed",),
    "ledger/ledger.py close_post": ("commit by Ledger.close_post",),
    "ledger/ledger.py complete": ("commit by Ledger.complete",),
    "ledger/ledger.py forget": ("commit by Ledger.forget",),
    "ledger/ledger.py record": ("commit by Ledger.record",),
    "ledger/ledger.py record_asked": ("commit by Ledger.record_asked",),
    "ledger/ledger.py reserve": ("commit by Ledger.reserve",),
    "post/callback_store.py changing": ("commit by CallBacks.*",),
    "post/callback_store.py forget": ("commit by CallBackStore.forget",),
    "post/callback_store.py keep": ("commit by CallBacks.*", "commit by LedgerLook.look"),
    "post/looking.py look": ("commit by LedgerLook.look",),
    "post/notices.py _keep": ("commit by LedgerLook.look",),
    "post/notices.py forget_old": ("commit by Notices.forget_old",),
    "post/notices.py saw": ("commit by Notices.saw",),
    "post/notices.py saw_of_teams": ("commit by Notices.saw_of_teams",),
    "post/outbox.py put": tuple(
        f"commit by CallBacks.{name}" for name in ("add_tags", "ask", "do", "give")
    ),
    "post/outbox.py receipted": ("commit by StoredOutbox.receipted",),
    "records/quality.py save_quality": ("* for quality",),
    "records/store.py forget_expired": ("commit by RecordStore.forget_expired",),
    "records/applications.py add": ("commit by Applications.add",),
    "records/applications.py change": ("commit by Applications.change",),
    "records/applications.py forget_old": ("commit by Applications.forget_old",),
    "records/shields.py begin": ("commit by Shields.begin",),
    "records/shields.py review": ("commit by Shields.review",),
    "records/shields.py add_namesake": ("commit by Shields.add_namesake",),
    "records/shields.py end": ("commit by Shields.end",),
    "records/store.py replace_source": ("commit by RecordStore.replace_source",),
    "records/unfinished.py ask": ("commit by UnfinishedImport.ask",),
    "records/unfinished.py begin": ("commit by UnfinishedImports.begin",),
    "records/unfinished.py forget_old": ("commit by UnfinishedImports.forget_old",),
    "records/evaluated.py keeping": ("commit by EvaluatedStrings.keeping",),
    "asking/detail_socket.py _listening": ("unlink by _listening",),
    "running.py hold": ("unlink by RunningFile.hold",),
    "running.py write": ("* for running.json",),
    "settings.py write_settings": ("* for node.toml",),
    "store_key.py make_store_key": ("* for store-key",),
    "watching/store.py add": ("commit by Watches.begin",),
    "watching/store.py changing": ("commit by Watches.begin", "commit by Watches.give"),
    "watching/store.py give": ("commit by Watches.give",),
    "watching/watches.py give": ("commit by Watches.give",),
    "watching/store.py forget": ("commit by WatchStore.remove",),
    "watching/watches.py begin": ("commit by Watches.begin",),
    "watching/store.py change": ("commit by WatchStore.change",),
    "watching/store.py remove": ("commit by WatchStore.remove",),
    "watching/watches.py stop": ("commit by WatchStore.remove",),
}
"""Every function of a node that writes to a disk, and the points of `POINTS` that it passes.

An empty file that is only locked has no content to lose.
"""

IN_MEMORY = {"answering/columns.py _memory_file"}
"""What writes to memory without a name on any disk."""

ON_REQUEST = {
    "records/importing/column_map.py write_map",
    "records/importing/report_file.py write_report",
}
"""Files that a steward asks for, replaced whole: nothing that was promised hangs on them."""

WRITES = frozenset(
    {
        "writing",
        "transaction",
        "fsync",
        "rename",
        "unlink",
        "remove",
        "rmtree",
        "rmdir",
        "copytree",
        "copyfile",
    }
    | {"symlink", "symlink_to", "link", "hardlink_to", "truncate", "fdopen", "mkstemp"}
    | {
        "TemporaryDirectory",
        "create_file",
        "replace_file",
        "erase_file",
        "write_text",
        "write_bytes",
    }
)


def test_each_point_has_a_seed_before_and_one_after() -> None:
    kills = [plan.kill for plan in map(plan_of, SEEDS) if plan.kill is not None]
    assert {(kill.point, kill.after) for kill in kills} == {
        (name, after)
        for name, point in POINTS.items()
        for after in (False, True)
        if after or not point.follows
    }


def test_the_suite_kills_at_every_point_a_hundred_times() -> None:
    kills = [plan.kill for plan in map(plan_of, DRAWN) if plan.kill is not None]
    assert {kill.point for kill in kills} == POINTS.keys()
    assert {kill.after for kill in kills} == {False, True}
    assert len(DRAWN) >= 100


def test_every_place_that_writes_is_on_the_list() -> None:
    """Whoever adds one adds its points too, and with them the seeds that kill it there."""
    assert set(_places()) == set(PLACES) | IN_MEMORY | ON_REQUEST


def test_every_point_is_of_a_place_and_every_place_has_points() -> None:
    patterns = {pattern for points in PLACES.values() for pattern in points}
    assert {pattern for pattern in patterns if not fnmatch.filter(POINTS, pattern)} == set()
    assert {point for pattern in patterns for point in fnmatch.filter(POINTS, pattern)} == set(
        POINTS
    )


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
    of, name = ast.unparse(call.func.value), call.func.attr
    return (
        name in WRITES
        or (of, name) in {("os", "replace"), ("self._database", "write")}
        # A path's takes one argument, a string's two.
        or (name == "replace" and len(call.args) == 1)
        or (name == "open" and _is_to_write(call))
    )


def _is_to_write(call: ast.Call) -> bool:
    """Whether a file is opened to be written, by its mode or its flags."""
    said = [ast.unparse(each) for each in call.args]
    said += [ast.unparse(word.value) for word in call.keywords if word.arg in {"mode", "flags"}]
    return any(re.fullmatch(r"'\w*[wax+]\w*\+?'|.*O_(WRONLY|RDWR|CREAT).*", each) for each in said)
