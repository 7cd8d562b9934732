"""Which of our columns a heading of a case system's export most likely is."""

import re
from collections.abc import Mapping, Sequence

from node.records.importing.columns import COLUMNS

_NOT_ALPHANUMERIC = re.compile("[^a-z0-9]")

_SYNONYMS: Mapping[str, str] = {
    "case_reference": "case id|case no|case number|case ref|child id|child ref|client id|id|"
    "person id|person reference|pis number|record id|reference|social care id|swift id|"
    "liquidlogic id|lcs id|mosaic id|mosaic person id|unique id|la child id|system id|client no|"
    "client number|client ref|person no|person number|case reference number",
    "surname": "family name|last name|child surname|client surname|person surname|surname name|"
    "child last name|childs surname|legal surname",
    "forename": "first name|given name|given names|forenames|first names|child forename|"
    "client forename|person forename|christian name|child first name|childs forename|"
    "legal forename",
    "date_of_birth": "dob|birth date|birthdate|born|born on|date birth|child dob|"
    "child date of birth",
    "involvement": "category|service|service type|case type|cp category|involvement type|"
    "legal status|kind|case category|plan type|type of involvement|classification|programme",
    "last_updated": "updated|last update|date updated|last modified|modified|date modified|"
    "last changed|update date|updated on|extract date|last activity date|last contact date|"
    "date last updated|last updated date|last updated on|date last modified|last modified date|"
    "last contact|date of last contact|last seen|last visit|last visit date|last activity",
    "team": "allocated team|team name|current team|responsible team|service team|worker team|"
    "allocated team name|case worker team",
    "telephone": "phone|tel|tel no|team phone|team telephone|team tel|phone number|"
    "telephone number|contact number|duty number|office phone|work phone|contact telephone|"
    "team phone number|team telephone number|team contact number|duty telephone|duty phone|"
    "duty line",
    "postcode": "post code|home postcode|address postcode|current postcode|child postcode|zip|"
    "postcode current|postcode of current address|current address postcode|client postcode",
    "nhs_number": "nhs no|nhs|nhs num|chi number|chi|hc number|nhsno",
    "upn": "unique pupil number|pupil number|current upn|upn number",
    "other_surnames": "alias surname|previous surname|former surname|also known as surname|"
    "other surname|known as surname|previous surnames|maiden name|preferred surname",
    "other_forenames": "alias|alias forename|known as|preferred name|other forename|middle name|"
    "middle names|also known as|aka|preferred forename|nickname",
    "other_postcodes": "previous postcode|previous postcodes|former postcode|other postcode",
    "house": "house number|house name|house no|house name or number|address line 1|address 1|"
    "building|property number|house name number",
    "uprn": "unique property reference number|property reference|property ref",
    "due_date": "edd|estimated due date|expected date of delivery|expected date of birth|"
    "expected delivery date|expected dob|date due",
    "carer_forename": "mother forename|mothers forename|mother first name|mothers first name|"
    "parent forename|parent first name|carer first name",
    "carer_surname": "mother surname|mothers surname|mother last name|mothers last name|"
    "parent surname|parent last name|carer last name",
    "carer_date_of_birth": "mother dob|mothers dob|mother date of birth|parent dob|carer dob",
    "status": "case status|open closed|current status|open or closed",
    "closed_on": "closed|date closed|closure date|end date|closed date|case closed|"
    "date case closed|case end date|close date|case closed date|case closure date|"
    "involvement end date|episode end date",
    "lead_practitioner": "lead|is lead|lead professional|lead worker",
    "organisation": "organization|agency|local authority|council|organisation name",
    "role": "job title|worker role|position|worker type",
    "worker_name": "allocated worker|worker|social worker|key worker|keyworker|case worker|"
    "caseworker|allocated to|allocated social worker|practitioner|lead practitioner name|"
    "case holder|caseholder|named worker|worker full name|allocated worker name|"
    "allocated case worker|social worker name",
    "out_of_hours_telephone": "out of hours|ooh|ooh phone|edt|edt phone|out of hours phone|"
    "emergency duty team|out of hours number|ooh telephone",
    "email": "e mail|email address|worker email|team email|contact email",
    "covers": "coverage|source covers",
}
"""Headings of exports, parted by bars; only their letters and digits count."""


def _compact(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", text.lower())


_COLUMN_OF = {
    _compact(heading): column
    for column in COLUMNS
    for heading in (column, *filter(None, _SYNONYMS.get(column, "").split("|")))
}


def guess_column(heading: str) -> str | None:
    """Return our column for a heading such as "D.O.B." or "Family Name", None for others."""
    return _COLUMN_OF.get(_compact(heading))


def guess_places(headings: Sequence[str]) -> dict[str, int]:
    """Return the place, from 0, that each of our columns most likely has; of two the first."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        column = guess_column(heading)
        if column is not None:
            places.setdefault(column, place)
    return {column: places[column] for column in COLUMNS if column in places}
