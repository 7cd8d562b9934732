"""What `import` and `ask` need of a node in their own process: directory, rounds, evaluations."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from node.asking.asker import Lookups
from node.clock import system_clock
from node.errors import AskError
from node.evaluating.evaluator import Evaluator
from node.evaluating.evidence import EvidenceFolder
from node.evaluating.work_processes import WorkProcesses
from node.federation.rounds import RoundSender, make_client
from node.opening import OpenFolder
from protocol.directory.members import Directory
from protocol.errors import DirectoryError


@dataclass(frozen=True, slots=True)
class Session:
    """One command's way to the federation."""

    directory: Directory
    sender: RoundSender
    evaluator: Evaluator


@asynccontextmanager
async def open_session(opened: OpenFolder, directory: Directory) -> AsyncIterator[Session]:
    """Open the way to the directory's hubs."""
    async with make_client() as client:
        sender = RoundSender(client, lambda: [hub.url for hub in directory.hubs])
        keep = EvidenceFolder(opened.folder.evidence).keep
        with closing(WorkProcesses()) as work:
            evaluator = Evaluator(
                opened.settings.member, opened.keys, sender, system_clock, keep, work
            )
            yield Session(directory, sender, evaluator)


def session_lookups(opened: OpenFolder, session: Session) -> Lookups:
    """Return this node's lookups, asked by way of the session."""
    return Lookups(
        opened.settings.member,
        opened.keys,
        session.evaluator,
        session.sender,
        opened.ledger,
        opened.store_key,
        system_clock,
    )


def fresh_directory(opened: OpenFolder) -> Directory:
    """Fetch the directory and return it.

    Raises:
        AskError: no valid directory (says what each hub said), or this node is not in it.
    """
    problems = opened.directory.refresh(_hub_urls(opened))
    try:
        directory = opened.directory.current()
    except DirectoryError as error:
        detail = f" ({'; '.join(problems)})" if problems else ""
        raise AskError(f"{error}{detail}") from None
    member = directory.members.get(opened.settings.member)
    if member is None:
        raise AskError(
            f"{opened.settings.member_id} is not in the directory: send registration.json to a "
            "directory signer"
        )
    if member.entry.signing_key != opened.keys.signing_public_text:
        raise AskError(
            f"the directory has another signing key for {opened.settings.member_id}: is member_id "
            "in node.toml right? Else send registration.json to a directory signer"
        )
    return directory


def _hub_urls(opened: OpenFolder) -> Sequence[str]:
    """Return the hubs of the directory held, before there is one those of the settings."""
    try:
        return [hub.url for hub in opened.directory.current().hubs]
    except DirectoryError:
        return opened.settings.hubs
