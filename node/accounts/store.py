"""Accounts and sessions of one node, in a file of their own."""

import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from node.accounts.claims import Person
from node.accounts.model import Account, AccountRole, Session, SignedInAt
from node.accounts.passwords import Passwords
from node.accounts.schema import account, passkey, removed, session
from node.clock import Clock
from node.database import Database
from node.errors import AccountError
from node.store_key import StoreKey
from protocol import labels

MOST_FAILURES = 5
CLOSED_MS = 60_000
"""How long an account is closed after so many wrong passwords in a row: a guess a dozen seconds."""

IDLE_MS = 30 * 60_000
LONGEST_MS = 12 * 3_600_000
"""A session ends when nothing was looked at for so long, and after a shift in any case."""

RESERVED_MS = 366 * 86_400_000
"""How long a removed account's name is nobody else's: call-backs are kept for a year."""

DECLARED_MS = 365 * 86_400_000
"""How long a promise of appropriate use holds before it is asked for again."""

SEEN_MS = 60_000
"""How exactly it is kept when somebody was last seen: not every page costs a write."""

SESSION_BYTES = 32

NO_SUCH_SIGN_IN = (
    "Username, password or passkey is not right, or there were too many attempts. Wait a minute "
    "before you try a sixth time"
)

NO_PASSWORD = "*"  # noqa: S105
"""In the place of a password's hash: nothing is right."""


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    telephone: str
    team: str
    roles: tuple[AccountRole, ...]
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class NewAccount:
    """An account that is to be made, with its first password."""

    account: Account
    password: str


