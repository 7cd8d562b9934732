"""A request that has been checked and opened, as the rooms that answer it see it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from protocol.directory.members import Directory, Member
from protocol.sealing.cell import SALT_BYTES
from protocol.sealing.envelope import SealedRequest


@dataclass(frozen=True, slots=True, repr=False)
class OpenedRequest:
    """An authentic, fresh request to us, opened under one verified directory."""

    sealed: SealedRequest
    sender: Member
    body: bytes
    directory: Directory
    now_ms: int
    seal_body: Callable[[bytes, bytes], bytes]

    def seal(self, body: bytes) -> bytes:
        """Return the sealed reply. Every call takes a fresh salt, so no key is used twice."""
        return self.seal_body(os.urandom(SALT_BYTES), body)


class Answering(Protocol):
    """A room that answers one kind of request."""

    on_tick: bool
    """Whether the time of its answers must say nothing."""

    def answer(self, request: OpenedRequest) -> bytes | None:
        """Return the sealed reply to send, None to decline; its row is on the disk by then."""
        ...
