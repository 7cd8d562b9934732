"""`whoelse-node` in this process, and a directory that has its node in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import respx
from typer.testing import CliRunner

from node.cli.commands import app
from node.errors import NodeError
from node.federation.directory import DirectoryKeeper
from protocol.directory.document import MemberEntry, Registration
from protocol.errors import ProtocolError
from tests.node.small_federation import HUBS, document
from tests.node.small_signer import Signer, add_hub, files_of

MEMBER = "E08000035"
SECRET = "Plantedname"


@dataclass(frozen=True)
class Ended:
    """How a command ended: its output, or the one line that it fails with."""

    code: int
    output: str
    problem: str


def run(*arguments: str | Path, stdin: str | None = None) -> Ended:
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
    if isinstance(result.exception, NodeError | ProtocolError):
        problem = str(result.exception)
        assert "\n" not in problem
        return Ended(2, result.output, problem)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.output, "")


Init = Callable[..., Ended]


def admit(folder: Path, signer: Signer, no_network: respx.MockRouter) -> None:
    """Publish a directory with this node in it, and let the node fetch it once."""
    registration = Registration.model_validate_json((folder / "registration.json").read_bytes())
    entry = MemberEntry(**registration.model_dump(), questions_per_day=10)
    members = (*document().members, entry)
    signer.repository.write_draft(document(members=members))
    signer.publish()
    no_network.clear()
    add_hub(no_network, HUBS[0].url, files_of(signer.folder / "public"))
    assert DirectoryKeeper(folder / "directory", signer.root).refresh([HUBS[0].url]) == []
    no_network.clear()
    no_network.route().mock(side_effect=httpx.ConnectError)
