"""The vectors of C2SP cocktail-dkg, read from ../shared/vectors beside this repository."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protocol.oprf import group
from protocol.oprf.ceremony import CeremonyPlan, CeremonySecrets
from protocol.oprf.group import Scalar

NAMES = ("2-of-3", "3-of-5", "7-of-14", "2-of-3-with-payload")

_PATH = (
    Path(__file__).resolve().parents[4]
    / "shared/vectors/cocktail-dkg/cocktail-dkg-ristretto255-sha512.json"
)


@dataclass(frozen=True)
class Vector:
    """One vector: its JSON, and the inputs that its README says how to derive."""

    fields: dict[str, Any]
    plan: CeremonyPlan
    static_secrets: tuple[Scalar, ...]
    secrets: tuple[CeremonySecrets, ...]
    payloads: tuple[bytes, ...]


def load_vectors() -> dict[str, Vector]:
    if not _PATH.exists():
        pytest.skip("cocktail-dkg vectors not found at ../shared/vectors")
    file = json.loads(_PATH.read_text())
    assert len(file["vectors"]) == len(NAMES)
    return {
        name: _vector(file, fields) for name, fields in zip(NAMES, file["vectors"], strict=True)
    }


def _vector(file: dict[str, Any], fields: dict[str, Any]) -> Vector:
    participants = range(1, fields["n"] + 1)
    stem = (
        bytes.fromhex(file["seed"])
        + file["ciphersuite"].encode()
        + fields["t"].to_bytes(4, "little")
        + fields["n"].to_bytes(4, "little")
    )
    plan = CeremonyPlan(
        bytes.fromhex(fields["session_tag"]),
        fields["t"],
        tuple(
            group.decode_element(bytes.fromhex(key))
            for key in fields["config"]["static_public_keys"]
        ),
        bytes.fromhex(fields["extension"]),
    )
    return Vector(
        fields,
        plan,
        tuple(
            group.decode_scalar(bytes.fromhex(key))
            for key in fields["config"]["static_secret_keys"]
        ),
        tuple(_secrets(stem, index, fields["t"]) for index in participants),
        tuple(bytes.fromhex(payload) for payload in fields.get("payloads", [""] * fields["n"])),
    )


def _secrets(stem: bytes, index: int, threshold: int) -> CeremonySecrets:
    """Return what a participant drew: SHA-512 over its label and a little-endian counter."""
    *coefficients, ephemeral_secret = (
        group.scalar_from_wide(
            hashlib.sha512(
                stem + b"round1_participant_%d" % index + counter.to_bytes(8, "little")
            ).digest()
        )
        for counter in range(threshold + 1)
    )
    return CeremonySecrets(tuple(coefficients), ephemeral_secret)
