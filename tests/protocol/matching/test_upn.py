import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.matching.upn import check_letter, is_upn

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@pytest.mark.parametrize("number", ["H801200001001", "B801200005001", "X00180001701A"])
def test_published_examples_fit(number: str) -> None:
    """The permanent and the temporary example of the DfE's guide, and one of python-stdnum."""
    assert is_upn(number)


def test_characters_weigh_two_to_thirteen() -> None:
    # 2x2 + 4x7 + 9x1 + 10x6 + 12x4 + 13x9 = 266 = 11x23 + 13, and 13 is P
    assert check_letter("207000016049") == "P"


def test_a_temporary_number_ends_in_a_letter_that_counts() -> None:
    # 9 x (2+3+4) + 13x3 (D) = 120 = 5x23 + 5, and 5 is F
    assert is_upn("F99900000000D")
    assert not is_upn("F99900000000E")


@given(st.text("0123456789", min_size=11, max_size=11), st.sampled_from("0123456789" + LETTERS))
def test_exactly_one_letter_fits(digits: str, last: str) -> None:
    fitting = [letter for letter in LETTERS if is_upn(letter + digits + last)]
    assert fitting == [check_letter(digits + last)]


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
def test_a_wrong_digit_is_seen(body: str, place: int, change: int) -> None:
    wrong = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]
    assert not is_upn(check_letter(body) + wrong)


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 10))
def test_swapped_neighbours_are_seen(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert is_upn(check_letter(body) + swapped) is (swapped == body)


@pytest.mark.parametrize(
    "text",
    [
        *("", "B80120000500", "B8012000050011", "b801200005001", "B801200005001\n"),
        *("I801200005001", "B80120000A001", "B80120000500O", "B80120000500١"),
    ],
)
def test_refuses_other_forms(text: str) -> None:
    assert not is_upn(text)