class AccountStore:
    """Who may sign in, and who is signed in."""

    def __init__(
        self, path: Path, key: StoreKey, clock: Clock, passwords: Passwords | None = None
    ) -> None:
        self._database = Database(path, Path(__file__).parent / "migrations")
        self._key = key
        self._clock = clock
        self._passwords = passwords or Passwords()

    def close(self) -> None:
        self._database.close()

    def add(self, new: NewAccount) -> None:
        """Make an account.

        Raises:
            AccountError: there is one of that name, or was within the last year, or the password
                does not do.
        """
        made = new.account
        sealed = self._seal(made, self._passwords.hash(new.password, made.username))
        with self._database.writing() as connection:
            held = select(account.c.username).where(account.c.username == made.username)
            if connection.execute(held).first():
                raise AccountError(f"there is an account {made.username} already")
            if connection.execute(self._removed_of_late(made.username)).first():
                raise AccountError(
                    f"{made.username} was somebody's, and for a year what is kept under it is "
                    "theirs: give another username"
                )
            connection.execute(_new_account(made.username, sealed))

    def remove(self, username: str) -> None:
        """Remove an account, and end its sessions. Nobody else has its name for a year: lookups and
        call-backs are kept by it.

        Raises:
            AccountError: there is none of that name.
        """
        with self._database.writing() as connection:
            gone = connection.execute(delete(account).where(account.c.username == username))
            if gone.rowcount:
                connection.execute(delete(removed).where(removed.c.username == username))
                values = {"username": username, "removed_ms": self._clock()}
                connection.execute(insert(removed).values(values))
        if not gone.rowcount:
            raise AccountError(f"there is no account {username}")

    def change(
        self,
        username: str,
        change: Callable[[Account], Account],
        password: str = "",
        checked: bytes = b"",
    ) -> None:
        """Change an account. With a password, its sessions end, and its passkeys are removed unless
        it is of their own choice: whoever knew the old one may have added one. It is where
        `checked` is what `check_password` gave, and nobody has changed the account since.

        Raises:
            AccountError: there is none of that name, somebody has changed it meanwhile, or the
                password does not do.
        """
        new_hash = self._passwords.hash(password, username) if password else ""
        is_this = account.c.username == username
        with self._database.writing() as connection:
            sealed = connection.execute(select(account.c.sealed).where(is_this)).scalar()
            if sealed is None:
                raise AccountError(f"there is no account {username}")
            if checked and checked != sealed:
                raise AccountError("somebody has changed your account just now: look again")
            held, password_hash = self._open(username, sealed)
            values: dict[str, object] = {
                "sealed": self._seal(change(held), new_hash or password_hash)
            }
            if password:
                values |= {"failures": 0, "closed_until_ms": 0}
                connection.execute(delete(session).where(session.c.username == username))
            if password and not checked:
                connection.execute(delete(passkey).where(passkey.c.username == username))
            connection.execute(update(account).where(is_this).values(values))

    def all(self) -> Sequence[Account]:
        """Return all accounts, by username."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(account.c.username, account.c.sealed).order_by(account.c.username)
            ).all()
        return [self._open(*row)[0] for row in rows]

    def find(self, username: str) -> Account | None:
        """Return an account, None if there is none of that name."""
        row = self._row(username)
        return self._open(username, row[0])[0] if row is not None else None

    def sign_in(self, username: str, password: str) -> bytes:
        """Begin a session; return what the browser keeps of it.

        Raises:
            AccountError: as `check_password` does.
        """
        self.check_password(username, password)
        with self._database.writing() as connection:
            connection.execute(
                update(account).where(account.c.username == username).values(failures=0)
            )
            return _begin_session(connection, username, self._clock())

    def check_password(self, username: str, password: str) -> bytes:
        """Check somebody's password, and return what is kept of the account, sealed. A wrong one
        counts.

        Raises:
            AccountError: no such account, a wrong password, or too many of them: one text for all.
        """
        now_ms = self._clock()
        row = self._row(username)
        is_open = row is not None and row[2] <= now_ms
        hashed = self._open(username, row[0])[1] if row is not None and is_open else None
        if not self._passwords.is_right(password, hashed) or row is None:
            if is_open:
                self._count_failure(username, now_ms)
            raise AccountError(NO_SUCH_SIGN_IN)
        return row[0]

    def let_in(self, person: Person) -> bytes:
        """Begin a session of somebody whom the council's sign-in service knows, as it tells of
        them now; return what the browser keeps of it."""
        now_ms = self._clock()
        with self._database.writing() as connection:
            is_this = account.c.username == person.username
            held = connection.execute(select(account.c.sealed).where(is_this)).scalar()
            known = self._open(person.username, held)[0] if held is not None else None
            made = Account(
                person.username,
                person.name,
                person.telephone or (known.telephone if known else ""),
                person.team or (known.team if known else ""),
                person.roles,
            )
            sealed = self._seal(made, NO_PASSWORD)
            if known:
                connection.execute(update(account).where(is_this).values(sealed=sealed))
            else:
                connection.execute(_new_account(made.username, sealed))
            return _begin_session(connection, person.username, now_ms)

    def begin_session(self, username: str) -> bytes:
        """Begin a session of somebody who has shown who they are; return what the browser keeps.

        Raises:
            AccountError: there is no such account any more.
        """
        if self._row(username) is None:
            raise AccountError(NO_SUCH_SIGN_IN)
        with self._database.writing() as connection:
            return _begin_session(connection, username, self._clock())

    def complete(self, username: str, telephone: str, team: str) -> None:
        """Keep where somebody says they can be rung, and their team if nobody else has told it."""
        with self._database.writing() as connection:
            is_this = account.c.username == username
            held = connection.execute(select(account.c.sealed).where(is_this)).scalar()
            if held is None:
                return
            found, password_hash = self._open(username, held)
            changed = replace(found, telephone=telephone, team=found.team or team)
            sealed = self._seal(changed, password_hash)
            connection.execute(update(account).where(is_this).values(sealed=sealed))

    def session(self, made: bytes) -> Session | None:
        """Return the session that a browser shows, None if it has ended."""
        now_ms = self._clock()
        rows = self._database.rows(_SESSION, _digest(made))
        if not rows:
            return None
        username, begun_ms, seen_ms, sealed, declared_ms = rows[0]
        if now_ms - seen_ms > IDLE_MS or now_ms - begun_ms > LONGEST_MS:
            self.sign_out(made)
            return None
        if now_ms - seen_ms > SEEN_MS:
            self._database.write(_SEEN, now_ms, _digest(made))
        has_declared = now_ms - declared_ms < DECLARED_MS
        return Session(self._open(username, sealed)[0], begun_ms, has_declared)

    def declare(self, username: str) -> None:
        """Keep that somebody has promised appropriate use, now."""
        self._database.write(_DECLARE, self._clock(), username)

    def sign_out(self, made: bytes) -> None:
        self._database.write("DELETE FROM session WHERE digest = ?", _digest(made))

    def sessions(self, username: str, made: bytes) -> Sequence[SignedInAt]:
        """Return where somebody is signed in, what was seen last first."""
        columns = session.c.begun_ms, session.c.seen_ms, session.c.digest
        of_them = (session.c.username == username) & ~self._ended()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*columns).where(of_them).order_by(session.c.seen_ms.desc())
            ).all()
        return [SignedInAt(begun, seen, digest == _digest(made)) for begun, seen, digest in rows]

    def last_seen(self) -> Mapping[str, int]:
        """Return when each of those who are signed in was seen last, as Unix time in ms, by
        username."""
        columns = session.c.username, func.max(session.c.seen_ms)
        open_ones = select(*columns).where(~self._ended()).group_by(session.c.username)
        with self._database.reading() as connection:
            return dict(connection.execute(open_ones).all())

    def sign_out_elsewhere(self, username: str, made: bytes) -> None:
        """End every session of somebody but this one, whoever's it is."""
        others = (session.c.username == username) & (session.c.digest != _digest(made))
        with self._database.writing() as connection:
            connection.execute(delete(session).where(others))

    def forget_old(self) -> None:
        """Remove sessions that have ended by themselves, and names that may be given again."""
        may_be_given = removed.c.removed_ms <= self._clock() - RESERVED_MS
        with self._database.writing() as connection:
            connection.execute(delete(session).where(self._ended()))
            connection.execute(delete(removed).where(may_be_given))

    def _removed_of_late(self, username: str) -> Select[tuple[int]]:
        is_late = removed.c.removed_ms > self._clock() - RESERVED_MS
        return select(removed.c.removed_ms).where((removed.c.username == username) & is_late)

    def _ended(self) -> ColumnElement[bool]:
        now_ms = self._clock()
        return (session.c.seen_ms < now_ms - IDLE_MS) | (session.c.begun_ms < now_ms - LONGEST_MS)

    def _row(self, username: str) -> tuple[bytes, int, int] | None:
        rows = self._database.rows(_ACCOUNT, username)
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def _count_failure(self, username: str, now_ms: int) -> None:
        with self._database.writing() as connection:
            is_this = account.c.username == username
            failures = connection.execute(select(account.c.failures).where(is_this)).scalar() or 0
            failed = update(account).where(is_this).values(failures=failures + 1)
            if failures + 1 >= MOST_FAILURES:
                failed = failed.values(failures=0, closed_until_ms=now_ms + CLOSED_MS)
            connection.execute(failed)

    def _seal(self, made: Account, password_hash: str) -> bytes:
        content = _Sealed(
            name=made.name,
            telephone=made.telephone,
            team=made.team,
            roles=tuple(sorted(made.roles)),
            password=password_hash,
        )
        place = made.username.encode()
        return self._key.seal(labels.STORE_ACCOUNT, content.model_dump_json().encode(), place)

    def _open(self, username: str, sealed: bytes) -> tuple[Account, str]:
        content = _Sealed.model_validate_json(
            self._key.open(labels.STORE_ACCOUNT, sealed, username.encode())
        )
        roles = frozenset(content.roles)
        made = Account(username, content.name, content.telephone, content.team, roles)
        return made, content.password


_ACCOUNT = "SELECT sealed, failures, closed_until_ms FROM account WHERE username = ?"
_SESSION = (
    "SELECT session.username, begun_ms, seen_ms, sealed, declared_ms FROM session "
    "JOIN account ON account.username = session.username WHERE digest = ?"
)
_DECLARE = "UPDATE account SET declared_ms = ? WHERE username = ?"
_SEEN = "UPDATE session SET seen_ms = ? WHERE digest = ?"


def _new_account(username: str, sealed: bytes) -> Insert:
    return insert(account).values(
        username=username, sealed=sealed, failures=0, closed_until_ms=0, declared_ms=0
    )


def _begin_session(connection: Connection, username: str, now_ms: int) -> bytes:
    made = os.urandom(SESSION_BYTES)
    connection.execute(
        insert(session).values(
            digest=_digest(made), username=username, begun_ms=now_ms, seen_ms=now_ms
        )
    )
    return made


def _digest(made: bytes) -> bytes:
    return sha256(made).digest()


def form_token(made: bytes) -> str:
    """Return what a form of this session carries: no other site can know it."""
    return hmac.digest(made, b"form", "sha256").hex()
