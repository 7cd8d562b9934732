"""The demo's questions: what a practitioner types, and what each council should say."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

from deploy.demo.about import describe_holding
from deploy.demo.children import Population
from deploy.demo.expectation import Asked, Expected
from deploy.demo.kinds import REQUIRED, Kind, candidates_of


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question, one line for the reader on what is special about it, and the true outcome."""

    kind: Kind
    asked: Asked
    fields: Mapping[str, str]
    """As typed, by the names of `protocol.matching.identity.FIELDS`; only what is filled in."""
    about: str
    expected: Mapping[str, Expected]
    """By council id, for every council."""


def draw_questions(population: Population, seed: int, number: int = 10) -> list[DemoQuestion]:
    """Return questions about `number` different children, in the order of `Kind`.

    Raises:
        ValueError: fewer than the required kinds, or more than the population has children for.
    """
    if number < len(REQUIRED):
        raise ValueError(f"questions: expected {len(REQUIRED)} or more, got {number}")
    rng = Random(seed)
    candidates = {kind: candidates_of(population, kind) for kind in Kind}
    questions: list[DemoQuestion] = []
    used: set[int] = set()
    for kind in islice(cycle(Kind), number):
        left = [asked for asked in candidates[kind] if asked.child.number not in used]
        if not left:
            raise ValueError("questions: the population is too small for so many")
        asked = rng.choice(left)
        used.add(asked.child.number)
        questions.append(_question(rng, population, kind, asked))
    return questions


def _question(rng: Random, population: Population, kind: Kind, asked: Asked) -> DemoQuestion:
    return DemoQuestion(
        kind=kind,
        asked=asked,
        fields=_typed(rng, asked),
        about=_about(population, kind, asked),
        expected=population.expected(asked),
    )


def _typed(rng: Random, asked: Asked) -> dict[str, str]:
    """Return the entries with the dates, spaces and small letters that people use."""
    child = asked.child
    fields = {"date_of_birth": f"{child.born:{rng.choice(('%d/%m/%Y', '%Y-%m-%d'))}}"}
    if asked.names:
        fields |= {"forename": child.forename, "surname": child.surname}
    if asked.nhs_number:
        number = child.nhs_number
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        fields["nhs_number"] = rng.choice((number, spaced))
    if asked.upn:
        fields["upn"] = child.upn
    if asked.postcodes:
        typed = [rng.choice((code, code.replace(" ", "").lower())) for code in asked.postcodes]
        fields["postcode"] = typed[0]
        if typed[1:]:
            fields["other_postcodes"] = ";".join(typed[1:])
    return fields


def _about(population: Population, kind: Kind, asked: Asked) -> str:
    if kind in _ABOUT_UNKNOWN:
        return _ABOUT_UNKNOWN[kind]
    holding = describe_holding(population.copies_of(asked.child), asked)
    return holding + _ABOUT_KIN.get(kind, "")


_ABOUT_UNKNOWN = {
    Kind.NOBODY: "not known to anybody",
    Kind.UNKNOWN_SIBLING: "a sibling of a known child, not known to anybody",
}
_ABOUT_KIN = {
    Kind.SPLIT_SIBLING: "; a sibling is known to another council",
    Kind.TWIN: "; a twin is known to another council",
}
