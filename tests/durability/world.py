"""A small federation on this machine: signers' files, a hub's process, and folders of nodes.

The keys are those of `small_federation`: what a node under test is sent can be made by the test.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.demo.ports import free_port
from node.disclosure.policy import FIRST_POLICY
from node.federation.directory import DirectoryKeeper
from node.files import replace_file
from node.folder import Folder
from node.ledger.ledger import Ledger
from node.post.callback_store import open_post_database
from node.records.store import RecordStore
from node.running import Running as Said
from node.settings import FILE_NAME, NodeSettings, write_settings
from protocol import labels
from protocol.directory.document import HubEntry, OprfEntry
from protocol.sealing.cell import SEALING_SEED_BYTES
from tests.durability.polling import poll
from tests.durability.processes import AS_EVER, Haste, start_hub
from tests.node.small_federation import (
    MEMBERS,
    STORE_KEY,
    Council,
    document,
    key_share,
)
from tests.node.small_signer import Signer

HUB_ID = "hub-1"
PLENTY = {"questions_per_day": 1_000_000, "declared_records": 1_000_000}
"""Limits that no test comes near, but for the one that is about them."""


@dataclass(slots=True)
class World:
    """One federation's folder, and the hub that runs from it."""

    folder: Path
    port: int
    signer: Signer
    hub: "subprocess.Popen[bytes]"

    @property
    def hub_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def make_node(self, folder: Path, member: Council, refresh_seconds: int = 3600) -> Path:
        """Make a node's folder, as `init`, the ceremony and a node that has ended leave it."""
        folder.mkdir(mode=0o700)
        store_key = folder.with_name(f"{folder.name}.store-key")
        store_key.write_text(bytes(range(32)).hex())
        store_key.chmod(0o600)
        settings = NodeSettings(
            member_id=member.id,
            hubs=(self.hub_url,),
            store_key=store_key,
            directory_refresh_seconds=refresh_seconds,
        )
        write_settings(folder, settings)
        with (folder / FILE_NAME).open("a") as file:
            # What is counted, and where it is killed, is what the test has it do.
            file.write("adding_seconds = 0\n")
        places = Folder(folder)
        places.policy.write_text(FIRST_POLICY)
        places.root.write_bytes(self.signer.root)
        replace_file(places.keys, STORE_KEY.seal(labels.STORE_KEYS, _seeds(member), b"keys"))
        if member.entry.keyholder_index:
            places.shares(STORE_KEY).store(key_share(member.index))
        places.running.write(Said((HUB_ID,), 0))
        Ledger(places.ledger).close()
        RecordStore(places.records, STORE_KEY).close()
        open_post_database(places.post).close()
        problems = DirectoryKeeper(folder / "directory", self.signer.root).refresh([self.hub_url])
        assert problems == []
        return folder

    def stop(self) -> None:
        self.hub.kill()
        self.hub.wait()


def make_world(
    folder: Path,
    oprf: OprfEntry | None = None,
    tick_ms: int = 10,
    listed_port: int | None = None,
    haste: Haste = AS_EVER,
    more_hubs: Sequence[HubEntry] = (),
) -> World:
    """Publish a directory that names a hub, at its own port or at another, and start that hub.

    More hubs stand behind it in the directory; starting them is the caller's.
    """
    port = free_port()
    first = document(
        limits=dict.fromkeys(range(1, MEMBERS + 1), PLENTY),
        oprf=oprf,
        hubs=(HubEntry(id=HUB_ID, url=f"http://127.0.0.1:{listed_port or port}"), *more_hubs),
        post_interval_seconds=1,
        tick_ms=tick_ms,
    )
    signer = Signer(folder / "signer", first)
    signer.publish()
    hub = folder / HUB_ID
    hub.mkdir()
    (hub / "root.json").write_bytes(signer.root)
    write_hub_settings(hub, port, signer.folder / "public", {"rounds_per_second": 1000.0})
    world = World(folder, port, signer, start_hub(folder / "hub.log", hub, haste))
    poll("the hub", lambda: is_healthy(world.hub, world.hub_url))
    return world


def write_hub_settings(
    folder: Path, port: int, published: Path, settings: Mapping[str, object]
) -> None:
    """Write the settings of a hub whose root is beside them."""
    lines = {
        "hub_id": f'"{HUB_ID}"',
        "port": port,
        "directory": f'"{published}"',
        "root": '"root.json"',
        **settings,
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    (folder / "hub.toml").write_text(text)


def copy_node(template: Path, to: Path) -> Path:
    """Return a copy of a node's folder, with its links as they are, without a socket that one that
    was killed has left."""
    shutil.copytree(template, to, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    return to


def is_healthy(hub: "subprocess.Popen[bytes]", url: str) -> bool:
    """Whether a hub has begun to serve.

    Raises:
        RuntimeError: it has ended.
    """
    if hub.poll() is not None:
        raise RuntimeError("the hub has ended: its log says why")
    try:
        response = httpx.get(f"{url}/v1/health", trust_env=False)
    except httpx.ConnectError:
        return False
    return response.status_code == httpx.codes.OK


def wait_until_linked(folder: Path) -> None:
    """Wait until the node that runs in a folder says that a hub reaches it."""
    running = Folder(folder).running

    def is_linked() -> bool:
        said = running.read()
        return said is not None and bool(said.hubs_linked)

    poll(f"the link of {folder.name}", is_linked)


def _seeds(member: Council) -> bytes:
    """Return what `small_federation` makes a member's keys from, as `keys.sealed` holds it."""
    return hashlib.shake_256(member.id.encode()).digest(32 + SEALING_SEED_BYTES)
