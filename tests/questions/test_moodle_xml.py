import time
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.formats import moodle_xml
from questions.record import Item, Record, Refused, Skipped
from tests.questions.test_csv_table import in_one_folder

MULTICHOICE = """\
<!-- question: 1541  -->
  <question type="multichoice">
    <name>
      <text>Capital &amp; river</text>
    </name>
    <questiontext format="html">
      <text><![CDATA[<p dir="ltr" style="margin: 0">What is the capital of Per&uacute;?<br></p>]]></text>
    </questiontext>
    <generalfeedback format="html">
      <text><![CDATA[<p>Since <b>1535</b>.</p>]]></text>
    </generalfeedback>
    <defaultgrade>1.0000000</defaultgrade>
    <penalty>0.3333333</penalty>
    <hidden>0</hidden>
    <idnumber>capital-of-peru</idnumber>
    <single>true</single>
    <shuffleanswers>true</shuffleanswers>
    <answernumbering>abc</answernumbering>
    <correctfeedback format="html">
      <text>Your answer is correct.</text>
    </correctfeedback>
    <answer fraction="100" format="html">
      <text><![CDATA[<p>Lima</p>]]></text>
      <feedback format="html">
        <text></text>
      </feedback>
    </answer>
    <answer fraction="0" format="html">
      <text><![CDATA[<p>Quito</p>]]></text>
      <feedback format="html">
        <text><![CDATA[<p>That is in Ecuador.</p>]]></text>
      </feedback>
    </answer>
    <answer fraction="-33.33333" format="html">
      <text>AT&amp;amp;T</text>
    </answer>
    <tags>
      <tag><text>geography</text></tag>
    </tags>
  </question>
"""


def category(path: str) -> str:
    text = f"<text>{escape(path)}</text>"
    return f'<question type="category"><category>{text}</category><info format="html"/></question>\n'


