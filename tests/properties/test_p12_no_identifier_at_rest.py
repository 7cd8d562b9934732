"""P12: no direct identifier at rest; a stolen disk without its key says nothing of anyone."""

import re
import shutil
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from deploy.demo.federation import MEMORY
from node.errors import StoreError
from node.records.store import RecordStore
from node.store_key import StoreKey, load_store_key
from protocol.identifiers import Epoch, epoch_at
from protocol.tags import tag, tag_context
from tests.properties.asking import ask
from tests.properties.insiders import tokens_held
from tests.properties.observed import ObservedFederation
from tests.properties.planted import EVERYTHING, KNOWN, RECORD
from tests.properties.searching import found_in_files


@pytest.fixture(scope="module")
def stolen(
    federation: ObservedFederation, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The folders of two nodes that have loaded, asked and answered, and were stopped then."""
    copies = {}
    ask(federation, KNOWN)
    for name in ("Northmoor", "Eastvale"):
        federation.kill(federation.plan(name).id, signal.SIGTERM)
        copies[name] = tmp_path_factory.mktemp("stolen") / name
        shutil.copytree(federation.node_folder(federation.plan(name)), copies[name], symlinks=True)
        federation.restart(name)
    return copies


@pytest.fixture(scope="module")
def tokens(federation: ObservedFederation) -> list[bytes]:
    with federation.inside("Northmoor") as opened:
        return tokens_held(opened, RECORD["case_reference"])


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
    written_out = [token.hex().encode() for token in tokens]
    for folder in stolen.values():
        assert not found_in_files(folder, [*EVERYTHING, *tokens, *written_out, *traces])
    assert found_in_files(loaded_file.parent, EVERYTHING), "the control: the council's own file"


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
