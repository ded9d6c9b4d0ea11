import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import text
from questions.formats.text import Unreadable, lines_of, text_of
from tests.questions.question_files import in_one_folder, written

LETTERS = "Bogotá, naïve Ærø — “Größe” 10 €"


@pytest.mark.parametrize(
    "content",
    [
        LETTERS.encode(),
        codecs.BOM_UTF8 + LETTERS.encode(),
        LETTERS.encode("cp1252"),
        codecs.BOM_UTF16_LE + LETTERS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LETTERS.encode("utf-16-be"),
    ],
)
def test_a_text_is_the_same_in_each_encoding(tmp_path: Path, content: bytes) -> None:
    assert text_of(written(tmp_path, content)) == LETTERS


def test_every_end_of_a_line_is_one_character(tmp_path: Path) -> None:
    assert text_of(written(tmp_path, b"a\r\nb\rc\n\r\nd")) == "a\nb\nc\n\nd"


def test_lines_have_numbers_and_end_only_where_they_should() -> None:
    assert list(lines_of("")) == []
    assert list(lines_of("a\n\nb\x0b\u2028c")) == [(1, "a\n"), (2, "\n"), (3, "b\x0b\u2028c")]
    assert list(lines_of("\na\n")) == [(1, "\n"), (2, "a\n")]


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    assert text_of(written(tmp_path, b"")) == ""


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a\nb\0c", "line 2: not text: it has a zero byte"),
        ("a\nb".encode("utf-16-le"), "line 1: not text: it has a zero byte"),
        ("Größe\n".encode() + b"Gr\xf6\xdfe", "line 2: not UTF-8, though the rest is: byte 0xf6"),
        ("ö\n".encode("cp1252") + "10 €".encode(), "line 1: not UTF-8, though the rest is: byte 0xf6"),
        (codecs.BOM_UTF8 + b"Gr\xf6\xdfe", "line 1: not UTF-8, though the rest is: byte 0xf6"),
        (b"a\nGr\xf6\x81", "line 2: neither UTF-8 nor cp1252 at byte 5"),
        (codecs.BOM_UTF16_LE + b"a", "line 1: neither UTF-8 nor utf-16 at byte 2"),
    ],
)
def test_what_no_one_encoding_fits_is_refused_with_its_line(
    tmp_path: Path, content: bytes, fault: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        text_of(written(tmp_path, content))
    assert str(caught.value) == fault


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file or directory"):
        text_of(tmp_path / "missing.txt")
    with pytest.raises(Unreadable, match="Is a directory"):
        text_of(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "abc")
    monkeypatch.setattr(text, "FILE_BYTES", 3)
    assert text_of(path) == "abc"
    monkeypatch.setattr(text, "FILE_BYTES", 2)
    with pytest.raises(Unreadable, match="the file is larger than 2 bytes"):
        text_of(path)


@in_one_folder
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff")))
def test_any_text_in_utf_8_is_read_as_it_is(tmp_path: Path, content: str) -> None:
    assert text_of(written(tmp_path, content)) == content


@in_one_folder
@given(st.binary(max_size=200))
def test_any_bytes_are_a_text_without_zeros_or_unreadable(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    try:
        found = text_of(path)
    except Unreadable:
        return
    assert not {"\0", "\r"} & set(found)
