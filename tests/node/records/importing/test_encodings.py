from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.encodings import (
    PIECE_BYTES,
    UTF_8,
    UTF_16,
    WINDOWS_1252,
    Encoding,
    detect_encoding,
)

NAMES = "surname\nMüller\nO’Brien\nŁukasz\n"
WESTERN = "surname\nMüller\nO’Brien\n"


def detect(folder: Path, content: bytes) -> Encoding:
    path = folder / "export.csv"
    path.write_bytes(content)
    with path.open("rb") as stream:
        encoding = detect_encoding(stream)
        assert stream.read() == content
    return encoding


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        detect(folder, content)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(b"surname\n", UTF_8, id="plain letters"),
        pytest.param(b"", UTF_8, id="nothing"),
        pytest.param(NAMES.encode(), UTF_8, id="UTF-8"),
        pytest.param(NAMES.encode("utf-8-sig"), UTF_8, id="UTF-8 with a mark"),
        pytest.param(NAMES.encode("utf-16"), UTF_16, id="UTF-16"),
        pytest.param("\ufeff".encode("utf-16-be") + NAMES.encode("utf-16-be"), UTF_16, id="BE"),
        pytest.param(WESTERN.encode("cp1252"), WINDOWS_1252, id="Windows-1252"),
        pytest.param("é\n".encode() * PIECE_BYTES, UTF_8, id="more than a piece"),
        pytest.param(("x" + "é" * PIECE_BYTES).encode(), UTF_8, id="letters at a piece's edge"),
        pytest.param("€".encode() * PIECE_BYTES, UTF_8, id="a long line of longer letters"),
        pytest.param("a\ré\r".encode(), UTF_8, id="carriage returns"),
    ],
)
def test_finds_the_encoding(tmp_path: Path, content: bytes, encoding: Encoding) -> None:
    assert detect(tmp_path, content) is encoding
    assert (tmp_path / "export.csv").read_bytes().decode(encoding.codec) is not None


def test_refuses_lines_of_two_encodings_and_names_the_odd_one(tmp_path: Path) -> None:
    mixed = "Müller\n".encode() + b"x\n" + "Müller\n".encode("cp1252")
    assert refusal(tmp_path, mixed).startswith("line 3 is not of one encoding")


def test_refuses_a_marked_file_that_is_not_utf_8(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfx\n" + "Müller\n".encode("cp1252")
    assert refusal(tmp_path, content).startswith("line 2 is not of one encoding")


def test_refuses_a_file_cut_within_a_letter(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"surname\nM\xc3").startswith("line 2 is not of one encoding")


def test_refuses_bytes_that_windows_1252_has_not(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"\xe9\nM\x81ller\n").startswith("line 2 is not of one encoding")


def test_refuses_old_macintosh_text(tmp_path: Path) -> None:
    assert "Macintosh" in refusal(tmp_path, "surname\rMüller\r".encode("mac-roman"))


@pytest.mark.parametrize("content", [NAMES.encode("utf-16-le"), b"surname\nSmith\0\n"])
def test_refuses_nul_bytes(tmp_path: Path, content: bytes) -> None:
    assert "holds a NUL byte" in refusal(tmp_path, content)


def test_refuses_cut_utf_16(tmp_path: Path) -> None:
    assert "damaged UTF-16" in refusal(tmp_path, NAMES.encode("utf-16")[:-1])


def test_refuses_utf_32(tmp_path: Path) -> None:
    assert "UTF-32" in refusal(tmp_path, NAMES.encode("utf-32"))
