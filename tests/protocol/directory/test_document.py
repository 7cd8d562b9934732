import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.directory.document import document_hash, parse_document
from protocol.directory.purposes import STANDARD_PURPOSES
from protocol.encoding import decode_base64url, encode_base64url
from protocol.errors import DirectoryError, LimitError, ProtocolError
from tests.protocol.directory.documents import Path, changed, document, encoded, without
from tests.protocol.samples import UNPRINTABLE

MEMBER = ("members", 0)


def test_accepts_a_valid_document() -> None:
    parsed = parse_document(encoded(document()))
    assert json.loads(parsed.model_dump_json()) == document()


def test_accepts_a_federation_without_members() -> None:
    content = document() | {"members": [], "oprf": {"threshold": 3}}
    assert parse_document(encoded(content)).members == ()


@pytest.mark.parametrize(
    "path",
    [
        ("members", 0, "ceremony_key"),
        ("members", 0, "keyholder_index"),
        ("oprf", "ceremony_session"),
        ("oprf", "key"),
    ],
    ids=lambda path: str(path[-1]),
)
def test_what_has_no_value_may_be_left_out(path: Path) -> None:
    content = document()
    content["oprf"] = {"threshold": 3}
    content["members"][0] |= {"ceremony_key": None, "keyholder_index": None}
    for number, member in enumerate(content["members"][1:], start=1):
        member["keyholder_index"] = number
    if path[0] == "members":
        del content["members"][0][path[-1]]
    parse_document(encoded(content))


@pytest.mark.parametrize(
    "path",
    [
        *(("members", 0, name) for name in document()["members"][0] if name not in
          {"ceremony_key", "keyholder_index"}),
        *((name,) for name in document() if name != "format"),
        ("oprf", "threshold"),
        ("oprf", "key", "generation"),
        ("oprf", "key", "commitments"),
        ("hubs", 0, "id"),
        ("hubs", 0, "url"),
        ("purposes", 0, "code"),
        ("purposes", 0, "name"),
        ("purposes", 0, "legislation"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)  # fmt: skip
def test_refuses_document_without(path: Path) -> None:
    with pytest.raises(DirectoryError):
        parse_document(without(path))


@pytest.mark.parametrize(
    "path",
    [(), MEMBER, ("hubs", 0), ("purposes", 0), ("oprf",), ("oprf", "key")],
    ids=lambda path: ".".join(map(str, path)) or "document",
)
def test_refuses_unknown_key_in(path: Path) -> None:
    with pytest.raises(DirectoryError, match="is not a known entry"):
        parse_document(changed((*path, "more"), 1))


def _other(member: int, name: str) -> Any:
    return document()["members"][member][name]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        pytest.param(("members", 1, "id"), _other(0, "id"), "member ids", id="member id"),
        pytest.param(
            ("members", 1, "signing_key"), _other(0, "signing_key"), "signing keys", id="signing"
        ),
        pytest.param(
            ("members", 1, "sealing_key"), _other(0, "sealing_key"), "sealing keys", id="sealing"
        ),
        pytest.param(
            ("members", 1, "ceremony_key"),
            _other(0, "ceremony_key"),
            "ceremony keys",
            id="ceremony",
        ),
        pytest.param(("hubs", 1, "id"), "hub-1", "hub ids", id="hub id"),
        pytest.param(("purposes", 1, "code"), 1, "purpose codes", id="purpose code"),
    ],
)
def test_refuses_one_twice(path: Path, value: object, problem: str) -> None:
    with pytest.raises(DirectoryError, match=f"{problem} are not distinct"):
        parse_document(changed(path, value))


@pytest.mark.parametrize("index", [1, 6, 64], ids=["twice the first", "a gap", "the largest"])
def test_refuses_keyholder_indices_that_are_not_one_to_n(index: int) -> None:
    with pytest.raises(DirectoryError, match="keyholder indices are not 1 to n"):
        parse_document(changed(("members", 4, "keyholder_index"), index))


@pytest.mark.parametrize("index", [0, -1, 65])
def test_refuses_keyholder_index_out_of_range(index: int) -> None:
    with pytest.raises(DirectoryError):
        parse_document(changed(("members", 4, "keyholder_index"), index))


def test_refuses_keyholder_without_a_ceremony_key() -> None:
    with pytest.raises(DirectoryError, match="a keyholder has no ceremony key"):
        parse_document(changed(("members", 2, "ceremony_key"), None))


def _with_keyholders(number: int, oprf: dict[str, Any]) -> bytes:
    content = document()
    for member in content["members"][number:]:
        member["keyholder_index"] = None
    content["oprf"] = oprf
    return encoded(content)


def test_refuses_ceremony_with_fewer_keyholders_than_the_threshold() -> None:
    with pytest.raises(DirectoryError, match="larger than the number of keyholders"):
        parse_document(_with_keyholders(2, {"threshold": 3, "ceremony_session": "5a" * 32}))


