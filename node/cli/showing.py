"""`whoelse-node status`: from the folder alone, whether the node runs or not."""

import json

import typer

from node.disclosure.policy import load_policy
from node.errors import SettingsError
from node.folder import Folder
from node.opening import OpenFolder
from protocol.errors import DirectoryError


def show_status(opened: OpenFolder, json_output: bool) -> None:
    """Print what a node holds and has done."""
    folder = opened.folder
    running = folder.running.read()
    state = opened.records.index_state()
    counted = opened.ledger.elements_counted()
    status = {
        "member": opened.settings.member_id,
        "running": running is not None,
        "hubs_linked": list(running.hubs_linked) if running else [],
        "directory": _directory_line(opened),
        "policy": _policy_line(folder),
        "records": opened.records.count(),
        "load_number": state.load_number if state else 0,
        "answers_from_load": running.load_number if running else 0,
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
