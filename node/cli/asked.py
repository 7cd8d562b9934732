"""What was asked, as a line for a terminal or data for a program."""

from collections.abc import Mapping

from node.asking.activity import Asked
from node.asking.words import purpose_name
from node.clock import moment
from node.opening import OpenFolder
from protocol.encoding import encode_base64url


def asked_line(opened: OpenFolder, asked: Asked) -> str:
    """Return when somebody asked, who, why, and for whom."""
    entry = asked.entry
    purpose = purpose_name(opened.directory.current, entry.purpose)
    told = [moment(asked.asked_ms), entry.asker.name, entry.asker.reference, purpose]
    if entry.caller:
        told.append(f"for {entry.caller.name}, {entry.caller.organisation}")
    return ", ".join(filter(None, told)) + (", asked by the node" if entry.is_watch else "")


def asked_data(opened: OpenFolder, asked: Asked) -> Mapping[str, object]:
    """Return the same as data."""
    entry = asked.entry
    return {
        "round": encode_base64url(asked.round_id),
        "asked_ms": asked.asked_ms,
        "name": entry.asker.name,
        "reference": entry.asker.reference,
        "purpose": purpose_name(opened.directory.current, entry.purpose),
        "members": entry.members,
        "caller": entry.caller.model_dump() if entry.caller else None,
        "is_watch": entry.is_watch,
    }
