"""What is typed about shields: which child, why, until when; and who asks for one."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from node.errors import ShieldError
from node.records.applications import Applicant, Application
from node.records.cases import HeldCase
from node.records.model import CASE_REFERENCE_BYTES
from node.shielding import Former
from node.web.forms import FormProblems, Problem, bounded_text_of, text_of
from protocol.encoding import encode_base64url

REASON_BYTES = 1000
NAME_BYTES = 200
REACHED_AT_BYTES = 300

LOOKED_AT_IN = {
    "30": "In a month",
    "90": "In three months",
    "182": "In half a year",
    "365": "In a year",
}
"""When a shield is looked at again, by days."""

APPLICANTS = {
    Applicant.YOUNG_PERSON: "The child or young person",
    Applicant.PARENT: "A parent",
    Applicant.CARER: "Another carer",
    Applicant.PROFESSIONAL: "Somebody who works with the child",
}
"""Who asks for a child to be shielded, as pages say it."""

Cases = Callable[[str], Sequence[HeldCase]]
"""Gives the children of a case reference; raises ShieldError where there is none."""


async def cases_of(cases: Cases, fields: FormData) -> tuple[Sequence[HeldCase], list[Problem]]:
    """Return the children of the case reference, or why there are none."""
    name, label = "case_reference", "Case reference"
    try:
        reference = bounded_text_of(fields, name, label, CASE_REFERENCE_BYTES)
        if not reference:
            return (), [Problem(name, f"{label}: say which case is the child's")]
        return await run_in_threadpool(cases, reference), []
    except FormProblems as found:
        return (), [*found.problems]
    except ShieldError as error:
        return (), [Problem(name, f"{label}: {error}")]


def chosen(fields: FormData, cases: Sequence[HeldCase]) -> HeldCase:
    """Return the child that is meant.

    Raises:
        FormProblems: there are several, and it is not said which.
    """
    if len(cases) == 1:
        return cases[0]
    wanted = text_of(fields, "case")
    for case in cases:
        if encode_base64url(case.id) == wanted:
            return case
    raise FormProblems(Problem("case", "Several children have this reference: say which it is"))


def needed(
    fields: FormData, name: str, label: str, most_bytes: int, missing: str, found: list[Problem]
) -> str:
    """Return what was typed into a field; what is wrong with it goes to what was found wrong."""
    text = ""
    try:
        text = bounded_text_of(fields, name, label, most_bytes)
        if not text:
            found.append(Problem(name, f"{label}: {missing}"))
    except FormProblems as too_long:
        found += too_long.problems
    return text


def why_and_when(fields: FormData, problems: Sequence[Problem] = ()) -> tuple[str, timedelta]:
    """Return why a child is shielded, and when it is looked at again.

    Raises:
        FormProblems: something is missing or too long, beside what is wrong already.
    """
    found, days = [*problems], text_of(fields, "review_in")
    missing = "say it in a few words"
    reason = needed(fields, "reason", "Why", REASON_BYTES, missing, found)
    if days not in LOOKED_AT_IN:
        found.append(Problem("review_in", "Looked at again: say when"))
    if found:
        raise FormProblems(*found)
    return reason, timedelta(days=int(days))


def former_of(fields: FormData) -> Former | None:
    """Return what is said of a former identity; None where it is none.

    Raises:
        FormProblems: too long, or more is said of one, and not that it is.
    """
    is_former = bool(text_of(fields, "is_former"))
    if not is_former and (text_of(fields, "former_cases") or text_of(fields, "namesakes")):
        raise FormProblems(Problem("is_former", "Former identity: say that this case is of one"))
    if not is_former:
        return None
    also = bounded_text_of(fields, "former_cases", "Its other cases", REASON_BYTES)
    namesakes = bounded_text_of(fields, "namesakes", "Cases of namesakes", REASON_BYTES)
    return Former(_references(also), _references(namesakes))


def _references(text: str) -> Sequence[str]:
    return [each.strip() for each in text.split(";") if each.strip()]


def application_of(fields: FormData, now_ms: int) -> Application:
    """Return what somebody asks.

    Raises:
        FormProblems: something is missing or too long.
    """
    found: list[Problem] = []
    by = text_of(fields, "applicant")
    if by not in [*Applicant]:
        found.append(Problem("applicant", "Who asks: say it"))
    missing = "say it: an officer has to know who asks"
    name = needed(fields, "name", "Name", NAME_BYTES, missing, found)
    missing = "say it: an officer has to speak to whoever asks"
    reached_at = needed(fields, "reached_at", "How and when", REACHED_AT_BYTES, missing, found)
    missing = "say who it is"
    child = needed(fields, "child", "The child", NAME_BYTES, missing, found)
    missing = "say it in a few words"
    reason = needed(fields, "reason", "Why", REASON_BYTES, missing, found)
    if found:
        raise FormProblems(*found)
    return Application(
        applicant=Applicant(by),
        name=name,
        reached_at=reached_at,
        child=child,
        reason=reason,
        received_ms=now_ms,
    )
