from pathlib import Path

import pytest

from node.errors import SettingsError, StoreError
from node.keys import NodeKeys, load_keys, make_keys
from node.store_key import StoreKey
from protocol.encoding import decode_base64url
from protocol.sealing.cell import decode_sealing_key, open_request, seal_request
from protocol.sealing.signing import decode_verifying_key, sign, verify_signature
from tests.node.small_federation import STORE_KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.sealed"


def public(keys: NodeKeys) -> tuple[str, str]:
    return keys.signing_public_text, keys.sealing_public_text


def test_made_keys_are_loaded(path: Path) -> None:
    assert public(make_keys(path, STORE_KEY)) == public(load_keys(path, STORE_KEY))
    assert path.stat().st_mode & 0o777 == 0o600


def test_public_texts_are_of_the_private_keys(path: Path) -> None:
    keys = make_keys(path, STORE_KEY)
    verifying = decode_verifying_key(decode_base64url(keys.signing_public_text))
    verify_signature(verifying, b"label", b"content", sign(keys.signing, b"label", b"content"))
    cell = seal_request(
        decode_sealing_key(decode_base64url(keys.sealing_public_text)), b"header", b"body"
    )
    assert open_request(keys.sealing, b"header", cell) == b"body"


def test_private_keys_are_sealed_on_the_disk(path: Path) -> None:
    keys = make_keys(path, STORE_KEY)
    assert keys.signing.private_bytes_raw() not in path.read_bytes()


def test_keys_say_nothing_of_themselves(path: Path) -> None:
    keys = make_keys(path, STORE_KEY)
    assert keys.signing.private_bytes_raw().hex() not in repr(keys)


def test_missing_file_is_named_with_what_to_do(path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load_keys(path, STORE_KEY)
    message = str(raised.value)
    assert str(path) in message
    assert "whoelse-node init" in message or "restore" in message


def test_wrong_store_key_is_said_with_the_files_name(path: Path) -> None:
    make_keys(path, STORE_KEY)
    with pytest.raises(StoreError, match="store key") as raised:
        load_keys(path, StoreKey(bytes(32)))
    assert str(path) in str(raised.value)


def test_truncated_file_does_not_open(path: Path) -> None:
    make_keys(path, STORE_KEY)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError):
        load_keys(path, STORE_KEY)
