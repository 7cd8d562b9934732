"""Passkeys (WebAuthn Level 3): signing in with what somebody has and is, without a password.

A passkey is of this site alone, and its holder is verified by the authenticator: it is evidence of
two factors. Attestation is not asked for: who has made an authenticator is nobody's business.
"""

import json
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from node.accounts.model import Account
from node.accounts.store import NO_SUCH_SIGN_IN, AccountStore
from node.clock import Clock
from node.database import Database
from node.errors import AccountError
from node.store_key import StoreKey
from protocol import labels

CHALLENGE_BYTES = 32
CHALLENGE_MS = 5 * 60_000
"""How long somebody may take at the authenticator."""

MOST_CHALLENGES = 10_000
MOST_PASSKEYS = 10
"""Of one account."""

NOT_TAKEN = "This passkey could not be taken. Try again, or use another device"
TOO_MANY = "You have as many passkeys as one can. Remove one that you do not use"


class _Sealed(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64"
    )

    public_key: bytes
    name: str
    added_ms: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of somebody."""

    id: bytes
    name: str
    """As its holder has called it."""
    added_ms: int


class Challenges:
    """What authenticators are to sign: each is good once, for a while, in this process alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._drawn: dict[bytes, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def draw(self, username: str) -> bytes:
        """Return a new one, for somebody who adds a passkey, or "" for who signs in."""
        challenge = os.urandom(CHALLENGE_BYTES)
        with self._lock:
            while len(self._drawn) >= MOST_CHALLENGES or self._is_oldest_over():
                self._drawn.pop(next(iter(self._drawn)))
            self._drawn[challenge] = self._clock() + CHALLENGE_MS, username
        return challenge

    def _is_oldest_over(self) -> bool:
        until_ms, _ = next(iter(self._drawn.values()), (math.inf, ""))
        return until_ms <= self._clock()

    def use(self, challenge: bytes, username: str) -> bool:
        """Return whether it was drawn for them and is still good; it is not any more."""
        with self._lock:
            until_ms, drawn_for = self._drawn.pop(challenge, (0, ""))
        return until_ms > self._clock() and drawn_for == username


class Passkeys:
    """The passkeys of one node's accounts, in the same file."""

    def __init__(
        self, path: Path, key: StoreKey, accounts: AccountStore, address: str, clock: Clock
    ) -> None:
        """`address` is that of the pages, as people's browsers reach them."""
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key
        self._accounts = accounts
        self._origin = address
        self._site = urlsplit(address).hostname or ""
        self._clock = clock
        self._challenges = Challenges(clock)

    def close(self) -> None:
        self._database.close()

    def of(self, username: str) -> Sequence[Passkey]:
        """Return somebody's passkeys, the latest first."""
        found = [
            (id, self._open(id, username, sealed))
            for id, sealed in self._database.rows(_OF, username)
        ]
        passkeys = [Passkey(id, each.name, each.added_ms) for id, each in found]
        return sorted(passkeys, key=lambda each: each.added_ms, reverse=True)

    def options_to_add(self, account: Account) -> dict[str, Any]:
        """Return what a browser needs to make a passkey of somebody (§5.4)."""
        # They take a quarter of a second to import, and are needed by who has passkeys alone.
        import webauthn  # noqa: PLC0415
        from webauthn.helpers import structs  # noqa: PLC0415

        options = webauthn.generate_registration_options(
            rp_id=self._site,
            rp_name="WhoElse",
            user_id=self._key.fingerprint(labels.STORE_PASSKEY_USER, account.username.encode()),
            user_name=account.username,
            user_display_name=account.name,
            challenge=self._challenges.draw(account.username),
            timeout=CHALLENGE_MS,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=each.id)
                for each in self.of(account.username)
            ],
        )
        return _plain(webauthn.options_to_json(options))

    def add(self, username: str, name: str, credential: str) -> None:
        """Keep a passkey that a browser has made.

        Raises:
            AccountError: it is not for this, or there are too many.
        """
        import webauthn  # noqa: PLC0415
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

        if len(self.of(username)) >= MOST_PASSKEYS:
            raise AccountError(TOO_MANY)
        try:
            verified = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=self._challenge_of(credential, username),
                expected_rp_id=self._site,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, *_MALFORMED):
            raise AccountError(NOT_TAKEN) from None
        id = verified.credential_id
        kept = _Sealed(public_key=verified.credential_public_key, name=name, added_ms=self._clock())
        sealed = self._key.seal(
            labels.STORE_PASSKEY, kept.model_dump_json().encode(), _place(id, username)
        )
        if not self._database.write(_ADD, id, username, verified.sign_count, sealed):
            raise AccountError(NOT_TAKEN)

    def remove(self, id: bytes, username: str) -> None:
        """Remove a passkey of somebody, if it is there."""
        self._database.write("DELETE FROM passkey WHERE id = ? AND username = ?", id, username)

    def options_to_sign_in(self) -> dict[str, Any]:
        """Return what a browser needs to show a passkey (§5.5)."""
        import webauthn  # noqa: PLC0415
        from webauthn.helpers import structs  # noqa: PLC0415

        options = webauthn.generate_authentication_options(
            rp_id=self._site,
            challenge=self._challenges.draw(""),
            timeout=CHALLENGE_MS,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return _plain(webauthn.options_to_json(options))

    def sign_in(self, credential: str) -> bytes:
        """Begin a session of who shows a passkey; return what the browser keeps of it.

        Raises:
            AccountError: no passkey of ours, or not for this: one text for all.
        """
        import webauthn  # noqa: PLC0415
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

        try:
            challenge = self._challenge_of(credential, "")
            id = webauthn.helpers.parse_authentication_credential_json(credential).raw_id
            ((username, used_number, sealed),) = self._database.rows(_FIND, id)
            verified = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=self._open(id, username, sealed).public_key,
                credential_current_sign_count=used_number,
                require_user_verification=True,
            )
        except (WebAuthnException, *_MALFORMED):
            raise AccountError(NO_SUCH_SIGN_IN) from None
        self._database.write(_USED, verified.new_sign_count, id)
        return self._accounts.begin_session(username)

    def _challenge_of(self, credential: str, username: str) -> bytes:
        """Return the challenge that a browser says was signed, if it was drawn here.

        Raises:
            ValueError: it was not, for this, or is used or too old.
        """
        from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

        client_data = json.loads(credential)["response"]["clientDataJSON"]
        challenge = base64url_to_bytes(json.loads(base64url_to_bytes(client_data))["challenge"])
        if not self._challenges.use(challenge, username):
            raise ValueError("no challenge of ours")
        return challenge

    def _open(self, id: bytes, username: str, sealed: bytes) -> _Sealed:
        return _Sealed.model_validate_json(
            self._key.open(labels.STORE_PASSKEY, sealed, _place(id, username))
        )


def _place(id: bytes, username: str) -> bytes:
    """Return what a passkey is bound to: nobody who writes to the disk gives it to another."""
    return len(id).to_bytes(4, "big") + id + username.encode()


def _plain(options: str) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(options)
    return plain


_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading goes wrong with in what a browser sends, which may be anything."""

_OF = "SELECT id, sealed FROM passkey WHERE username = ?"
_FIND = "SELECT username, used_number, sealed FROM passkey WHERE id = ?"
_ADD = "INSERT OR IGNORE INTO passkey (id, username, used_number, sealed) VALUES (?, ?, ?, ?)"
_USED = "UPDATE passkey SET used_number = ? WHERE id = ?"
