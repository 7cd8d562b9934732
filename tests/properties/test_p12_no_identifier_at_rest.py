"""P12: no direct identifier at rest; a stolen disk without its key says nothing of anyone."""

import hashlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.federation import MEMORY
from node.errors import StoreError
from node.records.store import RecordStore
from node.store_key import StoreKey, load_store_key
from protocol.identifiers import Epoch, epoch_at
from protocol.matching.keys import record_keys
from protocol.tags import tag, tag_context
from tests.properties.asking import ask
from tests.properties.at_rest import OF_THE_PUPIL, PUPIL, PUPIL_CASE, forms, identifying
from tests.properties.insiders import tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import EVERYTHING, KNOWN, RECORD, identity
from tests.properties.remains import found_in_remains, found_in_unnamed_files, logs_without_a_start
from tests.properties.searching import found_in_files


@pytest.fixture(scope="module")
def stolen(
    federation: ObservedFederation, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The folders of two nodes that have loaded, asked and answered, and were stopped then; with
    their logs."""
    copies = {}
    for child in (KNOWN, PUPIL):
        asked = ask(federation, child)
        assert asked.outcomes()[federation.member("Northmoor")] == "known"
    for name in ("Northmoor", "Eastvale"):
        federation.kill(federation.plan(name).id, signal.SIGTERM)
        copies[name] = tmp_path_factory.mktemp("stolen") / name
        shutil.copytree(federation.node_folder(federation.plan(name)), copies[name], symlinks=True)
        shutil.copy(federation.folder / f"{federation.plan(name).id}.log", copies[name])
        federation.restart(name)
    return copies


@pytest.fixture(scope="module")
def tokens(federation: ObservedFederation) -> list[bytes]:
    with federation.inside("Northmoor") as opened:
        references = (RECORD["case_reference"], PUPIL_CASE)
        return [token for reference in references for token in tokens_held(opened, reference)]


def test_p12_no_name_number_token_or_tag_is_on_a_stopped_nodes_disk(
    federation: ObservedFederation,
    stolen: dict[str, Path],
    tokens: list[bytes],
    loaded_file: Path,
) -> None:
    hour = epoch_at(time.time())
    contexts = [
        tag_context(Epoch(hour - before), federation.member(plan.name))
        for before in (0, 1)
        for plan in federation.plans
    ]
    traces = [tag(token, context) for token in tokens for context in contexts]
    written_out = [form for token in tokens for form in forms(token)]
    for folder in stolen.values():
        assert not found_in_files(folder, [*identifying(), *written_out, *traces])
    assert found_in_files(loaded_file.parent, OF_THE_PUPIL), "the control: the council's own file"


@pytest.mark.parametrize("made", [hashlib.md5, hashlib.sha1, hashlib.sha256])
@pytest.mark.parametrize("text", [b"9990000107", b"H801200001001", b"h801200001001", None])
def test_p12_a_hash_that_anybody_can_make_would_be_found(
    tmp_path: Path, made: Callable[[bytes], Any], text: bytes | None
) -> None:
    """The control: of a number, or of all that a match key is made of."""
    digest = made(text or record_keys(identity(PUPIL))[0].oprf_input).digest()
    for number, form in enumerate(forms(digest)):
        path = tmp_path / str(number)
        path.write_bytes(b"before" + form + b"after")
        assert str(path) in found_in_files(tmp_path, identifying())


def test_p12_a_file_that_has_lost_its_name_would_be_found(tmp_path: Path) -> None:
    """The control to what is searched when all tests of properties are over."""
    with (tmp_path / "file").open("wb", buffering=0) as file:
        file.write(b"of H801200001001")
        assert not found_in_unnamed_files(os.getpid(), OF_THE_PUPIL)
        (tmp_path / "file").unlink()
        assert found_in_unnamed_files(os.getpid(), OF_THE_PUPIL) == {b"H801200001001"}


def test_p12_nothing_of_a_child_is_in_what_was_written_and_said_so_far(
    federation: ObservedFederation, tokens: list[bytes]
) -> None:
    """It is searched once more when all tests of properties are over."""
    ask(federation, KNOWN)
    assert not found_in_remains(federation, [*identifying(), *chain(*map(forms, tokens))])
    assert not logs_without_a_start(federation)


def test_p12_a_stolen_disk_opens_with_its_store_key_alone(
    federation: ObservedFederation, stolen: dict[str, Path]
) -> None:
    own = load_store_key(federation.keys / federation.plan("Northmoor").id)
    for key, opens in ((own, True), (StoreKey(bytes(32)), False)):
        store = RecordStore(stolen["Northmoor"] / "records.db", key)
        try:
            held = [record.case_reference for _, record in store.records(date(2026, 1, 1))]
        except StoreError:
            held = []
        finally:
            store.close()
        assert (RECORD["case_reference"] in held) is opens


@pytest.mark.usefixtures("asked_thrice")
def test_p12_nothing_of_a_child_is_in_shared_memory(
    federation: ObservedFederation, tokens: list[bytes]
) -> None:
    assert not found_in_files(MEMORY, [*EVERYTHING, *tokens])
    in_files = [path.read_bytes() for path in federation.keys.iterdir()]
    assert found_in_files(MEMORY, in_files), "the control: the store keys are there"


def test_p12_no_process_dumps_its_memory(federation: ObservedFederation) -> None:
    for pid in federation.every_pid().values():
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"(?m)^Max core file size +0 +0 ", limits)
