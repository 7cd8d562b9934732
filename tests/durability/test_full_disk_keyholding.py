"""Keyholders whose disk is full whenever their key ceremony writes something: they end it all the
same, with whole files, once there is room."""

import errno
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from node.files import replace_file
from node.folder import Folder
from node.settings import FILE_NAME
from node.store_key import load_store_key
from protocol.directory.document import Registration
from protocol.encoding import encode_base64url
from tests.durability.disk import SmallDisk, small_disk
from tests.node.keyholding.test_ceremony import (
    INDICES,
    SECOND,
    Ring,
    assert_certified,
    in_session,
    name_key,
)
from tests.node.small_federation import STORE_KEY
from tests.node.small_signer import Signer

RECEIVED, SHARE, CERTIFICATE = "ceremony-received.sealed", "share.sealed", "certificate"
DRAFT = ".new"
ROUNDS = 4
"""Contribute, sign, certify, and once more for what came late."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 1) as disk:
        yield disk


class FullAtEachWrite:
    """Runs a ceremony, each turn of which finds the disk full, until there is room."""

    def __init__(self, disk: SmallDisk, *, dies: bool) -> None:
        """`dies`: whether the process ends when it meets the full disk."""
        self.ring = Ring(disk.seen, random.Random(1))
        self.failed: set[str] = set()
        """The files that could not be written."""
        self._disk = disk
        self._dies = dies

    def run(self) -> None:
        for _ in range(ROUNDS):
            for index in INDICES:
                self._turn(index, self.ring[index].step)
            while self.ring.post:
                sender, recipient, message = self.ring.post.pop(0)
                self._turn(recipient, partial(self.ring[recipient].take, sender, message))

    def _turn(self, index: int, turn: Callable[[], object]) -> None:
        """Take a turn on a full disk, and where that fails again when there is room."""
        folder = self._disk.seen / str(index)
        before = _files(folder)
        self._disk.fill()
        try:
            turn()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self.failed |= {path.name.removesuffix(DRAFT) for path in folder.glob(f"*{DRAFT}")}
            after = _files(folder)
            assert after.items() <= before.items(), "a file that is neither the old nor whole"
        else:
            return
        finally:
            self._disk.free()
        if self._dies:
            self.ring[index].restart()
        turn()


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != DRAFT}


@pytest.mark.parametrize("dies", [False, True])
def test_ceremony_whose_every_write_meets_a_full_disk_ends(disk: SmallDisk, dies: bool) -> None:
    hindered = FullAtEachWrite(disk, dies=dies)
    hindered.run()
    assert_certified(hindered.ring)
    assert hindered.failed == {RECEIVED, SHARE, CERTIFICATE}


@pytest.mark.parametrize("dies", [False, True])
def test_share_of_a_session_before_does_not_stay_for_want_of_room(
    disk: SmallDisk, dies: bool
) -> None:
    hindered = FullAtEachWrite(disk, dies=dies)
    hindered.ring.run()
    before = [hindered.ring[index].share() for index in INDICES]
    hindered.ring.directory = in_session(SECOND)
    hindered.run()
    assert_certified(hindered.ring)
    assert hindered.failed == {RECEIVED, SHARE, CERTIFICATE}
    for index, old in zip(INDICES, before, strict=True):
        assert hindered.ring[index].share().share != old.share


def test_secrets_of_a_ceremony_are_erased_on_a_full_disk_too(disk: SmallDisk) -> None:
    ring = Ring(disk.seen, random.Random(1))
    ring.run()
    name_key(ring, assert_certified(ring).commitments())
    kept = {index: ring[index].share() for index in INDICES}
    disk.fill()
    ring.step_all()
    for index in INDICES:
        assert {path.name for path in (disk.seen / str(index)).iterdir()} == {SHARE, CERTIFICATE}
        assert ring[index].share() == kept[index]


def test_share_that_cannot_be_replaced_stays_the_old_one(disk: SmallDisk) -> None:
    shares = Folder(disk.seen).shares(STORE_KEY)
    ring = Ring(disk.seen, random.Random(1))
    ring.run()
    shares.store(ring[1].share())
    disk.fill()
    with pytest.raises(OSError, match="No space"):
        shares.store(ring[2].share())
    assert shares.load() == ring[1].share()
    disk.free()
    shares.store(ring[2].share())
    assert shares.load() == ring[2].share()


@pytest.mark.parametrize("key_too", [True, False])
def test_init_on_a_full_disk_makes_no_node_and_makes_one_once_there_is_room(
    disk: SmallDisk, tmp_path: Path, key_too: bool
) -> None:
    """`key_too`: whether the store key is to be on the full disk, or on another."""
    store_key = (disk.path if key_too else tmp_path) / "store-key"
    replace_file(tmp_path / "root.json", Signer(tmp_path / "signer").root)
    folder = disk.seen / "node"
    command = (
        "init", disk.path / "node", "--id=E09000002", "--name=Council 2",
        "--hub=http://127.0.0.1:9", f"--root={tmp_path / 'root.json'}",
        f"--store-key={store_key}", "--duty-line=020 7946 0002",
        "--out-of-hours-line=020 7946 0102", "--supplier=S", "--host=H",
        "--declared-records=100", "--keyholder",
    )  # fmt: skip
    disk.fill()
    status, said = disk.node_command(tmp_path / "full.log", *command)
    assert status == 2, said
    assert "No space left on device" in said
    assert not (folder / FILE_NAME).exists()
    disk.free()
    status, said = disk.node_command(tmp_path / "free.log", *command)
    assert status == 0, said
    ceremony = (
        Folder(folder)
        .ceremony(load_store_key(disk.seen / "store-key" if key_too else store_key))
        .load()
    )
    registered = Registration.model_validate_json(Folder(folder).registration.read_bytes())
    assert ceremony is not None
    assert registered.ceremony_key == encode_base64url(ceremony.static_key)
