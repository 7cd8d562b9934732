"""What a nudge says: how much waits, and where to look. Nobody is in it, and no council."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something waits in the inbox."""

    open: int
    overdue: int
    address: str
    """Of the inbox; "" where it is not known."""

    @property
    def subject(self) -> str:
        return "WhoElse: overdue" if self.overdue else "WhoElse: something waits for you"

    @property
    def text(self) -> str:
        late = f", {self.overdue} of them overdue" if self.overdue else ""
        where = f" Look there: {self.address}" if self.address else ""
        return f"Other councils wait for yours: {self.open} open in the inbox{late}.{where}\n"


SendNudge = Callable[[Nudge], None]
"""Raises MailError: it could not be sent."""
