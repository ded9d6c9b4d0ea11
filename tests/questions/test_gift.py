import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import gift
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


def read(folder: Path, content: str | bytes) -> list[Record | Skipped | Refused]:
    return list(gift.read(written(folder, content)))


def fields(folder: Path, content: str | bytes) -> dict[str, Any]:
    """Of the one question, without the difficulty, which is always the same."""
    [record] = read(folder, content)
    assert isinstance(record, Record), record
    assert record.fields["difficulty"] == "medium"
    return {name: value for name, value in record.fields.items() if name != "difficulty"}


def shown(folder: Path, stem: str) -> str:
    prompt = fields(folder, stem + "{T}")["prompt"]
    assert isinstance(prompt, str)
    return prompt


def skipped(folder: Path, content: str) -> str:
    [item] = read(folder, content)
    assert isinstance(item, Skipped), item
    return item.why


def refused(folder: Path, content: str) -> str:
    [item] = read(folder, content)
    assert isinstance(item, Refused), item
    [fault] = item.faults
    return fault


def places(folder: Path, content: str) -> list[str]:
    path = folder / "world-history.txt"
    return [item.place.removeprefix(f"{path}, ") for item in read(folder, content)]


def categories(folder: Path, content: str) -> list[tuple[str, str]]:
    return [item.category for item in read(folder, content) if isinstance(item, Record)]


def test_of_a_realistic_file_each_question_is_played_skipped_or_refused() -> None:
    items = list(gift.read(GIFT))
    assert counted(iter(items)) == (13, 6, 2)
    assert all(is_of_the_schema(item) for item in items if isinstance(item, Record))


def test_a_question_is_read_with_all_that_is_said_of_it() -> None:
    assert next(gift.read(GIFT)) == Record(
        f"{GIFT}, line 7 (Capital of Norway)",
        ("europe", "Europe"),
        {
            "id": "norway-capital",
            "type": "single",
            "difficulty": "medium",
            "prompt": "What is the capital of Norway?",
            "choices": ["Oslo", "Bergen", "Trondheim", "Tromsø"],
            "answer": "Oslo",
            "explanation": "Oslo was called Kristiania until 1925.",
        },
    )


@pytest.mark.parametrize(
    "content",
    [
        GIFT.read_text().replace("\n", "\r\n").encode(),
        GIFT.read_text().replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + GIFT.read_bytes(),
        GIFT.read_text().encode("cp1252"),
        GIFT.read_text().encode("utf-16"),
        GIFT.read_text().replace("\n\n", "\n \t\n\n").encode(),
    ],
)
def test_neither_ends_of_lines_nor_the_encoding_matter(tmp_path: Path, content: bytes) -> None:
    def what(path: Path) -> list[object]:
        return [item.fields if isinstance(item, Record) else type(item) for item in gift.read(path)]

    assert what(written(tmp_path, content)) == what(GIFT)


# Blocks, places and comments


def test_a_place_is_the_line_where_the_question_begins_and_its_title_or_first_words(tmp_path: Path) -> None:
    content = "// a comment\n\n\n// another\n::Title\\: one::Who?{T}\n\n  Who was the\nfirst? {F}\n\n{T}"
    assert places(tmp_path, content) == ["line 5 (Title: one)", "line 7 (Who was the first?)", "line 10"]


def test_an_empty_line_ends_a_question_even_in_its_middle(tmp_path: Path) -> None:
    items = read(tmp_path, "Who? {\n=a\n\n~b\n}\n\nOne paragraph.\n\nTwo {T}")
    assert [type(item) for item in items] == [Refused, Refused, Skipped, Record]


def test_a_comment_is_a_whole_line_anywhere(tmp_path: Path) -> None:
    content = "// before\nWho // is\n  // in the stem\nit? {\n//~no choice\n=a // b\n~c\n}"
    assert fields(tmp_path, content) == {
        "type": "single",
        "prompt": "Who // is\nit?",
        "choices": ["a // b", "c"],
        "answer": "a // b",
    }


