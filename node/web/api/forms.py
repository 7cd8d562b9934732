"""What a case system sends and is sent."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from node.asking.answers import MemberAnswer
from protocol import limits

Entry = Annotated[str, Field(max_length=400)]


class Form(BaseModel):
    """Anything that is sent: what is not known in it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Child(Form):
    """What is known of the child. Dates are day, month and year, or YYYY-MM-DD; several names and
    postcodes have `;` between."""

    surname: Entry = ""
    forename: Entry = ""
    date_of_birth: Entry = ""
    postcode: Entry = ""
    nhs_number: Entry = ""
    upn: Entry = ""
    other_surnames: Entry = ""
    other_forenames: Entry = ""
    other_postcodes: Entry = ""
    house: Entry = ""
    uprn: Entry = ""
    due_date: Entry = ""
    carer_forename: Entry = ""
    carer_surname: Entry = ""
    carer_date_of_birth: Entry = ""
    carer_2_forename: Entry = ""
    carer_2_surname: Entry = ""
    carer_2_date_of_birth: Entry = ""

    def entries(self) -> Mapping[str, str]:
        """Return them by the names of spec 10 §2."""
        entries: dict[str, str] = self.model_dump()
        return entries


class Caller(Form):
    """Somebody on the telephone for whom it is asked."""

    name: Annotated[str, Field(min_length=1, max_length=limits.PERSON_BYTES)]
    organisation: Annotated[str, Field(min_length=1, max_length=limits.ORGANISATION_BYTES)]
    verified: Annotated[str, Field(min_length=1, max_length=limits.ORGANISATION_BYTES)]
    """How it was made sure who that is."""


class LookupForm(Form):
    """A question to every council: about a case of one's own by its reference, or about a child."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"case_reference": "CIN-2041", "purpose": 1},
                {
                    "child": {
                        "surname": "Quarrington",
                        "forename": "Philippa",
                        "date_of_birth": "2016-04-12",
                        "postcode": "QX1 2AB",
                    },
                    "purpose": 1,
                    "reference": "CIN-2041",
                },
            ]
        }
    )

    case_reference: Annotated[str, Field(max_length=64)] = ""
    source: Annotated[str, Field(max_length=64)] = ""
    """Where the case was loaded from, if more than one child has its reference."""
    child: Child | None = None
    purpose: int
    """Code of a purpose on the directory's list."""
    reference: Annotated[str, Field(max_length=limits.REFERENCE_BYTES)] = ""
    """One's own, which a council that knows the child sees."""
    protected_location: bool = False
    caller: Caller | None = None


class AskedLine(Form):
    """The first line of the stream."""

    type: Literal["asked"] = "asked"
    lookup: str
    """Under which the answers are found again as long as they are kept."""
    asked_ms: int
    purpose: str
    reference: str
    members: int


class AnswerLine(Form):
    """One line for each council and service, as its answer comes."""

    type: Literal["answer"] = "answer"
    answer: MemberAnswer


class EndLine(Form):
    """The last line. A stream without it was cut off: nothing follows from it."""

    type: Literal["end"] = "end"
    answered: int
    members: int
    problem: str
    """Why nobody was asked, "" where everybody was."""
    notice: str


class CheckStep(Form):
    """What somebody there has done."""

    step: str
    """seen, passed_on, answered, field_asked (`note` says which), is_the_child or
    is_not_the_child (which is no clearance)."""
    at_ms: int
    owner: str
    note: str


class Check(Form):
    """A council that was *being checked*: somebody there looks, and says what he finds."""

    member: str
    due_ms: int
    steps: tuple[CheckStep, ...]
    wants_a_detail: bool
    """Whether somebody there has asked this user for one more detail, and has not decided yet."""
    detail_waits: bool
    """Whether one was given that has not gone out yet. It goes with one of the next batches, of
    which there is one each quarter of an hour; after a day, or a restart of the node, it is
    dropped."""
    detail_sent_ms: int
    """When the last one was sent, 0 where none was."""


class DetailForm(Form):
    """One more detail of the child, with what was asked by: nothing of that was kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "child": {
                        "surname": "Quarrington",
                        "forename": "Philippa",
                        "date_of_birth": "2016-04-12",
                        "other_postcodes": "QX3 4CD",
                    }
                }
            ]
        }
    )

    child: Child


class KeptAnswers(Form):
    """A lookup that has come to its end."""

    asked: AskedLine
    answers: tuple[MemberAnswer, ...]
    checks: tuple[Check, ...]
    """What became of those that were being checked, by now: ask for it again."""
    end: EndLine


class FieldError(Form):
    """What is wrong with one entry; never what stood there."""

    field: str
    reason: str


class ProblemDetails(Form):
    """Why nothing was asked (RFC 9457)."""

    type: str
    title: str
    status: int
    errors: tuple[FieldError, ...] = ()
