"""What has been loaded here and how complete it is, for a data steward: counts alone."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from node.accounts.model import AccountRole
from node.records.loads import Loaded, LoadedSource
from node.records.quality_table import Part, format_share, parts, without_duty_line
from node.web.mending import to_mend
from node.web.signing_in import SignedIn
from node.web.site import Site
from protocol.directory.members import Directory
from protocol.errors import DirectoryError

Cells = Sequence[Sequence[dict[str, str]]]
"""The rows of a table as GOV.UK's macro takes them."""


def add_routes(app: FastAPI, site: Site) -> None:
    steward = Annotated[SignedIn, Depends(site.doors.for_roles(AccountRole.DATA_STEWARD))]
    member = site.parts.member

    @app.get("/records")
    async def records(request: Request, signed_in: steward) -> Response:
        loaded = await run_in_threadpool(site.parts.loads.read)
        directory = _directory(site)
        us = directory.members.get(member) if directory else None
        return await site.page(
            request,
            "records.html",
            signed_in,
            loaded=loaded,
            declared=us.entry.declared_records if us else None,
            to_load_again=_to_load_again(loaded, directory),
            tables_of=_tables_of,
            to_mend=to_mend,
            without_duty_line=without_duty_line,
        )


def _directory(site: Site) -> Directory | None:
    try:
        return site.parts.directory()
    except DirectoryError:
        return None


def _to_load_again(loaded: Loaded, directory: Directory | None) -> Sequence[str]:
    """Return the sources whose tokens were made with another key or version than today's."""
    if directory is None or directory.oprf_key is None:
        return ()
    today = directory.oprf_key.key_id, directory.matching_version
    return [
        source.name
        for source in loaded.sources
        if source.state and (source.state.oprf_key, source.state.matching_version) != today
    ]


def _tables_of(source: LoadedSource) -> Sequence[tuple[str, str, Cells]]:
    """Return heading, what is counted, and rows of each table of a source."""
    if source.quality is None:
        return ()
    return [
        (part.heading, "Teams" if part.heading == "Teams" else "Rows", _cells(part))
        for part in parts(source.quality, None)
    ]


def _cells(part: Part) -> Cells:
    return [
        [
            {"text": name},
            {"text": f"{count:,}", "format": "numeric"},
            {"text": format_share(count, part.of), "format": "numeric"},
        ]
        for name, count in part.now.items()
    ]
