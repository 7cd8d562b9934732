"""An involvement with its contact details, as it travels in an answer (spec 50 §4)."""

from dataclasses import dataclass
from datetime import date

from protocol import limits
from protocol.encoding import Reader, Writer
from protocol.messages.vocabulary import InvolvementKind


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

    `closed_on` is None while the case is open; `covers` says which period and services the
    source covers.
    """

    kind: InvolvementKind
    closed_on: date | None
    lead_practitioner: bool
    updated_on: date
    covers: str
    contact: ContactDetails

    def encode(self) -> bytes:
        """Return 496 bytes.

        Raises:
            MalformedError: a text longer than `limits` allows.
        """
        contact = self.contact
        return (
            Writer()
            .integer(self.kind, 1)
            .integer(self.closed_on.toordinal() if self.closed_on else 0, 4)
            .integer(self.lead_practitioner, 1)
            .integer(self.updated_on.toordinal(), 4)
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
        try:
            kind = InvolvementKind(reader.integer(1))
        except ValueError:
            raise reader.fail("unknown kind") from None
        closed_on = _read_date(reader)
        lead = reader.flag()
        updated_on = _read_date(reader)
        if updated_on is None:
            raise reader.fail("no date of last update")
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
        return cls(kind, closed_on, lead, updated_on, covers, contact)


def _read_date(reader: Reader) -> date | None:
    """Take a proleptic Gregorian day number (1 = 1 January of year 1); 0 is none."""
    ordinal = reader.integer(4)
    if ordinal > date.max.toordinal():
        raise reader.fail("date out of range")
    return date.fromordinal(ordinal) if ordinal else None
