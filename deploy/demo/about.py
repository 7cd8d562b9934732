"""One line of plain words: how the councils hold the child that a question is about."""

from collections.abc import Sequence

from deploy.demo.copies import Copy
from deploy.demo.expectation import Asked
from deploy.demo.variations import Variation

_COUNTS = ("nobody", "one council", "two councils", "three councils", "four councils")


def describe_holding(copies: Sequence[Copy], asked: Asked) -> str:
    """Return how many councils know the child, and what is special about their copies.

    "known to three councils; names swapped in Eastvale's and Midshire's files"
    """
    councils: dict[str, list[str]] = {}
    for copy in copies:
        if told := _told(copy, asked):
            councils.setdefault(told, []).append(copy.council.name)
    special = [f"{told} in {_files(names)}" for told, names in councils.items()]
    plain = ["the same in each file"] if len(copies) > 1 else []
    return "; ".join([f"known to {_COUNTS[len(copies)]}", *(special or plain), *_asked_with(asked)])


def _told(copy: Copy, asked: Asked) -> str:
    """Return what stands out in a copy, "" for nothing."""
    told = [_misspelt(copy, asked)] if copy.variation is Variation.MISSPELT else []
    if copy.variation is Variation.MOVED and copy.held.postcodes[1:]:
        told.append("moved house, both addresses")
    elif copy.variation in _TOLD:
        told.append(_TOLD[copy.variation])
    if asked.postcodes and not copy.held.postcodes:
        told.append("no postcode")
    return " and ".join(told)


_TOLD = {
    Variation.UNTIDY: "typed carelessly",
    Variation.MOVED: "moved house, another address",
    Variation.MOVED_NEARBY: "moved round the corner, another address",
    Variation.NAMES_SWAPPED: "names swapped",
    Variation.DATE_SWAPPED: "day and month of birth swapped",
    Variation.OTHER_SURNAME: "another surname first",
}


def _misspelt(copy: Copy, asked: Asked) -> str:
    which = "surname" if copy.held.forename == asked.child.forename else "forename"
    if asked.nhs_number and copy.held.nhs_number:
        return f"{which} misspelt, same NHS number,"
    if asked.upn and copy.held.upn:
        return f"{which} misspelt, same UPN,"
    return f"{which} misspelt, no number to tell by,"


def _files(names: Sequence[str]) -> str:
    *others, last = [f"{name}'s" for name in names]
    return f"{', '.join(others)} and {last} files" if others else f"{last} file"


def _asked_with(asked: Asked) -> list[str]:
    if asked.postcodes[1:]:
        return ["asked with both addresses"]
    if not asked.names:
        return ["asked with NHS number and date of birth alone"]
    return []
