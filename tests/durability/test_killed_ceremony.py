"""A keyholder's node killed in a key ceremony, and while it erases what the ceremony leaves."""

import asyncio
import random
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from node.folder import Folder
from node.keyholding.ceremony_file import CeremonyState
from node.keyholding.share import KeyShare
from protocol.errors import MalformedError
from protocol.oprf.ceremony import Certificate
from tests.durability import ring
from tests.durability.asking import US, Exchange, asker_at
from tests.durability.points import POINTS, Plan, Story, plans
from tests.durability.polling import PATIENCE_SECONDS, poll
from tests.durability.processes import OFTEN, Running, start
from tests.durability.remains import Remains
from tests.durability.world import World, copy_node, make_world
from tests.node.small_federation import STORE_KEY, key_share

SECRETS = "ceremony.sealed", "ceremony-received.sealed"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A federation whose signers have opened another session, after one that failed."""
    world = make_world(tmp_path_factory.mktemp("begun"), ring.IN_SESSION)
    yield world
    world.stop()


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The federation of `begun` once its directory names the key."""
    world = make_world(tmp_path_factory.mktemp("named"), ring.key_named())
    yield world
    world.stop()


@pytest.mark.parametrize("plan", plans(Story.CEREMONY), ids=str)
def test_killed_keyholder_has_its_share_in_the_end(
    plan: Plan, begun: World, tmp_path: Path
) -> None:
    """What it gave a receipt for is not sent again, so it must have it."""
    folder = _folder_after_a_failed_session(begun, tmp_path / "node")
    posted = ring.messages()
    random.Random(plan.seed).shuffle(posted)
    killed = _start(tmp_path / "killed.log", folder, plan)
    asyncio.run(_post_until_dead(begun.hub_url, posted, killed))
    _assert_killed(killed)
    Remains(copy_node(folder, tmp_path / "remains")).assert_whole()

    restarted = _start(tmp_path / "restarted.log", folder)
    certificate = folder / "ceremony-certificate"
    try:
        left = [each for each in posted if each.reply is None]
        asyncio.run(_post_until_receipted(begun.hub_url, left))
        poll("the certificate", lambda: _is_of_this_session(certificate))
        assert "defect" not in restarted.said()
        assert "accused" not in restarted.said()
    finally:
        restarted.stop()
    assert set(killed.points() + restarted.points()) <= set(POINTS)
    assert Folder(folder).shares(STORE_KEY).load() == _share()


@pytest.mark.parametrize("plan", plans(Story.KEY_NAMED), ids=str)
def test_killed_keyholder_has_erased_its_ceremony_in_the_end(
    plan: Plan, named: World, tmp_path: Path
) -> None:
    folder = _folder_after_a_failed_session(named, tmp_path / "node")
    Folder(folder).shares(STORE_KEY).store(_share())
    secrets = [(folder / name).read_bytes() for name in SECRETS]
    linked = [_link(folder / name, tmp_path / name) for name in SECRETS]
    killed = _start(tmp_path / "killed.log", folder, plan)
    _assert_killed(killed)
    Remains(copy_node(folder, tmp_path / "remains")).assert_whole()

    restarted = _start(tmp_path / "restarted.log", folder)
    try:
        poll("the end", lambda: not any(folder.glob("ceremony*.sealed*")))
    finally:
        restarted.stop()
    assert set(killed.points() + restarted.points()) <= set(POINTS)
    assert Folder(folder).shares(STORE_KEY).load() == _share()
    for link, secret in zip(linked, secrets, strict=True):
        assert secret not in link.read_bytes(), "removed without having been overwritten"


def _start(log: Path, folder: Path, plan: Plan | None = None) -> Running:
    kill = plan.kill if plan else None
    return start(log, "run", folder, kill=kill, haste=OFTEN)


def _assert_killed(killed: Running) -> None:
    assert killed.wait() == -signal.SIGKILL, killed.said()


def _folder_after_a_failed_session(world: World, to: Path) -> Path:
    """Return a node's folder with all that a session leaves that never led to a key."""
    folder = world.make_node(to, US)
    file = Folder(folder).ceremony(STORE_KEY)
    state = CeremonyState(US.static_secret, ring.seed_of(US.index))
    file.store_secrets(state)
    state.restart(bytes.fromhex(ring.FAILED_SESSION))
    state.contributions[1] = b"of the failed session"
    file.store_received(state)
    Folder(folder).shares(STORE_KEY).store(key_share(US.index))
    Folder(folder).certificate.write_bytes(b"of the failed session")
    return folder


def _share() -> KeyShare:
    outcome = ring.outcome_of(US.index)
    return KeyShare(US.index, outcome.share, outcome.verification_share(US.index))


def _link(path: Path, to: Path) -> Path:
    to.hardlink_to(path)
    return to


def _is_of_this_session(path: Path) -> bool:
    try:
        Certificate.decode(path.read_bytes(), ring.outcome_of(US.index).plan).verify()
    except (FileNotFoundError, MalformedError):
        return False
    return True


async def _post_until_dead(url: str, posted: Sequence[Exchange], killed: Running) -> None:
    async with asker_at(url) as asker, asyncio.timeout(PATIENCE_SECONDS):
        for each in posted:
            while each.reply is None and killed.is_alive:
                reply = await asker.send(each)
                if isinstance(reply, bytes):
                    each.reply = reply
                else:
                    await asyncio.sleep(0.02)


async def _post_until_receipted(url: str, posted: Sequence[Exchange]) -> None:
    async with asker_at(url) as asker:
        for each in posted:
            reply = await asker.send_when_linked(each, PATIENCE_SECONDS)
            assert isinstance(reply, bytes)
