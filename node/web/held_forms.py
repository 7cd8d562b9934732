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


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    path: str
    form: HeldForm
    end: asyncio.TimerHandle


class HeldForms:
    """One at most for each session: shown once, by its own page, and gone after a minute."""

    def __init__(self) -> None:
        self._held: dict[bytes, _Held] = {}

    def hold(self, session: bytes, path: str, form: HeldForm) -> None:
        """Hold the form of a page for a session, in the place of another."""
        self._let_go(session)
        end = asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, session)
        self._held[session] = _Held(path, form, end)

    def take(self, session: bytes, path: str) -> HeldForm:
        """Return what is held of a page for a session, and hold it no longer; an empty form where
        nothing is."""
        held = self._held.get(session)
        if held is None or held.path != path:
            return EMPTY
        self._let_go(session)
        return held.form

    def _let_go(self, session: bytes) -> None:
        held = self._held.pop(session, None)
        if held is not None:
            # Or its time would be that of what is held next.
            held.end.cancel()
