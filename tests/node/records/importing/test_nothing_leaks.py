"""What stands in a cell is in no error, report or repr, whatever is wrong with the file."""

import csv
import io
import traceback
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.columns import COLUMNS
from node.records.importing.load import read_file
from node.records.importing.report_file import Outcome, write_report
from node.records.importing.report_text import format_report
from node.records.quality import measure
from node.records.quality_table import format_quality
from tests.node.records.importing.files import ROW, TODAY, csv_text, row, write

PLANTED = (
    "Wilhelmina",
    "Quuxbury",
    "9990000026",
    "H80120000199",
    "17/13/2011",
    "ZQ77 ZQ7",
    "07700900123x",
    "wilhelmina@quuxbury",
)


def everything_said(path: Path) -> str:
    """Return all that reading a file shows, beside a duty line that is every row's: errors with
    their traces, report and counts in each form, reprs."""
    try:
        content = read_file(path, TODAY)
    except ImportRefusedError as error:
        hidden = repr(error.__context__)
        return "".join(traceback.format_exception(error)) + repr(error) + hidden
    quality = measure(content, TODAY, [ROW["telephone"]])
    outcome = Outcome(True, [], content.report, quality, quality)
    reports = [path.with_suffix(f".report{suffix}") for suffix in (".txt", ".csv", ".json")]
    for report in reports:
        write_report(report, outcome)
    said = [format_report(content.report), format_quality(quality, None)]
    said += [repr(each) for each in (content.report, content, content.rows)]
    return "".join([*said, *(report.read_text("utf-8") for report in reports)])


def leaks(said: str, *planted: str) -> list[str]:
    return [value for value in planted if value.lower() in said.lower()]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("planted", PLANTED)
def test_no_single_cell_is_repeated(tmp_path: Path, column: str, planted: str) -> None:
    path = write(tmp_path, csv_text([row(**{column: planted})]))
    assert not leaks(everything_said(path), planted)


@pytest.mark.parametrize("planted", PLANTED)
def test_no_row_full_of_planted_values_is_repeated(tmp_path: Path, planted: str) -> None:
    path = write(tmp_path, csv_text([dict.fromkeys(COLUMNS, planted)] * 2))
    said = everything_said(path)
    assert "Problems by column" in said
    assert not leaks(said, planted)


def test_no_value_of_a_good_row_is_repeated(tmp_path: Path) -> None:
    good = row(
        surname="Quuxbury",
        forename="Wilhelmina",
        nhs_number="9990000018",
        upn="H801200001001",
        postcode="SW1A 1AA",
        worker_name="Pat Example",
        email="pat@example.org",
    )
    said = everything_said(write(tmp_path, csv_text([good, good])))
    values = [value for column, value in good.items() if column != "involvement"]
    assert not leaks(said, *values)


def broken(content: str, kind: str) -> bytes:
    """Return a file of planted values, broken as a whole in one way."""
    header, *body = content.splitlines(keepends=True)
    first = body[0]
    return {
        "no header": "".join(body).encode(),
        "pipes": content.replace(",", "|").encode(),
        "not utf-8": content.encode() + b"\xff\xfe",
        "utf-16": content.encode("utf-16"),
        "nul": content.encode() + b"Wilhelmina\0",
        "unknown column": (header.strip() + ",Wilhelmina's\r\n" + first).encode(),
        "missing column": content.replace("case_reference", "number").encode(),
        "two headers in one": (header.strip() + "," + first).encode(),
        "open quotation mark": (header + '"' + "".join(body) * 500).encode(),
        "bad quotation mark": (header + '"Wilhelmina"Quuxbury,' + first).encode(),
        "more cells": (header + first.strip() + ",Wilhelmina\r\n").encode(),
        "fewer cells": (header + "Wilhelmina,Quuxbury\r\n").encode(),
        "empty": b"",
        "header only": header.encode(),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        *("no header", "pipes", "not utf-8", "utf-16", "nul", "unknown column", "missing column"),
        *("two headers in one", "open quotation mark", "bad quotation mark", "more cells"),
        *("fewer cells", "empty", "header only"),
    ],
)
def test_no_file_broken_as_a_whole_is_repeated(tmp_path: Path, kind: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(ROW)
    writer.writerow(PLANTED)
    said = everything_said(write(tmp_path, broken(out.getvalue(), kind)))
    assert said
    assert not leaks(said, *PLANTED)
