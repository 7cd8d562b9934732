"""REST for case systems: who may ask, what is sent as it comes, and what is refused."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from deploy.demo.ports import free_port
from node.asking.answers import member_answer
from node.errors import StoreError
from node.records.cases import HeldCase
from node.records.model import CASE_REFERENCE_BYTES
from node.web.api.app import PATH, create_api
from node.web.api.forms import (
    AnswerLine,
    AskedLine,
    Check,
    DetailForm,
    EndLine,
    KeptAnswers,
    LookupForm,
    ProblemDetails,
)
from node.web.api.national import PersonInfo, PersonInfoQuery, organisation_info
from node.web.server import SiteServer
from node.web.site import Site
from protocol.encoding import encode_base64url
from protocol.matching.confidence import Tier
from protocol.messages.callback import HOUR_MS, AddedTags, CallBackNews, Step, check_id
from protocol.messages.vocabulary import Outcome, Role
from tests.node.accounts.case_systems import CaseSystem
from tests.node.asking.scripted import ROUND, known, of, of_the_household
from tests.node.records.test_cases import load
from tests.node.small_federation import DIRECTORY, child, council, record
from tests.node.web.visiting import ADDRESS, Town

QUESTION = {"child": {"nhs_number": "999 000 0107"}, "purpose": 1, "reference": "REF-12"}
QUERY = {
    "person": {"name": {"family": "Smith", "given": "Mary"}, "birthDate": "2015-03-27"},
    "reason": "https://www.legislation.gov.uk/ukpga/1989/41/section/47",
}


class System:
    """A case system that is registered at a council, and its connection."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.signing = CaseSystem()
        town.systems.add(self.signing.name, self.signing.pem)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(town.site), base_url=ADDRESS, timeout=20
        )

    def token(self, **changed: Any) -> str:
        return self.signing.token(self.town.clock.now_ms, **changed)

    def send(
        self, method: str, path: str, content: Any = None, token: str | None = None
    ) -> httpx.Response:
        token = self.token() if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent = {} if content is None else {"json": content}
        return self.town.run(self.client.request(method, PATH + path, headers=headers, **sent))

    def ask(self, content: Any = QUESTION, **changed: Any) -> httpx.Response:
        return self.send("POST", "/lookups", content, self.token(**changed))


@pytest.fixture
def system(town: Town) -> System:
    town.lookups.results = [of(2, Outcome.NOT_KNOWN), known(3)]
    return System(town)


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == response.status_code
    return found


def test_every_member_has_a_line_and_the_end_one(town: Town, system: System) -> None:
    first, *answers, end = lines(system.ask())
    assert (first["type"], first["members"], first["reference"]) == ("asked", 6, "REF-12")
    outcomes = {line["answer"]["member"]: line["answer"]["outcome"] for line in answers}
    assert len(outcomes) == 6
    assert (outcomes[council(2).id], outcomes[council(3).id]) == ("not_known", "known")
    (involved,) = (line["answer"]["involvements"] for line in answers if line["answer"]["tier"])
    assert involved[0]["telephone"]
    assert (end["type"], end["answered"], end["members"], end["problem"]) == ("end", 2, 6, "")
    assert "not a clearance" in end["notice"]
    (asked,) = town.lookups.asked
    assert (asked.who.name, asked.who.telephone, asked.who.team) == (
        "Noor Systemuser",
        "020 7946 0555",
        "Assessment",
    )
    assert (asked.role, asked.purpose, asked.username) == (
        Role.PRACTITIONER,
        1,
        "mosaic/u-1007",
    )


def test_answers_are_sent_as_they_come(town: Town, system: System) -> None:
    """Over a real connection: each line is there before the next answer is."""
    town.lookups.hold()
    port = free_port()
    server = SiteServer(town.site, "127.0.0.1", port)
    came: list[str] = []

    async def look() -> None:
        serving = asyncio.create_task(server.serve_pages())
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)
        headers = {"Authorization": f"Bearer {system.token()}"}
        asking = client.stream("POST", f"{PATH}/lookups", json=QUESTION, headers=headers)
        async with client, asking as response:
            async for line in response.aiter_lines():
                came.append(json.loads(line)["type"])
                town.lookups.go_on()
        server.end()
        await serving

    town.run(asyncio.wait_for(look(), 20))
    assert came == ["asked", *["answer"] * 6, "end"]