def quiz(*questions: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "".join(questions) + "</quiz>\n"


def question(kind: str, *parts: str, prompt: str = "Why?", form: str = "html", feedback: str = "") -> str:
    text = f'<questiontext format="{form}"><text>{cdata(prompt)}</text></questiontext>'
    explanation = f'<generalfeedback format="html"><text>{cdata(feedback)}</text></generalfeedback>'
    return (
        f'<question type="{kind}"><name><text>Q</text></name>{text}{explanation}{"".join(parts)}</question>\n'
    )


def cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>" if text else ""


def answer(text: str, fraction: str = "100", more: str = "") -> str:
    return f'<answer fraction="{fraction}" format="html"><text>{cdata(text)}</text>{more}</answer>'


SINGLE, MULTIPLE = "<single>true</single>", "<single>false</single>"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "andes.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes) -> list[Item]:
    return list(moodle_xml.read(written(folder, content)))


def fields(folder: Path, *questions: str) -> dict[str, Any]:
    [item] = read(folder, quiz(*questions))
    assert isinstance(item, Record), item
    return {name: value for name, value in item.fields.items() if name not in ("prompt", "difficulty")}


def why(folder: Path, *questions: str) -> str:
    [item] = read(folder, quiz(*questions))
    assert isinstance(item, Skipped), item
    return item.why


def fault(folder: Path, *questions: str) -> str:
    [item] = read(folder, quiz(*questions))
    assert isinstance(item, Refused), item
    return "; ".join(item.faults)


def test_a_question_as_moodle_exports_it_is_read_with_its_place(tmp_path: Path) -> None:
    content = quiz("<!-- question: 0  -->\n  ", category("$course$/top/Default for Peru/Towns"), MULTICHOICE)
    path = written(tmp_path, content)
    assert moodle_xml.recognises(content)
    assert list(moodle_xml.read(path)) == [
        Record(
            f"{path}, question 1 at line 6 (Capital & river)",
            ("towns", "Towns"),
            {
                "id": "capital-of-peru",
                "difficulty": "medium",
                "prompt": "What is the capital of Perú?",
                "type": "single",
                "choices": ["Lima", "Quito", "AT&T"],
                "answer": "Lima",
                "explanation": "Since 1535.",
            },
        )
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            ["multichoice", MULTIPLE, answer("a", "50"), answer("b", "50"), answer("c", "-100")],
            {"type": "multiple", "choices": ["a", "b", "c"], "answer": ["a", "b"]},
        ),
        (
            ["multichoice", MULTIPLE, *(answer(x, "33.33333") for x in "abc"), answer("d", "0")],
            {"type": "multiple", "choices": ["a", "b", "c", "d"], "answer": ["a", "b", "c"]},
        ),
        (
            ["multichoice", answer("a", "0"), answer("<p>10<sup>3</sup><br>m</p>")],
            {"type": "single", "choices": ["a", "10³ m"], "answer": "10³ m"},
        ),
        (["truefalse", answer("true"), answer("false", "0")], {"type": "boolean", "answer": True}),
        (["truefalse", answer("true", "0"), answer("false")], {"type": "boolean", "answer": False}),
        (
            [
                "shortanswer",
                "<usecase>0</usecase>",
                answer("Lima"),
                answer("a < b &amp; \\*"),
                answer("*", "0"),
            ],
            {"type": "text", "answer": ["Lima", "a < b &amp; *"]},
        ),
        (
            [
                "numerical",
                answer("3.14", more="<tolerance>0.01</tolerance>"),
                answer("*", "0"),
                "<units></units>",
            ],
            {"type": "number", "answer": 3.14, "tolerance": 0.01},
        ),
        (["numerical", answer("1.50E+3")], {"type": "number", "answer": 1500}),
        (
            ["numerical", answer("-5.0", more="<tolerance>0</tolerance>")],
            {"type": "number", "answer": -5, "tolerance": 0},
        ),
        (
            [
                "ordering",
                "<layouttype>VERTICAL</layouttype>",
                answer("<p>a</p>", "1.0000000"),
                answer("b", "2.0000000"),
            ],
            {"type": "ordering", "answer": ["a", "b"]},
        ),
    ],
)
def test_each_kind_of_answer_is_read(tmp_path: Path, parts: list[str], expected: dict[str, Any]) -> None:
    assert fields(tmp_path, question(*parts)) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "essay",
        "matching",
        "cloze",
        "description",
        "calculated",
        "ddwtos",
        "ddimageortext",
        "gapselect",
        "random",
    ],
)
def test_other_kinds_are_skipped_by_name(tmp_path: Path, kind: str) -> None:
    assert why(tmp_path, question(kind, answer("a"))) == f"a question of Moodle's type {kind}"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (
            ["multichoice", *(answer(x, "0") for x in "abcdef"), answer("g")],
            "7 choices, of which 6 at most can be",
        ),
        (["multichoice", answer("a"), answer("b", "50")], "partial credit for some choices"),
        (["multichoice", answer("a", "90"), answer("b", "0")], "partial credit for some choices"),
        (["multichoice", answer("a"), answer("b")], "several right choices of which one is enough"),
        (
            ["multichoice", MULTIPLE, answer("a", "60"), answer("b", "40")],
            "unequal weights of the right choices",
        ),
        (["multichoice", answer("a"), answer("<img src='b.png'>", "0")], "a picture"),
        (
            ["multichoice", answer("a"), answer("", "0", "<file name='b.png'>AA</file>")],
            "an embedded file (b.png)",
        ),
        (["shortanswer", answer("a"), answer("b", "50")], "partial credit for some answers"),
        (["shortanswer", answer("Li*")], "the wildcard * in an answer"),
        (["shortanswer", "<usecase>1</usecase>", answer("pH")], "capital letters that matter"),
        (["numerical", answer("1"), answer("2")], "several numeric answers"),
        (["numerical", answer("1"), answer("2", "50")], "partial credit for some answers"),
        (["numerical", answer("*")], "the wildcard * as the numeric answer"),
        (
            [
                "numerical",
                answer("1"),
                "<units><unit><multiplier>1</multiplier><unit_name>m</unit_name></unit></units>",
            ],
            "a number with a unit",
        ),
        (["ordering", *map(answer, "abcdefg")], "7 choices, of which 6 at most can be shown"),
        (["truefalse", answer("true"), "<hidden>1</hidden>"], "a question that is hidden in Moodle"),
        (["truefalse", answer("true"), "<image>a.gif</image>"], "a picture"),
    ],
)
def test_what_cannot_be_played_is_skipped_by_name(tmp_path: Path, parts: list[str], reason: str) -> None:
    assert why(tmp_path, question(*parts)).startswith(reason)


