"""`whoelse-node status`: from the folder alone, whether the node runs or not."""

import json
import os
from dataclasses import dataclass

import typer

from node.disclosure.policy import load_policy
from node.errors import SettingsError
from node.folder import Folder
from node.opening import OpenFolder
from protocol.errors import DirectoryError


@dataclass(frozen=True, slots=True)
class Running:
    """What a running node last wrote of itself; `pid` 0 when it does not run."""

    pid: int
    hubs_linked: tuple[str, ...]
    load_number: int


def read_running(folder: Folder) -> Running:
    """Return what the node's process wrote, if that process is there."""
    try:
        status = json.loads(folder.running.read_text())
        os.kill(status["pid"], 0)
    except (OSError, ValueError):
        return Running(0, (), 0)
    return Running(status["pid"], tuple(status["hubs_linked"]), status["load_number"])


def show_status(opened: OpenFolder, folder: Folder, json_output: bool) -> None:
    """Print what a node holds and has done."""
    running = read_running(folder)
    state = opened.records.index_state()
    counted = opened.ledger.elements_counted()
    status = {
        "member": opened.settings.member_id,
        "running": running.pid != 0,
        "hubs_linked": list(running.hubs_linked),
        "directory": _directory_line(opened),
        "policy": _policy_line(folder),
        "records": opened.records.count(),
        "load_number": state.load_number if state else 0,
        "answers_from_load": running.load_number,
        "share": folder.shares(opened.store_key).load() is not None,
        "ceremony_certificate": folder.certificate.exists(),
        "elements_evaluated_for_others": {
            kind.name.lower(): counted.get(kind, 0) for kind in counted
        },
        "requests_received": {
            kind.name.lower(): number for kind, number in opened.ledger.requests_received().items()
        },
        "questions_asked": opened.ledger.questions_asked(),
    }
    if json_output:
        typer.echo(json.dumps(status))
        return
    for name, value in status.items():
        typer.echo(f"{name.replace('_', ' '):<32}{_words(value)}")


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value)


def _directory_line(opened: OpenFolder) -> str:
    try:
        directory = opened.directory.current()
    except DirectoryError as error:
        return str(error)
    key = "with a key" if directory.oprf_key else "without a key"
    return f"version {directory.version}, {len(directory.members)} members, {key}"


def _policy_line(folder: Folder) -> str:
    try:
        return f"version {load_policy(folder.policy).version}"
    except SettingsError as error:
        return str(error)
