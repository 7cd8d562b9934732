from contextlib import suppress
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import limits
from protocol.errors import MalformedError
from protocol.messages.involvement import ContactDetails, Involvement, withheld
from protocol.messages.vocabulary import InvolvementKind
from tests.protocol.samples import INVOLVEMENT, involvements

ENCODED = INVOLVEMENT.encode()
MOST_BYTES = {
    "organisation": limits.ORGANISATION_BYTES,
    "team": limits.TEAM_BYTES,
    "role": limits.JOB_TITLE_BYTES,
    "name": limits.PERSON_BYTES,
    "telephone": limits.TELEPHONE_BYTES,
    "out_of_hours_telephone": limits.TELEPHONE_BYTES,
    "email": limits.EMAIL_BYTES,
}


@given(involvements)
def test_involvement_decodes_what_it_encoded(involvement: Involvement) -> None:
    encoded = involvement.encode()
    assert len(encoded) == limits.INVOLVEMENT_BYTES
    assert Involvement.decode(encoded) == involvement


@pytest.mark.parametrize(("kind", "status"), [(True, False), (False, True), (True, True)])
def test_what_is_withheld_is_nowhere_in_the_bytes(kind: bool, status: bool) -> None:
    closed = replace(INVOLVEMENT, closed_on=date(2025, 2, 1))
    said = withheld(closed.encode(), kind=kind, status=status)
    assert len(said) == limits.INVOLVEMENT_BYTES
    expected = replace(
        closed,
        kind=None if kind else closed.kind,
        closed_on=None if status else closed.closed_on,
        is_status_said=not status,
    )
    assert Involvement.decode(said) == expected
    assert expected.encode() == said
    others = replace(
        closed,
        kind=InvolvementKind.EARLY_HELP if kind else closed.kind,
        closed_on=None if status else closed.closed_on,
    )
    assert withheld(others.encode(), kind=kind, status=status) == said


def test_every_text_of_a_contact_has_a_limit() -> None:
    assert {field.name for field in fields(ContactDetails)} == set(MOST_BYTES)


def test_all_texts_fit_at_their_limits() -> None:
    contact = ContactDetails(**{name: "x" * most for name, most in MOST_BYTES.items()})
    covers = "x" * limits.COVERS_BYTES
    full = replace(INVOLVEMENT, contact=contact, covers=covers)
    assert Involvement.decode(full.encode()) == full


@pytest.mark.parametrize("name", MOST_BYTES)
def test_refuses_to_encode_oversize(name: str) -> None:
    contact = replace(INVOLVEMENT.contact, **{name: "x" * (MOST_BYTES[name] + 1)})
    with pytest.raises(MalformedError):
        replace(INVOLVEMENT, contact=contact).encode()


@pytest.mark.parametrize("day", [date.min, date.max])
def test_carries_the_ends_of_the_calendar(day: date) -> None:
    involvement = replace(INVOLVEMENT, closed_on=day, updated_on=day)
    assert Involvement.decode(involvement.encode()) == involvement


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes([len(InvolvementKind) + 1]) + ENCODED[1:], id="unknown kind"),
        pytest.param(ENCODED[:1] + b"\xff" * 4 + ENCODED[5:], id="closed after the year 9999"),
        pytest.param(ENCODED[:5] + b"\4" + ENCODED[6:], id="unknown flag"),
        pytest.param(
            ENCODED[:1] + bytes(3) + b"\1\2" + ENCODED[6:], id="closed, and its status not said"
        ),
        pytest.param(ENCODED[:6] + bytes(4) + ENCODED[10:], id="no date of last update"),
        pytest.param(ENCODED[:6] + b"\xff" * 4 + ENCODED[10:], id="updated after the year 9999"),
        pytest.param(ENCODED[:10] + b"\0\x51" + ENCODED[12:], id="oversize text"),
        pytest.param(ENCODED[:12] + b"\xff" + ENCODED[13:], id="text not UTF-8"),
        pytest.param(ENCODED[:12] + b"\x1b" + ENCODED[13:], id="escape in a text"),
        pytest.param(ENCODED[:-1] + b"\1", id="padding not zero"),
        pytest.param(ENCODED[:40], id="cut off within a text"),
    ],
)
def test_refuses_involvement_with(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Involvement.decode(content)


@pytest.mark.parametrize(
    "content",
    [pytest.param(ENCODED[:-1], id="a byte less"), pytest.param(ENCODED + b"\0", id="a byte more")],
)
def test_refuses_involvement_of_another_size(content: bytes) -> None:
    with pytest.raises(MalformedError):
        Involvement.decode(content)


@given(st.binary(max_size=80))
def test_involvement_decoder_raises_only_our_errors(content: bytes) -> None:
    for attempt in (content, content + ENCODED[len(content) :], content.ljust(496, b"\0")):
        with suppress(MalformedError):
            Involvement.decode(attempt)


def test_contact_shows_in_no_repr() -> None:
    assert "Sam" not in repr(INVOLVEMENT)
    assert "Sam" not in repr(INVOLVEMENT.contact)
