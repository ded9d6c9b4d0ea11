import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import aiken
from questions.record import Record, Refused, Skipped
from tests.questions.question_files import (
    AIKEN,
    CSV,
    GIFT,
    MOODLE_XML,
    OPENTDB,
    OWN_JSON,
    counted,
    damaged,
    in_one_folder,
    is_of_the_schema,
    written,
)

PERU = "What is the capital of Peru?\nA) Lima\nB) Quito\nANSWER: A\n"


def read(folder: Path, content: str | bytes) -> list[Record | Skipped | Refused]:
    return list(aiken.read(written(folder, content)))


def choices_and_answer(folder: Path, content: str) -> tuple[list[str], str]:
    [record] = read(folder, content)
    assert isinstance(record, Record)
    return record.fields["choices"], record.fields["answer"]


def faults(folder: Path, content: str | bytes) -> list[str]:
    """Line and sentence of each."""
    path = folder / "world-history.txt"
    return [
        item.place.removeprefix(f"{path}, ").split(" (")[0] + ": " + fault
        for item in read(folder, content)
        if isinstance(item, Refused)
        for fault in item.faults
    ]


def test_a_question_is_read_with_its_place_and_the_category_of_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, "\n\n" + PERU)
    assert list(aiken.read(path)) == [
        Record(
            f"{path}, line 3 (What is the capital of Peru?)",
            ("world-history", "World history"),
            {
                "type": "single",
                "difficulty": "medium",
                "prompt": "What is the capital of Peru?",
                "choices": ["Lima", "Quito"],
                "answer": "Lima",
            },
        )
    ]


def test_of_a_realistic_file_each_question_is_played_skipped_or_refused() -> None:
    items = list(aiken.read(AIKEN))
    assert counted(iter(items)) == (7, 1, 12)
    assert all(is_of_the_schema(item) for item in items if isinstance(item, Record))


@pytest.mark.parametrize(
    "way",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "  \n\n\t\n").encode(),
        lambda text: re.sub("^", "  ", text, flags=re.MULTILINE).encode(),
    ],
)
def test_neither_ends_of_lines_nor_blanks_nor_the_encoding_matter(
    tmp_path: Path, way: Callable[[str], bytes]
) -> None:
    def fields(path: Path) -> list[object]:
        return [item.fields if isinstance(item, Record) else type(item) for item in aiken.read(path)]

    assert fields(written(tmp_path, way(AIKEN.read_text()))) == fields(AIKEN)


@pytest.mark.parametrize("label", ["B) ", "B. ", "B)\t", "B)", "B.", "  B)   "])
def test_a_choice_is_a_letter_a_sign_and_perhaps_a_space(tmp_path: Path, label: str) -> None:
    content = f"Who?\nA) you\n{label}me\nANSWER: B"
    assert choices_and_answer(tmp_path, content) == (["you", "me"], "me")


@pytest.mark.parametrize("answer", ["ANSWER: B", "ANSWER:B", "ANSWER:\tB", "ANSWER: B)", "ANSWER: B."])
def test_the_answer_is_one_letter(tmp_path: Path, answer: str) -> None:
    assert choices_and_answer(tmp_path, f"Who?\nA) you\nB) me\n{answer}") == (["you", "me"], "me")


def test_a_letter_means_the_label_and_not_the_position(tmp_path: Path) -> None:
    content = "Who?\nA) a\nC) c\nB) b\nANSWER: C"
    assert choices_and_answer(tmp_path, content) == (["a", "c", "b"], "c")


def test_a_question_of_one_character_is_not_lost(tmp_path: Path) -> None:
    [record] = read(tmp_path, "?\nA) 1\nB) 2\nANSWER: A")
    assert isinstance(record, Record)
    assert record.fields["prompt"] == "?"


def test_html_is_shown_as_it_is_typed(tmp_path: Path) -> None:
    assert choices_and_answer(tmp_path, "Bold?\nA) <b>\nB) &lt;b>\nANSWER: A") == (["<b>", "&lt;b>"], "<b>")


