"""A form that has to be mended, held until the page that shows it again (decision 36)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe

from starlette.datastructures import FormData

from node.records.cases import HeldCase
from node.web.forms import Problem

HELD_SECONDS = 60.0

MOST_HELD = 4

OF_NOBODY = b""
"""The session of whoever is not signed in: all of them share it, and no name but their own leads to
what they have typed."""

MOST_HELD_OF_NOBODY = 64


@dataclass(frozen=True, slots=True, repr=False)
class HeldForm:
    """What was typed, what is wrong with it, and between which cases there is to choose."""

    form: FormData
    problems: Sequence[Problem]
    cases: Sequence[HeldCase] = ()


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    path: str
    form: HeldForm


class HeldForms:
    """A few at most for each session, one for each tab that somebody types in: shown once, each by
    its own page, and gone after a minute."""

    def __init__(self) -> None:
        self._held: dict[bytes, dict[str, _Held]] = {}

    def hold(self, session: bytes, path: str, form: HeldForm) -> str:
        """Hold the form of a page for a session; return the name by which it is found again. The
        oldest of too many is let go."""
        held, name = self._held.setdefault(session, {}), token_urlsafe(9)
        most = MOST_HELD if session else MOST_HELD_OF_NOBODY
        while len(held) >= most:
            self._let_go(session, next(iter(held)))
        held[name] = _Held(path, form)
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, session, name)
        return name

    def take(self, session: bytes, path: str, name: str) -> HeldForm | None:
        """Return what is held of a page for a session by this name, and hold it no longer; None
        where nothing is."""
        held = self._held.get(session, {}).get(name)
        if held is None or held.path != path:
            return None
        self._let_go(session, name)
        return held.form

    def _let_go(self, session: bytes, name: str) -> None:
        of_session = self._held.get(session, {})
        of_session.pop(name, None)
        if not of_session:
            self._held.pop(session, None)
