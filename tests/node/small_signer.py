"""A directory signer with real TUF files, and hubs that serve them over a mocked httpx."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import respx

from protocol.directory.document import Document
from protocol.signer.repository import Repository, utc_now
from tests.node.small_federation import document

HUB_A, HUB_B = "http://hub-a.test", "http://hub-b.test"

Serve = Callable[[str], httpx.Response]


class Signer:
    """A signer's folder; `publish` makes the next version."""

    def __init__(self, folder: Path, first: Document | None = None) -> None:
        self.repository = Repository(folder)
        self.repository.create(first or document(), utc_now() - timedelta(days=10))
        self.folder = folder

    @property
    def root(self) -> bytes:
        return (self.repository.metadata / "1.root.json").read_bytes()

    def publish(self, now: datetime | None = None) -> None:
        self.repository.publish(now or utc_now())

    def copy(self, to: Path) -> Path:
        """Return a copy of what is public now, as a hub keeps it."""
        shutil.copytree(self.folder / "public", to)
        return to


def files_of(public: Path) -> Serve:
    """Return what a hub says of its files."""

    def serve(name: str) -> httpx.Response:
        path = public / name
        if not path.is_file():
            return httpx.Response(404)
        return httpx.Response(200, content=path.read_bytes())

    return serve


def without(serve: Serve, *withheld: str) -> Serve:
    """Return a hub that breaks off before these files."""

    def serve_some(name: str) -> httpx.Response:
        if any(name.endswith(end) for end in withheld):
            raise httpx.ConnectError("gone")
        return serve(name)

    return serve_some


def add_hub(router: respx.MockRouter, url: str, serve: Serve) -> respx.Route:
    """Let a hub serve directory files."""
    prefix = f"{url}/v1/directory/"

    def answer(request: httpx.Request) -> httpx.Response:
        return serve(str(request.url).removeprefix(prefix))

    return router.get(url__startswith=prefix).mock(side_effect=answer)
