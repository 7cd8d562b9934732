"""One table: what went wrong -> problem type and status (RFC 9457). Strangers see one refusal."""

from dataclasses import dataclass

from starlette.responses import JSONResponse

from protocol.errors import (
    DirectoryError,
    LimitError,
    MalformedError,
    ProtocolError,
    SignatureError,
    StaleError,
    UnknownMemberError,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem type: a short name, a status and a sentence for people."""

    type: str
    status: int
    title: str

    def response(self) -> JSONResponse:
        content = {"type": f"urn:whoelse:problem:{self.type}", "title": self.title}
        return JSONResponse(
            content | {"status": self.status},
            status_code=self.status,
            media_type="application/problem+json",
        )


REFUSED = Problem("refused", 403, "Not a round of a member in good standing")
STALE = Problem("stale", 400, "The round's time is more than two minutes from this hub's clock")
MALFORMED = Problem("malformed", 400, "Not of the form that the specification gives")
TOO_LARGE = Problem("too-large", 413, "Larger than a round may be")
ENCODED = Problem("encoded", 415, "Compressed bodies are not taken")
TOO_SLOW = Problem("too-slow", 408, "The body did not arrive in time")
RATE = Problem("rate", 429, "More rounds than this member may start: wait a second")
BUSY = Problem("busy", 503, "All places are taken: use another hub, or wait a second")
NO_DIRECTORY = Problem("no-directory", 503, "This hub has no valid directory")

ALL = (REFUSED, STALE, MALFORMED, TOO_LARGE, ENCODED, TOO_SLOW, RATE, BUSY, NO_DIRECTORY)

_TABLE: tuple[tuple[type[ProtocolError], Problem], ...] = (
    (UnknownMemberError, REFUSED),
    (SignatureError, REFUSED),
    (StaleError, STALE),
    (LimitError, TOO_LARGE),
    (MalformedError, MALFORMED),
    (DirectoryError, NO_DIRECTORY),
)


class Refusal(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


def problem_of(error: ProtocolError) -> Problem:
    """Return the problem that a protocol error shows as."""
    return next((problem for kind, problem in _TABLE if isinstance(error, kind)), MALFORMED)
