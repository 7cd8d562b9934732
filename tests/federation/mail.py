"""Messages of a scenario's post, each of its own, and how often each must be taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """A message of one member, by number, to another, and when by the loop it was put out."""

    number: int
    sender: int
    life: int
    """Of its sender: which of its processes had the message."""
    recipient: int
    at: float

    @property
    def content(self) -> bytes:
        return f"{self.number}: from {self.sender} to {self.recipient}".encode()


@dataclass(slots=True)
class Beat:
    """One beat of a member: a round of post, and then work on what has come."""

    asker: int
    life: int
    began: float
    ended: float = float("inf")
    """When its round was over."""
    has_worked: bool = False
