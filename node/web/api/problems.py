"""What is answered instead of an answer: problem details (RFC 9457), which repeat no value."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from node.errors import StoreError
from node.logging import place_of
from node.web.api.forms import FieldError, ProblemDetails
from node.web.words import NOTICE

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class ApiProblem(Exception):
    """A question that is not asked."""

    def __init__(
        self, status: int, kind: str, title: str, errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(title)
        self.details = ProblemDetails(
            type=f"urn:whoelse:problem:{kind}", title=title, status=status, errors=tuple(errors)
        )


def add_handlers(app: FastAPI) -> None:
    """Have every refusal of an application be of this form."""

    @app.exception_handler(ApiProblem)
    async def problem(request: Request, error: ApiProblem) -> Response:
        del request
        return _response(error.details)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        del request
        # What pydantic says repeats what was sent, but for place and kind.
        errors = [FieldError(field=_place(each), reason=each["msg"]) for each in error.errors()]
        return _response(_details(422, "malformed", "The question is not of the form", errors))

    @app.exception_handler(StoreError)
    async def unusable(request: Request, error: StoreError) -> Response:
        del request
        log.warning("page failed", type=type(error).__name__, place=place_of(error))
        title = f"Nothing can be read or kept here just now: ring. {NOTICE}"
        return _response(_details(503, "unusable", title))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        del request
        title = _TITLES.get(error.status_code, "This cannot be read")
        return _response(_details(error.status_code, "refused", title))


_TITLES = {404: "There is no such thing here", 405: "There is no such thing here"}


def _place(error: Mapping[str, Any]) -> str:
    """Return where in the body something is wrong, without a name that we do not know."""
    place = error["loc"][1:-1] if error["type"] == "extra_forbidden" else error["loc"][1:]
    return ".".join(map(str, place))


def _details(
    status: int, kind: str, title: str, errors: Sequence[FieldError] = ()
) -> ProblemDetails:
    return ApiProblem(status, kind, title, errors).details


def _response(details: ProblemDetails) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if details.status == 401 else None
    return JSONResponse(details.model_dump(), details.status, headers, MEDIA_TYPE)