def test_two_questions_without_an_empty_line_between_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "One {T}\nTwo {F}").startswith("there is more than one { or }")


@pytest.mark.parametrize("content", ["", " \n\n", "// only a comment\n", "$CATEGORY: a/b\n"])
def test_a_file_without_a_question_is_refused(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    assert list(gift.read(path)) == [Refused(str(path), ("there is no question in it",))]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert list(gift.read(tmp_path)) == [Refused(str(tmp_path), ("Is a directory",))]


@pytest.mark.parametrize(
    ("comment", "identity"),
    [
        ("// question: 1  name: x\n// [id:q-1.a_B] [tag:north]", {"id": "q-1.a_B"}),
        ("// [tag:x] [id: q1 ]", {"id": "q1"}),
        ("// [id:a\\]b]", {}),
        ("// [id:two words]", {}),
        (f"// [id:{'x' * 101}]", {}),
        ("// [id:]", {}),
        ("// [id:q1]\n", {}),
        ("// no id", {}),
    ],
)
def test_an_id_stands_in_the_comments_of_a_question(
    tmp_path: Path, comment: str, identity: dict[str, str]
) -> None:
    assert (
        fields(tmp_path, f"{comment}\nWho?{{T}}")
        == {"type": "boolean", "prompt": "Who?", "answer": True} | identity
    )


# Categories


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Europe", "Europe"),
        ("$course$/top/Default for X/Europe", "Default for X|Europe"),
        ("$course$/top/Europe/", "Europe"),
        ("$course$/Europe", "Europe"),
        ("$system$/top/Europe", "Europe"),
        ("top/Europe/top", "top"),
        ("a/War//Peace", "War/Peace"),
        ("a/Time: 1900-1950", "Time: 1900-1950"),
        ("a/Time\\: \\#1", "Time: #1"),
        ("  a / Europe  ", "Europe"),
        ("$course$/top", "World history"),
        ("$course$/top/", "World history"),
        ("", "World history"),
    ],
)
def test_a_category_is_the_last_step_of_its_path(tmp_path: Path, path: str, name: str) -> None:
    [(_, found)] = categories(tmp_path, f"// question: 0\n$CATEGORY: {path}\n\nWho?{{T}}")
    assert found == name.split("|")[-1]


def test_a_category_holds_until_the_next_and_without_one_is_that_of_the_file(tmp_path: Path) -> None:
    content = "1{T}\n\n$CATEGORY: Art\n\n2{T}\n\n3{T}\n\n$CATEGORY: Pop Music\n\n4{T}"
    slugs = [slug for slug, _ in categories(tmp_path, content)]
    assert slugs == ["world-history", "art", "art", "pop-music"]


@pytest.mark.parametrize("content", ["$CATEGORY: Art\nWho?{T}", "Who?{T}\n$CATEGORY: Art"])
def test_a_category_without_empty_lines_around_is_refused_but_holds(tmp_path: Path, content: str) -> None:
    wrong, right = read(tmp_path, content + "\n\nWhose?{T}")
    assert isinstance(wrong, Refused)
    assert wrong.faults == ("$CATEGORY must stand alone, with an empty line before it and after it",)
    assert isinstance(right, Record)
    assert right.category == ("art", "Art")


# Titles, stems and texts


