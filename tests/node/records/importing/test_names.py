import pytest

from node.records.importing.cells import CellError
from node.records.importing.names import readable_name


@pytest.mark.parametrize(
    "text",
    [
        *("Z\ufffde", "Wa??sa", "Micha??", "Zo\u00c3\u00ab", "Wa\u00c5\u201a\u00c4\u2122sa"),
        *("O\u00e2\u20ac\u2122Neil", "Jos\u00c3\u00a9", "\u00c5\u00bbak", "M\u00c3\u00bcller"),
        *("\u00c3\u0096zil", "\u00d0\u0153\u00d0\u00b0\u00d1\u20ac", "Z\u00ef\u00bf\u00bde"),
    ],
)
def test_refuses_letters_that_were_lost_or_misread(text: str) -> None:
    with pytest.raises(CellError, match="damaged on the way") as refused:
        readable_name(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Smith", "Zoë", "Müller-Lüdenscheidt", "Łódź", "Ãlvares", "João", "Çelik", "Ærø"),
        *("O’Neil", "D'Órs", "Weiß’s", "JOSÉ–MARIE", "Ísak", "José\u00a0\u00a0Maria", "Đặng"),
        *("Νίκος", "Мария", "?", "??", "???", "\ufffd", "Smith?", "Smith & Jones", "A&B;"),
    ],
)
def test_leaves_every_other_name_as_it_is(text: str) -> None:
    assert readable_name(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("O&apos;Neil", "O'Neil"), ("O&#39;Neil", "O'Neil"), ("O&#x27;Neil", "O'Neil")),
        *(("Zo&euml;", "Zoë"), ("Smith &amp; Jones", "Smith & Jones")),
        ("O&apos;Neil; D&#39;Arcy", "O'Neil; D'Arcy"),
    ],
)
def test_writes_the_marks_of_a_web_page_as_letters(text: str, name: str) -> None:
    assert readable_name(text) == name
