"""The one table from errors to problems."""

import pytest

from hub import problems
from protocol.errors import (
    DirectoryError,
    ExpiredError,
    LimitError,
    MalformedError,
    OpenError,
    ProtocolError,
    SignatureError,
    StaleError,
    UnknownMemberError,
)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (UnknownMemberError, problems.REFUSED),
        (SignatureError, problems.REFUSED),
        (StaleError, problems.STALE),
        (LimitError, problems.TOO_LARGE),
        (MalformedError, problems.MALFORMED),
        (DirectoryError, problems.NO_DIRECTORY),
        (ExpiredError, problems.NO_DIRECTORY),
        (OpenError, problems.MALFORMED),
    ],
)
def test_each_error_has_one_problem(error: type[ProtocolError], problem: problems.Problem) -> None:
    assert problems.problem_of(error("E06000001 said 0f0f")) is problem


def test_list_of_all_problems_is_whole() -> None:
    named = {value for value in vars(problems).values() if isinstance(value, problems.Problem)}
    assert set(problems.ALL) == named
    assert len({problem.type for problem in problems.ALL}) == len(problems.ALL)


def test_body_is_the_problem_and_nothing_of_the_request() -> None:
    response = problems.REFUSED.response()
    assert response.status_code == 403
    assert response.media_type == "application/problem+json"
    assert response.body == (
        b'{"type":"urn:whoelse:problem:refused",'
        b'"title":"Not a round of a member in good standing","status":403}'
    )