@pytest.mark.parametrize(
    ("stem", "prompt"),
    [
        ("::Title::Who?", "Who?"),
        ("::Title:: Who?", "Who?"),
        ("::A\\: b::Who?", "Who?"),
        ("::Title::\nWho?", "Who?"),
        ("Is std::cout a stream?", "Is std::cout a stream?"),
        ("Is E = mc2: yes or no?", "Is E = mc2: yes or no?"),
        ("See https://www.europa.eu/?a=b#c", "See https://www.europa.eu/?a=b#c"),
        ("[3 points] Who?", "[3 points] Who?"),
        ("[HTML]Who?", "[HTML]Who?"),
        ("An array [1] of ~ # things", "An array [1] of ~ # things"),
        ("A set \\{1, 2\\} \\= \\~ \\# \\:", "A set {1, 2} = ~ # :"),
        ("Two\\nlines", "Two\nlines"),
        ("Two\nlines", "Two\nlines"),
        ("C:\\\\new and \\\\\\{", "C:\\new and \\{"),
        ("\\alpha and \\[x", "\\alpha and \\[x"),
        ("\\alpha, \\d", "\\alpha, \\d"),
        ("&&058; \\:", "&&058; :"),
        ("1 < 2 & a<b and c>d", "1 < 2 & a<b and c>d"),
        ("[plain]List<String>?", "List<String>?"),
        ("[plain]<b> &amp; **\n  two", "<b> &amp; **\n  two"),
        ("[markdown]Who is it?", "Who is it?"),
        ("[html]<p>Who is <b>it</b>?</p>", "Who is it?"),
        ("[html]caf&eacute;", "café"),
        ("<p>Who is <b>it</b>?</p>", "Who is it?"),
        ("[moodle]caf&eacute;", "café"),
    ],
)
def test_a_stem_is_what_moodle_shows(tmp_path: Path, stem: str, prompt: str) -> None:
    assert shown(tmp_path, stem) == prompt


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("The {T} is here.", "The _____ is here."),
        ("{T} is here.", "_____ is here."),
        ("Here is {T}.", "Here is _____."),
        ("Here is {T}\n", "Here is"),
        ("[markdown]The {T} is here.", "The _____ is here."),
    ],
)
def test_a_gap_shows_where_the_answer_goes_in_a_sentence(tmp_path: Path, text: str, prompt: str) -> None:
    assert fields(tmp_path, text)["prompt"] == prompt


@pytest.mark.parametrize(
    ("stem", "why"),
    [
        ("What is $$x^2$$?", "LaTeX"),
        ("What is \\\\(x^2\\\\)?", "LaTeX"),
        ("What is \\(x^2\\)?", "LaTeX"),
        ("[html]What is \\\\[x^2\\\\]?", "LaTeX"),
        ("A List<String>?", "the element <string>"),
        ("[markdown]**Who** is it?", "text in Markdown"),
        ("[markdown]See ![it](a.png)", "text in Markdown"),
    ],
)
def test_a_text_that_cannot_be_shown_is_skipped(tmp_path: Path, stem: str, why: str) -> None:
    assert skipped(tmp_path, stem + "{T}") == why
    assert skipped(tmp_path, f"Who?{{={stem} ~b}}") == why


@pytest.mark.parametrize("where", ["{0}{{T}}", "Who?{{={0} ~b}}", "Who?{{T####{0}}}"])
def test_a_picture_anywhere_is_skipped(tmp_path: Path, where: str) -> None:
    assert "picture" in skipped(tmp_path, where.format('[html]<img src\\="@@PLUGINFILE@@/a.png">'))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("Who? {=a ~b", "a { and a } must enclose the answers (an empty line ends a question)"),
        ("Who? =a ~b}", "a { and a } must enclose the answers (an empty line ends a question)"),
        ("Who? }=a ~b{", "a { and a } must enclose the answers (an empty line ends a question)"),
        ("Who? {={a} ~b}", "there is more than one { or }"),
        ("::Title without end{T}", "a title begins with :: and ends with ::"),
        ("::Title::", "a title begins with :: and ends with ::"),
    ],
)
def test_a_broken_question_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    assert refused(tmp_path, content).startswith(fault)