def test_refuses_key_with_fewer_keyholders_than_the_threshold() -> None:
    key = document()["oprf"]["key"]
    with pytest.raises(DirectoryError, match="larger than the number of keyholders"):
        parse_document(_with_keyholders(2, {"threshold": 3, "key": key}))


def test_accepts_fewer_keyholders_than_the_threshold_before_a_ceremony() -> None:
    """Keyholders are admitted one by one."""
    parse_document(_with_keyholders(2, {"threshold": 3}))


def test_accepts_a_ceremony_of_all() -> None:
    parse_document(_with_keyholders(3, {"threshold": 3, "ceremony_session": "5a" * 32}))


@pytest.mark.parametrize("number", [2, 4])
def test_refuses_another_number_of_commitments_than_the_threshold(number: int) -> None:
    commitments = document()["oprf"]["key"]["commitments"]
    value = [*commitments, _other(0, "ceremony_key")][:number]
    with pytest.raises(DirectoryError, match="the number of commitments is not the threshold"):
        parse_document(changed(("oprf", "key", "commitments"), value))


def _sharing(what: str, number: int) -> bytes:
    content = document()
    for member in content["members"][:number]:
        member[what] = "One Ltd"
    return encoded(content)


@pytest.mark.parametrize("what", ["supplier", "host"])
def test_refuses_as_many_keyholders_at_one(what: str) -> None:
    """t shares are the key: whoever runs t keyholders' machines has it."""
    with pytest.raises(DirectoryError, match=f"one {what} has as many keyholders"):
        parse_document(_sharing(what, 3))


@pytest.mark.parametrize("what", ["supplier", "host"])
def test_accepts_one_keyholder_fewer_at_one(what: str) -> None:
    parse_document(_sharing(what, 2))


def test_a_supplier_may_serve_any_number_without_a_share() -> None:
    content = json.loads(_sharing("supplier", 5))
    for member in content["members"][2:]:
        member["keyholder_index"] = None
    content["oprf"] = {"threshold": 3}
    parse_document(encoded(content))


