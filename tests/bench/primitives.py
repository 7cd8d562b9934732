"""The ciphers' own calls, at the sizes of a lookup: what a bench's figures are held against."""

import hmac
import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol import limits
from protocol.sealing.bundle import BUNDLE_HEADER_BYTES
from protocol.sealing.cell import (
    REPLY_SECRET_BYTES,
    SALT_BYTES,
    SEALING_SEED_BYTES,
    sealing_key_from_seed,
)
from protocol.sealing.envelope import (
    Kind,
    reply_body_bytes,
    reply_bytes,
    request_body_bytes,
    request_bytes,
)
from protocol.sealing.signing import SIGNATURE_BYTES
from tests.bench.measuring import cpu_of_call

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
REQUEST_BYTES = request_bytes(Kind.LOOKUP)
REPLY_BYTES = reply_bytes(Kind.LOOKUP)


class Primitives:
    """Keys and contents for every call. A reply's cipher is HKDF and AEAD (RFC 9458 §4.4)."""

    def __init__(self) -> None:
        self._signing = Ed25519PrivateKey.generate()
        self._verifying = self._signing.public_key()
        self._private, _ = sealing_key_from_seed(os.urandom(SEALING_SEED_BYTES))
        self._public = self._private.public_key()
        self._request = os.urandom(REQUEST_BYTES - SIGNATURE_BYTES)
        self._reply = os.urandom(REPLY_BYTES - SIGNATURE_BYTES)
        self._request_signature = self._signing.sign(self._request)
        self._reply_signature = self._signing.sign(self._reply)
        self._question = os.urandom(REPLY_SECRET_BYTES + request_body_bytes(Kind.LOOKUP))
        self._answer = os.urandom(reply_body_bytes(Kind.LOOKUP))
        self._info = os.urandom(64)
        self._who = os.urandom(limits.WHO_BYTES)
        self._secret, self._salt = os.urandom(REPLY_SECRET_BYTES), os.urandom(SALT_BYTES)
        self._cell = self.seal()
        self._sealed_reply = self.seal_reply()

    def answer(self) -> None:
        """Do one question's part at the member asked."""
        self.verify_request()
        self.open()
        self.seal_reply()
        self.sign_reply()

    def ask(self) -> None:
        """Do one member's part of a round at the asker, all but the bundle's signature."""
        self.seal()
        self.sign_request()
        self.verify_reply()
        self.open_reply()

    def seal(self) -> bytes:
        return _SUITE.encrypt(self._question, self._public, info=self._info)

    def open(self) -> bytes:
        return _SUITE.decrypt(self._cell, self._private, info=self._info)

    def sign_request(self) -> bytes:
        return self._signing.sign(self._request)

    def sign_reply(self) -> bytes:
        return self._signing.sign(self._reply)

    def verify_request(self) -> None:
        self._verifying.verify(self._request_signature, self._request)

    def verify_reply(self) -> None:
        self._verifying.verify(self._reply_signature, self._reply)

    def seal_reply(self) -> bytes:
        derived = self._derive()
        return ChaCha20Poly1305(derived[:32]).encrypt(derived[32:], self._answer, None)

    def open_reply(self) -> bytes:
        derived = self._derive()
        return ChaCha20Poly1305(derived[:32]).decrypt(derived[32:], self._sealed_reply, None)

    def ask_about(self, keys: int) -> None:
        """Do one member's part of a question of so many keys: tags, masks and the who-block."""
        for _ in range(2 * keys + 1):
            self.authenticate()
        self.seal_who()

    def authenticate(self) -> bytes:
        return hmac.digest(self._secret, self._info, "sha256")

    def seal_who(self) -> bytes:
        return ChaCha20Poly1305(self._secret).encrypt(bytes(12), self._who, None)

    def sign_bundle(self, members: int) -> bytes:
        return self._signing.sign(bytes(BUNDLE_HEADER_BYTES + members * REQUEST_BYTES))

    def of_answering(self) -> dict[str, float]:
        """Return the CPU seconds of each call of `answer`, by its name."""
        return {
            f"Ed25519 verify, {REQUEST_BYTES:,} bytes": cpu_of_call(self.verify_request),
            "HPKE open (ML-KEM-768 + X25519), a question": cpu_of_call(self.open),
            "HKDF-SHA256, ChaCha20-Poly1305 seal, an answer": cpu_of_call(self.seal_reply),
            f"Ed25519 sign, {REPLY_BYTES:,} bytes": cpu_of_call(self.sign_reply),
        }

    def of_asking(self, members: int) -> dict[str, float]:
        """Return the CPU seconds of each call of `ask`, and of the bundle's signature."""
        return {
            "HPKE seal (ML-KEM-768 + X25519), a question": cpu_of_call(self.seal),
            f"Ed25519 sign, {REQUEST_BYTES:,} bytes": cpu_of_call(self.sign_request),
            f"Ed25519 verify, {REPLY_BYTES:,} bytes": cpu_of_call(self.verify_reply),
            "HKDF-SHA256, ChaCha20-Poly1305 open, an answer": cpu_of_call(self.open_reply),
            "HMAC-SHA256, a tag or a mask": cpu_of_call(self.authenticate),
            "ChaCha20-Poly1305 seal, a who-block": cpu_of_call(self.seal_who),
            f"Ed25519 sign, a bundle to {members}": cpu_of_call(lambda: self.sign_bundle(members)),
        }

    def _derive(self) -> bytes:
        return HKDF(SHA256(), length=44, salt=self._salt, info=self._info).derive(self._secret)