def test_general_feedback_is_the_explanation_and_no_other_feedback_is(tmp_path: Path) -> None:
    assert fields(tmp_path, "Who?{=a#yes ~b#no ####Because\\nit is.}")["explanation"] == "Because\nit is."
    assert fields(tmp_path, "Who?{T#wrong#right####[html]<b>Because</b>}")["explanation"] == "Because"
    assert fields(tmp_path, "Who?{=a#1####2 ~b####The last}")["explanation"] == "The last"
    assert "explanation" not in fields(tmp_path, "Who?{=a#yes ~b#no}")
    assert "explanation" not in fields(tmp_path, "Who?{=a ~b####}")


# Kinds of answers


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Read this.", "a description: it has no answers in { } (an empty line ends a question)"),
        ("Describe it.{}", "an essay: its { } are empty"),
        ("Describe it.{ \n}", "an essay: its { } are empty"),
        ("Describe it.{####At length.}", "an essay: its { } are empty"),
        ("Match.{=a -> b =c -> d}", "a matching question: it has ->"),
        ("Match.{=a -> ? =b -> ! = -> .}", "a matching question: it has ->"),
        ("Arrow?{=x->y}", "a matching question: it has ->"),
    ],
)
def test_what_is_no_question_with_a_short_answer_is_skipped(tmp_path: Path, content: str, why: str) -> None:
    assert skipped(tmp_path, content) == why


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ("T", True),
        ("TRUE", True),
        ("F", False),
        (" FALSE ", False),
        ("T#wrong#right", True),
        ("F#wrong####general", False),
        ("FALSE # = -", False),
    ],
)
def test_a_statement_is_true_or_false(tmp_path: Path, answers: str, answer: bool) -> None:
    found = fields(tmp_path, f"It is so.{{{answers}}}")
    assert (found["type"], found["answer"]) == ("boolean", answer)


@pytest.mark.parametrize("word", ["true", "True", "t", "Paris", "->"])
def test_any_other_word_is_a_short_answer(tmp_path: Path, word: str) -> None:
    assert fields(tmp_path, f"Which?{{{word}}}") == {"type": "text", "prompt": "Which?", "answer": [word]}


@pytest.mark.parametrize(
    ("answers", "choices"),
    [
        ("=a ~b", ["a", "b"]),
        ("~b=a", ["b", "a"]),
        ("\n\t=a\n\t~b\n", ["a", "b"]),
        ("=a#yes, it is ~b#no", ["a", "b"]),
        ("=a ~http://b.org/#top", ["a", "http://b.org/"]),
        ("=a ~C", ["a", "C"]),
        ("=a ~C#", ["a", "C"]),
        ("=a ~C\\#", ["a", "C#"]),
        ("=a ~b -> c", ["a", "b -> c"]),
        ("=a ~%0%b ~%-50%c", ["a", "b", "c"]),
        ("=a ~50%b ~% c ~%x%d", ["a", "50%b", "% c", "%x%d"]),
        ("=a ~T", ["a", "T"]),
        ("=a ~[html]<b>b</b> ~[plain]<b>", ["a", "b", "<b>"]),
        ("=a ~long\n  text", ["a", "long text"]),
        ("=a ~b:c::d", ["a", "b:c::d"]),
    ],
)
def test_one_choice_is_right(tmp_path: Path, answers: str, choices: list[str]) -> None:
    found = fields(tmp_path, f"Which?{{{answers}}}")
    assert found == {"type": "single", "prompt": "Which?", "choices": choices, "answer": "a"}


def test_a_weight_after_an_equals_sign_is_text_among_choices(tmp_path: Path) -> None:
    assert fields(tmp_path, "Which?{=%50%a ~b}")["answer"] == "%50%a"