@pytest.mark.parametrize("text", UNPRINTABLE.values(), ids=UNPRINTABLE.keys())
@pytest.mark.parametrize(
    "path",
    [
        ("members", 0, "name"),
        ("members", 0, "supplier"),
        ("members", 0, "host"),
        ("purposes", 0, "name"),
        ("purposes", 0, "legislation"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_refuses_control_characters_in(path: Path, text: str) -> None:
    """They would be printed on a terminal and in a page."""
    with pytest.raises(DirectoryError):
        parse_document(changed(path, text))


def _altered_key(name: str, change: str) -> str:
    text = str(_other(0, name))
    content = decode_base64url(text)
    return {
        "empty": "",
        "padded": text + "=",
        "not base64url": "*" + text[1:],
        "too short": encode_base64url(content[:-1]),
        "too long": encode_base64url(content + b"\0"),
    }[change]


@pytest.mark.parametrize(
    "change", ["empty", "padded", "not base64url", "too short", "too long"]
)  # fmt: skip
@pytest.mark.parametrize("name", ["signing_key", "sealing_key", "ceremony_key"])
def test_refuses_malformed_key(name: str, change: str) -> None:
    with pytest.raises(DirectoryError):
        parse_document(changed((*MEMBER, name), _altered_key(name, change)))


SEALING = decode_base64url(document()["members"][0]["sealing_key"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param((*MEMBER, "ceremony_key"), bytes(32), id="ceremony key: identity"),
        pytest.param((*MEMBER, "ceremony_key"), b"\xff" * 32, id="ceremony key: not canonical"),
        pytest.param(("oprf", "key", "commitments", 0), bytes(32), id="commitment: identity"),
        pytest.param(("oprf", "key", "commitments", 1), b"\xff" * 32, id="commitment: canonical"),
        pytest.param(
            (*MEMBER, "sealing_key"), b"\xff" * 1184 + SEALING[-32:], id="sealing key: lattice"
        ),
        pytest.param(
            (*MEMBER, "sealing_key"), SEALING[:-32] + bytes(32), id="sealing key: low order"
        ),
        pytest.param(
            (*MEMBER, "signing_key"), b"\1" + bytes(31), id="signing key: low order"
        ),
    ],
)  # fmt: skip
def test_refuses_bad_key(path: Path, value: bytes) -> None:
    with pytest.raises(DirectoryError):
        parse_document(changed(path, encode_base64url(value)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "whoelse-directory/2"),
        (("federation",), "West Yorkshire"),
        (("federation",), ""),
        (("federation",), "west\n"),
        (("version",), 0),
        (("version",), "x"),
        (("previous",), "ab" * 31),
        (("previous",), "AB" * 32),
        (("matching_version",), 0),
        (("matching_version",), 65536),
        (("tick_ms",), 9),
        (("tick_ms",), 10_001),
        (("post_interval_seconds",), 0),
        (("post_interval_seconds",), 3601),
        (("purposes",), []),
        (("hubs",), []),
        (("oprf", "threshold"), 1),
        (("oprf", "threshold"), limits.THRESHOLD + 1),
        (("oprf", "ceremony_session"), "zz" * 32),
        (("oprf", "key", "generation"), 0),
        (("hubs", 0, "id"), "Hub 1"),
        (("hubs", 0, "url"), "ftp://hub.invalid"),
        (("hubs", 0, "url"), "https://hub.invalid/path"),
        (("hubs", 0, "url"), "https://user@hub.invalid"),
        (("hubs", 0, "url"), "https://hub.invalid\n"),
        (("hubs", 0, "url"), "https://" + "h" * 200),
        (("purposes", 0, "code"), 0),
        (("purposes", 0, "code"), 65536),
        (("purposes", 0, "legislation"), ""),
        (("purposes", 0, "legislation"), "x" * 121),
        ((*MEMBER, "id"), "e08000035"),
        ((*MEMBER, "id"), "E08000035\n"),
        ((*MEMBER, "id"), "E8"),
        ((*MEMBER, "name"), ""),
        ((*MEMBER, "name"), "x" * 81),
        ((*MEMBER, "kind"), 3),
        ((*MEMBER, "duty_line"), "call me"),
        ((*MEMBER, "duty_line"), "0" * 25),
        ((*MEMBER, "duty_line"), "0113\n"),
        ((*MEMBER, "declared_records"), -1),
        ((*MEMBER, "declared_records"), 5_000_001),
        ((*MEMBER, "questions_per_day"), -1),
        ((*MEMBER, "questions_per_day"), 1_000_001),
        (("members",), None),
    ],
    ids=str,
)
def test_refuses_value_out_of_range(path: Path, value: object) -> None:
    with pytest.raises(DirectoryError):
        parse_document(changed(path, value))


@pytest.mark.parametrize("url", ["http://hub:99999", "http://::1", "http://:80", "http://hub:0"])
def test_refuses_a_hub_that_nobody_can_dial(url: str) -> None:
    """One signer's slip would end the dialling of every node."""
    with pytest.raises(DirectoryError, match=r"hubs\.0\.url"):
        parse_document(changed(("hubs", 0, "url"), url))


@pytest.mark.parametrize("line", ["duty_line", "out_of_hours_line"])
def test_refuses_a_member_without_a_number_to_ring(line: str) -> None:
    with pytest.raises(DirectoryError, match=line):
        parse_document(changed(("members", 0, line), ""))


def test_refuses_more_hubs_than_the_limit() -> None:
    hubs = [{"id": f"hub-{n}", "url": "https://hub.invalid"} for n in range(limits.HUBS + 1)]
    with pytest.raises(DirectoryError):
        parse_document(changed(("hubs",), hubs))


def test_refuses_document_larger_than_the_limit() -> None:
    with pytest.raises(LimitError):
        parse_document(bytes(limits.DIRECTORY_BYTES + 1))


def test_says_where_the_problem_is_and_not_what_stood_there() -> None:
    with pytest.raises(DirectoryError) as refusal:
        parse_document(changed(("members", 3, "duty_line"), "ring Mary"))
    assert "members.3.duty_line" in str(refusal.value)
    assert "Mary" not in str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 10_000, id="deep nesting"),
        pytest.param(encoded(document()) + b"{}", id="trailing document"),
    ],
)
def test_refuses_what_is_no_document(content: bytes) -> None:
    with pytest.raises(DirectoryError):
        parse_document(content)


@given(st.binary(max_size=100))
def test_document_parser_raises_only_our_errors(content: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_document(content)


_json = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_paths: list[Path] = [
    *((name,) for name in document()),
    *(("members", 0, name) for name in document()["members"][0]),
    ("oprf", "threshold"),
    ("oprf", "key"),
    ("oprf", "key", "commitments"),
    ("hubs", 0),
]


@settings(max_examples=60)
@given(st.sampled_from(_paths), _json | st.lists(_json, max_size=2))
def test_any_value_anywhere_raises_only_our_errors(path: Path, value: object) -> None:
    with suppress(ProtocolError):
        parse_document(changed(path, value))


def test_hash_is_over_the_bytes_as_they_were_signed() -> None:
    content = encoded(document())
    assert document_hash(content) != document_hash(content + b"\n")
    assert parse_document(content) == parse_document(content + b"\n")


def test_standard_purposes_are_distinct_and_name_their_legislation() -> None:
    assert len({purpose.code for purpose in STANDARD_PURPOSES}) == len(STANDARD_PURPOSES)
    assert all("Children Act" in purpose.legislation for purpose in STANDARD_PURPOSES)
