"""Evidence against a keyholder: whoever holds it can show it, and nobody can make it up."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import EvidenceError
from node.evaluating.evidence import (
    EvidenceFolder,
    KeyholderEvidence,
    format_evidence,
    keep_nothing,
    parse_evidence,
)
from node.evaluating.judging import verify_evidence
from node.keyholding.share import KeyShare
from node.ledger.ledger import DAY_MS, Ledger
from protocol import limits
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.matching.keys import MATCHING_VERSION
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
    EvaluationRequest,
)
from protocol.oprf import group, voprf
from protocol.oprf.checking import BatchCheck
from protocol.oprf.dleq import Proof
from protocol.oprf.group import Element
from protocol.sealing.envelope import (
    Header,
    Kind,
    request_body_bytes,
)
from tests.node.evaluating.evaluations import (
    ASKER,
    KEYHOLDER,
    PLANTED,
    SHARE,
    Request,
    another_share,
    check_of,
    evaluate,
    honest,
)
from tests.node.small_federation import (
    COMMITMENTS,
    DIRECTORY,
    NOW_MS,
    THRESHOLD,
    council,
    key_share,
    make_directory,
    make_header,
    seal,
    secret_scalar,
)


def batch_of(request: Request) -> tuple[Element, ...]:
    return EvaluationRequest.decode(request.body, request.kind).blinded_elements


KINDS = (Kind.EVALUATION, Kind.IMPORT_EVALUATION)


def altered(answer: EvaluationReply, change: Callable[[Evaluated], Evaluated]) -> EvaluationReply:
    assert answer.evaluated is not None
    return replace(answer, evaluated=change(answer.evaluated))


def swap(made: Evaluated) -> Evaluated:
    first, second, *others = made.evaluated_elements
    return replace(made, evaluated_elements=(second, first, *others))


def alter_one(made: Evaluated) -> Evaluated:
    *others, _ = made.evaluated_elements
    last = group.multiply_base(secret_scalar("whatever"))
    return replace(made, evaluated_elements=(*others, last))


def alter_padding(made: Evaluated) -> Evaluated:
    *others, padding, check = made.evaluated_elements
    return replace(made, evaluated_elements=(*others, group.add(padding, padding), check))


def alter_proof(made: Evaluated) -> Evaluated:
    assert made.proof is not None
    return replace(made, proof=Proof(made.proof.challenge, secret_scalar("response")))


def no_element(request: Request) -> bytes:
    content = request.evaluated().encode(request.kind)
    return content[:9] + b"\xff" * 32 + content[41:]


WRONG: dict[str, Callable[[Request], EvaluationReply | bytes]] = {
    "another share": lambda request: request.evaluated(another_share()),
    "another keyholder's share": lambda request: request.evaluated(key_share(3)),
    "two elements swapped": lambda request: altered(request.evaluated(), swap),
    "an element altered": lambda request: altered(request.evaluated(), alter_one),
    "a proof altered": lambda request: altered(request.evaluated(), alter_proof),
    "another batch": lambda request: replace(
        request.evaluated(), evaluated=evaluate(request.kind, "another", SHARE, request.subset)
    ),
    "another generation": lambda request: request.evaluated(generation=2),
    "no element": no_element,
    "no status": lambda request: b"\x09" + request.evaluated().encode(request.kind)[1:],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_answer_names_its_keyholder(
    wrong: Callable[[Request], EvaluationReply | bytes],
) -> None:
    request = Request()
    assert verify_evidence(request.reply(wrong(request)), DIRECTORY).id == KEYHOLDER.id


WRONG_AT_AN_IMPORT: dict[str, Callable[[Request], EvaluationReply | bytes]] = {
    **{name: wrong for name, wrong in WRONG.items() if name != "a proof altered"},
    "without the weight of its subset": lambda request: replace(
        request.evaluated(), evaluated=Evaluated(voprf.evaluate(SHARE.share, batch_of(request)))
    ),
}


@pytest.mark.parametrize("wrong", WRONG_AT_AN_IMPORT.values(), ids=WRONG_AT_AN_IMPORT)
def test_wrong_answer_to_an_import_names_its_keyholder(
    wrong: Callable[[Request], EvaluationReply | bytes],
) -> None:
    request = Request(Kind.IMPORT_EVALUATION)
    assert verify_evidence(request.reply(wrong(request)), DIRECTORY).id == KEYHOLDER.id


def test_what_does_not_decode_needs_no_check() -> None:
    request = Request(Kind.IMPORT_EVALUATION)
    evidence = replace(request.reply(no_element(request)), check=None)
    assert verify_evidence(evidence, DIRECTORY).id == KEYHOLDER.id


def test_wrong_padding_of_an_import_is_no_evidence() -> None:
    """It makes no token, and no check covers it."""
    request = Request(Kind.IMPORT_EVALUATION)
    evidence = request.reply(altered(request.evaluated(), alter_padding))
    with pytest.raises(EvidenceError, match="right"):
        verify_evidence(evidence, DIRECTORY)


# Nobody is framed: what an honest keyholder gives serves against nobody


@pytest.mark.parametrize("kind", KINDS)
def test_right_answer_is_no_evidence(ledger: Ledger, kind: Kind) -> None:
    with pytest.raises(EvidenceError, match="right"):
        verify_evidence(honest(ledger, Request(kind)), DIRECTORY)


@pytest.mark.parametrize(
    ("directory", "share"),
    [
        pytest.param(DIRECTORY, None, id="not a keyholder"),
        pytest.param(make_directory(limits={1: {"questions_per_day": 0}}), SHARE, id="allowance"),
        pytest.param(
            make_directory(matching_version=MATCHING_VERSION + 1),
            SHARE,
            id="other matching version",
        ),
    ],
)
def test_refusal_is_no_evidence(
    ledger: Ledger, directory: Directory, share: KeyShare | None
) -> None:
    with pytest.raises(EvidenceError, match="refusal"):
        verify_evidence(honest(ledger, Request(), directory, share), DIRECTORY)


FIELDS = ("request", "body", "reply_secret", "reply")


@lru_cache
def wrong_evidence(kind: Kind = Kind.EVALUATION) -> KeyholderEvidence:
    request = Request(kind)
    return request.reply(request.evaluated(another_share()))


def with_part(evidence: KeyholderEvidence, field: str, content: bytes) -> KeyholderEvidence:
    return KeyholderEvidence(
        **{name: getattr(evidence, name) for name in FIELDS} | {field: content},
        check=evidence.check,
    )


@given(st.sampled_from(KINDS), st.sampled_from(FIELDS), st.integers(0, 20_000), st.integers(0, 7))
def test_evidence_altered_in_any_bit_is_none(
    kind: Kind, field: str, position: int, bit: int
) -> None:
    evidence = wrong_evidence(kind)
    content = bytearray(getattr(evidence, field))
    content[position % len(content)] ^= 1 << bit
    with pytest.raises(EvidenceError):
        verify_evidence(with_part(evidence, field, bytes(content)), DIRECTORY)


@given(st.sampled_from(KINDS), st.sampled_from(FIELDS), st.binary(max_size=200))
def test_anything_in_place_of_a_part_is_no_evidence(kind: Kind, field: str, content: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify_evidence(with_part(wrong_evidence(kind), field, content), DIRECTORY)


CHECK = check_of("")
OFFSET, WEIGHTS = CHECK.offset, CHECK.weights
OTHER_SCALAR = secret_scalar("another")
OTHER_CHECKS: dict[str, BatchCheck | None] = {
    "none": None,
    "another offset": BatchCheck(OTHER_SCALAR, WEIGHTS),
    "another weight": BatchCheck(OFFSET, (OTHER_SCALAR, *WEIGHTS[1:])),
    "weights swapped": BatchCheck(OFFSET, (WEIGHTS[1], WEIGHTS[0], WEIGHTS[2])),
    "a weight less": BatchCheck(OFFSET, WEIGHTS[:-1]),
    "a weight more": BatchCheck(OFFSET, (*WEIGHTS, OTHER_SCALAR)),
    "a weight of nothing": BatchCheck(OFFSET, (*WEIGHTS, group.scalar_from_int(0))),
    "a weight for the check itself": BatchCheck(OFFSET, (OTHER_SCALAR,) * limits.IMPORT_BATCH),
    "more weights than elements": BatchCheck(OFFSET, (OTHER_SCALAR,) * 1000),
}


@pytest.mark.parametrize("check", OTHER_CHECKS.values(), ids=OTHER_CHECKS)
def test_import_is_not_judged_by_another_check_than_that_of_its_batch(
    check: BatchCheck | None,
) -> None:
    evidence = replace(wrong_evidence(Kind.IMPORT_EVALUATION), check=check)
    with pytest.raises(EvidenceError, match=r"check|malformed"):
        verify_evidence(evidence, DIRECTORY)


def test_lookup_is_not_judged_by_a_check() -> None:
    with pytest.raises(EvidenceError, match="a check that such a batch does not have"):
        verify_evidence(replace(wrong_evidence(), check=CHECK), DIRECTORY)


def test_what_is_no_evaluation_is_no_evidence() -> None:
    header: Header = make_header(Kind.LOOKUP, ASKER, KEYHOLDER)
    envelope = seal(header, bytes(request_body_bytes(Kind.LOOKUP))).envelope
    with pytest.raises(EvidenceError, match="not of an evaluation"):
        verify_evidence(replace(wrong_evidence(), request=envelope), DIRECTORY)


def test_member_that_holds_no_share_cannot_be_accused() -> None:
    request = Request(keyholder=council(6))
    evidence = request.reply(request.evaluated(another_share()))
    with pytest.raises(EvidenceError, match="not of an evaluation by a keyholder"):
        verify_evidence(evidence, DIRECTORY)


@pytest.mark.parametrize(
    "subset",
    [
        pytest.param((1, 3, 4), id="of others"),
        pytest.param((1, 2), id="too few"),
        pytest.param((1, 2, 3, 4), id="too many"),
        pytest.param((1, 2, 6), id="with one that holds no share"),
    ],
)
def test_nobody_is_judged_by_a_subset_that_a_keyholder_declines(subset: tuple[int, ...]) -> None:
    request = Request(Kind.IMPORT_EVALUATION, subset=subset)
    evidence = request.reply(request.evaluated(another_share()))
    with pytest.raises(EvidenceError, match="subset"):
        verify_evidence(evidence, DIRECTORY)


@pytest.mark.parametrize("generation", [None, 2])
def test_shares_of_another_generation_are_not_judged_by_this_directory(
    generation: int | None,
) -> None:
    commitments = tuple(map(encode_base64url, COMMITMENTS))
    key = OprfKeyEntry(generation=generation, commitments=commitments) if generation else None
    later = make_directory(oprf=OprfEntry(threshold=THRESHOLD, key=key))
    with pytest.raises(EvidenceError, match="generation"):
        verify_evidence(wrong_evidence(), later)


# As a file


@pytest.mark.parametrize("kind", KINDS)
def test_file_says_the_same(kind: Kind) -> None:
    evidence = wrong_evidence(kind)
    assert parse_evidence(format_evidence(evidence).encode()) == evidence


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="without parts"),
        pytest.param(
            format_evidence(wrong_evidence()).replace("/1", "/2").encode(), id="another format"
        ),
        pytest.param(
            format_evidence(wrong_evidence()).replace('"body"', '"more": "", "body"').encode(),
            id="an unknown part",
        ),
        pytest.param(
            format_evidence(wrong_evidence()).replace('"reply": "', '"reply": "=').encode(),
            id="not base64url",
        ),
        pytest.param(
            format_evidence(wrong_evidence()).replace('"check": "', '"check": "AAAA').encode(),
            id="a check of no scalars",
        ),
        pytest.param(
            format_evidence(wrong_evidence())
            .replace('"check": "', '"check": "' + encode_base64url(b"\xff" * 32))
            .encode(),
            id="a check of no reduced scalar",
        ),
    ],
)
def test_refuses_a_file_of_another_form(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="known form"):
        parse_evidence(content)


@given(st.binary())
def test_parsing_raises_our_error_alone(content: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_evidence(content)


def test_first_of_a_day_is_kept_for_each_keyholder(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    first, again = wrong_evidence(), Request(seed="again")
    tomorrow = Request(now_ms=NOW_MS + DAY_MS)
    other = Request(keyholder=council(3))
    for evidence in (
        first,
        again.reply(again.evaluated(another_share())),
        tomorrow.reply(tomorrow.evaluated(another_share())),
        other.reply(other.evaluated(another_share())),
    ):
        assert folder.keep(evidence)
    names = sorted(path.name for path in (tmp_path / "evidence").iterdir())
    assert names == [
        "E09000002-2025-06-15.json",
        "E09000002-2025-06-16.json",
        "E09000003-2025-06-15.json",
    ]
    assert parse_evidence((tmp_path / "evidence" / names[0]).read_bytes()) == first


def test_only_the_nodes_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    EvidenceFolder(folder).keep(wrong_evidence())
    assert folder.stat().st_mode & 0o077 == 0
    assert next(folder.iterdir()).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_child_is_in_it(kind: Kind) -> None:
    """The elements are blinded: what they were made of shows neither as it is nor as a token."""
    evidence = wrong_evidence(kind)
    token_input = bytes(voprf.blind(PLANTED, group.scalar_from_int(1)).blinded_element)
    check = evidence.check.encode() if evidence.check is not None else b""
    for part in (evidence.request, evidence.body, evidence.reply, check):
        assert PLANTED not in part
        assert token_input not in part


def test_disk_that_is_full_costs_no_question(tmp_path: Path) -> None:
    in_the_way = tmp_path / "evidence"
    in_the_way.write_bytes(b"")
    assert not EvidenceFolder(in_the_way).keep(wrong_evidence())


def test_without_a_place_nothing_is_kept() -> None:
    assert not keep_nothing(wrong_evidence())