def test_more_choices_than_can_be_shown_are_skipped(tmp_path: Path) -> None:
    [item] = read(tmp_path, "Who?\n" + "".join(f"{letter}) {letter}\n" for letter in "ABCDEFG") + "ANSWER: G")
    assert isinstance(item, Skipped)
    assert item.why == "7 choices, of which 6 at most can be shown"


@pytest.mark.parametrize(
    "content", ["What is $$x^2$$?\nA) 1\nB) 2\nANSWER: A", "What is x?\nA) \\(1\\)\nB) 2\nANSWER: A"]
)
def test_formulas_are_skipped(tmp_path: Path, content: str) -> None:
    [item] = read(tmp_path, content)
    assert isinstance(item, Skipped)
    assert item.why == "LaTeX"


NO_QUESTION = "there is no question before this line"
NO_ANSWER = "there is no line ANSWER: with the letter"
WORD = "must begin with ANSWER: in capitals, with no space"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("A. Lincoln was born in\nA) Ohio\nB) Iowa\nANSWER: A", f"line 1: {NO_QUESTION}"),
        ("I) is which letter?\nA) first\nB) ninth\nANSWER: B", f"line 1: {NO_QUESTION}"),
        ("U.S. states: how many?\nA) 50\nB) 51\nANSWER: A", f"line 1: {NO_QUESTION}"),
        ("ANSWER: A\n", f"line 1: {NO_QUESTION}"),
        ("Who\nis it?\nA) 1\nB) 2\nANSWER: A", "line 1: the question must stand on one line, and here are 2"),
        ("Who?\nA) 1\nANSWER: A", "line 1: at least two choices are needed, and here are 1"),
        ("Who?\nANSWER: A", "line 1: at least two choices are needed, and here are 0"),
        ("Who?\na) 1\nb) 2\nANSWER: A", "line 1: the question must stand on one line, and here are 3"),
        ("Who?\nA) 1\nB) 2\nANSWER: C", "line 1: the answer is C, and there is no choice C"),
        ("Who?\nA) 1\nC) 2\nANSWER: C", "line 1: the choices must be A, B, C and so on"),
        ("Who?\nA) 1\nB) 2\nB) 3\nANSWER: B", "line 1: the choices must be A, B, C and so on"),
        ("Who?\nA) 1\nB) 2\nANSWER: A, B", "line 1: 'ANSWER: A, B' must name one choice"),
        ("Who?\nA) 1\nB) 2\nANSWER: AB", "line 1: 'ANSWER: AB' must name one choice"),
        ("Who?\nA) 1\nB) 2\nANSWER: b", "line 1: 'ANSWER: b' must name one choice"),
        ("Who?\nA) 1\nB) 2\nANSWER:", "line 1: 'ANSWER:' must name one choice"),
        ("Who?\nA) 1\nB) 2\nAnswer: B", f"line 1: 'Answer: B' {WORD}"),
        ("Who?\nA) 1\nB) 2\nANSWER : B", f"line 1: 'ANSWER : B' {WORD}"),
        ("Who?\nA) 1\nB) 2", f"line 1: {NO_ANSWER}"),
        ("Who?", f"line 1: {NO_ANSWER}"),
    ],
)
def test_a_broken_question_is_refused_with_its_line_and_the_next_is_read(
    tmp_path: Path, content: str, fault: str
) -> None:
    assert any(said.startswith(fault) for said in faults(tmp_path, content))
    assert len(read(tmp_path, content)) == 1
    # A text without choices would go on in the next line.
    following = "A) x\n" if content == "Who?" else ""
    *_, last = read(tmp_path, f"{content}\n{following}{PERU}")
    assert isinstance(last, Record)
    assert last.fields["prompt"] == "What is the capital of Peru?"


