import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import MalformedError
from protocol.identifiers import MemberId
from protocol.messages.stream import (
    MOST_LINE_BYTES,
    EndLine,
    FailureLine,
    FailureReason,
    Line,
    ReplyLine,
    decode_line,
    encode_line,
)
from tests.protocol.samples import member_ids

LEEDS = MemberId("E08000035")

lines: st.SearchStrategy[Line] = (
    st.builds(ReplyLine.of, member_ids.map(MemberId), st.binary(max_size=200))
    | st.builds(FailureLine, member=member_ids, reason=st.sampled_from(FailureReason))
    | st.builds(EndLine, members=st.integers(0, limits.MEMBERS))
)


@given(lines)
def test_line_decodes_what_it_encoded(line: Line) -> None:
    content = encode_line(line)
    assert content.count(b"\n") == 1
    assert content.endswith(b"\n")
    assert decode_line(content) == line


@given(st.binary(max_size=200))
def test_reply_line_gives_the_reply_back(reply: bytes) -> None:
    line = decode_line(encode_line(ReplyLine.of(LEEDS, reply)))
    assert isinstance(line, ReplyLine)
    assert line.reply_bytes() == reply


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            ReplyLine.of(LEEDS, b"\xff\xfe"),
            '{"type":"reply","member":"E08000035","reply":"__4"}',
        ),
        (
            FailureLine(member=LEEDS, reason=FailureReason.TIMED_OUT),
            '{"type":"failure","member":"E08000035","reason":"timed_out"}',
        ),
        (EndLine(members=152), '{"type":"end","members":152}'),
    ],
)
def test_line_is_written_as_the_module_shows(line: Line, text: str) -> None:
    assert encode_line(line) == text.encode() + b"\n"


def test_reply_line_of_the_largest_frame_is_not_too_long() -> None:
    line = ReplyLine.of(MemberId("E08000035XYZ"), bytes(limits.LINK_FRAME_BYTES))
    assert decode_line(encode_line(line)) == line


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="cut off"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no type"),
        pytest.param('{"type":"other"}', id="unknown type"),
        pytest.param('{"type":"end"}', id="end without a count"),
        pytest.param('{"type":"end","members":-1}', id="negative count"),
        pytest.param('{"type":"end","members":1025}', id="count above the limit"),
        pytest.param('{"type":"end","members":1,"more":1}', id="unknown key"),
        pytest.param('{"type":"end","members":1}{"type":"end","members":1}', id="two lines in one"),
        pytest.param('{"type":"failure","member":"E08000035"}', id="failure without a reason"),
        pytest.param(
            '{"type":"failure","member":"E08000035","reason":"refused"}', id="unknown reason"
        ),
        pytest.param(
            '{"type":"failure","member":"e08000035","reason":"busy"}', id="member not an id"
        ),
        pytest.param(
            '{"type":"failure","member":"E08000035\\n","reason":"busy"}', id="line end in the id"
        ),
        pytest.param('{"type":"reply","member":"E08000035","reply":1}', id="reply not a text"),
        pytest.param('{"type":"reply","reply":"AA"}', id="reply without a member"),
        pytest.param('{"type":"end","members":' + "9" * 400 + "}", id="count of 400 digits"),
        pytest.param("[" * 5000, id="deep nesting"),
    ],
)
def test_refuses_line(text: str) -> None:
    with pytest.raises(MalformedError):
        decode_line(text.encode())


def test_refuses_line_that_is_not_utf8() -> None:
    with pytest.raises(MalformedError):
        decode_line(b'{"type":"reply","member":"E08000035","reply":"\xff"}')


def test_refuses_line_that_is_too_long() -> None:
    line = json.dumps({"type": "reply", "member": LEEDS, "reply": "A" * MOST_LINE_BYTES})
    with pytest.raises(MalformedError, match="too long"):
        decode_line(line.encode())


@pytest.mark.parametrize("reply", ["QQ==", "QR", "A", "++++", "Q Q"])
def test_refuses_reply_that_is_not_base64url(reply: str) -> None:
    line = decode_line(json.dumps({"type": "reply", "member": LEEDS, "reply": reply}).encode())
    assert isinstance(line, ReplyLine)
    with pytest.raises(MalformedError):
        line.reply_bytes()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(
    st.binary(max_size=100)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["reply", "failure", "end"]) | _json},
        optional={"member": _json, "reply": _json, "reason": _json, "members": _json},
    ).map(lambda value: json.dumps(value).encode())
)
def test_line_decoder_raises_only_our_errors(content: bytes) -> None:
    with suppress(MalformedError):
        decode_line(content)
