import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import httpx
import pytest
import respx

from node.errors import NoHubError
from node.federation.rounds import (
    MOST_PAUSES,
    PAUSE_SECONDS,
    Delivery,
    Failure,
    RoundSender,
    make_client,
)
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    MOST_LINE_BYTES,
    EndLine,
    FailureLine,
    FailureReason,
    Line,
    ReplyLine,
    encode_line,
)
from protocol.sealing.envelope import (
    Kind,
    SentRequest,
    open_request,
    parse_request,
    reply_body_bytes,
    request_body_bytes,
    seal_reply,
)
from tests.node.small_federation import DIRECTORY, council, fresh_round, make_header, seal

A, B, C = (council(number).id for number in (1, 2, 3))
MEMBERS = (A, B, C)
ROUND = fresh_round()
SENT = {
    council(number).id: seal(
        make_header(Kind.POST, council(6), council(number), round_id=ROUND),
        bytes(request_body_bytes(Kind.POST)),
    )
    for number in (1, 2, 3)
}
BODY_BYTES = reply_body_bytes(Kind.POST)
HUB_1, HUB_2 = "http://hub-1.test", "http://hub-2.test"
BUNDLE = b"the same bytes"


class Stream(httpx.AsyncByteStream):
    """Gives chunks as they are, then ends, or breaks off."""

    def __init__(self, chunks: Iterable[bytes], error: Exception | None = None) -> None:
        self._chunks = list(chunks)
        self._error = error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._error is not None:
            raise self._error


BREAK_OFF = httpx.RemoteProtocolError("peer closed connection")


def made_by(member: MemberId, sent: SentRequest, content: bytes) -> bytes:
    """Return the reply to a request, made with a member's keys."""
    keys = council(int(member[-1])).keys
    recipient = council(int(sent.header.recipient[-1]))
    sealed = parse_request(sent.envelope)
    reply_secret, _ = open_request(sealed, recipient.keys.sealing)
    body = content.ljust(BODY_BYTES)
    return seal_reply(sealed, reply_secret, bytes(32), body, keys.signing)


def reply(member: MemberId, content: bytes = b"reply") -> Line:
    """Return the line of a member's authentic reply."""
    return ReplyLine.of(member, made_by(member, SENT[member], content))


def failure(member: MemberId, reason: FailureReason = FailureReason.UNREACHABLE) -> Line:
    return FailureLine(member=member, reason=reason)


def end(members: int = 3) -> Line:
    return EndLine(members=members)


def response(
    lines: Sequence[Line | bytes], error: Exception | None = None, encoding: str = ""
) -> httpx.Response:
    chunks = [line if isinstance(line, bytes) else encode_line(line) for line in lines]
    headers = {"content-encoding": encoding} if encoding else {}
    return httpx.Response(200, headers=headers, stream=Stream(chunks, error))


ALL = [reply(A, b"a"), reply(B, b"b"), reply(C, b"c"), end()]


@pytest.fixture
def hubs() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.post(f"{HUB_1}/v1/rounds", name="first").mock(side_effect=httpx.ConnectError)
        router.post(f"{HUB_2}/v1/rounds", name="second").mock(side_effect=httpx.ConnectError)
        yield router


def run_rounds(
    number: int, hubs: Sequence[str] = (HUB_1, HUB_2), pauses: list[float] | None = None
) -> list[list[Delivery]]:
    """Run rounds one after another over one sender; note how long it pauses, and go on at once."""

    async def pause(seconds: float) -> None:
        assert pauses is not None, "it is not to pause"
        pauses.append(seconds)

    async def run() -> list[list[Delivery]]:
        async with make_client() as client:
            sender = RoundSender(client, lambda: hubs, pause)
            return [
                [delivery async for delivery in sender.run(DIRECTORY, SENT, BUNDLE)]
                for _ in range(number)
            ]

    return asyncio.run(run())


def run_round() -> dict[MemberId, Delivery]:
    """Run one round: each member exactly one delivery."""
    (deliveries,) = run_rounds(1)
    assert Counter(delivery.member for delivery in deliveries) == Counter(MEMBERS)
    return {delivery.member: delivery for delivery in deliveries}


def replies(deliveries: dict[MemberId, Delivery]) -> dict[MemberId, bytes | None]:
    return {
        member: None if delivery.body is None else delivery.body.rstrip()
        for member, delivery in deliveries.items()
    }


def test_gives_every_reply(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}
    assert not hubs["second"].called


def test_posts_the_bundle_uncompressed_and_asks_for_no_compression(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response(ALL))
    run_round()
    request = hubs["first"].calls.last.request
    assert request.content == BUNDLE
    assert request.headers["accept-encoding"] == "identity"


def test_lines_may_come_in_any_pieces(hubs: respx.MockRouter) -> None:
    whole = b"".join(encode_line(line) for line in ALL)
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    hubs["first"].mock(return_value=response(pieces))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


