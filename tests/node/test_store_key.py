import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import SettingsError, StoreError
from node.store_key import StoreKey, load_store_key, make_store_key

KEY, OTHER = StoreKey(bytes(range(32))), StoreKey(bytes(32))
LABEL = b"a label"


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_sealed_blob_opens(plaintext: bytes, place: bytes) -> None:
    assert KEY.open(LABEL, KEY.seal(LABEL, plaintext, place), place) == plaintext


@pytest.mark.parametrize(
    ("key", "label", "place"),
    [
        pytest.param(OTHER, LABEL, b"here", id="another key"),
        pytest.param(KEY, b"another label", b"here", id="another use"),
        pytest.param(KEY, LABEL, b"there", id="another place"),
        pytest.param(KEY, LABEL, b"", id="no place"),
    ],
)
def test_blob_does_not_open_elsewhere(key: StoreKey, label: bytes, place: bytes) -> None:
    with pytest.raises(StoreError, match="store key"):
        key.open(label, KEY.seal(LABEL, b"x", b"here"), place)


@given(st.binary(max_size=60))
def test_garbage_raises_only_our_errors(sealed: bytes) -> None:
    with pytest.raises(StoreError):
        KEY.open(LABEL, sealed)


def test_altered_blob_does_not_open() -> None:
    sealed = KEY.seal(LABEL, b"x")
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(StoreError):
            KEY.open(LABEL, bytes(altered))


def test_one_text_is_never_sealed_twice_the_same() -> None:
    assert len({KEY.seal(LABEL, b"x") for _ in range(10)}) == 10


def test_fingerprints_are_equal_for_equal_parts_alone() -> None:
    prints = {
        KEY.fingerprint(LABEL, b"ab", b"c"),
        KEY.fingerprint(LABEL, b"a", b"bc"),
        KEY.fingerprint(LABEL, b"abc"),
        KEY.fingerprint(LABEL, b"abc", b""),
        KEY.fingerprint(b"other", b"abc"),
        OTHER.fingerprint(LABEL, b"abc"),
    }
    assert len(prints) == 6
    assert KEY.fingerprint(LABEL, b"abc") in prints


# The file


def test_made_key_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mount" / "key"
    made = make_store_key(path)
    assert load_store_key(path).open(LABEL, made.seal(LABEL, b"x")) == b"x"
    assert path.stat().st_mode & 0o777 == 0o600


def test_key_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_store_key(path)
    before = path.read_bytes()
    with pytest.raises(SettingsError, match=re.escape(str(path))):
        make_store_key(path)
    assert path.read_bytes() == before


def test_missing_key_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(SettingsError, match="mount the credential") as raised:
        load_store_key(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"planted" * 9, id="no digits"),
        pytest.param(b"ab" * 31, id="too short"),
        pytest.param(b"ab" * 33, id="too long"),
        pytest.param(os.urandom(4).hex().encode() + b"\xff" * 56, id="not ASCII"),
    ],
)
def test_malformed_key_is_named_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as raised:
        load_store_key(path)
    message = str(raised.value)
    assert str(path) in message
    assert "64 hex digits" in message
    assert "planted" not in message
    assert "abab" not in message


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    make_store_key(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=f"chmod 600 {path}"):
        load_store_key(path)
