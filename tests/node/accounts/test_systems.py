"""Case systems: whom their tokens let ask, and which tokens let nobody."""

import base64
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from node.accounts.systems import LEEWAY_SECONDS, MOST_SECONDS, Systems
from node.errors import StoreError, SystemKeyError, TokenError
from protocol.messages.vocabulary import Role
from tests.node.accounts.case_systems import NAME, CaseSystem
from tests.node.small_federation import STORE_KEY, FakeClock, council

Make = Callable[[CaseSystem, int], str]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def system() -> CaseSystem:
    return CaseSystem()


@pytest.fixture
def systems(tmp_path: Path, clock: FakeClock, system: CaseSystem) -> Iterator[Systems]:
    path = tmp_path / "accounts.db"
    with closing(Systems(path, STORE_KEY, council(1).id, clock)) as opened:
        opened.add(NAME, system.pem)
        yield opened


@pytest.mark.parametrize(
    "key", [OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")], ids=["Ed25519", "P-256"]
)
def test_a_token_says_who_asks(systems: Systems, clock: FakeClock, key: OKPKey | ECKey) -> None:
    system = CaseSystem(key=key)
    systems.add(NAME, system.pem)
    user = systems.user_of(system.token(clock.now_ms))
    assert user.username == "mosaic/u-1007"
    assert (user.name, user.telephone, user.team) == (
        "Noor Systemuser",
        "020 7946 0555",
        "Assessment",
    )
    assert user.role is Role.PRACTITIONER


def test_nobody_asks_with_the_same_token_again(
    systems: Systems, system: CaseSystem, clock: FakeClock
) -> None:
    token = system.token(clock.now_ms)
    systems.user_of(token)
    for later_ms in (0, (60 + LEEWAY_SECONDS - 1) * 1000):
        clock.now_ms += later_ms
        systems.forget_old()
        with pytest.raises(TokenError, match="used before"):
            systems.user_of(token)
    clock.now_ms += 2000
    systems.forget_old()
    with pytest.raises(TokenError, match="not good any more"):
        systems.user_of(token)


def test_a_restart_forgets_no_token(
    systems: Systems, system: CaseSystem, clock: FakeClock, tmp_path: Path
) -> None:
    token = system.token(clock.now_ms)
    systems.user_of(token)
    with (
        closing(Systems(tmp_path / "accounts.db", STORE_KEY, council(1).id, clock)) as other,
        pytest.raises(TokenError, match="used before"),
    ):
        other.user_of(token)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _without_a_signature(system: CaseSystem, now_ms: int) -> str:
    _, body, _ = system.token(now_ms).split(".")
    none = _base64(json.dumps({"alg": "none", "kid": NAME}).encode())
    return f"{none}.{body}."


def _with_a_shared_secret(system: CaseSystem, now_ms: int) -> str:
    """What a public key, taken for a secret, signs (RFC 8725 §2.1)."""
    _, body, _ = system.token(now_ms).split(".")
    head = _base64(json.dumps({"alg": "HS256", "kid": NAME}).encode())
    signature = hmac.digest(system.pem, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{_base64(signature)}"


def _by_another_key(system: CaseSystem, now_ms: int) -> str:
    return CaseSystem(system.name).token(now_ms)


def _by_none_of_ours(system: CaseSystem, now_ms: int) -> str:
    return CaseSystem("other", system.key).token(now_ms)


def _by_nobody_named(system: CaseSystem, now_ms: int) -> str:
    return system.token(now_ms, {"kid": ""})


def _altered(system: CaseSystem, now_ms: int) -> str:
    return system.token(now_ms)[:-4] + "AAAA"


def _with_a_strange_header(system: CaseSystem, now_ms: int) -> str:
    _, body, signature = system.token(now_ms).split(".")
    head = _base64(json.dumps({"alg": "EdDSA", "kid": NAME, "crit": 1}).encode())
    return f"{head}.{body}.{signature}"


def _nested(system: CaseSystem, now_ms: int) -> str:
    del now_ms
    header = {"alg": system.algorithm, "kid": NAME}
    return jws.serialize_compact(header, b"[" * 2900, system.key, [system.algorithm])


NOT_SIGNED: dict[str, Make] = {
    "by another key": _by_another_key,
    "by a system that is none of ours": _by_none_of_ours,
    "with no system named": _by_nobody_named,
    "altered": _altered,
    "not at all": _without_a_signature,
    "with the public key as a secret": _with_a_shared_secret,
    "nonsense": lambda *_: "nonsense",
    "empty": lambda *_: "",
    "of a list": lambda *_: "W10.W10.W10",
    "of another alphabet": lambda *_: "é.é.é",
    "with a header that is none": _with_a_strange_header,
    "nested": _nested,
    "too long": lambda *_: "a" * 5000,
}


@pytest.mark.parametrize("make", NOT_SIGNED.values(), ids=NOT_SIGNED)
def test_what_is_signed_by_nobody_of_ours_lets_nobody_ask(
    systems: Systems, system: CaseSystem, clock: FakeClock, make: Make
) -> None:
    with pytest.raises(TokenError, match=r"no case system|too long"):
        systems.user_of(make(system, clock.now_ms))


NOW = FakeClock().now_ms // 1000
SAYS_WRONG: list[tuple[dict[str, Any], str]] = [
    ({"iss": None}, "iss: is missing"),
    ({"iss": "other"}, "iss"),
    ({"aud": None}, "aud: is missing"),
    ({"aud": f"whoelse:{council(2).id}"}, "aud"),
    ({"exp": None}, "exp: is missing"),
    ({"exp": NOW - LEEWAY_SECONDS - 1}, "not good any more"),
    ({"exp": NOW + MOST_SECONDS + 1}, f"more than {MOST_SECONDS} seconds"),
    ({"exp": float("nan")}, "exp"),
    ({"exp": float("inf")}, "exp"),
    ({"exp": "tomorrow"}, "exp"),
    ({"exp": True}, "exp"),
    ({"iat": None}, "iat: is missing"),
    ({"iat": NOW + LEEWAY_SECONDS + 2}, "iat"),
    ({"iat": float("nan")}, "iat"),
    ({"jti": None}, "jti: is missing"),
    ({"jti": "short"}, "jti: expected 16 to 128"),
    ({"jti": "x" * 129}, "jti: expected 16 to 128"),
    ({"jti": 7}, "jti"),
    ({"jti": "\ud800" * 16}, "jti: expected 16 to 128"),
    ({"sub": None}, "sub: is missing"),
    ({"sub": "x" * 65}, "sub: at most 64"),
    ({"sub": 7}, "sub"),
    ({"name": None}, "name: expected text"),
    ({"name": "  "}, "name: expected text"),
    ({"name": "x" * 61}, "name: at most 60"),
    ({"name": "\ud800"}, "name: expected text"),
    ({"telephone": None}, "telephone: expected text"),
    ({"telephone": "1" * 25}, "telephone: at most 24"),
    ({"team": None}, "team: expected text"),
    ({"team": "a\nb"}, "team: expected text"),
    ({"team": ["a"]}, "team: expected text"),
    ({"role": None}, "role: expected one of"),
    ({"role": "auditor"}, "role: expected one of"),
    ({"role": ["practitioner"]}, "role: expected one of"),
]


@pytest.mark.parametrize(("changed", "said"), SAYS_WRONG, ids=str)
def test_what_says_it_wrong_lets_nobody_ask(
    systems: Systems, system: CaseSystem, clock: FakeClock, changed: dict[str, Any], said: str
) -> None:
    token = system.token(clock.now_ms, **changed)
    for _ in range(2):
        with pytest.raises(TokenError, match=said):
            systems.user_of(token)


def test_a_system_that_is_removed_asks_no_more(
    systems: Systems, system: CaseSystem, clock: FakeClock
) -> None:
    assert systems.names() == [NAME]
    systems.remove(NAME)
    assert systems.names() == []
    with pytest.raises(TokenError, match="no case system"):
        systems.user_of(system.token(clock.now_ms))
    with pytest.raises(SystemKeyError, match="no case system"):
        systems.remove(NAME)


def test_a_new_key_takes_the_place_of_the_old_one(
    systems: Systems, system: CaseSystem, clock: FakeClock
) -> None:
    newer = CaseSystem()
    systems.add(NAME, newer.pem)
    systems.user_of(newer.token(clock.now_ms))
    with pytest.raises(TokenError, match="no case system"):
        systems.user_of(system.token(clock.now_ms))


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (b"", "no public key"),
        (b"nonsense", "no public key"),
        (CaseSystem().key.as_pem(private=True), "no public key"),
        (RSAKey.generate_key(2048).as_pem(private=False), "neither of"),
        (ECKey.generate_key("P-384").as_pem(private=False), "neither of"),
        (
            Ed448PrivateKey.generate()
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "neither of",
        ),
    ],
    ids=["empty", "nonsense", "private", "RSA", "P-384", "Ed448"],
)
def test_what_is_no_key_is_not_taken(systems: Systems, pem: bytes, said: str) -> None:
    with pytest.raises(SystemKeyError, match=said):
        systems.add("other", pem)
    assert systems.names() == [NAME]


def test_who_writes_to_the_disk_adds_no_system(
    systems: Systems, clock: FakeClock, tmp_path: Path
) -> None:
    """A key is sealed under its name: another's in its place does not open."""
    other = CaseSystem("other")
    systems.add("other", other.pem)
    with sqlite3.connect(tmp_path / "accounts.db") as connection:
        connection.execute(
            "UPDATE case_system SET sealed = (SELECT sealed FROM case_system WHERE name = 'other')"
            " WHERE name = 'mosaic'"
        )
    with pytest.raises(StoreError):
        systems.user_of(CaseSystem(NAME, other.key).token(clock.now_ms))