def test_a_case_is_asked_about_by_its_reference(town: Town, system: System) -> None:
    key = DIRECTORY.oprf_key
    assert key is not None
    load(town.records, "care", record(child(), "1234"), key=key.key_id)
    other = record(child(forename="John", surname="Other", nhs_number="", upn=""), "1234")
    load(town.records, "justice", other, key=key.key_id)
    question = {"case_reference": "1234", "purpose": 1}
    found = problem(system.ask(question))
    assert found["errors"] == [
        {
            "field": "case_reference",
            "reason": "more than one child has this reference: give source, one of care, justice",
        }
    ]
    assert lines(system.ask(question | {"source": "justice"}))[-1]["type"] == "end"
    (asked,) = town.lookups.asked
    assert isinstance(asked.child, HeldCase)
    assert asked.who.reference == "1234"


def test_a_case_is_asked_about_however_long_its_reference_is(town: Town, system: System) -> None:
    key = DIRECTORY.oprf_key
    assert key is not None
    long = "9" * CASE_REFERENCE_BYTES
    load(town.records, "care", record(child(), long), key=key.key_id)
    assert lines(system.ask({"case_reference": long, "purpose": 1}))[-1]["type"] == "end"
    mine = {"case_reference": long, "purpose": 1, "reference": "MINE-1"}
    assert lines(system.ask(mine))[-1]["type"] == "end"
    assert [asked.who.reference for asked in town.lookups.asked] == ["", "MINE-1"]


def test_the_same_user_finds_the_answers_again_and_nobody_else_does(
    town: Town, system: System
) -> None:
    asked = lines(system.ask())
    town.settle()
    path = f"/lookups/{asked[0]['lookup']}"
    found = system.send("GET", path).json()
    assert found["asked"] == asked[0]
    assert found["answers"] == [line["answer"] for line in asked[1:-1]]
    assert found["end"] == asked[-1]
    assert system.send("GET", path, token=system.token(sub="another")).status_code == 404
    assert system.send("GET", "/lookups/x").status_code == 404


ROUTES = [
    ("POST", "/lookups"),
    ("GET", "/lookups/{lookup}"),
    ("POST", "/lookups/{lookup}/checks/{member}/detail"),
    ("POST", "/draft/$person-info-query"),
]


def test_what_a_check_found_is_found_with_the_answers(town: Town, system: System) -> None:
    town.lookups.results = [
        replace(of(2, Outcome.BEING_CHECKED), tier=Tier.POSSIBLE),
        known(3),
    ]
    asked = lines(system.ask())
    town.settle()
    path = f"/lookups/{asked[0]['lookup']}"
    (check,) = system.send("GET", path).json()["checks"]
    assert (check["member"], check["steps"]) == (council(2).id, [])
    assert check["due_ms"] == asked[0]["asked_ms"] + HOUR_MS
    news = CallBackNews(
        check_id(ROUND, council(2).id), Step.IS_THE_CHILD, town.clock.now_ms, "Dana", "Ring Jo"
    )
    town.call_backs.take_news(council(2).id, news.post().content)
    (check,) = system.send("GET", path).json()["checks"]
    assert check["steps"] == [
        {"step": "is_the_child", "at_ms": town.clock.now_ms, "owner": "Dana", "note": "Ring Jo"}
    ]


DETAIL = {"child": {"surname": "Lark", "forename": "Ann", "date_of_birth": "4/3/2015"}}


class Checked:
    """A lookup of a case system's user that one council checks, by its address."""

    def __init__(self, town: Town, system: System) -> None:
        self._town = town
        town.lookups.results = [replace(of(2, Outcome.BEING_CHECKED), tier=Tier.POSSIBLE)]
        asked = lines(system.ask())
        town.settle()
        self.lookup = f"/lookups/{asked[0]['lookup']}"
        self.detail = f"{self.lookup}/checks/{council(2).id}/detail"
        self.id = check_id(ROUND, council(2).id)

    def told(self, step: Step, note: str = "") -> None:
        """Take what somebody at the council did."""
        self._town.clock.now_ms += 1
        news = CallBackNews(self.id, step, self._town.clock.now_ms, "Dana", note)
        self._town.call_backs.take_news(council(2).id, news.post().content)


def test_one_more_detail_is_given_where_it_is_asked_for(town: Town, system: System) -> None:
    checked = Checked(town, system)
    checked.told(Step.FIELD_ASKED, "A former postcode")
    (check,) = system.send("GET", checked.lookup).json()["checks"]
    assert (check["wants_a_detail"], check["detail_waits"]) == (True, False)
    assert check["detail_sent_ms"] == 0
    response = system.send("POST", checked.detail, DETAIL)
    assert response.status_code == 202
    assert response.json() == check | {"detail_waits": True}
    town.run(town.adding.turn())
    message = town.outbox.next_for(council(2).id)
    assert message is not None
    assert AddedTags.decode(message.content).id == checked.id
    (check,) = system.send("GET", checked.lookup).json()["checks"]
    assert (check["wants_a_detail"], check["detail_waits"]) == (True, False)
    assert check["detail_sent_ms"] >= town.clock.now_ms


