"""The form of a question: what was typed, as an enquiry, or all that is wrong with it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import ParamSpec, TypeVar

from starlette.datastructures import FormData

from node.accounts.model import Account
from node.asking.asker import Enquiry, OnTheTelephone
from node.asking.cases import reference_sent
from node.records.cases import HeldCase
from node.web.forms import FormProblems, Problem, bounded_text_of, text_of
from protocol import limits
from protocol.directory.members import Directory
from protocol.encoding import encode_base64url
from protocol.errors import IdentityProblems
from protocol.matching.identity import Identity, parse_identity
from protocol.messages.lookup import Who

DATES = ("date_of_birth", "due_date", "carer_date_of_birth", "carer_2_date_of_birth")
OF_THE_CHILD = (
    "surname",
    "forename",
    "date_of_birth",
    "postcode",
    "nhs_number",
    "upn",
    "other_surnames",
    "other_forenames",
    "other_postcodes",
    "house",
    "due_date",
    "carer_forename",
    "carer_surname",
    "carer_date_of_birth",
    "carer_2_forename",
    "carer_2_surname",
    "carer_2_date_of_birth",
)
"""Fields that describe the child, by the names of spec 10 §2."""

CALLER = (
    ("caller_name", "Name", limits.PERSON_BYTES, "Give the name of who is on the telephone"),
    ("caller_organisation", "Organisation", limits.ORGANISATION_BYTES, "Say where they work"),
    ("caller_verified", "How", limits.ORGANISATION_BYTES, "Say how you made sure who it is"),
)
"""Fields on who is on the telephone: name, label, most bytes, and what is said of an empty one."""

NOT_BOTH = "Give the case reference, or say who the child is: not both"
NO_CASE = "None of the cases that your council has loaded has this reference: say who the child is"
WHICH_CASE = "Choose the case: there is more than one with this reference"

_Given = ParamSpec("_Given")
_Read = TypeVar("_Read")


def case_reference_of(fields: FormData) -> str:
    """Return the reference of one of our own cases, if it was typed."""
    return text_of(fields, "case_reference")


def enquiry_of(
    fields: FormData,
    account: Account,
    directory: Directory,
    cases: Sequence[HeldCase],
    today: date,
) -> Enquiry:
    """Return what is asked. `cases` are those of the reference that was typed.

    Raises:
        FormProblems: all that is wrong with the form.
    """
    found = _Problems()
    child = found.read(_child, fields, cases, today)
    purpose = found.read(_purpose, fields, directory)
    reference = found.read(
        bounded_text_of, fields, "reference", "Reference", limits.REFERENCE_BYTES
    )
    caller = found.read(_caller, fields)
    role = account.asks_as
    if found.problems or child is None or purpose is None or role is None:
        raise FormProblems(*found.problems)
    who = Who(
        account.name,
        account.telephone,
        account.team,
        reference_sent(case_reference_of(fields), reference or ""),
        text_of(fields, "protected_location") == "yes",
    )
    return Enquiry(child, purpose, role, who, caller, account.username)


class _Problems:
    """Collects what is wrong with every part of the form."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(
        self,
        part: Callable[_Given, _Read],
        *arguments: _Given.args,
        **words: _Given.kwargs,
    ) -> _Read | None:
        """Return what a part of the form says, None where something is wrong with it."""
        try:
            return part(*arguments, **words)
        except FormProblems as found:
            self.problems += found.problems
            return None


def _child(fields: FormData, cases: Sequence[HeldCase], today: date) -> Identity | HeldCase:
    if not case_reference_of(fields):
        return identity_of(fields, today)
    if any(text_of(fields, name) for name in OF_THE_CHILD):
        raise FormProblems(Problem("case_reference", NOT_BOTH))
    if not cases:
        raise FormProblems(Problem("case_reference", NO_CASE))
    chosen = text_of(fields, "case")
    fitting = [case for case in cases if len(cases) == 1 or encode_base64url(case.id) == chosen]
    if not fitting:
        raise FormProblems(Problem("case", WHICH_CASE))
    return fitting[0]


def identity_of(fields: FormData, today: date) -> Identity:
    """Return the child that was described.

    Raises:
        FormProblems: all that is wrong with it.
    """
    entries = {name: text_of(fields, name) for name in OF_THE_CHILD}
    for name in DATES:
        # As the page's example has it: "27 3 2015".
        entries[name] = "/".join(entries[name].split())
    try:
        return parse_identity(entries, today)
    except IdentityProblems as found:
        problems = [_problem(each.field, each.reason) for each in found.problems]
        raise FormProblems(*problems) from None


def _purpose(fields: FormData, directory: Directory) -> int:
    purpose = text_of(fields, "purpose")
    if purpose not in map(str, directory.purposes):
        raise FormProblems(Problem("purpose", "Choose why you ask"))
    return int(purpose)


def _caller(fields: FormData) -> OnTheTelephone | None:
    found = _Problems()
    texts = [
        found.read(bounded_text_of, fields, name, label, most_bytes) or ""
        for name, label, most_bytes, _ in CALLER
    ]
    if found.problems:
        raise FormProblems(*found.problems)
    if not any(texts):
        return None
    empty = [field for field, text in zip(CALLER, texts, strict=True) if not text]
    if empty:
        raise FormProblems(*(Problem(name, words) for name, _, _, words in empty))
    return OnTheTelephone(*texts)


def _problem(field: str, reason: str) -> Problem:
    """Return a problem of the child's entries; what is of no one field stands at the first."""
    if field in OF_THE_CHILD:
        name = field.replace("_", " ").capitalize().replace("Nhs", "NHS").replace("Upn", "UPN")
        return Problem(field, f"{name}: {reason}")
    return Problem(
        OF_THE_CHILD[0],
        "Give three of surname, forename, date of birth and postcode, or an NHS number or UPN",
    )
