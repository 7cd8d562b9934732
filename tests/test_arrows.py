"""The folders are the architecture: who may import whom (ARCHITECTURE, "Arrows")."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "node", "hub")

FOUNDATION = frozenset(
    {"clock", "database", "errors", "files", "keys", "logging", "running", "settings"}
    | {"store_key", "teams"}
)

NODE: dict[str, frozenset[str]] = {
    # where everything is wired
    "app": frozenset(
        {"answering", "asking", "disclosure", "evaluating", "federation", "folder", "importing"}
        | {"keyholding", "ledger", "mail", "opening", "post", "receiving", "records", "serving"}
    )
    | FOUNDATION,
    "serving": frozenset(
        {
            "accounts",
            "asking",
            "evaluating",
            "federation",
            "opening",
            "post",
            "records",
            "shielding",
        }
        | {"watching", "web"}
    )
    | FOUNDATION,
    "cli": frozenset(
        {"accounts", "app", "asking", "disclosure", "evaluating", "federation", "folder"}
        | {"importing", "ledger", "managing", "opening", "post", "records", "shielding", "watching"}
    )
    | FOUNDATION,
    # people
    "web": frozenset({"accounts", "asking", "managing", "post", "records", "shielding", "watching"})
    | FOUNDATION,
    "shielding": frozenset({"ledger", "records"}) | FOUNDATION,
    "managing": frozenset({"accounts", "post"}) | FOUNDATION,
    "watching": frozenset({"asking", "records"}) | FOUNDATION,
    "accounts": FOUNDATION,
    "opening": frozenset({"federation", "folder", "ledger", "records"}) | FOUNDATION,
    "folder": frozenset({"federation", "keyholding", "ledger", "records"}) | FOUNDATION,
    # we ask, we load
    "asking": frozenset({"evaluating", "federation", "ledger", "records"}) | FOUNDATION,
    "importing": frozenset({"evaluating", "records"}) | FOUNDATION,
    "post": frozenset({"federation", "ledger", "mail", "receiving"}) | FOUNDATION,
    "mail": FOUNDATION,
    # they ask
    "answering": frozenset({"disclosure", "ledger", "receiving", "records"}) | FOUNDATION,
    "keyholding": frozenset({"ledger", "receiving"}) | FOUNDATION,
    "receiving": frozenset({"ledger"}) | FOUNDATION,
    # what the rooms above stand on
    "evaluating": frozenset({"federation"}) | FOUNDATION,
    "records": FOUNDATION,
    "disclosure": frozenset({"errors"}),
    "ledger": FOUNDATION,
    "federation": FOUNDATION,
    # the foundation itself
    "keys": frozenset({"errors", "files", "store_key"}),
    "store_key": frozenset({"errors", "files"}),
    "database": frozenset({"errors"}),
    "settings": frozenset({"colour", "errors", "files"}),
    "files": frozenset({"errors"}),
    "logging": frozenset(),
    "running": frozenset({"errors", "files"}),
    "clock": frozenset(),
    "colour": frozenset(),
    "teams": frozenset(),
    "errors": frozenset(),
}
"""Which rooms of `node` a room may import, itself apart. All may import `protocol`."""

PROTOCOL_NEEDS = frozenset(
    {"anyascii", "base64", "binascii", "collections", "cryptography", "dataclasses", "datetime"}
    | {
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "itertools",
        "nhs_number",
        "nicknames",  # a table in a package, read once
        "pydantic",
        "pysodium",
        "struct",
    }
    | {"re", "tuf", "typing", "unicodedata", "urllib"}
)
"""All that `protocol` imports but for its signers' tool: nothing that reads, sends or waits."""

ONLY_IN: dict[str, tuple[str, ...]] = {
    "fastapi": ("hub", "node.web"),
    "starlette": ("hub", "node.web"),
    "uvicorn": ("hub", "node.web.server"),
    "jinja2": ("node.web.rendering",),
    "argon2": ("node.accounts.passwords",),
    "webauthn": ("node.accounts.passkeys",),
    "httpx": (
        "node.accounts.provider",
        "node.accounts.provider_link",
        "node.federation",
        "node.mail.notify",
    ),
    "smtplib": ("node.mail.smtp",),
    "joserfc": (
        "node.accounts.provider",
        "node.accounts.provider_link",
        "node.accounts.systems",
        "node.mail.notify",
    ),
    "websockets": ("node.federation",),
    "sqlalchemy": (
        "node.accounts",
        "node.asking",
        "node.database",
        "node.ledger",
        "node.post.migrations",
        "node.records",
        "node.watching.migrations",
    ),
    "alembic": (
        "node.accounts.migrations",
        "node.asking.migrations",
        "node.database",
        "node.ledger.migrations",
        "node.post.migrations",
        "node.records.migrations",
        "node.watching.migrations",
    ),
    "numpy": ("node.answering",),
    "pysodium": ("protocol.oprf.group", "protocol.oprf.aead"),
    "tuf": ("protocol.directory.trust", "protocol.signer", "node.federation.directory"),
    "securesystemslib": ("protocol.signer",),
    "typer": ("protocol.signer.cli", "node.cli", "hub.cli"),
    "python_calamine": ("node.records.importing.workbook_reader",),
    "rich": ("node.cli",),
    "pydantic_settings": ("node.settings", "hub.settings"),
}
"""Where a library may be imported: a change of it stays in one place."""


