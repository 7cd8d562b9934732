"""The draft national operation `$person-info-query`: "do you have information about a person?".

The standard is a draft, and so is this: its words, not its last form. It may change without notice.
"""

import re
from typing import Annotated, Literal

from fastapi import Depends, FastAPI
from pydantic import ConfigDict, Field

from node.accounts.systems import SystemUser
from node.asking.answers import MemberAnswer
from node.asking.asker import Enquiry
from node.web.api import examples
from node.web.api.doors import TokenDoor
from node.web.api.enquiries import Enquiries, bounded, wrong
from node.web.api.forms import Entry, Form
from node.web.site import Site
from node.web.words import NOTICE
from protocol.directory.members import Directory
from protocol.messages.lookup import Who

VERSION = "draft-1"

ACTS = {"ukpga/1989/41": "Children Act 1989", "ukpga/2004/31": "Children Act 2004"}
"""Acts by their place at legislation.gov.uk, as the directory's purposes name them."""

_REASON = re.compile(
    r"https?://www\.legislation\.gov\.uk/(?:id/)?(\w+/\d{4}/\d+)/section/(\d+[A-Z]*)"
)

Decision = Literal["PERMIT", "REVIEW", "DENY"]
MatchGrade = Literal["certain", "probable", "possible"]


class PersonName(Form):
    family: Entry = ""
    given: Entry = ""


class Person(Form):
    """Who is asked about."""

    nhsNumber: Entry = ""  # noqa: N815
    upn: Entry = ""
    name: PersonName = PersonName()
    birthDate: Entry = ""  # noqa: N815
    postalCode: Entry = ""  # noqa: N815


class PersonInfoQuery(Form):
    """The question, with its reason as an address of legislation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": {
                        "name": {"family": "Quarrington", "given": "Philippa"},
                        "birthDate": "2016-04-12",
                        "postalCode": "QX1 2AB",
                    },
                    "reason": "https://www.legislation.gov.uk/ukpga/1989/41/section/47",
                    "reference": "CIN-2041",
                }
            ]
        }
    )

    person: Person
    reason: Annotated[str, Field(max_length=200)]
    reference: Entry = ""


class OrganisationInfo(Form):
    """What one organisation says."""

    organisation: str
    name: str
    decision: Decision | None
    """PERMIT: it says what it knows. REVIEW: somebody looks, or has to be rung. DENY: it does not
    answer for this reason. None: it was not heard."""
    matchGrade: MatchGrade | None  # noqa: N815
    """None where nothing fits, or nothing was heard."""
    answer: MemberAnswer


class PersonInfo(Form):
    """What all organisations say."""

    version: str
    results: tuple[OrganisationInfo, ...]
    problem: str
    """Why nobody was asked, "" where everybody was."""
    notice: str


def add_routes(app: FastAPI, site: Site, door: TokenDoor) -> None:
    asks = Annotated[SystemUser, Depends(door)]
    desk, enquiries = site.parts.desk, Enquiries(site)

    @app.post("/draft/$person-info-query", tags=["draft"], responses=examples.REFUSED)
    async def person_info_query(user: asks, query: PersonInfoQuery) -> PersonInfo:
        """Ask every council and service, and wait until each has answered or was given up.

        A draft of a national standard: it may change without notice.
        """
        purpose = _purpose(enquiries.directory(), query.reason)
        identity = enquiries.identity(_entries(query.person))
        reference = bounded("reference", query.reference)
        who = Who(user.name, user.telephone, user.team, reference, False)
        id = desk.begin(
            user.username, Enquiry(identity, purpose, user.role, who, None, user.username)
        )
        running = desk.running(id, user.username)
        assert running is not None  # noqa: S101
        answers = [answer async for _, answer in running.follow()]
        return PersonInfo(
            version=VERSION,
            results=tuple(map(organisation_info, answers)),
            problem=running.problem,
            notice=NOTICE,
        )


def organisation_info(answer: MemberAnswer) -> OrganisationInfo:
    """Return a member's answer in the words of the draft."""
    return OrganisationInfo(
        organisation=answer.member,
        name=answer.name,
        decision=_DECISIONS.get(answer.outcome),
        matchGrade=_GRADES.get(answer.outcome) if answer.tier != "household" else None,
        answer=answer,
    )


_DECISIONS: dict[str, Decision] = {
    "known": "PERMIT",
    "not_known": "PERMIT",
    "may_be_known": "REVIEW",
    "being_checked": "REVIEW",
    "add_a_field": "REVIEW",
    "refused": "DENY",
}
_GRADES: dict[str, MatchGrade] = {
    "known": "certain",
    "may_be_known": "probable",
    "being_checked": "possible",
    "add_a_field": "possible",
}


EXAMPLE = PersonInfo(
    version=VERSION,
    results=tuple(map(organisation_info, examples.ANSWERS)),
    problem="",
    notice=NOTICE,
)


def _purpose(directory: Directory, reason: str) -> int:
    """Return the directory's purpose of a section.

    Raises:
        ApiProblem: there is none.
    """
    found = _REASON.fullmatch(reason)
    act, section = (ACTS.get(found[1]), found[2]) if found else (None, "")
    for purpose in directory.purposes.values():
        if act and section in _sections(purpose.legislation, act):
            return purpose.code
    raise wrong("reason", "no purpose on the directory's list is of this legislation")


def _sections(legislation: str, act: str) -> set[str]:
    """Return the sections of an Act that a purpose names, as of "Children Act 1989, section 47"."""
    _, _, behind = legislation.partition(act)
    return {*re.findall(r"\b\d+[A-Z]*\b", re.split(r"\bAct\b", behind)[0])}


def _entries(person: Person) -> dict[str, str]:
    return {
        "surname": person.name.family,
        "forename": person.name.given,
        "date_of_birth": person.birthDate,
        "postcode": person.postalCode,
        "nhs_number": person.nhsNumber,
        "upn": person.upn,
    }
