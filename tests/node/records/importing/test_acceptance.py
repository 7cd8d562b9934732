import pytest

from node.records.importing.acceptance import why_a_register, why_refused
from node.records.importing.places import on_line
from node.records.importing.problems import WHOLE_ROW, Done, RowProblem
from node.records.importing.report import ImportReport, ReportBuilder
from node.records.importing.rows import RowSays


def report(
    *, right: int = 0, left_out: int = 0, left_empty: int = 0, once: int = 0
) -> ImportReport:
    builder = ReportBuilder()
    for number, done in (
        (left_out, Done.LEFT_OUT),
        (left_empty, Done.LEFT_EMPTY),
        (once, Done.TAKEN_ONCE),
    ):
        column = "postcode" if done is Done.LEFT_EMPTY else WHOLE_ROW
        for _ in range(number):
            says = RowSays() if done is Done.LEFT_EMPTY else None
            builder.count([RowProblem(on_line(2), column, "mend it", done)], says)
    for _ in range(right):
        builder.count([], RowSays(("postcode",)))
    return builder.build()


@pytest.mark.parametrize("percent", [0.0, 2.0, 100.0])
def test_a_file_without_problems_is_never_refused(percent: float) -> None:
    assert why_refused(report(right=1), percent) == ""


@pytest.mark.parametrize(
    ("right", "left_out", "percent", "refused"),
    [
        (98, 2, 2.0, False),
        (97, 3, 2.0, True),
        (19, 1, 2.0, True),
        (19, 1, 5.0, False),
        (999, 1, 0.1, False),
        (998, 2, 0.1, True),
        (1, 99, 100.0, False),
    ],
)
def test_a_share_above_the_limit_refuses_the_file(
    right: int, left_out: int, percent: float, refused: bool
) -> None:
    why = why_refused(report(right=right, left_out=left_out), percent)
    assert bool(why) is refused
    if refused:
        assert f"{left_out} of {right + left_out:,} rows" in why
        assert f"{percent:g} %" in why


@pytest.mark.parametrize("kind", ["left_out", "left_empty", "once"])
def test_a_limit_of_none_refuses_any_problem(kind: str) -> None:
    one_of_many = report(right=1000, **{kind: 1})
    assert "every row has to be right" in why_refused(one_of_many, 0.0)
    assert why_refused(one_of_many, 2.0) == ""


def test_a_file_without_a_usable_row_is_refused_whatever_the_limit() -> None:
    assert "no row of the file" in why_refused(report(left_out=3), 100.0)


@pytest.mark.parametrize(
    ("right", "left_empty", "refused"),
    [(21, 20, False), (20, 20, False), (19, 20, True), (1, 19, False)],
)
def test_a_column_of_which_most_cannot_be_used_is_taken_for_a_wrong_one(
    right: int, left_empty: int, refused: bool
) -> None:
    # Rows with the field left empty fill nothing of it.
    why = why_refused(report(right=right, left_empty=left_empty), 2.0)
    assert ("stands in postcode cannot be used" in why) is refused


@pytest.mark.parametrize(
    ("rows", "others", "declared", "refused"),
    [(100, 0, 100, False), (101, 0, 100, True), (50, 50, 100, False), (50, 51, 100, True)],
)
def test_more_rows_than_are_declared_are_a_register(
    rows: int, others: int, declared: int, refused: bool
) -> None:
    why = why_a_register(rows, others, declared)
    assert bool(why) is refused
    if refused:
        assert "never a whole register" in why
        assert ("beside 51 of other sources" in why) is (others == 51)


@pytest.mark.parametrize(("not_used", "refused"), [(2, False), (3, True)])
def test_faulty_lines_that_are_no_rows_count_like_rows(not_used: int, refused: bool) -> None:
    builder = ReportBuilder()
    for _ in range(98):
        builder.count([], RowSays(("postcode",)))
    for number in range(not_used):
        builder.count_not_used(RowProblem(on_line(number), WHOLE_ROW, "mend it", Done.NOT_USED))
    why = why_refused(builder.build(), 2.0)
    assert bool(why) is refused
    if refused:
        assert "3 of 101 rows and other lines would be left out" in why
