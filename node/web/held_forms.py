"""A form that has to be mended, held until the page that shows it again (decision 36)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from node.records.cases import HeldCase
from node.web.forms import Problem

HELD_SECONDS = 60.0


@dataclass(frozen=True, slots=True, repr=False)
class HeldForm:
    """What was typed, what is wrong with it, and between which cases there is to choose."""

    form: FormData
    problems: Sequence[Problem]
    cases: Sequence[HeldCase] = ()


EMPTY = HeldForm(FormData(), ())


class HeldForms:
    """One at most for each session: shown once, by its own page, and gone after a minute."""

    def __init__(self) -> None:
        self._held: dict[bytes, tuple[str, HeldForm]] = {}

    def hold(self, session: bytes, path: str, form: HeldForm) -> None:
        """Hold the form of a page for a session, in the place of another."""
        held = path, form
        self._held[session] = held
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, session, held)

    def take(self, session: bytes, path: str) -> HeldForm:
        """Return what is held of a page for a session, and hold it no longer; an empty form where
        nothing is."""
        held_path, form = self._held.get(session, ("", EMPTY))
        if held_path != path:
            return EMPTY
        del self._held[session]
        return form

    def _let_go(self, session: bytes, held: tuple[str, HeldForm]) -> None:
        if self._held.get(session) is held:
            del self._held[session]
