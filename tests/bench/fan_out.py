"""A round through a hub, held against a bare fan-out of the same bytes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from protocol.messages.stream import EndLine, ReplyLine, decode_line
from protocol.sealing.envelope import Kind, reply_bytes
from tests.bench.links import Mode
from tests.bench.measuring import by_turns, cpu_of_process, middle, spread
from tests.bench.members import publish_federation
from tests.bench.processes import bare_server, linked, running_hub
from tests.bench.report import Figure, Report
from tests.hub.federation import Round, make_round

LINKS = 152
RATIO = 2.0
WAIT_SECONDS = 60.0


class Rounds:
    """A running server with its links, and rounds through it."""

    def __init__(self, pid: int, url: str, check: Callable[[Round, bytes], None]) -> None:
        self.pid = pid
        self._url = url
        self._check = check
        self._client = httpx.Client(timeout=WAIT_SECONDS, trust_env=False)

    def run(self, asked: Round) -> float:
        """Run a round to its end; return the CPU seconds of the server's process."""
        began = cpu_of_process(self.pid)
        response = self._client.post(f"{self._url}/v1/rounds", content=asked.bundle)
        seconds = cpu_of_process(self.pid) - began
        response.raise_for_status()
        self._check(asked, response.content)
        return seconds

    def close(self) -> None:
        self._client.close()


@contextmanager
def hub_with_links(links: int) -> Iterator[tuple[Rounds, Callable[[], Round]]]:
    """Give a hub that so many members are linked to, and what makes rounds to all of them."""
    with TemporaryDirectory(prefix="whoelse-bench-") as name:
        federation = publish_federation(Path(name) / "directory", links)
        everybody = (federation.asker, *federation.councils)
        with (
            running_hub(Path(name) / "hub", federation) as (pid, url),
            linked(url, links, Mode.HUB),
            closing(Rounds(pid, url, _check_hub)) as hub,
        ):
            yield hub, lambda: make_round(federation.asker, everybody, Kind.LOOKUP)


@contextmanager
def bare_server_with_links(links: int) -> Iterator[Rounds]:
    """Give the reference, with as many links."""
    with (
        bare_server() as (pid, url),
        linked(url, links, Mode.BARE),
        closing(Rounds(pid, url, _check_bare)) as bare,
    ):
        yield bare


def run(links: int = LINKS, rounds: int = 20, repeats: int = 11) -> Report:
    """Measure a hub's CPU for one round against that of the bare server."""
    with hub_with_links(links) as (hub, ask), bare_server_with_links(links) as bare:
        asked = ask()
        pairs = by_turns(lambda: hub.run(asked), lambda: bare.run(asked), rounds, repeats)
    notes = [
        "CPU of the hub's process, started by `whoelse-hub run`, by turns with the bare server's",
        "reference: uvicorn (websockets-sansio) that cuts the same body, sends the same frames and "
        "streams back as many bytes of replies, nothing else",
        f"{rounds} rounds, {repeats} times; ratios {spread(pairs)}",
    ]
    figure = Figure.of(f"a hub's round to {links} links", middle(pairs), RATIO)
    return Report("A round through a hub", [figure], notes=notes)


def _check_bare(asked: Round, content: bytes) -> None:
    """Raise unless every reply came back."""
    if len(content) != len(asked.sent) * (5 + reply_bytes(Kind.LOOKUP)):
        raise RuntimeError("the bare server did not give every reply")


def _check_hub(asked: Round, content: bytes) -> None:
    """Raise unless every reply came back in a line of its own."""
    *lines, end = map(decode_line, content.splitlines())
    if not isinstance(end, EndLine) or len(lines) != len(asked.sent):
        raise RuntimeError("the hub did not give a line for every member")
    if not all(isinstance(line, ReplyLine) for line in lines):
        raise RuntimeError("the hub did not give every reply")