def test_protocol_imports_neither_node_nor_hub() -> None:
    assert _imports_between("protocol", "node") == _imports_between("protocol", "hub") == []


def test_node_and_hub_do_not_import_each_other() -> None:
    assert _imports_between("node", "hub") == _imports_between("hub", "node") == []


def test_nothing_that_runs_imports_its_tests_or_deployment() -> None:
    found = [
        (module, name)
        for module in _modules()
        for name in _imports(module)
        if name.split(".")[0] in {"tests", "deploy"}
    ]
    assert found == []


def test_nothing_imports_the_signers_tool() -> None:
    found = [
        (module, name)
        for module in _modules()
        for name in _imports(module)
        if _is_in(name, "protocol.signer") and not _is_in(module, "protocol.signer")
    ]
    assert found == []


def test_protocol_does_no_input_or_output() -> None:
    found = [
        (module, name)
        for module in _modules("protocol")
        for name in _imports(module)
        if not _is_in(module, "protocol.signer")
        and name.split(".")[0] not in PROTOCOL_NEEDS | {"protocol"}
    ]
    assert found == []


def test_protocol_is_handed_clock_and_randomness() -> None:
    banned = {"now", "utcnow", "today", "urandom", "generate", "print", "input"}
    found = [
        (module, name)
        for module in _modules("protocol")
        for name in _called(module)
        if not _is_in(module, "protocol.signer") and name in banned
    ]
    assert found == []


@pytest.mark.parametrize("room", NODE)
def test_room_of_node_imports_only_what_stands_below(room: str) -> None:
    found = [
        (module, name)
        for module in _modules("node")
        for name in _imports(module)
        if _room(module) == room and _is_in(name, "node") and _room(name) not in NODE[room] | {room}
    ]
    assert found == []


def test_every_room_of_node_is_in_the_table() -> None:
    rooms = {_room(module) for module in _modules("node")} - {""}
    assert rooms == set(NODE)


def test_the_table_is_without_circles() -> None:
    assert len([*TopologicalSorter(NODE).static_order()]) == len(NODE)


@pytest.mark.parametrize("room", ["answering", "keyholding", "post", "asking"])
def test_siblings_do_not_reach_into_each_other(room: str) -> None:
    assert NODE[room].isdisjoint({"answering", "keyholding", "post", "asking"} - {room})


def test_disclosure_decides_over_values_and_touches_no_store() -> None:
    assert NODE["disclosure"].isdisjoint({"records", "ledger", "database", "store_key", "files"})


@pytest.mark.parametrize("library", ONLY_IN)
def test_library_is_imported_in_its_place_alone(library: str) -> None:
    places = {
        module
        for module in _modules()
        for name in _imports(module)
        if _is_in(name, library) and not any(_is_in(module, place) for place in ONLY_IN[library])
    }
    assert places == set()


def test_there_is_no_import_cycle() -> None:
    known = set(_modules())
    graph = {
        module: {name for name in _imported_modules(module, known) if name != module}
        for module in known
    }
    assert len([*TopologicalSorter(graph).static_order()]) == len(known)


def test_nothing_is_imported_by_a_name_made_up_at_run_time() -> None:
    found = [
        module
        for module in _modules()
        if any(_is_in(name, "importlib.import_module") for name in _imports(module))
        or {"import_module", "__import__"} & set(_called(module))
    ]
    assert found == []


def test_imports_are_absolute() -> None:
    found = [
        module
        for module in _modules()
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_every_folder_of_tests_is_a_package() -> None:
    """Otherwise pytest imports `tests/node` as `node`."""
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@cache
def _modules(package: str | None = None) -> tuple[str, ...]:
    """Return the dotted names of all modules of a package, or of all three."""
    return tuple(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name in ([package] if package else PACKAGES)
        for path in sorted((ROOT / name).rglob("*.py"))
    )


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Return all that a module imports, wherever in it: `a.b` and `a.b.name` for `from a.b`."""
    return tuple(_walk_imports(_tree(module)))


def _walk_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _imported_modules(module: str, known: set[str]) -> Iterator[str]:
    for name in _imports(module):
        parent = name.rpartition(".")[0]
        if name in known:
            yield name
        elif parent in known:
            yield parent


def _called(module: str) -> Iterator[str]:
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


def _imports_between(package: str, other: str) -> list[tuple[str, str]]:
    return [
        (module, name)
        for module in _modules(package)
        for name in _imports(module)
        if _is_in(name, other)
    ]


def _is_in(name: str, place: str) -> bool:
    return name == place or name.startswith(f"{place}.")


def _room(name: str) -> str:
    """Return `asking` for `node.asking.asker.Asker`."""
    return name.partition(".")[2].partition(".")[0]
