"""The columns of a council's file, and how their names may be written."""

import re
from collections.abc import Sequence

from protocol.matching.identity import FIELDS

REQUIRED = (
    "case_reference",
    "surname",
    "forename",
    "date_of_birth",
    "involvement",
    "last_updated",
    "team",
    "telephone",
)
HOUSEHOLD = tuple(
    field for field in FIELDS if field in {"house", "uprn", "due_date"} or "carer" in field
)
"""What is known of where the child lives and with whom, and of an unborn one."""

OPTIONAL = (
    "postcode",
    "nhs_number",
    "upn",
    "other_surnames",
    "other_forenames",
    "other_postcodes",
    *HOUSEHOLD,
    "status",
    "closed_on",
    "lead_practitioner",
    "covers",
    "organisation",
    "role",
    "worker_name",
    "out_of_hours_telephone",
    "email",
)
COLUMNS = REQUIRED + OPTIONAL

LEAVABLE = (
    "postcode",
    "nhs_number",
    "upn",
    "other_surnames",
    "other_forenames",
    "other_postcodes",
    *HOUSEHOLD,
    "covers",
    "organisation",
    "role",
    "worker_name",
    "out_of_hours_telephone",
    "email",
)
"""Columns whose faulty cell is left empty: a child is then found by less, but is not *not known*.
What says whether a case is open, and whom to ring, is no such column."""

NUMBERS = (
    "case_reference",
    "nhs_number",
    "upn",
    "uprn",
    "telephone",
    "out_of_hours_telephone",
)
"""Columns of digits that a spreadsheet may have taken for a quantity."""

DAYS = tuple(
    column
    for column in COLUMNS
    if column.endswith(("date_of_birth", "due_date", "last_updated", "closed_on"))
)

_GAP = re.compile(r"[\s_-]+")


def normalise_word(text: str) -> str:
    """Return "date_of_birth" for "Date of Birth" or "date-of-birth"."""
    return _GAP.sub("_", text.strip().lower())


def required_columns(has_contacts: bool) -> tuple[str, ...]:
    """Return what a plain file has to have: beside a contact directory, no telephone numbers."""
    return tuple(column for column in REQUIRED if not (has_contacts and column == "telephone"))


def or_contacts(missing: Sequence[str]) -> str:
    """Return what to say behind the names of missing columns where a directory could do."""
    return ", or give a contact directory as --contacts" if "telephone" in missing else ""
