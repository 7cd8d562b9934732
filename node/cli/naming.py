"""How councils are called at a terminal, and where they are rung."""

from collections.abc import Callable

from node.opening import OpenFolder
from protocol.errors import DirectoryError
from protocol.identifiers import MemberId

NameOf = Callable[[MemberId], str]
"""Gives the name of a council."""


def names_of(opened: OpenFolder) -> NameOf:
    """Return what names councils: by their codes, where no directory is valid."""
    try:
        members = opened.directory.current().members
    except DirectoryError:
        return str

    def name_of(member: MemberId) -> str:
        return members[member].name if member in members else member

    return name_of


def lines_of(opened: OpenFolder, member: MemberId) -> str:
    """Return the lines of a council as they stand behind whom to ring, "" of who is in no valid
    directory."""
    try:
        found = opened.directory.current().members.get(member)
    except DirectoryError:
        return ""
    if found is None:
        return ""
    return f": duty line {found.entry.duty_line}, out of hours {found.entry.out_of_hours_line}"
