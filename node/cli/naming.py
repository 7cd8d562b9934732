"""How councils are called at a terminal."""

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
