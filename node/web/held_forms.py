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
    cases: Sequence[HeldCase]


class HeldForms:
    """One at most for each session: shown once, and gone after a minute."""

    def __init__(self) -> None:
        self._held: dict[bytes, HeldForm] = {}

    def hold(self, session: bytes, form: HeldForm) -> None:
        """Hold a form for a session, in the place of another."""
        self._held[session] = form
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, session, form)

    def take(self, session: bytes) -> HeldForm | None:
        """Return what is held for a session, and hold it no longer."""
        return self._held.pop(session, None)

    def _let_go(self, session: bytes, form: HeldForm) -> None:
        if self._held.get(session) is form:
            del self._held[session]