@pytest.mark.parametrize(
    ("prompt", "form", "reason"),
    [
        ('<img src="@@PLUGINFILE@@/a.png" alt="a">', "html", "a picture"),
        ("<table><tr><td>1</td></tr></table>", "html", "a table"),
        (r"\(x^2\)", "html", "LaTeX"),
        (r"\(x^2\)", "plain_text", "LaTeX"),
        ("**Why**?", "markdown", "text in Markdown"),
    ],
)
def test_a_text_that_cannot_be_said_is_skipped_by_name(
    tmp_path: Path, prompt: str, form: str, reason: str
) -> None:
    assert why(tmp_path, question("truefalse", answer("true"), prompt=prompt, form=form)) == reason
    feedback = question("truefalse", answer("true"), feedback="<video src='a.mp4'></video>")
    assert why(tmp_path, feedback) == "video"


@pytest.mark.parametrize(
    ("prompt", "form", "text"),
    [
        ("<p>1 &lt; 2\nand &amp;amp;</p>", "html", "1 < 2 and &amp;"),
        ("1 &lt; 2\n<b>and</b>", "moodle_auto_format", "1 < 2\nand"),
        ("1 &lt; 2\n<b>", "plain_text", "1 &lt; 2\n<b>"),
    ],
)
def test_a_text_is_read_by_its_format(tmp_path: Path, prompt: str, form: str, text: str) -> None:
    [item] = read(tmp_path, quiz(question("truefalse", answer("true"), prompt=prompt, form=form)))
    assert isinstance(item, Record)
    assert item.fields["prompt"] == text


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (["multichoice", answer("a")], "at least two choices are needed"),
        (["multichoice", answer("a"), answer("<p></p>", "0")], "a choice must have a text"),
        (["multichoice", answer("a", "0"), answer("b", "0")], "no choice is right: one must have fraction"),
        (
            ["multichoice", answer("a", "x"), answer("b", "0")],
            "a fraction must be a number, with a point and no unit",
        ),
        (
            ["multichoice", MULTIPLE, answer("a", "25"), answer("b", "25")],
            "the fractions of the right choices add up to 50",
        ),
        (["truefalse", answer("true"), answer("false")], "one <answer> must have fraction"),
        (["truefalse", answer("wahr")], "one <answer> must have fraction"),
        (["truefalse"], "one <answer> must have fraction"),
        (["shortanswer"], "no answer is right"),
        (["shortanswer", answer("")], "an answer must have a text"),
        (
            ["numerical", answer("3,14")],
            "the answer or its tolerance must be a number, with a point and no unit, but is",
        ),
        (["numerical", answer("nan")], "the answer or its tolerance must be a number"),
        (["numerical", answer("1" * 31)], "the answer or its tolerance must be a number"),
        (
            ["numerical", answer("1", more="<tolerance>x</tolerance>")],
            "the answer or its tolerance must be a number",
        ),
        (["ordering", answer("a")], "at least two things to order are needed"),
        (
            ["truefalse", "<answer fraction='100'><text><p>true</p></text></answer>"],
            "<text> has the element <p> in it",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(
    tmp_path: Path, parts: list[str], sentence: str
) -> None:
    assert fault(tmp_path, question(*parts)).startswith(sentence)


def test_a_question_without_type_or_text_is_refused(tmp_path: Path) -> None:
    assert fault(tmp_path, "<question/>").startswith("<question> must have a type")
    assert fault(tmp_path, question("truefalse", prompt="")).startswith("<questiontext> must have a <text>")
    assert fault(tmp_path, "<answer/>") == "<answer> where <question> must be"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("$course$/top/Peru", "Peru"),
        ("$course$/Default for Peru", "Default for Peru"),
        ("$module$/top/Science & Nature", "Science & Nature"),
        ("Peru/Either//or", "Either/or"),
        ("$course$/top", "Andes"),
        ("", "Andes"),
    ],
)
def test_the_category_is_the_last_part_of_its_path(tmp_path: Path, path: str, name: str) -> None:
    [item] = read(
        tmp_path, quiz(category("Elsewhere"), category(path), question("truefalse", answer("true")))
    )
    assert isinstance(item, Record)
    assert item.category[1] == name