def test_choices_have_the_form_of_the_stem_unless_they_say_another(tmp_path: Path) -> None:
    assert fields(tmp_path, "[html]Which?{=<i>a</i> ~[plain]<i>}")["choices"] == ["a", "<i>"]


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        ("~%50%a ~%50%b ~c", ["a", "b"]),
        ("~%50%a ~%50%b ~%-100%c", ["a", "b"]),
        ("~%33.33333%a ~%33.33333%b ~%33.33333%c ~%-50%d", ["a", "b", "c"]),
        ("~%100%a ~b", ["a"]),
        ("~ %50% a ~%50%b#yes ~%0%c", ["a", "b"]),
    ],
)
def test_some_choices_are_right_where_none_has_an_equals_sign(
    tmp_path: Path, answers: str, right: list[str]
) -> None:
    found = fields(tmp_path, f"Which?{{{answers}}}")
    assert (found["type"], found["answer"]) == ("multiple", right)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("=a =b ~c", "several right choices of which one is enough"),
        ("=a ~%100%b ~c", "several right choices of which one is enough"),
        ("=x=1 ~x", "several right choices of which one is enough (write \\= for an = within a choice)"),
        ("=a ~%50%b ~c", "partial credit for some choices"),
        ("~%60%a ~%40%b ~c", "unequal weights of the right choices"),
        ("=a" + " ~b" * 6, "7 choices, of which 6 at most can be shown"),
    ],
)
def test_choices_that_cannot_be_honoured_are_skipped(tmp_path: Path, answers: str, why: str) -> None:
    assert skipped(tmp_path, f"Which?{{{answers}}}").startswith(why)


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ("~a ~b", "no choice is right"),
        ("~%-50%a ~%0%b", "no choice is right"),
        ("~a", "at least two choices are needed"),
        ("~", "at least two choices are needed"),
        ("a ~b =c", "every choice must begin with = or ~"),
        ("~%50%a ~b", "the weights of the right choices add up to 50 %, not to 100 %"),
        ("~%100%a ~%100%b", "the weights of the right choices add up to 200 %, not to 100 %"),
    ],
)
def test_choices_that_are_wrong_are_refused(tmp_path: Path, answers: str, fault: str) -> None:
    assert refused(tmp_path, f"Which?{{{answers}}}").startswith(fault)


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ("=Paris", ["Paris"]),
        ("Paris =Lutetia", ["Paris", "Lutetia"]),
        ("=%100%Paris#yes =%100%Lutetia#", ["Paris", "Lutetia"]),
        ("=Paris =%0%*#no", ["Paris"]),
        ("=Paris =%0%London =%-10%Rome", ["Paris"]),
        ("=Paris =Paris  =PARIS", ["Paris", "PARIS"]),
        ("=a \\= b", ["a = b"]),
        ("=5 \\* 3", ["5 * 3"]),
        ("=[plain]Paris", ["Paris"]),
        ("=<b> &amp;", ["<b> &amp;"]),
        ("=50%", ["50%"]),
    ],
)
def test_what_is_typed_is_right_if_it_is_one_of_the_full_answers(
    tmp_path: Path, answers: str, accepted: list[str]
) -> None:
    found = fields(tmp_path, f"Which?{{{answers}}}")
    assert found == {"type": "text", "prompt": "Which?", "answer": accepted}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("=Paris =%50%Lutetia", "partial credit for some answers"),
        ("=Paris =%150%Lutetia", "partial credit for some answers"),
        ("=Par*", "the wildcard * in an answer"),
        ("=$$x$$", "LaTeX"),
    ],
)
def test_short_answers_that_cannot_be_honoured_are_skipped(tmp_path: Path, answers: str, why: str) -> None:
    assert skipped(tmp_path, f"Which?{{{answers}}}") == why


def test_short_answers_of_which_none_is_right_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "Which?{=%0%Paris}").startswith("no answer is right")


