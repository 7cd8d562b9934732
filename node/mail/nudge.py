"""What a nudge says: how much waits, and where to look. Nobody is in it, and no council."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nudge:
    """Something waits in the inbox, or has been waited for too long."""

    open: int
    overdue: int
    unrung: int
    """Of ours that another council is overdue with."""
    address: str
    """Of the inbox; "" where it is not known."""

    @property
    def subject(self) -> str:
        if self.overdue or self.unrung:
            return "WhoElse: overdue"
        return "WhoElse: something waits for you"

    @property
    def text(self) -> str:
        late = f", {self.overdue} of them overdue" if self.overdue else ""
        where = f" Look there: {self.address}" if self.address else ""
        told = []
        if self.open:
            told.append(
                f"Other councils wait for yours: {self.open} open in the inbox{late}.{where}"
            )
        if self.unrung:
            told.append(
                f"Your council waits for others: {self.unrung} overdue. Who asked, and their "
                "manager, see them under Call-backs."
            )
        return f"{' '.join(told)}\n"


SendNudge = Callable[[Nudge], None]
"""Raises MailError: it could not be sent."""
