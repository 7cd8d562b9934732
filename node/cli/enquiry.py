"""What is asked: from prompts, or from a JSON file. Never from arguments."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.asking.asker import Enquiry, OnTheTelephone
from node.asking.cases import NO_CASE, one_of, reference_sent, sources_of
from node.cli.prompts import prompt_choice, prompt_text
from node.clock import local_day, system_clock
from node.errors import AskError
from node.records.cases import HeldCase
from protocol import limits
from protocol.directory.members import Directory
from protocol.errors import IdentityProblems
from protocol.matching.identity import Identity, parse_identity
from protocol.messages.lookup import Who
from protocol.messages.vocabulary import Role
from protocol.validation import first_problem

MOST_FILE_BYTES = 64 * 1024

_PROMPTS = {
    "surname": "Surname",
    "forename": "Forename",
    "date_of_birth": "Date of birth (day/month/year)",
    "postcode": "Postcode",
    "nhs_number": "NHS number, if known",
    "upn": "UPN, if known",
}

_MORE_PROMPTS = {
    "other_surnames": "Former and other surnames, with ; between",
    "other_forenames": "Other forenames, with ; between",
    "other_postcodes": "Former postcodes, with ; between",
    "due_date": "Due date, of an unborn child (day/month/year)",
    "carer_forename": "Forename of a carer, of the mother if known",
    "carer_surname": "Their surname",
    "carer_date_of_birth": "Their date of birth (day/month/year)",
}

DETAIL_PROMPTS = _PROMPTS | _MORE_PROMPTS
"""What can be said at a terminal of a child."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _WhoEntry(_Part):
    name: str = Field(min_length=1)
    telephone: str = Field(min_length=3)
    team: str = ""
    reference: str = ""
    protected_location: bool = False


class _CallerEntry(_Part):
    name: str = Field(min_length=1, max_length=limits.PERSON_BYTES)
    organisation: str = Field(min_length=1, max_length=limits.ORGANISATION_BYTES)
    verified: str = Field(min_length=1, max_length=limits.ORGANISATION_BYTES)


class _EnquiryEntry(_Part):
    """What a JSON file asks: about a child by its entries, or about a case by its reference."""

    child: dict[str, str] = Field(default_factory=dict)
    case: str = ""
    source: str = ""
    """Where the case is from, if more than one child has its reference."""
    purpose: int
    role: str = "practitioner"
    who: _WhoEntry
    caller: _CallerEntry | None = None


FindCase = Callable[[str], Sequence[HeldCase]]
"""Returns the cases of ours of a reference, one for each child."""


@dataclass(frozen=True, slots=True, repr=False)
class ReadEnquiry:
    """What a file asks. A case is not looked for yet: that needs the directory."""

    child: Identity | None
    case_reference: str
    source: str
    purpose: int
    role: Role
    who: Who
    caller: OnTheTelephone | None

    def enquiry(self, find_case: FindCase) -> Enquiry:
        """Return it as an enquiry.

        Raises:
            AskError: no such case, or several.
        """
        child = self.child or one_of(find_case(self.case_reference), self.source)
        return Enquiry(child, self.purpose, self.role, self.who, self.caller)


def read_enquiry(file: Path) -> ReadEnquiry:
    """Return what a JSON file asks, `-` for standard input.

    Raises:
        AskError: unreadable, not of the form, or a child's entry that cannot be used; says which
            entry and what to do, never what stood there.
    """
    try:
        content = sys.stdin.read(MOST_FILE_BYTES) if str(file) == "-" else file.read_text("utf-8")
        loaded: Any = json.loads(content)
    except OSError as error:
        raise AskError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise AskError(f"{file}: not JSON: the README shows the form") from None
    try:
        entry = _EnquiryEntry.model_validate(loaded)
    except ValidationError as error:
        raise AskError(f"{file}: {first_problem(error)}") from None
    if bool(entry.child) == bool(entry.case):
        raise AskError(f"{file}: give either child or case")
    return ReadEnquiry(
        None if entry.case else _identity(entry.child),
        entry.case,
        entry.source,
        entry.purpose,
        _role(entry.role),
        _who(entry.who),
        OnTheTelephone(**entry.caller.model_dump()) if entry.caller else None,
    )


def prompt_enquiry(directory: Directory, find_case: FindCase) -> Enquiry:
    """Ask for everything at the terminal. An entry that cannot be used is asked for again."""
    child = _prompt_case(find_case) or _prompt_identity()
    typer.echo("\nWhy do you ask?")
    for purpose in directory.purposes.values():
        typer.echo(f"  {purpose.code}  {purpose.name} ({purpose.legislation})")
    purpose_code = typer.prompt("Purpose", type=int)
    while purpose_code not in directory.purposes:
        purpose_code = typer.prompt("Purpose: one of the numbers above", type=int)
    role = _prompt_role()
    typer.echo("\nWho asks? Only a council that knows the child sees this.")
    who = _WhoEntry(
        name=prompt_text("Your name", limits.PERSON_BYTES, least=2),
        telephone=prompt_text("Your telephone", limits.TELEPHONE_BYTES, least=3),
        team=prompt_text("Your team", limits.TEAM_BYTES),
        reference=_prompt_reference(child),
        protected_location=typer.confirm("Is the child's location protected?", default=False),
    )
    return Enquiry(child, purpose_code, role, _who(who), _prompt_caller())