@pytest.mark.parametrize("reason", [reason for reason in FailureReason if reason != "unreachable"])
def test_names_the_failure_and_asks_no_other_hub(
    hubs: respx.MockRouter, reason: FailureReason
) -> None:
    lines = [reply(A), failure(B, reason), reply(C), end()]
    hubs["first"].mock(return_value=response(lines))
    assert run_round()[B].failure == reason.value
    assert not hubs["second"].called


def test_member_unreachable_at_one_hub_is_asked_over_the_next(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response([reply(A, b"a"), failure(B), reply(C, b"c"), end()]))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}
    assert hubs["second"].calls.last.request.content == BUNDLE


def test_member_unreachable_everywhere_is_said_to_be(hubs: respx.MockRouter) -> None:
    lines = [reply(A), failure(B), reply(C), end()]
    hubs["first"].mock(return_value=response(lines))
    hubs["second"].mock(return_value=response(lines))
    delivery = run_round()[B]
    assert (delivery.body, delivery.failure) == (None, Failure.UNREACHABLE)


def test_member_that_no_line_names_is_unreachable(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response([reply(A), end(1)]))
    assert run_round()[B].failure is Failure.UNREACHABLE


def test_line_of_a_stranger_is_left_out(hubs: respx.MockRouter) -> None:
    stranger = failure(MemberId("E09999999"))
    hubs["first"].mock(return_value=response([stranger, *ALL[:2], end()]))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


def test_second_line_of_a_member_is_left_out(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response([ALL[0], reply(A, b"other"), failure(A), end()]))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


def test_more_lines_than_envelopes_are_refused(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response([failure(A)] * 4 + [end(4)]))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


def with_last_bit_flipped(reply: bytes) -> bytes:
    return reply[:-1] + bytes([reply[-1] ^ 1])


FALSE = [
    pytest.param(b'{"type":"reply","member":"E09000002","reply":"*"}\n', id="not base64"),
    pytest.param(ReplyLine.of(B, b""), id="nothing"),
    pytest.param(ReplyLine.of(B, made_by(C, SENT[B], b"b")), id="signed by another member"),
    pytest.param(ReplyLine.of(B, made_by(A, SENT[A], b"a")), id="another member's reply"),
    pytest.param(
        ReplyLine.of(B, with_last_bit_flipped(made_by(B, SENT[B], b"b"))), id="an altered signature"
    ),
]


@pytest.mark.parametrize("line", FALSE)
def test_false_reply_is_asked_for_again_over_the_next_hub(
    hubs: respx.MockRouter, line: Line | bytes
) -> None:
    """Each member ends in exactly one outcome, whatever one hub says of it."""
    hubs["first"].mock(return_value=response([ALL[0], line, ALL[2], end()]))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


@pytest.mark.parametrize("line", FALSE)
def test_false_reply_over_every_hub_is_invalid(hubs: respx.MockRouter, line: Line | bytes) -> None:
    for name in ("first", "second"):
        hubs[name].mock(return_value=response([ALL[0], line, ALL[2], end()]))
    assert run_round()[B].failure is Failure.INVALID


# A hub that fails


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([*ALL[:3], end(4)], id="the end line counts too many"),
        pytest.param([*ALL[:2], end(3)], id="the end line counts a line that did not come"),
        pytest.param(ALL[:2], id="no end line"),
        pytest.param([], id="nothing"),
        pytest.param([ALL[0], b"no JSON\n"], id="not of a known form"),
        pytest.param([ALL[0], b"\n"], id="an empty line"),
        pytest.param([ALL[0], b"x" * (MOST_LINE_BYTES + 1)], id="a line without an end"),
        pytest.param(
            [ALL[0], encode_line(ReplyLine.of(B, b"x" * MOST_LINE_BYTES))], id="a line too long"
        ),
        pytest.param([encode_line(end(3))[:-1]], id="an end line that is cut off"),
    ],
)
def test_next_hub_takes_over_from_a_malformed_stream(
    hubs: respx.MockRouter, answer: Sequence[Line | bytes]
) -> None:
    hubs["first"].mock(return_value=response(answer))
    hubs["second"].mock(return_value=response(ALL))
    assert all(delivery.body for delivery in run_round().values())


