from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.evaluating.sent_batch import SentBatch
from protocol.errors import MalformedError
from protocol.sealing.envelope import Kind, request_body_bytes
from tests.node.small_federation import NOW_MS, council, make_header, seal

KIND = Kind.IMPORT_EVALUATION
SENT = [
    seal(make_header(KIND, council(1), council(number)), bytes(request_body_bytes(KIND)))
    for number in (2, 3, 4)
]
BATCH = SentBatch(b"s" * 32, b"d" * 32, {each.header.recipient: each for each in SENT})
CONTENT = BATCH.encode()


def test_decodes_what_it_encoded() -> None:
    assert SentBatch.decode(CONTENT) == BATCH
    assert BATCH.time_ms == NOW_MS


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(CONTENT[:-1], id="truncated"),
        pytest.param(CONTENT + b"\0", id="trailing byte"),
        pytest.param(CONTENT[:64] + b"\0", id="to nobody"),
        pytest.param(CONTENT[:64] + b"\2" + CONTENT[65:], id="one more than it says"),
        pytest.param(CONTENT[:97] + b"\x09" + CONTENT[98:], id="an envelope of another version"),
    ],
)
def test_refuses(content: bytes) -> None:
    with pytest.raises(MalformedError):
        SentBatch.decode(content)


@given(st.binary(max_size=200))
def test_decoder_raises_only_our_errors(content: bytes) -> None:
    for given_content in (content, content + CONTENT[len(content) :]):
        with suppress(MalformedError):
            SentBatch.decode(given_content)