def test_no_detail_is_taken_that_nobody_asked_this_user_for(town: Town, system: System) -> None:
    checked = Checked(town, system)
    tries = [checked.detail, checked.detail.replace(council(2).id, council(3).id)]
    for path in tries:
        assert problem(system.send("POST", path, DETAIL))["type"] == "urn:whoelse:problem:no-check"
    checked.told(Step.FIELD_ASKED, "A postcode")
    another = system.send("POST", checked.detail, DETAIL, system.token(sub="another"))
    assert problem(another)["type"] == "urn:whoelse:problem:no-lookup"
    town.call_backs.give(checked.id, "sam", "Sam Other", "01632 960111", "Assessment")
    assert problem(system.send("POST", checked.detail, DETAIL))["status"] == 404
    (check,) = system.send("GET", checked.lookup).json()["checks"]
    assert not check["wants_a_detail"]
    town.call_backs.give(checked.id, "mosaic/u-1007", "Noor", "01632 960111", "Assessment")
    checked.told(Step.IS_NOT_THE_CHILD)
    assert problem(system.send("POST", checked.detail, DETAIL))["status"] == 404
    assert not town.adding.is_waiting(checked.id)


@pytest.mark.parametrize(
    ("child", "field"),
    [
        ({}, "child"),
        (DETAIL["child"] | {"date_of_birth": "31/2/2015"}, "child.date_of_birth"),
        ({"planted": "planted"}, "child"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_detail_is_said_without_what_was_sent(
    town: Town, system: System, child: dict[str, str], field: str
) -> None:
    checked = Checked(town, system)
    checked.told(Step.FIELD_ASKED, "A postcode")
    response = system.send("POST", checked.detail, {"child": child})
    assert response.status_code == 422
    assert any(each["field"].startswith(field) for each in problem(response)["errors"])
    assert "planted" not in response.text
    assert not town.adding.is_waiting(checked.id)


def test_every_route_is_on_the_list(town: Town) -> None:
    """A new one is tried without a token as well."""
    found = {
        (method, route.path)
        for route in create_api(Site(town.parts)).routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert found == set(ROUTES)


OF_SOMEBODY: dict[tuple[str, str], Any] = {
    ("GET", "/lookups/{lookup}"): None,
    ("POST", "/lookups/{lookup}/checks/{member}/detail"): DETAIL,
}
"""Routes to one thing of one user, with what is sent there and has no fault."""


def test_every_route_to_one_thing_is_tried_by_another_user() -> None:
    assert OF_SOMEBODY.keys() == {(method, path) for method, path in ROUTES if "{" in path}


@pytest.mark.parametrize(("method", "path"), OF_SOMEBODY, ids=str)
def test_nobody_gets_at_what_is_another_users(
    town: Town, system: System, method: str, path: str
) -> None:
    checked, content = Checked(town, system), OF_SOMEBODY[method, path]
    checked.told(Step.FIELD_ASKED, "A former postcode")
    other_system = CaseSystem("liquid")
    town.systems.add(other_system.name, other_system.pem)
    lookup = checked.lookup.removeprefix("/lookups/")
    address = path.format(lookup=lookup, member=council(2).id)
    of_nobody = path.format(lookup=encode_base64url(bytes(16)), member=council(2).id)
    nothing = system.send(method, of_nobody, content)
    assert problem(nothing)["status"] == 404
    for token in (
        system.token(sub="another"),
        system.token(sub="another", role="team_manager"),
        other_system.token(town.clock.now_ms),
    ):
        response = system.send(method, address, content, token)
        # As of what is not there: nothing is named, and nobody learns that it is.
        assert (response.status_code, response.text) == (404, nothing.text)
        assert not town.adding.is_waiting(checked.id)
    # The control: what is sent above has no other fault than whose it is.
    assert system.send(method, address, content).status_code in {200, 202}
    assert town.adding.is_waiting(checked.id) == (method == "POST")


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=str)
@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_token_nobody_asks(
    town: Town, system: System, method: str, path: str, token: str
) -> None:
    contents = {"/lookups": QUESTION, "/draft/$person-info-query": QUERY}
    content = contents.get(path, DETAIL) if method == "POST" else None
    address = path.format(lookup="x" * 22, member=council(2).id)
    response = system.send(method, address, content, token)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert problem(response)["type"] == "urn:whoelse:problem:token"
    assert town.lookups.asked == []


def test_a_cookie_lets_nobody_ask(town: Town, system: System) -> None:
    """What another site has a browser send is nobody's."""
    pat = town.visitor("pat")
    response = town.run(pat.client.post(f"{PATH}/lookups", json=QUESTION))
    assert response.status_code == 401
    del system


def test_a_token_asks_once(town: Town, system: System) -> None:
    token = system.token()
    assert system.send("POST", "/lookups", QUESTION, token).status_code == 200
    response = system.send("POST", "/lookups", QUESTION, token)
    assert (response.status_code, problem(response)["title"]) == (401, "the token was used before")
    assert len(town.lookups.asked) == 1


WRONG: list[tuple[Any, str, str]] = [
    ({}, "purpose", ""),
    ({"purpose": 1}, "child", "give either child or case_reference"),
    (QUESTION | {"case_reference": "1"}, "child", "give either child or case_reference"),
    (QUESTION | {"purpose": 99}, "purpose", "is not on the directory's list"),
    (QUESTION | {"reference": "x" * 41}, "reference", ""),
    (QUESTION | {"reference": "é" * 40}, "reference", "at most 40 printable characters"),
    (QUESTION | {"child": {"nhs_number": "123 planted"}}, "child.nhs_number", ""),
    (QUESTION | {"child": {"planted": "planted"}}, "child", ""),
    (QUESTION | {"child": {}}, "child", ""),
    (QUESTION | {"planted": "planted"}, "", ""),
    ({"case_reference": "4711", "purpose": 1}, "case_reference", ""),
    (QUESTION | {"caller": {"name": "planted"}}, "caller.organisation", ""),
    (["planted"], "", ""),
]


@pytest.mark.parametrize(("question", "field", "reason"), WRONG, ids=str)
def test_what_cannot_be_asked_is_said_without_what_was_sent(
    town: Town, system: System, question: Any, field: str, reason: str
) -> None:
    response = system.ask(question)
    assert response.status_code == 422
    errors = problem(response)["errors"]
    assert any(each["field"].startswith(field) for each in errors)
    assert not reason or reason in {each["reason"] for each in errors}
    assert "planted" not in response.text
    assert town.lookups.asked == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xff", b'"planted', b"[" * 10_000])
def test_what_is_no_json_is_refused_without_being_repeated(
    town: Town, system: System, content: bytes
) -> None:
    headers = {"Authorization": f"Bearer {system.token()}", "Content-Type": "application/json"}
    response = town.run(system.client.post(f"{PATH}/lookups", content=content, headers=headers))
    assert response.status_code in {400, 422}
    assert "planted" not in response.text


def test_more_than_any_question_is_not_read(town: Town, system: System) -> None:
    response = system.ask(QUESTION | {"reference": "x" * 70_000})
    assert response.status_code == 413
    assert town.lookups.asked == []


def test_without_a_directory_nobody_is_asked(town: Town, system: System) -> None:
    town.directory = None
    response = system.ask()
    assert (response.status_code, problem(response)["type"]) == (
        503,
        "urn:whoelse:problem:no-directory",
    )


def test_a_full_disk_is_said_in_the_form_of_every_refusal(
    town: Town, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(town.parts.systems, "user_of", fail)
    response = system.ask()
    assert response.status_code == 503
    assert problem(response)["type"] == "urn:whoelse:problem:unusable"
    assert "This is not a clearance" in problem(response)["title"]
    assert town.lookups.asked == []


def test_where_nobody_could_be_asked_every_member_is_named_all_the_same(
    town: Town, system: System
) -> None:
    town.lookups.problem = "no key"
    *answers, end = lines(system.ask())[1:]
    assert {line["answer"]["outcome"] for line in answers} == {"unreachable"}
    assert (end["answered"], end["problem"]) == (0, "no key")


def test_it_says_how_long_answers_are_kept(town: Town) -> None:
    town.keep_answers(14 * 86_400_000)
    described = create_api(Site(town.parts)).openapi()
    said = described["paths"]["/lookups/{lookup}"]["get"]["description"]
    assert said.endswith("in the last 14 days.")


def test_it_describes_itself(town: Town, system: System) -> None:
    del town
    described = system.send("GET", "/openapi.json", token="").json()
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {path for _, path in ROUTES}
    assert described["paths"]["/draft/$person-info-query"]["post"]["tags"] == ["draft"]
    for operations in described["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"HTTPBearer": []}]
    schemas = described["components"]["schemas"]
    assert schemas["LookupForm"]["examples"]
    for line in ("AskedLine", "AnswerLine", "EndLine"):
        assert line in schemas


ANSWERED: dict[tuple[str, str, str], type[BaseModel]] = {
    ("/lookups/{lookup}", "get", "200"): KeptAnswers,
    ("/lookups/{lookup}/checks/{member}/detail", "post", "202"): Check,
    ("/draft/$person-info-query", "post", "200"): PersonInfo,
}


def test_every_operation_is_described_by_what_is_sent_and_answered(town: Town) -> None:
    described = create_api(Site(town.parts)).openapi()
    found = {
        (path, method): operation
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    for operation in found.values():
        refusal = operation["responses"]["default"]["content"]["application/problem+json"]
        assert ProblemDetails.model_validate(refusal["example"]).status == 422
        assert refusal["schema"]["$ref"] == "#/components/schemas/ProblemDetails"
        assert "422" not in operation["responses"], "not of our form"
    for (path, method, status), model in ANSWERED.items():
        answered = found.pop((path, method))["responses"][status]["content"]["application/json"]
        model.model_validate(answered["example"])
    streamed = found.pop(("/lookups", "post"))["responses"]["200"]["content"]
    first, *answers, end = streamed["application/x-ndjson"]["example"].splitlines()
    assert AskedLine.model_validate_json(first).members == len(answers)
    assert [AnswerLine.model_validate_json(line).answer.outcome for line in answers] == [
        "known", "not_known", "timed_out",
    ]  # fmt: skip
    assert EndLine.model_validate_json(end).answered == 2
    assert not found
    schemas = described["components"]["schemas"]
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(schemas)
    for model in (LookupForm, DetailForm, PersonInfoQuery):
        for example in schemas[model.__name__]["examples"]:
            model.model_validate(example)


def test_what_is_described_as_an_answer_is_what_is_answered(town: Town, system: System) -> None:
    """The example has every part that a real answer has, and no other."""
    described = create_api(Site(town.parts)).openapi()["paths"]["/lookups/{lookup}"]["get"]
    example = described["responses"]["200"]["content"]["application/json"]["example"]
    asked, *_ = lines(system.ask())
    found = system.send("GET", f"/lookups/{asked['lookup']}").json()
    assert found.keys() == example.keys()
    assert found["answers"][0].keys() == example["answers"][0].keys()
    assert found["asked"].keys() == example["asked"].keys()


def test_the_draft_operation_waits_for_all_and_has_its_own_words(
    town: Town, system: System
) -> None:
    town.lookups.results = [of(2, Outcome.NOT_KNOWN), known(3), of(4, Outcome.MAY_BE_KNOWN)]
    found = system.send("POST", "/draft/$person-info-query", QUERY).json()
    assert found["version"] == "draft-1"
    said = {
        each["organisation"]: (each["decision"], each["matchGrade"]) for each in found["results"]
    }
    assert len(said) == 6
    assert said[council(2).id] == ("PERMIT", None)
    assert said[council(3).id] == ("PERMIT", "certain")
    assert said[council(4).id] == ("REVIEW", "probable")
    assert said[council(5).id] == (None, None)
    (asked,) = town.lookups.asked
    assert asked.purpose == 1


def test_the_draft_says_what_cannot_be_asked_and_why_nobody_was(town: Town, system: System) -> None:
    response = system.send("POST", "/draft/$person-info-query", QUERY | {"reference": "x" * 41})
    assert problem(response)["errors"][0]["field"] == "reference"
    town.lookups.problem = "no key"
    found = system.send("POST", "/draft/$person-info-query", QUERY).json()
    assert found["problem"] == "no key"


def test_a_household_is_no_grade_of_the_child() -> None:
    info = organisation_info(member_answer(of_the_household(2)))
    assert (info.decision, info.matchGrade) == ("REVIEW", None)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("http://www.legislation.gov.uk/id/ukpga/1989/41/section/17", 2),
        ("https://www.legislation.gov.uk/ukpga/2004/31/section/10", 4),
        ("https://www.legislation.gov.uk/ukpga/1989/41/section/4", None),
        ("https://www.legislation.gov.uk/ukpga/1999/33/section/20", None),
        ("https://www.legislation.gov.uk/ukpga/1989/41/section/1989", None),
        ("https://www.legislation.gov.uk/ukpga/1989/41/section/46", 3),
        ("planted", None),
    ],
)
def test_the_reason_is_a_section_of_a_purpose(
    town: Town, system: System, reason: str, code: int | None
) -> None:
    response = system.send("POST", "/draft/$person-info-query", QUERY | {"reason": reason})
    if code is None:
        assert problem(response)["errors"][0]["field"] == "reason"
        assert "planted" not in response.text
    else:
        assert response.status_code == 200
        assert town.lookups.asked[0].purpose == code
