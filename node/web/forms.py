"""Forms: what was typed, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData

from node.web.signing_in import NotAllowed, SignedIn

MOST_FIELDS = 64

THE_PAGE = "main-content"
"""What a problem is led to that is of no field."""

UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\ufeff")
"""What numbers and names carry along that are copied from elsewhere, and what joins letters: it can
still be read without it, and other councils take nothing that cannot be printed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field, by its name."""

    field: str
    text: str


class FormProblems(Exception):
    """A form that cannot be acted on."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("problems")
        self.problems: Sequence[Problem] = problems


async def read_form(request: Request, signed_in: SignedIn | None) -> FormData:
    """Return the fields of a form of this session, or of nobody's.

    Raises:
        NotAllowed: it is of another session.
    """
    form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    if signed_in is not None and form.get("token") != signed_in.token:
        raise NotAllowed
    return form


def text_of(form: FormData, name: str) -> str:
    """Return what was typed into a field, line breaks as spaces."""
    value = form.get(name, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def bounded_text_of(form: FormData, name: str, label: str, most_bytes: int) -> str:
    """Return what was typed into a field that is told to others.

    Raises:
        FormProblems: too long, or not printable.
    """
    text = "".join(each for each in text_of(form, name) if each not in UNSEEN)
    if len(text.encode()) > most_bytes:
        raise FormProblems(Problem(name, f"{label}: keep it to {most_bytes} characters"))
    if not text.isprintable():
        raise FormProblems(Problem(name, f"{label}: keep it to letters, digits and signs"))
    return text


def shown(form: FormData, problems: Sequence[Problem]) -> dict[str, object]:
    """Return what a page shows of a form: what was typed and chosen, and what is wrong with it."""
    return {
        "typed": {name: value for name, value in form.items() if isinstance(value, str)},
        "chosen": form.getlist,
        "problems": problems,
        "wrong": {problem.field: problem.text for problem in problems},
    }
