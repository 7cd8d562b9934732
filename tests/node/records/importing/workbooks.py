"""Synthetic workbooks, written cell by cell as Excel writes them."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from node.records.importing.columns import COLUMNS

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Value = str | int | float | bool | date | None


class Error(str):
    """An error of a formula, such as #N/A."""


def write_workbook(
    path: Path, *sheets: Sequence[Sequence[Value]], is_1904: bool = False, **more: bytes
) -> Path:
    """Write an .xlsx of these sheets' rows; `more` are further members of the archive."""
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _content_types(numbers))
        archive.writestr("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/workbook.xml", _workbook(numbers, is_1904))
        relations = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relations([*relations, ("s", "styles", "styles.xml")])
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for number, rows in zip(numbers, sheets, strict=True):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(rows, is_1904))
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def rows_of(rows: Sequence[Mapping[str, Value]]) -> list[list[Value]]:
    """Return a sheet with the columns that any of the rows has; line 1 is the header."""
    used = [column for column in COLUMNS if any(column in row for row in rows)]
    return [[*used], *([row.get(column) for column in used] for row in rows)]


_STYLES = f"""<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>
<fills count="1"><fill/></fills><borders count="1"><border/></borders>
<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>
<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>"""


def _content_types(numbers: Sequence[int]) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        f'ContentType="{kind}.worksheet+xml"/>'
        for number in numbers
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{sheets}</Types>'
    )


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for name, kind, target in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _workbook(numbers: Sequence[int], is_1904: bool) -> str:
    sheets = "".join(
        f'<sheet name="Sheet{number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers
    )
    epoch = '<workbookPr date1904="1"/>' if is_1904 else ""
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{epoch}<sheets>{sheets}</sheets>'
        "</workbook>"
    )


def _sheet(rows: Sequence[Sequence[Value]], is_1904: bool) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(
            _cell(f"{_letters(place)}{number}", value, is_1904) for place, value in enumerate(row)
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: Value, is_1904: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Error):
        return f'<c r="{place}" t="e"><f>NOW()/0</f><v>{value}</v></c>'
    if isinstance(value, str):
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        )
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        style = 2 if isinstance(value, datetime) else 1
        return f'<c r="{place}" s="{style}"><v>{_serial(value, is_1904)}</v></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _serial(value: date, is_1904: bool) -> float:
    epoch = date(1904, 1, 1) if is_1904 else date(1899, 12, 30)
    of_day = (value.hour * 60 + value.minute) / 1_440 if isinstance(value, datetime) else 0
    return value.toordinal() - epoch.toordinal() + of_day


def _letters(place: int) -> str:
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(65 + last)
