"""An involvement with its contact details, as it travels in an answer (spec 50 §4)."""

import struct
from dataclasses import dataclass
from datetime import date

from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.messages.vocabulary import InvolvementKind

_HEAD = struct.Struct("!BIBI")
"""Kind, day of closing, flags, day of the last update. Days are counted from 1 January of year 1 as
1 (proleptic Gregorian); 0 is none. A kind of 0 is not said."""

_KINDS = {int(kind): kind for kind in InvolvementKind}
_LAST_DAY = date.max.toordinal()
_LEAD = 1
_STATUS_NOT_SAID = 2


def recency(encoded: bytes) -> tuple[bool, int]:
    """Return what encoded involvements are sorted by: open ones and late updates are greater."""
    _, closed_day, _, updated_day = _HEAD.unpack_from(encoded)
    return closed_day == 0, updated_day


def withheld(encoded: bytes, *, kind: bool, status: bool) -> bytes:
    """Return an encoded involvement without what a council does not say."""
    code, closed_day, flags, updated_day = _HEAD.unpack_from(encoded)
    if status:
        closed_day, flags = 0, flags | _STATUS_NOT_SAID
    return _HEAD.pack(0 if kind else code, closed_day, flags, updated_day) + encoded[_HEAD.size :]


@dataclass(frozen=True, slots=True, repr=False)
class ContactDetails:
    """Whom to ring. Empty text where the council does not say."""

    organisation: str
    team: str
    role: str
    name: str
    telephone: str
    out_of_hours_telephone: str
    email: str


@dataclass(frozen=True, slots=True, repr=False)
class Involvement:
    """What a service does with a child, since when it is known, and whom to ring.

    `kind` is None where the council does not say it. `closed_on` is None while the case is open, or
    where its status is not said; `covers` says which period and services the source covers.
    """

    kind: InvolvementKind | None
    closed_on: date | None
    lead_practitioner: bool
    updated_on: date
    covers: str
    contact: ContactDetails
    is_status_said: bool = True

    @property
    def kind_name(self) -> str:
        """Return the kind's name in small letters, "" where it is not said."""
        return self.kind.name.lower() if self.kind else ""

    def encode(self) -> bytes:
        """Return 496 bytes.

        Raises:
            MalformedError: a text longer than `limits` allows.
        """
        contact = self.contact
        return (
            Writer()
            .raw(
                _HEAD.pack(
                    self.kind or 0,
                    self.closed_on.toordinal() if self.closed_on else 0,
                    self.lead_practitioner * _LEAD + (not self.is_status_said) * _STATUS_NOT_SAID,
                    self.updated_on.toordinal(),
                )
            )
            .text(self.covers, limits.COVERS_BYTES)
            .text(contact.organisation, limits.ORGANISATION_BYTES)
            .text(contact.team, limits.TEAM_BYTES)
            .text(contact.role, limits.JOB_TITLE_BYTES)
            .text(contact.name, limits.PERSON_BYTES)
            .text(contact.telephone, limits.TELEPHONE_BYTES)
            .text(contact.out_of_hours_telephone, limits.TELEPHONE_BYTES)
            .text(contact.email, limits.EMAIL_BYTES)
            .padded(limits.INVOLVEMENT_BYTES)
        )

    @classmethod
    def decode(cls, content: bytes) -> "Involvement":
        """Return an involvement.

        Raises:
            MalformedError: not of this form.
        """
        reader = Reader(content, "involvement", limits.INVOLVEMENT_BYTES)
        code, closed_day, flags, updated_day = _HEAD.unpack(reader.fixed(_HEAD.size))
        kind = _KINDS.get(code)
        if kind is None and code:
            raise reader.fail("unknown kind")
        if flags > _LEAD + _STATUS_NOT_SAID:
            raise reader.fail("unknown flag")
        if flags & _STATUS_NOT_SAID and closed_day:
            raise reader.fail("a day of closing, and a status that is not said")
        if not 0 < updated_day <= _LAST_DAY or closed_day > _LAST_DAY:
            raise reader.fail("date out of range, or no date of last update")
        covers = reader.text(limits.COVERS_BYTES)
        contact = ContactDetails(
            organisation=reader.text(limits.ORGANISATION_BYTES),
            team=reader.text(limits.TEAM_BYTES),
            role=reader.text(limits.JOB_TITLE_BYTES),
            name=reader.text(limits.PERSON_BYTES),
            telephone=reader.text(limits.TELEPHONE_BYTES),
            out_of_hours_telephone=reader.text(limits.TELEPHONE_BYTES),
            email=reader.text(limits.EMAIL_BYTES),
        )
        reader.finish_padding()
        closed_on = date.fromordinal(closed_day) if closed_day else None
        return cls(
            kind,
            closed_on,
            bool(flags & _LEAD),
            date.fromordinal(updated_day),
            covers,
            contact,
            not flags & _STATUS_NOT_SAID,
        )
