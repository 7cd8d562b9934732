import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import ImportRefusedError
from node.records.importing.sources import json_values
from node.records.importing.sources.json_values import read_values

TRICKY = [{"a": '}{]["\\'}, {"b": [{"c": "\\\\"}, []]}, {}, {"d\u20ac": "\U0001f600"}]

texts = st.text('{}[]",\\:a\u20ac\n', max_size=8)
objects = st.dictionaries(texts, texts | st.lists(texts, max_size=3) | st.none(), max_size=3)


def read(content: bytes) -> list[object]:
    return list(read_values(io.BytesIO(content), "the file"))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_finds_every_object_however_the_file_is_cut(
    monkeypatch: pytest.MonkeyPatch, chunk: int, ascii_only: bool
) -> None:
    monkeypatch.setattr(json_values, "_CHUNK_BYTES", chunk)
    assert read(json.dumps(TRICKY, ensure_ascii=ascii_only, indent=1).encode()) == TRICKY


@given(st.lists(objects, max_size=5), st.booleans())
@settings(deadline=None, max_examples=50)
def test_gives_back_any_objects(values: list[object], in_list: bool) -> None:
    lines = [json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") for value in values]
    text = b"[" + b",".join(lines) + b"]" if in_list else b"\n".join(lines)
    assert read(text) == [json.loads(line) for line in lines]


@given(st.binary(max_size=60) | st.text('{}[]",\\:a1 ', max_size=40).map(str.encode))
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_objects_or_a_refusal(content: bytes) -> None:
    try:
        values = read(content)
    except ImportRefusedError:
        return
    assert all(isinstance(value, dict) for value in values)


def test_gives_numbers_as_they_are_written() -> None:
    assert read(b'{"id": 123.0, "other": 1E+05}') == [{"id": "123.0", "other": "1E+05"}]


def test_gives_an_object_before_the_next_is_read() -> None:
    values = read_values(io.BytesIO(b'[{"a": "1"},' + b" " * 100_000 + b"x"), "the file")
    assert next(values) == {"a": "1"}


def test_memory_is_of_one_object_and_not_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "VALUE_CHARACTERS", 100)
    monkeypatch.setattr(json_values, "_CHUNK_BYTES", 10)
    assert len(read(b"[" + b'{"a": "1"},' * 1_000 + b"]")) == 1_000
