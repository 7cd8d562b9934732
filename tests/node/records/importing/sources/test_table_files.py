from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from node.errors import ImportRefusedError
from node.records.importing.problems import Note
from node.records.importing.sources import table_files
from node.records.importing.sources.table_files import TableFiles
from node.records.importing.sources.table_lines import TableColumns

COLUMNS = TableColumns("ssd_person", ("id",))
TABLE = b"id\n1\n2\n"


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "extract.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def ids(path: Path) -> list[str]:
    lines = TableFiles(path).lines(COLUMNS)
    return [str(line.place) for line in lines if not isinstance(line, Note)]


NAMES = ["ssd_person.csv", "SSD_Person.CSV", "dbo.ssd_person.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_finds_a_table_in_a_folder_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TABLE)
    (tmp_path / "ssd_person_old.csv").write_bytes(b"")
    (tmp_path / "readme.txt").write_bytes(b"")
    assert ids(tmp_path) == ["ssd_person line 2", "ssd_person line 3"]


@pytest.mark.parametrize("name", [*NAMES, "extract/2025/ssd_person.csv"])
def test_finds_a_table_in_a_zip_file_by_its_name(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path, {name: TABLE, f"__MACOSX/{name}": b"x"})
    assert ids(path) == ["ssd_person line 2", "ssd_person line 3"]


def test_a_table_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert not TableFiles(tmp_path).has("ssd_person")
    assert ids(tmp_path) == []


def test_refuses_what_is_neither_folder_nor_zip_file(tmp_path: Path) -> None:
    (tmp_path / "ssd_person.csv").write_bytes(TABLE)
    with pytest.raises(ImportRefusedError, match="a folder or a zip file"):
        TableFiles(tmp_path / "ssd_person.csv")
    with pytest.raises(ImportRefusedError, match="cannot read"):
        TableFiles(tmp_path / "nothing")


def test_refuses_a_zip_file_that_is_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"ssd_person.csv": TABLE * 1_000})
    content = bytearray(path.read_bytes())
    content[50] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match="make the zip file again"):
        ids(path)


def test_refuses_a_table_with_a_password(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"ssd_person.csv": TABLE})
    content = path.read_bytes()
    # The flag for it, in the head of the file and in the directory at the end.
    begin = content.index(b"PK\x01\x02")
    content = content[:6] + b"\x01" + content[7 : begin + 8] + b"\x01" + content[begin + 9 :]
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match="without a password"):
        ids(path)


def test_refuses_a_table_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_files, "TABLE_BYTES", len(TABLE) - 1)
    with pytest.raises(ImportRefusedError, match="larger than"):
        ids(zipped(tmp_path, {"ssd_person.csv": TABLE}))


def test_refuses_more_files_than_tables_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_files, "_FILES", 1)
    with pytest.raises(ImportRefusedError, match="more than 1 files"):
        TableFiles(zipped(tmp_path, {"a": b"", "b": b""}))
