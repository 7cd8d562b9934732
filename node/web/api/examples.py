"""What stands in the description as an example: made of the real models, so that it fits them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from node.asking.answers import AnsweredInvolvement, MemberAnswer
from node.web.api.forms import (
    AnswerLine,
    AskedLine,
    Check,
    CheckStep,
    EndLine,
    FieldError,
    KeptAnswers,
    ProblemDetails,
)
from node.web.api.problems import MEDIA_TYPE
from node.web.words import NOTICE

_ASKED_MS = 1_795_810_440_000

_CONTACT = AnsweredInvolvement(
    kind="child_in_need",
    closed_on=None,
    lead_practitioner=True,
    updated_on=date(2026, 11, 20),
    covers="children's services since April 2019",
    organisation="Eastvale Council",
    team="Family Support",
    role="social worker",
    name="Jo Merriweather",
    telephone="01632 960333",
    out_of_hours_telephone="01632 960999",
    email="family.support@eastvale.example",
)


def _answer(name: str, outcome: str, **more: Any) -> MemberAnswer:
    said: dict[str, Any] = {"cause": "none", "tier": None, "difference": "", "involvements": ()}
    return MemberAnswer(
        member=name.upper(),
        name=f"{name} Council",
        outcome=outcome,
        duty_line="01632 960100",
        out_of_hours_line="01632 960199",
        **said | more,
    )


ANSWERS: Sequence[MemberAnswer] = (
    _answer(
        "Eastvale",
        "known",
        tier="strong",
        difference="the full postcode is not the same",
        involvements=(_CONTACT,),
        round="AAAAAAAAAAAAAAAAAAAAAA",
    ),
    _answer("Westmere", "not_known"),
    _answer("Northam", "timed_out"),
)
_CHECKED = _answer("Southey", "being_checked", tier="possible", round="AQEBAQEBAQEBAQEBAQEBAQ")

_ASKED = AskedLine(
    lookup="AgICAgICAgICAgICAgICAg",
    asked_ms=_ASKED_MS,
    purpose="Section 47 enquiry",
    reference="CIN-2041",
    members=len(ANSWERS),
)
_END = EndLine(answered=2, members=len(ANSWERS), problem="", notice=NOTICE)

_LINES: Sequence[BaseModel] = (_ASKED, *(AnswerLine(answer=each) for each in ANSWERS), _END)
STREAM = "".join(f"{line.model_dump_json()}\n" for line in _LINES)

_SEEN = CheckStep(step="seen", at_ms=_ASKED_MS + 60_000, owner="Dana Okoro", note="")
_FIELD_ASKED = CheckStep(
    step="field_asked", at_ms=_ASKED_MS + 600_000, owner="Dana Okoro", note="A former postcode"
)
DETAIL_GIVEN = Check(
    member=_CHECKED.member,
    due_ms=_ASKED_MS + 4 * 3_600_000,
    steps=(_SEEN, _FIELD_ASKED),
    wants_a_detail=True,
    detail_waits=True,
    detail_sent_ms=0,
)

KEPT = KeptAnswers(
    asked=_ASKED.model_copy(update={"members": 4}),
    answers=(*ANSWERS, _CHECKED),
    checks=(DETAIL_GIVEN.model_copy(update={"detail_waits": False}),),
    end=_END.model_copy(update={"answered": 3, "members": 4}),
)

_REFUSAL = ProblemDetails(
    type="urn:whoelse:problem:malformed",
    title="The question cannot be asked",
    status=422,
    errors=(FieldError(field="purpose", reason="is not on the directory's list"),),
)

REFUSED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Nothing was asked, and why (RFC 9457). What was sent is not repeated.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                "example": _REFUSAL.model_dump(mode="json"),
            }
        },
    }
}