def test_where_an_answer_is_missing_the_next_question_is_played(tmp_path: Path) -> None:
    content = f"{PERU}Who?\nA) 1\nB) 2\n{PERU}"
    assert faults(tmp_path, content) == [
        "line 5: there is no line ANSWER: with the letter of the right choice after the choices"
    ]
    assert counted(iter(read(tmp_path, content))) == (2, 0, 1)


def test_a_choice_on_two_lines_makes_no_question_of_its_rest(tmp_path: Path) -> None:
    content = "Who?\nA) one\nB) some\nothers\nC) none\nD) all\nANSWER: D"
    assert counted(iter(read(tmp_path, content))) == (0, 0, 2)


def test_a_question_may_begin_with_the_word_answer(tmp_path: Path) -> None:
    [record] = read(tmp_path, "Answer: of what is 42 one?\nA) All\nB) Nothing\nANSWER: A")
    assert isinstance(record, Record)
    assert record.fields["prompt"] == "Answer: of what is 42 one?"


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_a_question_is_refused(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    assert list(aiken.read(path)) == [Refused(str(path), ("there is no question in it",))]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert list(aiken.read(tmp_path)) == [Refused(str(tmp_path), ("Is a directory",))]


@pytest.mark.parametrize("content", [PERU, AIKEN.read_text(), "Who?\n\nA. a\nB. b\n\nanswer : A"])
def test_it_is_recognised_by_its_content(content: str) -> None:
    assert aiken.recognises(content)


@pytest.mark.parametrize(
    "content",
    ["", "A) b", "ANSWER: A", GIFT.read_text(), OPENTDB.read_text(), OWN_JSON, CSV, MOODLE_XML],
)
def test_other_formats_are_not_claimed(content: str) -> None:
    assert not aiken.recognises(content)


def expected_count(content: str) -> int:
    """By another way: T a text, C a choice, A an answer, a one that is wrongly spelt."""
    kinds = "".join(
        "C"
        if re.match("[A-Z][).]", line)
        else "A"
        if line.startswith("ANSWER:")
        else "a"
        if re.match(r"answer\s*:", line, re.IGNORECASE)
        else "T"
        for line in map(str.strip, content.split("\n"))
        if line
    )
    return max(1, len([block for block in re.findall("[Ta]*C*(?:A|(?<=C)a)?", kinds) if block]))


@in_one_folder
@given(damaged(AIKEN.read_text()))
def test_each_question_of_a_damaged_file_is_one_item(tmp_path: Path, content: str) -> None:
    items = read(tmp_path, content)
    if "\0" not in content:
        assert len(items) == expected_count(content.replace("\r\n", "\n").replace("\r", "\n"))


@in_one_folder
@given(st.binary(max_size=200) | st.text("ABC).ANSWER: \n").map(str.encode))
def test_no_bytes_make_an_error(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content)


lines = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="$\\") | st.just(" "),
        min_size=1,
        max_size=30,
    )
    .map(str.strip)
    .filter(bool)
)
questions = lines.filter(lambda line: not re.match(r"[A-Z][).]|ANSWER\s*:", line, re.IGNORECASE))


@in_one_folder
@given(
    st.lists(st.tuples(questions, st.lists(lines, min_size=2, max_size=6)), min_size=1, max_size=4), st.data()
)
def test_what_is_written_is_read(
    tmp_path: Path, written_questions: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    content, expected = "", []
    for prompt, choices in written_questions:
        right = data.draw(st.integers(0, len(choices) - 1))
        labelled = [f"{letter}) {choice}\n" for letter, choice in zip("ABCDEF", choices, strict=False)]
        content += f"{prompt}\n{''.join(labelled)}ANSWER: {'ABCDEF'[right]}\n"
        expected.append((prompt, choices, choices[right]))
    records = [item.fields for item in read(tmp_path, content) if isinstance(item, Record)]
    assert [(fields["prompt"], fields["choices"], fields["answer"]) for fields in records] == expected
