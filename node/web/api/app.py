"""The REST interface as one application, with its description (OpenAPI 3.1)."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from node.web.api import checks, examples, lookups, national
from node.web.api.doors import TokenDoor
from node.web.api.forms import ProblemDetails
from node.web.api.problems import add_handlers
from node.web.site import Site

PATH = "/api/v1"

DESCRIPTION = """\
A case system asks for one of its users, who are named in the token of each request. Every council
and service that takes part is asked at once; nothing of the child is kept. "Not known" means not
known to these systems today: it is not a clearance.
"""


_EXAMPLES: Mapping[tuple[str, str, str], BaseModel] = {
    ("/lookups/{lookup}", "get", "200"): examples.KEPT,
    ("/lookups/{lookup}/checks/{member}/detail", "post", "202"): examples.DETAIL_GIVEN,
    ("/draft/$person-info-query", "post", "200"): national.EXAMPLE,
}


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the description, with the form of a refusal, which no operation returns, and with
        examples in which null stands: in those of an operation FastAPI leaves it out."""
        described = super().openapi()
        for (path, method, status), example in _EXAMPLES.items():
            answered = described["paths"][path][method]["responses"][status]["content"]
            answered["application/json"]["example"] = example.model_dump(mode="json")
        refusal = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        described["components"]["schemas"] |= {**refusal.pop("$defs"), "ProblemDetails": refusal}
        return described


def create_api(site: Site) -> FastAPI:
    """Return what case systems talk to."""
    app = _Api(
        title="WhoElse", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    add_handlers(app)
    door = TokenDoor(site.parts.systems)
    for room in (lookups, checks, national):
        room.add_routes(app, site, door)
    return app
