"""The columns of a council's file, and how their names may be written."""

import re

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

_GAP = re.compile(r"[\s_-]+")


def normalise_word(text: str) -> str:
    """Return "date_of_birth" for "Date of Birth" or "date-of-birth"."""
    return _GAP.sub("_", text.strip().lower())