@pytest.mark.parametrize(
    ("answers", "answer", "tolerance"),
    [
        ("#1822", 1822, 0),
        ("# 3.14:0.005 ", 3.14, 0.005),
        ("#-5 : 2", -5, 2),
        ("#=5:0#right", 5, 0),
        ("#\n\t=%100%6:0#\n\t~#It was six.\n", 6, 0),
        ("#1..5", 3, 2),
        ("#0.1..0.2", 0.15, 0.05),
        ("#3.14 .. 3.15", 3.145, 0.005),
        ("#-1..1", 0, 1),
        ("#1.5e3", 1500, 0),
        ("#+.5", 0.5, 0),
        ("#1e15:1", 10**15, 1),
        ("#123456789012345..123456789012346", 123456789012345.5, 0.5),
    ],
)
def test_a_number_has_a_tolerance_or_is_the_middle_of_a_range(
    tmp_path: Path, answers: str, answer: float, tolerance: float
) -> None:
    found = fields(tmp_path, f"How many?{{{answers}}}")
    assert found == {"type": "number", "prompt": "How many?", "answer": answer, "tolerance": tolerance}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("#=1 =2", "several numeric answers"),
        ("#=1:0 =%50%1:1", "several numeric answers"),
        ("#=%50%1", "partial credit for the numeric answer"),
        ("#*", "the wildcard * as the numeric answer"),
    ],
)
def test_numbers_that_cannot_be_honoured_are_skipped(tmp_path: Path, answers: str, why: str) -> None:
    assert skipped(tmp_path, f"How many?{{{answers}}}") == why


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ("#", "'' must be a number"),
        ("#many", "'many' must be a number"),
        ("#3,14", "'3,14' must be a number, with a point and no unit"),
        ("#5 cm", "'5 cm' must be a number"),
        ("#NaN", "'NaN' must be a number"),
        ("#Infinity", "'Infinity' must be a number"),
        ("#1_000", "'1_000' must be a number"),
        ("#٣", "'٣' must be a number"),
        ("#1e999", "'1e999' must be a number"),
        ("#" + "9" * 5000, "'9999999999999999999999999999999999999999' must be a number"),
        ("#5:", "'' must be a number"),
        ("#..5", "'..5' must be a number"),
        ("#5..", "'' must be a number"),
        ("#5\\:1", "'5:1' must be a number"),
        ("#5..1", "the range 5..1 must begin with the smaller number"),
    ],
)
def test_what_is_no_number_is_refused(tmp_path: Path, answers: str, fault: str) -> None:
    assert refused(tmp_path, f"How many?{{{answers}}}").startswith(fault)


# Recognition


@pytest.mark.parametrize(
    "content",
    [
        GIFT.read_text(),
        "Who? {=a ~b}",
        "Who? {\n\n~%50%a}",
        "It is so. {TRUE#no}",
        "[html]<p>How many?</p> {#5}",
        "<p>How many?</p> {#\n=5}",
        "::Title::Who? {me}",
        "// a comment\n$CATEGORY: x\n",
    ],
)
def test_it_is_recognised_by_its_content(content: str) -> None:
    assert gift.recognises(content)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Some words",
        "What is {}?",
        "Who \\{=a\\}",
        AIKEN.read_text(),
        OPENTDB.read_text(),
        OWN_JSON,
        CSV,
        MOODLE_XML,
    ],
)
def test_other_formats_are_not_claimed(content: str) -> None:
    assert not gift.recognises(content)


# Whatever there is


def expected_count(content: str) -> int:
    """Paragraphs that are more than comments and a category, by another way."""
    paragraphs = re.split(r"\n\s*\n", content.replace("\r\n", "\n").replace("\r", "\n"))
    rests = [re.sub(r"^[^\S\n]*//.*$", "", paragraph, flags=re.MULTILINE).strip() for paragraph in paragraphs]
    return max(1, len([rest for rest in rests if rest and not re.fullmatch(r"\$CATEGORY:.*", rest)]))


@in_one_folder
@given(damaged(GIFT.read_text()))
def test_each_question_of_a_damaged_file_is_one_item(tmp_path: Path, content: str) -> None:
    items = read(tmp_path, content)
    if "\0" not in content:
        assert len(items) == expected_count(content)


@in_one_folder
@given(st.binary(max_size=200) | st.text("{}=~#%\\:.->0159eTF*[]html\n ").map(str.encode))
def test_no_bytes_make_an_error(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content)


