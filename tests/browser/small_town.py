"""The pages of one council of the small federation before a browser.

Its clock stands where a state of a page needs it, and its answers come when they are told to: what
takes real councils a week, or one of them a fault, is there at once.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from deploy.demo.ports import free_ports
from node.web.server import SiteServer
from tests.node.web.visiting import Town, Visitor

Result = TypeVar("Result")


@dataclass(frozen=True)
class Seen:
    """Where somebody looks, and what is on the page once it is in its state."""

    visitor: Visitor
    path: str
    text: str


State = Callable[[Town], Seen]


class ServedTown:
    """A town in a thread of its own: the browser's runs no other event loop."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.address = f"http://localhost:{port}"
        self._port = port
        self._thread = ThreadPoolExecutor(1)
        self._town = self._do(lambda: Town(folder))
        self._served: Future[None] | None = None

    def serve(self, state: State) -> Seen:
        """Bring the town to a state, and let a browser come."""
        seen = self._do(lambda: state(self._town))
        self._server = SiteServer(self._town.site, "127.0.0.1", self._port)
        self._served = self._thread.submit(lambda: self._town.run(self._server.serve_pages()))
        return seen

    def close(self) -> None:
        if self._served is not None:
            # Answers that are held never come.
            self._server.should_exit = self._server.force_exit = True
            self._served.result()
        self._do(self._town.open.close)
        self._thread.shutdown()

    def _do(self, work: Callable[[], Result]) -> Result:
        return self._thread.submit(work).result()
