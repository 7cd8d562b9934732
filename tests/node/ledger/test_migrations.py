"""A ledger of an earlier schema is brought to the newest, and keeps what it says."""

import sqlite3
from pathlib import Path

import node.ledger.ledger as ledger_module
from node.ledger.ledger import Ledger, Received
from tests.node.ledger.test_ledger import ASKER, request
from tests.node.migrating import take_back
from tests.node.small_federation import NOW_MS, new_ledger


def columns(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[1] for row in connection.execute("PRAGMA table_info(received)")}
    connection.close()
    return found


def test_rows_of_the_first_schema_are_kept_and_counted(tmp_path: Path) -> None:
    path, asked = tmp_path / "ledger.db", request()
    ledger = new_ledger(path)
    ledger.record(asked, b"reply", b"entry", NOW_MS)
    ledger.close()
    take_back(path, Path(ledger_module.__file__).parent / "migrations", "0001")
    assert "day" in columns(path)
    again = Ledger(path)
    assert "day" not in columns(path)
    assert again.find(asked.header.round_id, ASKER.id) == Received(asked.digest, b"reply")
    assert again.questions_today(ASKER.id, NOW_MS) == 1
    again.close()
