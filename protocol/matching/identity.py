"""What is known of a child, parsed once at the border (spec 10 §2)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from protocol import limits
from protocol.errors import IdentityError, IdentityProblems
from protocol.matching import entries

_CARER_FIELDS = tuple(
    (f"{carer}_forename", f"{carer}_surname", f"{carer}_date_of_birth")
    for carer in ("carer", *(f"carer_{n}" for n in range(2, limits.IDENTITY_CARERS + 1)))
)
"""The first carer is the mother, where she is known."""

FIELDS = (
    "forename",
    "surname",
    "date_of_birth",
    "postcode",
    "nhs_number",
    "upn",
    "other_forenames",
    "other_surnames",
    "other_postcodes",
    "house",
    "uprn",
    "due_date",
    *(field for carer in _CARER_FIELDS for field in carer),
)
"""The names of the entries; those with `other_` hold several, with ";" between."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, repr=False)
class Carer:
    """An adult of a child's household; letters A-Z only, "" where not known."""

    forename: str
    surname: str
    date_of_birth: date | None

    def __repr__(self) -> str:
        return "Carer(...)"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A child as far as known; made by `parse_identity` only, so every value is normalised."""

    forenames: tuple[str, ...]
    """Letters A-Z only, current first, at most `limits.IDENTITY_NAMES`; may be empty."""
    surnames: tuple[str, ...]
    date_of_birth: date | None
    postcodes: tuple[str, ...]
    """As "SW1A1AA", current first, at most `limits.IDENTITY_POSTCODES`."""
    nhs_number: str | None
    upn: str | None
    carers: tuple[Carer, ...] = ()
    """The mother first, at most `limits.IDENTITY_CARERS`."""
    house: str = ""
    """Number or name of the house at the first postcode; "" where not known."""
    uprn: str = ""
    due_date: date | None = None
    """When it is due or was, in a child that is unborn or in its first year; of one that is born
    the date of birth will do."""

    def __repr__(self) -> str:
        return "Identity(...)"


def parse_identity(fields: Mapping[str, str], today: date) -> Identity:
    """Return the identity that these entries give; a missing one counts as empty.

    Raises:
        IdentityProblems: all that is wrong at once, and never what was typed. What gives no match
            key at all is wrong too.
    """
    form = _Form(fields)
    date_of_birth = form.one("date_of_birth", partial(entries.parse_date_of_birth, today=today))
    due_date = form.one("due_date", partial(entries.parse_due_date, today=today))
    if date_of_birth and today - date_of_birth <= entries.FIRST_YEAR:
        due_date = due_date or date_of_birth
    identity = Identity(
        forenames=_ranked(form.several("forename", "other_forenames", entries.parse_forename)),
        surnames=_ranked(form.several("surname", "other_surnames", entries.parse_surname)),
        date_of_birth=date_of_birth,
        postcodes=_first(
            form.several("postcode", "other_postcodes", entries.parse_postcode),
            limits.IDENTITY_POSTCODES,
        ),
        nhs_number=form.one("nhs_number", entries.parse_nhs_number),
        upn=form.one("upn", entries.parse_upn),
        carers=tuple(_carers(form, today)),
        house=form.one("house", entries.parse_house) or "",
        uprn=form.one("uprn", entries.parse_uprn) or "",
        due_date=due_date,
    )
    form.check_enough(identity)
    if form.problems:
        raise IdentityProblems(form.problems)
    return identity


class _Form:
    """Reads entries by name and collects their problems instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.problems: list[IdentityError] = []
        if not fields.keys() <= set(FIELDS):
            # An unknown name is not repeated: in a file without a header row it is a child's data.
            self._refuse(IdentityError("identity", f"use only these entries: {', '.join(FIELDS)}"))

    def one(self, field: str, parse: Callable[[str, str], _Value | None]) -> _Value | None:
        """Return the value of one entry, None where it is missing or wrong."""
        text = self._text(field, limits.IDENTITY_FIELD_CHARACTERS)
        try:
            return parse(field, text) if text else None
        except IdentityError as problem:
            self._refuse(problem)
            return None

    def several(
        self, current: str, others: str, parse: Callable[[str, str], _Value | None]
    ) -> list[_Value]:
        """Return the values of the current entry and the others, in that order."""
        values = [self.one(current, parse)]
        listed = self._text(others, limits.IDENTITY_LIST_CHARACTERS).split(";")
        for number, text in enumerate(listed, start=1):
            try:
                values.append(parse(others, text) if text.strip() else None)
            except IdentityError as problem:
                self._refuse(IdentityError(others, f"entry {number}: {problem.reason}"))
        return [value for value in values if value is not None]

    def check_enough(self, identity: Identity) -> None:
        """Refuse what gives no match key, unless a refused entry put right would give one."""
        refused = {problem.field for problem in self.problems}

        def has(value: object, *fields: str) -> bool:
            return bool(value) or not refused.isdisjoint(fields)

        numbered = has(identity.nhs_number, "nhs_number") or has(identity.upn, "upn")
        forename = has(identity.forenames, "forename", "other_forenames")
        surname = has(identity.surnames, "surname", "other_surnames")
        born = has(identity.date_of_birth, "date_of_birth")
        placed = has(identity.postcodes, "postcode", "other_postcodes")
        mother = has(identity.due_date, "due_date") and has(
            any(map(is_whole, identity.carers[:1])), *_CARER_FIELDS[0]
        )
        if not (numbered or mother or forename + surname + born + placed >= 3):
            self._refuse(
                IdentityError(
                    "identity",
                    "give an NHS number or UPN, or three of forename, surname, date of birth "
                    "and postcode, or for an unborn child its mother (as carer) and the due date",
                )
            )

    def _text(self, field: str, most_characters: int) -> str:
        text = self._fields.get(field, "")
        if len(text) > most_characters:
            self._refuse(IdentityError(field, f"keep it to {most_characters} characters"))
            return ""
        return text.strip()

    def _refuse(self, problem: IdentityError) -> None:
        self.problems.append(problem)


def is_whole(carer: Carer) -> bool:
    """Return whether a carer's names and date of birth are all known."""
    return bool(carer.forename and carer.surname and carer.date_of_birth)


def _carers(form: _Form, today: date) -> Iterator[Carer]:
    """Yield the carers of whom anything is known; of each name its first form."""
    for forename_field, surname_field, date_field in _CARER_FIELDS:
        forenames = form.one(forename_field, entries.parse_forename) or ("",)
        surnames = form.one(surname_field, entries.parse_surname) or ("",)
        day = form.one(date_field, partial(entries.parse_carer_date_of_birth, today=today))
        if forenames[0] or surnames[0] or day:
            yield Carer(forenames[0], surnames[0], day)


def _ranked(names: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the first form of every name, then their further forms.

    An alias is likelier to be what another council calls the child than a middle name is.
    """
    return _first(_by_rank(names), limits.IDENTITY_NAMES)


def _by_rank(names: list[tuple[str, ...]]) -> Iterator[str]:
    for forms in names:
        yield from forms[:1]
    for forms in names:
        yield from forms[1:]


def _first(values: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:most]