def test_a_broken_category_is_refused_too(tmp_path: Path) -> None:
    content = quiz(
        "<question type='category'><category><text><b>a</b></text></category></question>", MULTICHOICE
    )
    refused, record = read(tmp_path, content)
    assert isinstance(refused, Refused)
    assert refused.place.endswith(", category at line 3")
    assert isinstance(record, Record)


def test_a_number_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    assert "id" not in fields(tmp_path, question("truefalse", answer("true"), "<idnumber>a b</idnumber>"))


def test_places_have_the_number_the_line_and_the_name(tmp_path: Path) -> None:
    content = quiz(category("a"), MULTICHOICE, "<!-- \n\n -->", question("essay"), MULTICHOICE)
    places = [item.place.partition("xml, ")[2] for item in read(tmp_path, content)]
    lines = [
        number for number, line in enumerate(content.splitlines(), start=1) if "<question type=" in line
    ][1:]
    assert places == [
        f"question 1 at line {lines[0]} (Capital & river)",
        f"question 2 at line {lines[1]} (Q)",
        f"question 3 at line {lines[2]} (Capital & river)",
    ]


def test_lines_are_right_far_into_a_large_file(tmp_path: Path) -> None:
    items = read(tmp_path, quiz(*[question("truefalse", answer("true"))] * 5_000))
    assert items[-1].place.endswith("question 5000 at line 5002 (Q)")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not XML at line 1, column 1: no element found"),
        (b"<quiz>", "not XML at line 1, column 7: no element found"),
        (b"<quiz></quiz>", "there is no question in it"),
        (b"<quiz/>", "there is no question in it"),
        (b"<html></html>", "not Moodle XML: the outermost element is <html> and not <quiz>"),
        (b"<quiz>\n &nbsp;</quiz>", "not XML at line 2, column 2: undefined entity"),
        (
            b"<?xml version='1.0' encoding='nonsense'?><quiz/>",
            "not Moodle XML: unknown encoding: nonsense",
        ),
        (b"<?xml version='1.0' encoding='shift_jis'?><quiz/>", "not "),
        (
            b"<!DOCTYPE quiz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><quiz>&b;</quiz>",
            "it defines or fetches entities",
        ),
        (
            b"<!DOCTYPE quiz [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><quiz>&a;</quiz>",
            "it defines or fetches entities",
        ),
        (b"<!DOCTYPE quiz SYSTEM 'http://a.example/a.dtd'><quiz/>", "it defines or fetches entities"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused_once(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    [refused] = read(tmp_path, content)
    assert isinstance(refused, Refused)
    assert refused.faults[0].startswith(sentence)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    [refused] = moodle_xml.read(tmp_path / "no.xml")
    assert refused == Refused(str(tmp_path / "no.xml"), ("No such file or directory",))


def test_what_comes_before_a_break_is_read_and_the_break_is_told(tmp_path: Path) -> None:
    content = quiz(MULTICHOICE, MULTICHOICE).encode()
    content = content[: content.rindex(b"Quito")]
    first, broken = read(tmp_path, content)
    assert isinstance(first, Record)
    assert isinstance(broken, Refused)
    assert broken.faults[0].startswith(f"not XML at line {content.count(10) + 1}, column")
    assert read(tmp_path, content[:-20] + b"</p></quiz>")[0] == first


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    content = quiz(question("shortanswer", answer("Huascarán"))).replace(
        "UTF-8", encoding.removesuffix("-sig")
    )
    [item] = read(tmp_path, content.encode(encoding))
    assert isinstance(item, Record)
    assert item.fields["answer"] == ["Huascarán"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<html><quiz></quiz></html>",
        "<quizzes/>",
        '{"questions": "<quiz>"}',
        "prompt,answer\n",
        "::Q:: <quiz> {T}",
        "What is <quiz>?\nA. a\nB. b\nANSWER: A",
        "<!-- -->" * 10_000 + "<!--",
        " " * 100_000,
        "<?xml " * 10_000,
    ],
)
def test_other_formats_are_not_claimed(content: str) -> None:
    assert not moodle_xml.recognises(content)


@pytest.mark.parametrize(
    "start", ["", "\n", "<?xml version='1.0'?>\n", "<?xml?><!-- a --> <!-- <b> -->\n", "<!DOCTYPE quiz>"]
)
def test_a_quiz_is_recognised_whatever_comes_before(start: str) -> None:
    assert moodle_xml.recognises(f"{start}<quiz>\n")


def test_depth_and_width_take_no_time(tmp_path: Path) -> None:
    start = time.process_time()
    deep = quiz("<question type='essay'>" + "<a>" * 100_000 + "</a>" * 100_000 + "</question>")
    assert isinstance(read(tmp_path, deep)[0], Skipped)
    assert isinstance(read(tmp_path, quiz(question("truefalse", "<a/>" * 100_000)))[0], Refused)
    assert time.process_time() - start < 5


texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\u00ad\u200b\ufeff\\$[]*"),
    min_size=1,
)


