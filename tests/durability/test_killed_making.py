"""`init` killed while it makes a node's folder: done again, it makes one, or there is one."""

import signal
from pathlib import Path

import pytest

from node.disclosure.policy import FIRST_POLICY
from node.folder import Folder
from node.keys import load_keys
from node.settings import FILE_NAME, load_settings
from node.store_key import load_store_key
from protocol.directory.document import Registration
from protocol.encoding import encode_base64url
from tests.durability.conftest import Federation
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.processes import start


@pytest.mark.parametrize("plan", plans(Story.MAKING), ids=str)
def test_folder_that_was_half_made_is_made_again(
    plan: Plan, federation: Federation, tmp_path: Path
) -> None:
    root = federation.template / "root.json"
    folder, store_key = tmp_path / "node", tmp_path / "store-key"
    command = (
        "init", folder, "--id=E09000002", "--name=Council 2",
        f"--hub={federation.world.hub_url}", f"--root={root}", f"--store-key={store_key}",
        "--duty-line=020 7946 0002", "--out-of-hours-line=020 7946 0102", "--supplier=S",
        "--host=H", "--declared-records=100", "--keyholder",
    )  # fmt: skip
    killed = start(tmp_path / "killed.log", *command, kill=plan.kill)
    assert killed.wait() == -signal.SIGKILL, killed.said()
    counts = (folder / FILE_NAME).exists()
    again = start(tmp_path / "again.log", *command)
    assert again.wait() == (2 if counts else 0), again.said()
    assert ("already holds a node" in again.said()) is counts
    assert set(killed.points() + again.points()) <= set(POINTS)

    places, key = Folder(folder), load_store_key(store_key)
    registered = Registration.model_validate_json(places.registration.read_bytes())
    assert registered.signing_key == load_keys(places.keys, key).signing_public_text
    ceremony = places.ceremony(key).load()
    assert ceremony is not None
    assert registered.ceremony_key == encode_base64url(ceremony.static_key)
    assert places.root.read_bytes() == root.read_bytes()
    assert places.policy.read_text() == FIRST_POLICY
    assert load_settings(folder).member_id == registered.id
