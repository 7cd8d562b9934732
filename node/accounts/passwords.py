"""Passwords: what is accepted, and argon2id (RFC 9106 §4, second recommended option)."""

import secrets
import threading
from functools import cached_property

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

from node.errors import AccountError

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200

GROUPS, GROUP_CHARACTERS = 4, 4
READ_OUT = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a password that is made here is drawn of, 79 bits of it: nothing that is taken for
another when it is read out or copied."""

AT_ONCE = 2
"""Passwords hashed at once: each takes 64 MiB and most of two cores."""


def new_password(username: str) -> str:
    """Return one that nobody has chosen, as `k7mf-2qxd-9hwt-c4np`."""
    groups = ("".join(map(secrets.choice, [READ_OUT] * GROUP_CHARACTERS)) for _ in range(GROUPS))
    drawn = "-".join(groups)
    return drawn if username not in drawn else new_password(username)


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash("the password of nobody")

    def hash(self, password: str, username: str) -> str:
        """Return what is kept of a new password.

        Raises:
            AccountError: too short, too long, or the username is in it.
        """
        if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
            raise AccountError(
                f"the password needs {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters: three "
                "words that do not belong together are easy to keep in mind"
            )
        if username in password.lower():
            raise AccountError("the username must not be part of the password")
        with self._places:
            return self._hasher.hash(password)

    def is_right(self, password: str, hashed: str | None) -> bool:
        """Return whether it is the password; for nobody's (None) it takes as long."""
        with self._places:
            try:
                self._hasher.verify(hashed or self._of_nobody, password[:MOST_CHARACTERS])
            except (Argon2Error, InvalidHashError):
                return False
        return hashed is not None
