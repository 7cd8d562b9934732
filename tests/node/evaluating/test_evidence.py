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
    verify_evidence,
)
from node.keyholding.share import KeyShare
from node.ledger.ledger import DAY_MS, Ledger
from protocol.directory.document import OprfEntry, OprfKeyEntry
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.messages.evaluation import (
    Evaluated,
    EvaluationReply,
)
from protocol.oprf import group, voprf
from protocol.oprf.dleq import Proof
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


def alter_proof(made: Evaluated) -> Evaluated:
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
        request.evaluated(), evaluated=evaluate(request.kind, "another", key_share(2))
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


def test_wrong_answer_to_an_import_names_its_keyholder() -> None:
    request = Request(Kind.IMPORT_EVALUATION)
    evidence = request.reply(request.evaluated(another_share()))
    assert verify_evidence(evidence, DIRECTORY).id == KEYHOLDER.id


def test_answer_to_an_import_without_the_weight_of_its_subset_names_its_keyholder() -> None:
    request = Request(Kind.IMPORT_EVALUATION)
    unweighted = evaluate(request.kind, request.seed, SHARE)
    evidence = request.reply(replace(request.evaluated(), evaluated=unweighted))
    assert verify_evidence(evidence, DIRECTORY).id == KEYHOLDER.id


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
        pytest.param(make_directory(matching_version=2), SHARE, id="other matching version"),
    ],
)
def test_refusal_is_no_evidence(
    ledger: Ledger, directory: Directory, share: KeyShare | None
) -> None:
    with pytest.raises(EvidenceError, match="refusal"):
        verify_evidence(honest(ledger, Request(), directory, share), DIRECTORY)


FIELDS = ("request", "body", "reply_secret", "reply")


@lru_cache
def wrong_evidence() -> KeyholderEvidence:
    request = Request()
    return request.reply(request.evaluated(another_share()))


@given(st.sampled_from(FIELDS), st.integers(0, 10_000), st.integers(0, 7))
def test_evidence_altered_in_any_bit_is_none(field: str, position: int, bit: int) -> None:
    content = bytearray(getattr(wrong_evidence(), field))
    content[position % len(content)] ^= 1 << bit
    with pytest.raises(EvidenceError):
        verify_evidence(replace(wrong_evidence(), **{field: bytes(content)}), DIRECTORY)


@given(st.sampled_from(FIELDS), st.binary(max_size=200))
def test_anything_in_place_of_a_part_is_no_evidence(field: str, content: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify_evidence(replace(wrong_evidence(), **{field: content}), DIRECTORY)


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


def test_file_says_the_same() -> None:
    assert parse_evidence(format_evidence(wrong_evidence()).encode()) == wrong_evidence()


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


def test_nothing_of_a_child_is_in_it() -> None:
    """The elements are blinded: what they were made of shows neither as it is nor as a token."""
    evidence = wrong_evidence()
    token_input = bytes(voprf.blind(PLANTED, group.scalar_from_int(1)).blinded_element)
    for part in (evidence.request, evidence.body, evidence.reply):
        assert PLANTED not in part
        assert token_input not in part


def test_disk_that_is_full_costs_no_question(tmp_path: Path) -> None:
    in_the_way = tmp_path / "evidence"
    in_the_way.write_bytes(b"")
    assert not EvidenceFolder(in_the_way).keep(wrong_evidence())


def test_without_a_place_nothing_is_kept() -> None:
    assert not keep_nothing(wrong_evidence())
