"""A look over the ledger, on this node's own clock, for what the questions that came call for.

Every question moves it on alike: nothing is written, and no round is there, because something
matched.
"""

from collections.abc import Callable

import structlog

from node.database import Database
from node.errors import StoreError
from node.ledger.entries import AnsweredEntry, open_answered
from node.ledger.ledger import AskedHere, Ledger
from node.store_key import StoreKey
from protocol.directory.members import Directory
from protocol.identifiers import RoundId

log = structlog.get_logger()

MOST_AT_ONCE = 500

See = Callable[[AskedHere, AnsweredEntry, Directory], None]
"""Keeps what a question calls for, in the transaction that is open."""


class LedgerLook:
    """Shows each question that this council was asked to those who make something of it, once."""

    def __init__(
        self,
        ledger: Ledger,
        key: StoreKey,
        database: Database,
        directory: Callable[[], Directory],
        *seeing: See,
    ) -> None:
        """`directory` raises DirectoryError where none is valid."""
        self._ledger = ledger
        self._key = key
        self._database = database
        self._directory = directory
        self._seeing = seeing

    def look(self) -> None:
        """Look at the questions that came since the last look.

        Raises:
            DirectoryError: there is no valid directory; they are looked at the next time.
            StoreError: the disk is full; likewise.
        """
        directory, looked = self._directory(), self._begin()
        while rows := self._ledger.questions_after(looked, MOST_AT_ONCE):
            looked = rows[-1].row_id
            with self._database.transaction():
                for row in rows:
                    self._show(row, directory)
                self._database.write(_LOOKED, looked, rows[-1].round_id)

    def _begin(self) -> int:
        """Return the row behind which to look: of a ledger that began anew, all are new."""
        row, round_id = self.looked()
        return row if self._ledger.is_round_of(row, round_id) else 0

    def looked(self) -> tuple[int, RoundId]:
        """Return the last row of the ledger that was looked at, and its round."""
        found = self._database.rows("SELECT row, round FROM looked")
        return (found[0][0], RoundId(found[0][1])) if found else (0, RoundId(b""))

    def _show(self, row: AskedHere, directory: Directory) -> None:
        try:
            entry = open_answered(self._key, row.entry, row.round_id)
        except StoreError as error:
            log.warning("question unreadable", reason=type(error).__name__)
            return
        for see in self._seeing:
            see(row, entry, directory)


_LOOKED = "INSERT OR REPLACE INTO looked (id, row, round) VALUES (1, ?, ?)"
