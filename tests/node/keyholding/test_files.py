from pathlib import Path

import pytest

from node.errors import StoreError
from node.keyholding.ceremony_file import CeremonyFile, CeremonyState
from node.keyholding.share import ShareFile
from node.store_key import StoreKey
from protocol.errors import MalformedError
from protocol.oprf import group
from tests.node.small_federation import STORE_KEY, key_share

OTHER_KEY = StoreKey(bytes(32))
SHARE = key_share(2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.sealed"


def test_share_round_trips(path: Path) -> None:
    ShareFile(path, STORE_KEY).store(SHARE)
    assert ShareFile(path, STORE_KEY).load() == SHARE


def test_no_file_is_no_share(path: Path) -> None:
    assert ShareFile(path, STORE_KEY).load() is None


def test_share_does_not_open_under_another_store_key(path: Path) -> None:
    ShareFile(path, STORE_KEY).store(SHARE)
    with pytest.raises(StoreError, match="store key"):
        ShareFile(path, OTHER_KEY).load()


def test_neither_share_nor_secrets_are_in_the_files_bytes(tmp_path: Path) -> None:
    ShareFile(tmp_path / "share.sealed", STORE_KEY).store(SHARE)
    state = CeremonyFile(tmp_path / "ceremony.sealed", STORE_KEY).make()
    disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (SHARE.share, state.static_secret, state.seed):
        assert secret not in disk


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ShareFile(tmp_path / "share.sealed", STORE_KEY).store(SHARE)
    CeremonyFile(tmp_path / "ceremony.sealed", STORE_KEY).make()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2


def test_ceremony_state_round_trips(path: Path) -> None:
    file = CeremonyFile(path, STORE_KEY)
    state = file.make()
    state.restart(bytes(range(32)))
    state.contributions[1] = b"from 1"
    state.contributions[64] = b"x" * 1024
    state.signatures[3] = b"by 3"
    file.store_received(state)
    assert CeremonyFile(path, STORE_KEY).load() == state


def test_no_file_is_no_ceremony(path: Path) -> None:
    assert CeremonyFile(path, STORE_KEY).load() is None


def test_ceremony_file_does_not_open_under_another_store_key(path: Path) -> None:
    CeremonyFile(path, STORE_KEY).make()
    with pytest.raises(StoreError, match="store key"):
        CeremonyFile(path, OTHER_KEY).load()


def test_share_and_ceremony_do_not_open_in_each_others_place(path: Path) -> None:
    CeremonyFile(path, STORE_KEY).make()
    with pytest.raises(StoreError):
        ShareFile(path, STORE_KEY).load()


def test_static_key_is_that_of_the_secret(path: Path) -> None:
    state = CeremonyFile(path, STORE_KEY).make()
    assert state.static_key == group.multiply_base(state.static_secret)


def test_another_session_forgets_the_messages_and_keeps_the_secrets(path: Path) -> None:
    state = CeremonyFile(path, STORE_KEY).make()
    secret, seed = state.static_secret, state.seed
    state.contributions[1] = state.signatures[1] = b"old"
    state.restart(bytes(32))
    assert (state.contributions, state.signatures) == ({}, {})
    assert (state.static_secret, state.seed) == (secret, seed)


def test_erase_overwrites_and_removes(path: Path) -> None:
    file = CeremonyFile(path, STORE_KEY)
    file.make()
    before = path.read_bytes()
    (path.parent / "link").hardlink_to(path)
    file.erase()
    assert not path.exists()
    after = (path.parent / "link").read_bytes()
    assert len(after) == len(before)
    assert before not in after
    file.erase()


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4])
def test_refuses_a_state_cut_off(cut: int) -> None:
    state = CeremonyState(group.scalar_from_int(1), bytes(32))
    with pytest.raises(MalformedError):
        state.read_received(state.encode_received()[:cut])
