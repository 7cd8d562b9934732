"""Every malformed example ends in a report, or a refusal, that says where and what to do."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from node.errors import ImportRefusedError
from node.records.importing.report_text import format_report
from node.records.importing.sources.formats import NamedSource
from tests.node.records.importing.sources.made_up import Alter, Files, copied, read
from tests.node.records.importing.sources.malformed import Refused, Reported, every

_SAID_OF_CHILDREN = ("Marlow", "Neill", "Anand", "2013-01-15", "9990000018", "H801200001001")


@pytest.mark.parametrize(
    ("alter", "source", "expected"),
    [pytest.param(*each, id=name) for name, *each in every()],
)
def test_names_the_place_and_what_to_do_and_never_a_value(
    tmp_path: Path,
    alter: Alter,
    source: Callable[[Files], NamedSource],
    expected: Reported | Refused,
) -> None:
    files = copied(tmp_path)
    alter(files)
    said = _said(source(files), expected)
    assert expected.what_to_do in said
    assert not [value for value in _SAID_OF_CHILDREN if value.lower() in said.lower()]


def _said(source: NamedSource, expected: Reported | Refused) -> str:
    if isinstance(expected, Refused):
        with pytest.raises(ImportRefusedError) as refused:
            read(source)
        hidden = refused.value.__context__
        # These carry what was being read, wherever they are shown.
        assert not isinstance(hidden, UnicodeError | json.JSONDecodeError)
        return "".join(traceback.format_exception(refused.value)) + repr(hidden)
    content = read(source)
    assert content.report.problem_count
    first = content.report.problems[0]
    assert (str(first.place), first.name) == (expected.place, expected.column)
    report = format_report(content.report)
    assert expected.place.rpartition(" ")[2] in report
    return report.replace("\n        ", " ") + repr(content) + first.reason