@pytest.mark.parametrize(
    ("last", "problem"),
    [
        pytest.param([end(4)], "count is wrong", id="the end line counts too many"),
        pytest.param([end(2)], "count is wrong", id="the end line counts too few"),
        pytest.param([], "without an end line", id="no end line"),
        pytest.param([b"{}\n"], "not of a known form", id="not of a known form"),
    ],
)
def test_malformed_stream_is_no_carried_round(
    hubs: respx.MockRouter, last: Sequence[Line | bytes], problem: str
) -> None:
    """What a hub says of members that are away counts only if its stream is whole."""
    for name in ("first", "second"):
        hubs[name].mock(return_value=response([*map(failure, MEMBERS), *last]))
    with pytest.raises(NoHubError, match=problem):
        run_round()


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_refuses_a_compressed_response(hubs: respx.MockRouter, encoding: str) -> None:
    """298 KiB of gzip became 300 MiB (PROTOCOL §5)."""
    hubs["first"].mock(return_value=response(ALL, encoding=encoding))
    hubs["second"].mock(return_value=response([*ALL]))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}
    assert hubs["second"].called


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("too slow"),
        httpx.ReadTimeout("too slow"),
        BREAK_OFF,
    ],
)
def test_second_hub_takes_over_when_the_first_cannot_be_reached(
    hubs: respx.MockRouter, error: Exception
) -> None:
    hubs["first"].mock(side_effect=error)
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


@pytest.mark.parametrize("status", [302, 400, 403, 429, 500, 503])
def test_second_hub_takes_over_when_the_first_refuses(hubs: respx.MockRouter, status: int) -> None:
    hubs["first"].mock(return_value=httpx.Response(status, headers={"location": HUB_2}))
    hubs["second"].mock(return_value=response(ALL))
    assert replies(run_round()) == {A: b"a", B: b"b", C: b"c"}


def test_second_hub_takes_over_when_the_first_breaks_off_half_way(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response(ALL[:1], BREAK_OFF))
    hubs["second"].mock(
        return_value=response([reply(A, b"again"), reply(B, b"b"), failure(C), end()])
    )
    deliveries = run_round()
    assert replies(deliveries) == {A: b"a", B: b"b", C: None}
    assert deliveries[C].failure is Failure.UNREACHABLE


def test_what_came_before_both_break_off_is_kept(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response(ALL[:1], BREAK_OFF))
    hubs["second"].mock(side_effect=httpx.ConnectError("refused"))
    assert replies(run_round()) == {A: b"a", B: None, C: None}


FULL = httpx.Response(429)


def test_where_one_hub_is_left_its_limit_is_waited_for(hubs: respx.MockRouter) -> None:
    """Of a council that asks much no question is lost with a hub."""
    hubs["second"].mock(side_effect=[FULL, FULL, response(ALL)])
    pauses: list[float] = []
    (deliveries,) = run_rounds(1, pauses=pauses)
    assert {delivery.failure for delivery in deliveries} == {None}
    assert pauses == [PAUSE_SECONDS] * 2
    assert hubs["first"].call_count == 1, "it could not be reached, and is not tried again"


def test_what_came_before_is_kept_while_a_limit_is_waited_for(hubs: respx.MockRouter) -> None:
    hubs["first"].mock(return_value=response(ALL[:1], BREAK_OFF))
    hubs["second"].mock(side_effect=[FULL, response([reply(B, b"b"), failure(C), end(2)])])
    (deliveries,) = run_rounds(1, pauses=[])
    found = {delivery.member: delivery for delivery in deliveries}
    assert replies(found) == {A: b"a", B: b"b", C: None}


def test_a_limit_is_not_waited_for_without_end(hubs: respx.MockRouter) -> None:
    hubs["second"].mock(return_value=FULL)
    pauses: list[float] = []
    with pytest.raises(NoHubError, match="starts too many rounds"):
        run_rounds(1, pauses=pauses)
    assert len(pauses) == MOST_PAUSES


def test_nobody_waits_for_a_hub_where_another_has_carried_the_round(
    hubs: respx.MockRouter,
) -> None:
    """A member that is away is away: a hub that only says that it is full delays no answer."""
    hubs["first"].mock(return_value=FULL)
    hubs["second"].mock(return_value=response([reply(A), reply(B), failure(C), end()]))
    assert run_round()[C].failure is Failure.UNREACHABLE


def test_hub_that_served_last_is_tried_first(hubs: respx.MockRouter) -> None:
    hubs["second"].mock(side_effect=lambda _request: response(ALL))
    run_rounds(3)
    assert (hubs["first"].call_count, hubs["second"].call_count) == (1, 3)


def test_all_hubs_down_names_each_with_its_reason(hubs: respx.MockRouter) -> None:
    hubs["second"].mock(return_value=httpx.Response(403))
    with pytest.raises(NoHubError) as raised:
        run_round()
    assert f"{HUB_1}: not reachable" in str(raised.value)
    assert f"{HUB_2}: does not know this member" in str(raised.value)


def test_hubs_that_name_nobody_leave_all_unreachable(hubs: respx.MockRouter) -> None:
    for name in ("first", "second"):
        hubs[name].mock(return_value=response([end(0)]))
    failures = {delivery.failure for delivery in run_round().values()}
    assert failures == {Failure.UNREACHABLE}


def test_no_hub_at_all_is_said() -> None:
    with pytest.raises(NoHubError):
        run_rounds(1, hubs=[])