@in_one_folder
@given(st.text("=~#%\\:.->059eT*[a ", min_size=1))
def test_no_answers_make_an_error(tmp_path: Path, answers: str) -> None:
    assert len(read(tmp_path, f"Who?{{{answers}}}")) == 1


# Round trip


def escaped(text: str) -> str:
    """As Moodle exports it."""
    for character in "\\#=~{}:":
        text = text.replace(character, "\\" + character)
    return text.replace("\n", "\\n")


def as_gift(question: dict[str, Any]) -> str:
    answer = question["answer"]
    match question["type"]:
        case "single":
            lines = [
                ("=" if text == answer else "~%0%") + "[plain]" + escaped(text)
                for text in question["choices"]
            ]
        case "multiple":
            weights = [
                f"~%{100 / len(answer):.5f}%" if text in answer else "~%-50%" for text in question["choices"]
            ]
            lines = [
                w + "[plain]" + escaped(text) for w, text in zip(weights, question["choices"], strict=True)
            ]
        case "boolean":
            lines = [str(answer).upper()]
        case "text":
            lines = [f"=%100%[plain]{escaped(text)}#" for text in answer]
        case "number":
            lines = [f"#=%100%{answer}:{question['tolerance']}#"]
    explanation = "####" + escaped(question["explanation"]) if "explanation" in question else ""
    return (
        "::A title::[plain]"
        + escaped(question["prompt"])
        + "{\n"
        + "\n".join(lines)
        + explanation
        + "\n}\n\n"
    )


words = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="$*")
        | st.sampled_from(" \\#=~{}:%[]nT"),
        min_size=1,
        max_size=20,
    )
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not re.search(r"\\[(\[]", text))
)
lines = st.lists(words, min_size=1, max_size=3).map("\n".join)
choices = st.lists(words, min_size=2, max_size=6, unique=True)
numbers = st.integers(-(10**15), 10**15) | st.decimals(-1000, 1000, places=3).map(float)
unlike_texts = {"difficulty": st.just("medium"), "prompt": lines}
given_questions = st.one_of(
    choices.flatmap(
        lambda texts: st.fixed_dictionaries(
            {
                "type": st.just("single"),
                "choices": st.just(texts),
                "answer": st.sampled_from(texts),
                **unlike_texts,
            },
            optional={"explanation": lines},
        )
    ),
    choices.flatmap(
        lambda texts: st.fixed_dictionaries(
            {
                "type": st.just("multiple"),
                "choices": st.just(texts),
                "answer": st.sets(st.sampled_from(texts), min_size=1).map(
                    lambda right: [text for text in texts if text in right]
                ),
                **unlike_texts,
            }
        )
    ),
    st.fixed_dictionaries({"type": st.just("boolean"), "answer": st.booleans(), **unlike_texts}),
    st.fixed_dictionaries(
        {
            "type": st.just("text"),
            "answer": st.lists(words, min_size=1, max_size=4, unique=True),
            **unlike_texts,
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("number"), "answer": numbers, "tolerance": numbers.map(abs), **unlike_texts}
    ),
)


@in_one_folder
@given(st.lists(given_questions, min_size=1, max_size=4))
def test_what_is_written_is_read(tmp_path: Path, questions: list[dict[str, Any]]) -> None:
    items = read(tmp_path, "".join(as_gift(question) for question in questions))
    assert [item.fields if isinstance(item, Record) else item for item in items] == questions


@in_one_folder
@given(st.decimals(-1000, 1000, places=4), st.decimals(0, 1000, places=4))
def test_a_range_is_exact(tmp_path: Path, low: Decimal, width: Decimal) -> None:
    found = fields(tmp_path, f"How many?{{#{low:f}..{low + width:f}}}")
    middle, half = Decimal(str(found["answer"])), Decimal(str(found["tolerance"]))
    assert (middle - half, middle + half) == (low, low + width)
