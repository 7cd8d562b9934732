"""The REST interface as one application, with its description (OpenAPI 3.1)."""

from fastapi import FastAPI

from node.web.api import lookups, national
from node.web.api.doors import TokenDoor
from node.web.api.problems import add_handlers
from node.web.site import Site

PATH = "/api/v1"

DESCRIPTION = """\
A case system asks for one of its users, who are named in the token of each request. Every council
and service that takes part is asked at once; nothing of the child is kept. "Not known" means not
known to these systems today: it is not a clearance.
"""


def create_api(site: Site) -> FastAPI:
    """Return what case systems talk to."""
    app = FastAPI(
        title="WhoElse", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    add_handlers(app)
    door = TokenDoor(site.parts.systems)
    for room in (lookups, national):
        room.add_routes(app, site, door)
    return app
