"""A council's nightly export: one row for each child, the columns of the import."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from random import Random

from deploy.demo.councils import CouncilPlan
from deploy.demo.names import draw_heritage
from protocol.messages.vocabulary import InvolvementKind


@dataclass(frozen=True, slots=True)
class IdentityColumns:
    """What the council wrote of the child; "" where it does not say, ";" between several."""

    surname: str
    forename: str
    date_of_birth: str
    postcode: str
    nhs_number: str
    upn: str
    other_surnames: str
    other_forenames: str
    other_postcodes: str


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """What the council does with the child, and whom to ring.

    `involvement` is a name of `InvolvementKind` in lower case, `status` "open" or "closed",
    `lead_practitioner` "yes" or "no"; dates are as "2025-03-04".
    """

    involvement: str
    status: str
    closed_on: str
    lead_practitioner: str
    last_updated: str
    covers: str
    organisation: str
    team: str
    role: str
    worker_name: str
    telephone: str
    out_of_hours_telephone: str
    email: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file."""

    case_reference: str
    identity: IdentityColumns
    case: CaseColumns

    def columns(self) -> dict[str, str]:
        """Return the values by column, in the order of `COLUMNS`."""
        reference = {"case_reference": self.case_reference}
        return reference | asdict(self.identity) | asdict(self.case)


COLUMNS = (
    "case_reference",
    *(field.name for field in fields(IdentityColumns)),
    *(field.name for field in fields(CaseColumns)),
)


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Write a header and the rows, in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(row.columns() for row in rows)


@dataclass(frozen=True, slots=True)
class _Service:
    """Who does one kind of involvement, and from which age on."""

    team: str
    role: str
    covers: str
    weight: int
    from_age: int = 0
    has_lead: bool = False


_SOCIAL_CARE = "children's social care since April 2016"

_SERVICES = {
    InvolvementKind.EARLY_HELP: _Service(
        "early help team", "family support worker", "early help since September 2019", 24
    ),
    InvolvementKind.CHILD_IN_NEED: _Service(
        "child in need team", "social worker", _SOCIAL_CARE, 24, has_lead=True
    ),
    InvolvementKind.SECTION_47_ENQUIRY: _Service(
        "assessment team", "social worker", _SOCIAL_CARE, 8, has_lead=True
    ),
    InvolvementKind.CHILD_PROTECTION_PLAN: _Service(
        "safeguarding team", "social worker", _SOCIAL_CARE, 10, has_lead=True
    ),
    InvolvementKind.LOOKED_AFTER: _Service(
        "children in care team", "social worker", _SOCIAL_CARE, 10, has_lead=True
    ),
    InvolvementKind.CARE_LEAVER: _Service(
        "leaving care team", "personal adviser", _SOCIAL_CARE, 8, from_age=16, has_lead=True
    ),
    InvolvementKind.YOUTH_JUSTICE: _Service(
        "youth justice team", "case manager", "youth justice since January 2018", 8, from_age=10
    ),
    InvolvementKind.EHC_PLAN: _Service(
        "special needs team", "EHC coordinator", "EHC plans since September 2014", 10, from_age=3
    ),
    InvolvementKind.CONTACT_OF_CASE: _Service(
        "health visiting and school nursing",
        "school nurse",
        "contacts of open cases",
        6,
        from_age=5,
    ),
}

_CLOSED = 0.25
_CLOSED_AT_MOST_DAYS = 330
_UPDATED_AT_MOST_DAYS = 90
_LEAD = 0.8
_UNNAMED_WORKER = 0.15


def draw_case(rng: Random, council: CouncilPlan, born: date, today: date) -> CaseColumns:
    """Return an involvement that a child of this age may have, open or closed this year."""
    age = (today - born).days // 366
    kinds = [kind for kind, service in _SERVICES.items() if service.from_age <= age]
    kind = rng.choices(kinds, [_SERVICES[kind].weight for kind in kinds])[0]
    service = _SERVICES[kind]
    is_closed = rng.random() < _CLOSED
    most_days = min(
        _CLOSED_AT_MOST_DAYS if is_closed else _UPDATED_AT_MOST_DAYS, (today - born).days
    )
    updated_on = today - timedelta(days=rng.randint(0, most_days))
    return CaseColumns(
        involvement=kind.name.lower(),
        status="closed" if is_closed else "open",
        closed_on=updated_on.isoformat() if is_closed else "",
        lead_practitioner="yes" if service.has_lead and rng.random() < _LEAD else "no",
        last_updated=updated_on.isoformat(),
        covers=service.covers,
        organisation=council.organisation,
        team=f"{council.town} {service.team}",
        role=service.role,
        worker_name="" if rng.random() < _UNNAMED_WORKER else _worker_name(rng),
        telephone=council.telephone(200 + 10 * kind),
        out_of_hours_telephone=council.out_of_hours_line,
        email=f"{service.team.replace(' ', '-')}@{council.email_domain}",
    )


def _worker_name(rng: Random) -> str:
    heritage = draw_heritage(rng)
    return f"{rng.choice(heritage.forenames)} {rng.choice(heritage.surnames)}"
