import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import OpenError
from protocol.oprf.aead import KEY_BYTES, NONCE_BYTES, decrypt, encrypt

KEY = bytes(range(KEY_BYTES))
NONCE = bytes(range(NONCE_BYTES))
SEALED = encrypt(KEY, NONCE, b"a share")


@given(st.binary(max_size=100))
def test_decrypts_what_it_encrypted(plaintext: bytes) -> None:
    assert decrypt(KEY, NONCE, encrypt(KEY, NONCE, plaintext)) == plaintext


@pytest.mark.parametrize(
    ("key", "nonce", "ciphertext"),
    [
        pytest.param(bytes(KEY_BYTES), NONCE, SEALED, id="another key"),
        pytest.param(KEY, bytes(NONCE_BYTES), SEALED, id="another nonce"),
        pytest.param(KEY, NONCE, SEALED[:-1], id="truncated"),
        pytest.param(KEY, NONCE, SEALED + b"\0", id="trailing byte"),
        pytest.param(KEY, NONCE, bytes([SEALED[0] ^ 1]) + SEALED[1:], id="altered"),
        pytest.param(KEY, NONCE, b"", id="empty"),
    ],
)
def test_refuses_ciphertext_with(key: bytes, nonce: bytes, ciphertext: bytes) -> None:
    with pytest.raises(OpenError):
        decrypt(key, nonce, ciphertext)


@given(st.binary(max_size=80))
def test_decrypting_raises_only_our_errors(ciphertext: bytes) -> None:
    with pytest.raises(OpenError):
        decrypt(KEY, NONCE, ciphertext)