def _prompt_case(find_case: FindCase) -> HeldCase | None:
    """Ask for the reference of one of our cases; return it, None where none is given."""
    while reference := _prompt_optional("Case reference, if it is one of your own cases").strip():
        found = find_case(reference)
        if len(found) == 1:
            return found[0]
        if not found:
            typer.echo(f"  {NO_CASE}", err=True)
            continue
        for number, case in enumerate(found, start=1):
            kinds = {row.involvement.kind_name.replace("_", " ") for row in case.rows}
            sources = ", ".join(sorted(sources_of(case)))
            typer.echo(f"  {number}  {', '.join(sorted(kinds))}, from {sources}")
        chosen = 0
        while not 1 <= chosen <= len(found):
            chosen = typer.prompt("Which one", type=int)
        return found[chosen - 1]
    return None


def _prompt_role() -> Role:
    # Apart from who asks: it decides what a council answers, and each that is asked is told it.
    typer.echo("\nIn which role do you ask?")
    roles = [*Role]
    names = [role.name.replace("_", " ").capitalize() for role in roles]
    chosen = prompt_choice(names, "Number, or Enter for practitioner")
    return Role.PRACTITIONER if chosen is None else roles[chosen]


def _prompt_caller() -> OnTheTelephone | None:
    if not typer.confirm("Do you ask for somebody on the telephone?", default=False):
        return None
    typer.echo("Who that is stays here, in your own records.")
    return OnTheTelephone(
        prompt_text("Their name", limits.PERSON_BYTES, least=1),
        prompt_text("Their organisation", limits.ORGANISATION_BYTES, least=1),
        prompt_text("How you made sure who it is", limits.ORGANISATION_BYTES, least=1),
    )


def _prompt_reference(child: Identity | HeldCase) -> str:
    own = reference_sent(child.reference) if isinstance(child, HeldCase) else ""
    words = "Your own reference, if " + ("it is not the case's" if own else "any")
    return prompt_text(words, limits.REFERENCE_BYTES, default=own)


def _prompt_identity() -> Identity:
    typer.echo("About which child? Leave empty what you do not know.")
    return parse_identity(prompt_entries(_PROMPTS, _MORE_PROMPTS), _today())


def prompt_entries(
    prompts: Mapping[str, str], more: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Ask for a child's entries, each by its words, until they can be used; return them. `more` is
    asked for where somebody wants to say more."""
    entries = _prompt_each(prompts, more)
    while True:
        try:
            parse_identity(entries, _today())
        except IdentityProblems as problems:
            for problem in problems.problems:
                typer.echo(f"  {problem.field.replace('_', ' ')}: {problem.reason}", err=True)
            again = {problem.field for problem in problems.problems}
            if again <= entries.keys():
                words = {**prompts, **(more or {})}
                entries |= {name: _prompt_optional(words[name]) for name in words if name in again}
            else:
                # Together they are too little: perhaps the rest of it is what is known.
                entries = _prompt_each(prompts, more)
        else:
            return entries


def _prompt_each(prompts: Mapping[str, str], more: Mapping[str, str] | None) -> dict[str, str]:
    entries = {name: _prompt_optional(words) for name, words in prompts.items()}
    if more and typer.confirm("Say more of the child?", default=False):
        entries |= {name: _prompt_optional(words) for name, words in more.items()}
    return entries


def _prompt_optional(words: str) -> str:
    return str(typer.prompt(words, default="", show_default=False))


def _identity(child: dict[str, str]) -> Identity:
    try:
        return parse_identity(child, _today())
    except IdentityProblems as problems:
        lines = "; ".join(f"{problem.field}: {problem.reason}" for problem in problems.problems)
        raise AskError(f"the child's entries cannot be used: {lines}") from None


def _role(name: str) -> Role:
    try:
        return Role[name.upper()]
    except KeyError:
        known = ", ".join(role.name.lower() for role in Role)
        raise AskError(f"role: expected one of {known}") from None


def _who(entry: _WhoEntry) -> Who:
    for name, most_bytes in (
        ("name", limits.PERSON_BYTES),
        ("telephone", limits.TELEPHONE_BYTES),
        ("team", limits.TEAM_BYTES),
        ("reference", limits.REFERENCE_BYTES),
    ):
        text = getattr(entry, name)
        if len(text.encode()) > most_bytes or not text.isprintable():
            raise AskError(f"who.{name}: at most {most_bytes} printable characters")
    return Who(entry.name, entry.telephone, entry.team, entry.reference, entry.protected_location)


def _today() -> date:
    return local_day(system_clock())