@in_one_folder
@given(texts, st.lists(texts, min_size=2, max_size=6, unique=True), st.data())
def test_questions_written_and_read_again_are_the_same(
    tmp_path: Path, prompt: str, choices: list[str], data: st.DataObject
) -> None:
    right = data.draw(st.sampled_from(choices))
    answers = [answer(escape(choice), "100" if choice == right else "0") for choice in choices]
    [item] = read(tmp_path, quiz(question("multichoice", *answers, prompt=escape(prompt))))
    assert isinstance(item, Record)
    assert (item.fields["prompt"], item.fields["choices"], item.fields["answer"]) == (prompt, choices, right)


@in_one_folder
@given(
    st.lists(
        st.sampled_from([MULTICHOICE, question("essay"), "<question/>", "<other/>", category("a")]),
        min_size=1,
    )
)
def test_each_element_but_categories_is_one_item(tmp_path: Path, questions: list[str]) -> None:
    asked = [text for text in questions if text != category("a")]
    items = read(tmp_path, quiz(*questions))
    assert len(items) == len(asked) or (not asked and len(items) == 1)


@in_one_folder
@given(st.data())
def test_bytes_put_anywhere_into_a_good_file_make_no_error(tmp_path: Path, data: st.DataObject) -> None:
    good = quiz(MULTICHOICE, question("numerical", answer("1"))).encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 20, len(good))))
    assert read(tmp_path, good[:start] + data.draw(st.binary(max_size=8)) + good[end:])


@in_one_folder
@given(st.binary(max_size=200))
def test_bytes_that_are_no_xml_make_no_error(tmp_path: Path, content: bytes) -> None:
    assert isinstance(read(tmp_path, content)[-1], Refused)
