"""Write our wire vectors anew: `python -m tests.vectors.write`.

Written from the specification, with nothing of `protocol`: a second reading of it. HPKE draws
random bytes, so the request envelope of a former run is kept unless its file is removed.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FOLDER = Path(__file__).parent

Wire = Sequence[tuple[str, bytes] | tuple[str, bytes, int]]
"""Fields in order: what it is, its bytes, how often they stand one behind the other."""

ASKER = b"E08000035"
ANSWERER = b"E08000032"
ASKER_SEED = b"\1" * 32
ANSWERER_SEED = b"\2" * 32
SEALING_SEED = b"\2" * 96
ROUND = bytes(range(16))
TIME_MS = 1_750_000_000_000
EPOCH = 486_111
TOKEN = bytes(range(32))
WHO_SEED = bytes(range(0x40, 0x50))
REPLY_SECRET = bytes(range(0x60, 0x80))
SALT = bytes(range(0x80, 0xA0))
KEY_ID = bytes.fromhex("0123456789abcdef")
DIRECTORY_HASH = b"\xdd" * 32
EMPTY_SLOT = b"\xee" * 24
ELEMENT = bytes.fromhex("863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945")
EVALUATED = bytes.fromhex("aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e")
PROOF = bytes.fromhex(
    "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
    "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"
)


def member(text: bytes) -> bytes:
    return text.ljust(12, b"\0")


def number(value: int, width: int) -> bytes:
    return value.to_bytes(width, "big")


def prefixed(content: bytes, width: int = 2) -> bytes:
    return number(len(content), width) + content


def label(name: bytes) -> bytes:
    return prefixed(b"whoelse/v1/" + name)


def exchange(name: bytes) -> bytes:
    return label(name) + ROUND + member(ASKER) + member(ANSWERER)


def mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


def signature(seed: bytes, name: bytes, content: bytes) -> bytes:
    signed = label(name) + prefixed(content, 4)
    return Ed25519PrivateKey.from_private_bytes(seed).sign(signed)


def joined(wire: Wire) -> bytes:
    return b"".join(field[1] * (field[2] if len(field) > 2 else 1) for field in wire)


def padding(wire: Wire, length: int) -> tuple[str, bytes, int]:
    return ("padding", b"\0", length - len(joined(wire)))


def header(kind: int, sender: bytes, recipient: bytes) -> list[tuple[str, bytes]]:
    return [
        ("version", b"\1"),
        ("kind", number(kind, 1)),
        ("round", ROUND),
        ("sender", member(sender)),
        ("recipient", member(recipient)),
    ]


WHO = [
    ("name", prefixed(b"Sam Practitioner")),
    ("telephone", prefixed(b"0113 496 0001")),
    ("team", prefixed(b"Duty and Advice")),
    ("reference", prefixed(b"CASE-1")),
    ("protected location", b"\1"),
]
WHO_PLAINTEXT: Wire = [*WHO, padding(WHO, 216)]
TAG = mac(TOKEN, label(b"tag") + number(EPOCH, 8) + member(ANSWERER))[:8]
MASK = mac(TOKEN, exchange(b"who-mask"))[:16]
MASKED_SEED = bytes(a ^ b for a, b in zip(WHO_SEED, MASK, strict=True))
WHO_KEY = mac(WHO_SEED, exchange(b"who-key"))
WHO_CELL = ChaCha20Poly1305(WHO_KEY).encrypt(bytes(12), joined(WHO_PLAINTEXT), None)

QUESTION: Wire = [
    ("OPRF key", KEY_ID),
    ("matching version", number(1, 2)),
    ("epoch", number(EPOCH, 4)),
    ("directory version", number(5, 4)),
    ("directory hash", DIRECTORY_HASH),
    ("member kind: council", b"\1"),
    ("role: team manager", b"\2"),
    ("purpose", number(1, 2)),
    ("tag of slot 0", TAG),
    ("masked seed of slot 0", MASKED_SEED),
    ("slots 1 to 63, random", EMPTY_SLOT, 63),
    ("who-block", WHO_CELL),
]

INVOLVEMENT = [
    ("involvement: child in need", b"\2"),
    ("still open", number(0, 4)),
    ("lead practitioner", b"\1"),
    ("day of last update: 1 June 2025", number(739_403, 4)),
    ("covers", prefixed(b"since 2019")),
    ("organisation", prefixed(b"Bradford Council")),
    ("team", prefixed("Référent".encode())),
    ("role", prefixed(b"Social worker")),
    ("name", prefixed(b"")),
    ("telephone", prefixed(b"01274 496 000")),
    ("out-of-hours telephone", prefixed(b"01274 496 001")),
    ("email", prefixed(b"duty@bradford.invalid")),
]


def envelope() -> bytes:
    """Return the request envelope that stands in the vector, or a new one."""
    path = FOLDER / "lookup_request.json"
    if path.exists():
        kept = bytes.fromhex("".join(f["hex"] for f in json.loads(path.read_text())["wire"]))
        if kept[:50] == joined(HEADER):
            return kept
    curve = X25519PrivateKey.from_private_bytes(SEALING_SEED[64:]).public_key()
    lattice = MLKEM768PrivateKey.from_seed_bytes(SEALING_SEED[:64]).public_key()
    info = label(b"request-cell") + prefixed(joined(HEADER))
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    plaintext = REPLY_SECRET + joined(QUESTION)
    cell = suite.encrypt(plaintext, MLKEM768X25519PublicKey(lattice, curve), info=info)
    content = joined(HEADER) + cell
    return content + signature(ASKER_SEED, b"envelope", content)


HEADER = [*header(3, ASKER, ANSWERER), ("time", number(TIME_MS, 8))]
ENVELOPE = envelope()
DIGEST = hashlib.sha256(ENVELOPE).digest()
HIT_PROOF = mac(TOKEN, exchange(b"hit") + DIGEST)


def answer(outcome: int, slot: int, involvements: int, proof: bytes) -> Wire:
    fields: list[tuple[str, bytes] | tuple[str, bytes, int]] = [
        ("outcome", number(outcome, 1)),
        ("cause: none", b"\0"),
        ("slot", number(slot, 1)),
        ("number of involvements", number(involvements, 1)),
        ("hit proof", proof),
    ]
    for _ in range(involvements):
        fields += [*INVOLVEMENT, padding(INVOLVEMENT, 496)]
    return [*fields, padding(fields, 1524)]


def reply(body: bytes) -> Wire:
    info = label(b"reply-cell") + prefixed(DIGEST)
    derived = HKDF(SHA256(), 44, SALT, info).derive(REPLY_SECRET)
    cell = ChaCha20Poly1305(derived[:32]).encrypt(derived[32:], body, None)
    fields = [
        *header(3, ANSWERER, ASKER),
        ("request digest", DIGEST),
        ("salt", SALT),
        ("cell", cell),
    ]
    return [*fields, ("signature", signature(ANSWERER_SEED, b"reply-envelope", joined(fields)))]


def bundle() -> Wire:
    fields = [
        ("version", b"\1"),
        ("kind: lookup", b"\3"),
        ("round", ROUND),
        ("sender", member(ASKER)),
        ("time", number(TIME_MS, 8)),
        ("number of envelopes", number(1, 2)),
        ("envelope", ENVELOPE),
    ]
    return [*fields, ("signature", signature(ASKER_SEED, b"bundle", joined(fields)))]


HUB_NONCE = bytes(range(0xA0, 0xC0))
NODE_NONCE = bytes(range(0xC0, 0xE0))
SIGNED_LINK = [
    ("hub id", prefixed(b"hub-1")),
    ("node id", member(ASKER)),
    ("hub nonce", HUB_NONCE),
    ("node nonce", NODE_NONCE),
    ("time", number(TIME_MS, 8)),
]
INTRODUCTION: Wire = [
    ("node id", member(ASKER)),
    ("node nonce", NODE_NONCE),
    ("time", number(TIME_MS, 8)),
    ("signature", signature(ASKER_SEED, b"link", joined(SIGNED_LINK))),
]
CHALLENGE: Wire = [
    ("version", b"\1"),
    ("hub nonce", HUB_NONCE),
    ("hub id", prefixed(b"hub-1")),
]

POST = [
    ("message id", ROUND),
    ("type: ceremony signature", b"\2"),
    ("content", prefixed(b"a signature")),
]
RECEIPT: Wire = [("status: stored", b"\1"), ("message id", ROUND)]

EVALUATION_REQUEST: Wire = [
    ("generation", number(7, 4)),
    ("matching version", number(1, 2)),
    ("blinded elements", ELEMENT, 64),
]
IMPORT_EVALUATION_REQUEST: Wire = [
    *EVALUATION_REQUEST[:2],
    ("subset: keyholders 1, 3 and 4", number(0b1101, 8)),
    ("blinded elements", ELEMENT, 1024),
]
EVALUATION_REPLY: Wire = [
    ("status: evaluated", b"\1"),
    ("generation", number(7, 4)),
    ("allowance left", number(123_456, 4)),
    ("evaluated elements", EVALUATED, 64),
    ("proof: challenge", PROOF[:32]),
    ("proof: response", PROOF[32:]),
]
EVALUATION_REFUSAL: Wire = [
    ("status: allowance used", b"\2"),
    ("generation", number(7, 4)),
    ("allowance left", number(0, 4)),
    ("padding", b"\0", 2112),
]


Given = dict[str, bytes | int | str]
NOTHING: Given = {}


def write(
    name: str, comment: str, wire: Wire, given: Given = NOTHING, expect: str = "accepted"
) -> None:
    fields = [
        {"comment": field[0], "hex": field[1].hex()}
        | ({"times": field[2]} if len(field) > 2 else {})
        for field in wire
    ]
    plain = {k: v.hex() if isinstance(v, bytes) else v for k, v in given.items()}
    content: dict[str, Any] = {
        "comment": comment,
        "expect": expect,
        "given": plain,
        "wire": fields,
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


def main() -> None:
    exchanged: Given = {
        "asker": ASKER.decode(),
        "answerer": ANSWERER.decode(),
        "round": ROUND,
        "token": TOKEN,
    }
    write(
        "lookup_who_block",
        "the who-block before it is sealed, and its key from the seed",
        WHO_PLAINTEXT,
        exchanged | {"seed": WHO_SEED, "who_key": WHO_KEY, "sealed": WHO_CELL},
    )
    write(
        "lookup_question",
        "a question with one key in slot 0: tag, masked seed, who-block",
        QUESTION,
        exchanged | {"epoch": EPOCH, "seed": WHO_SEED, "mask": MASK},
    )
    write(
        "lookup_request",
        "the envelope around lookup_question; HPKE draws random bytes: only to be opened",
        [*HEADER, ("cell", ENVELOPE[50:-64]), ("signature", ENVELOPE[-64:])],
        {
            "time_ms": TIME_MS,
            "asker_signing_seed": ASKER_SEED,
            "answerer_sealing_seed": SEALING_SEED,
            "reply_secret": REPLY_SECRET,
            "digest": DIGEST,
        },
    )
    known = answer(1, 0, 1, HIT_PROOF)
    write(
        "lookup_answer_known",
        "known, with one involvement; the proof is over lookup_request",
        known,
        exchanged | {"digest": DIGEST},
    )
    write("lookup_answer_not_known", "not known: zeros behind", answer(5, 0, 0, bytes(32)))
    write(
        "lookup_answer_involvement_on_not_known",
        "a not-known that tells something",
        answer(5, 0, 1, bytes(32)),
        expect="malformed",
    )
    write(
        "lookup_answer_slot_out_of_range",
        "slot 64 of 0 to 63",
        answer(1, 64, 1, HIT_PROOF),
        expect="malformed",
    )
    write(
        "lookup_answer_unreachable",
        "an outcome that does not travel",
        answer(101, 0, 0, bytes(32)),
        expect="malformed",
    )
    write(
        "lookup_reply",
        "the envelope around lookup_answer_known, in reply to lookup_request",
        reply(joined(known)),
        {"answerer_signing_seed": ANSWERER_SEED, "reply_secret": REPLY_SECRET, "salt": SALT},
    )
    write(
        "bundle",
        "a round of one envelope, that of lookup_request",
        bundle(),
        {"asker_signing_seed": ASKER_SEED, "time_ms": TIME_MS},
    )
    write("link_challenge", "the hub's first frame", CHALLENGE, {"hub_id": "hub-1"})
    write(
        "link_introduction",
        "the node's answer to link_challenge; signed_content stands behind the label",
        INTRODUCTION,
        {
            "node_id": ASKER.decode(),
            "node_signing_seed": ASKER_SEED,
            "time_ms": TIME_MS,
            "signed_content": joined(SIGNED_LINK),
        },
    )
    write(
        "post_message",
        "a post cell with a message",
        [*POST, padding(POST, 1043)],
        {"content": b"a signature"},
    )
    write(
        "post_padding_not_zero",
        "a post cell with something behind its message",
        [*POST, ("padding", b"\0", 1043 - len(joined(POST)) - 1), ("hidden", b"\1")],
        expect="malformed",
    )
    write("post_receipt", "says that a cell is stored", RECEIPT)
    write("evaluation_request", "64 times one blinded element of RFC 9497", EVALUATION_REQUEST)
    write(
        "evaluation_request_identity",
        "one blinded element is the identity",
        [*EVALUATION_REQUEST[:2], ("elements", ELEMENT, 63), ("identity", bytes(32))],
        expect="malformed",
    )
    write("import_evaluation_request", "1,024 times that", IMPORT_EVALUATION_REQUEST)
    write(
        "import_evaluation_request_to_nobody",
        "its subset is empty",
        [*EVALUATION_REQUEST[:2], ("subset", bytes(8)), ("blinded elements", ELEMENT, 1024)],
        expect="malformed",
    )
    write("evaluation_reply", "64 evaluated elements and a proof", EVALUATION_REPLY)
    write("evaluation_refusal", "an allowance used: as long as an evaluation", EVALUATION_REFUSAL)


if __name__ == "__main__":
    main()
