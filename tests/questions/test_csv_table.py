import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions.formats import csv_table
from questions.record import Item, Record, Refused, category_of

HEADER = (
    "type,category,difficulty,prompt,choice 1,choice 2,choice 3,answer,tolerance,explanation,source,"
    "time_limit_seconds,id,image,image_alt\n"
)
GOOD = HEADER + (
    "single,South America,easy,What is the capital of Peru?,Lima,Quito,La Paz,Lima,,Since 1535.,An atlas,20,"
    "capital-of-peru,peru.png,A map\n"
    "multiple,,,Which are in Peru?,Lima,Cusco,Quito,Cusco|Lima,,,,,,,\n"
    "boolean,,hard,Peru has a coast.,,,,TRUE,,,,,,,\n"
    "text,,,Who wrote La casa verde?,,,,Vargas Llosa|Mario Vargas Llosa,,,,,,,\n"
    "number,,,How high is Huascarán in metres?,,,,6768.0,10,,,,,,\n"
    "ordering,,,From north to south?,,,,Trujillo|Lima|Tacna,,,,,,,\n"
)
ANDES = category_of("Andes")


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "andes.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes) -> list[Item]:
    return list(csv_table.read(written(folder, content)))


def fields(folder: Path, content: str) -> list[dict[str, Any]]:
    items = read(folder, content)
    assert [item for item in items if not isinstance(item, Record)] == []
    return [item.fields for item in items if isinstance(item, Record)]


def said(folder: Path, content: str | bytes) -> list[str]:
    """What is refused, its path left out."""
    path = written(folder, content)
    refused = [item for item in csv_table.read(path) if isinstance(item, Refused)]
    return [f"{item.place}: {'; '.join(item.faults)}".removeprefix(str(path)) for item in refused]


def test_a_good_file_is_read_with_the_place_of_each_question(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    records = [item for item in csv_table.read(path) if isinstance(item, Record)]
    assert records[0] == Record(
        f"{path}, row 2 (capital-of-peru)",
        ("south-america", "South America"),
        {
            "id": "capital-of-peru",
            "type": "single",
            "difficulty": "easy",
            "prompt": "What is the capital of Peru?",
            "image": {"file": "peru.png", "alt": "A map"},
            "choices": ["Lima", "Quito", "La Paz"],
            "answer": "Lima",
            "explanation": "Since 1535.",
            "source": "An atlas",
            "time_limit_seconds": 20,
        },
    )
    assert [record.fields["answer"] for record in records[1:]] == [
        ["Cusco", "Lima"],
        True,
        ["Vargas Llosa", "Mario Vargas Llosa"],
        6768,
        ["Trujillo", "Lima", "Tacna"],
    ]
    assert {record.category for record in records[1:]} == {ANDES}
    assert records[2].fields == {
        "type": "boolean",
        "difficulty": "hard",
        "prompt": "Peru has a coast.",
        "answer": True,
    }


@pytest.mark.parametrize(
    "header",
    [
        "Question,Answer,Choice_1,CHOICE 2",
        " prompt ,answer,choice1,choice 2",
        '"Prompt","ANSWER",Choice  1,choice2',
    ],
)
def test_the_header_is_read_whatever_its_case_and_spaces(tmp_path: Path, header: str) -> None:
    [question] = fields(tmp_path, f"{header}\nWhy?,So,So,No\n")
    assert question == {
        "type": "single",
        "difficulty": "medium",
        "prompt": "Why?",
        "choices": ["So", "No"],
        "answer": "So",
    }


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "sep=SEPARATOR\n", "\n\n", "\ufeff"])
def test_the_separator_is_found(tmp_path: Path, separator: str, start: str) -> None:
    content = f"{start}prompt,type,answer\nWhy?,text,So\n".replace(",", separator).replace(
        "SEPARATOR", separator
    )
    assert csv_table.recognises(content.removeprefix("\ufeff"))
    assert fields(tmp_path, content)[0]["answer"] == ["So"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n \n",
        '{"type": "single", "prompt": "Why?", "answer": "So"}',
        '[{"question":"Why?","correct_answer":"So","type":"multiple"}]',
        '{"response_code":0,"results":[{"type":"multiple","question":"a, b","category":"c"}]}',
        "::Q1:: What, question, is this? {=answer ~no}",
        "// question; answer\nWhy? {T}",
        "What is the question?\nA. One, answer\nB. Two\nANSWER: A\n",
        '<?xml version="1.0"?>\n<quiz><question type="essay"></question></quiz>',
        "x" * 200_000,
        '"' * 200_001,
        "\0,\0",
    ],
)
def test_other_formats_are_not_claimed(content: str) -> None:
    assert not csv_table.recognises(content)


@pytest.mark.parametrize("content", [GOOD, "Question;Antwort;Choice 1\n", "prompt\tdifficulty"])
def test_a_header_of_ours_is_recognised_even_where_it_is_not_right(content: str) -> None:
    assert csv_table.recognises(content)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", ": there is nothing in it"),
        ("\n,,\n", ": there is nothing in it"),
        (
            "prompt,answer,hint\n",
            ": cell C1: unknown column “hint”; the known ones are: type, category, difficulty",
        ),
        ("prompt,answer,choice 7\n", ": cell C1: unknown column “choice 7”"),
        ("prompt,answer,Question\n", ": cell C1: the column “prompt” is there twice"),
        ("\nprompt,type\n", ": row 2: the column “answer” is missing; the known ones are: type"),
        ("type,answer\n", ": row 1: the column “prompt” is missing"),
        ('prompt,"an"swer"\n', ": row 1: a quote within a quoted cell: write it twice"),
        ("prompt,answer" + "," * 200, ": row 1: there are 202 cells, which is more than 200"),
        (b"prompt,answer\n\xff\xc3\xa9", ": line 2: not UTF-8, though the rest is: byte 0xff"),
        (b"prompt,answer\na\0b,c", ": line 2: not text: it has a zero byte"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused_once(
    tmp_path: Path, content: str | bytes, fault: str
) -> None:
    assert len(read(tmp_path, content)) == 1
    assert said(tmp_path, content)[0].startswith(fault)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert list(csv_table.read(tmp_path / "no.csv")) == [
        Refused(str(tmp_path / "no.csv"), ("No such file or directory",))
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "essay,,Why?,,,So,,,,",
            "cell A2: “essay” is no type: write one of single, multiple, boolean, text, num",
        ),
        (",,Why?,,,So,,,,", "cell A2: the type is missing: write one of single, multiple"),
        ("text,brutal,Why?,,,So,,,,", "cell B2: “brutal” is no difficulty: write one of easy, medium, hard"),
        ("text,,,,,So,,,,", "cell C2: the prompt is missing"),
        ("text,,Why?,,,,,,,", "cell F2: the answer is missing"),
        (",,Why?,So,No,Maybe,,,,", "cell F2: “Maybe” is none of the choices: write the text of one"),
        (",,Why?,So,No,So|No,,,,", "cell F2: “So|No” is none of the choices"),
        ("multiple,,Why?,So,No,So|Maybe,,,,", "cell F2: “Maybe” is none of the choices"),
        ("multiple,,Why?,So,No,So||No,,,,", "cell F2: a value is empty: write a | only between values"),
        ("text,,Why?,,,So|,,,,", "cell F2: a value is empty"),
        ("text,,Why?,So,,So,,,,", "cell D2: a question of type text has no choices: leave it empty"),
        ("text,,Why?,,,So,1,,,", "cell G2: a question of type text has no tolerance: leave it empty"),
        (
            "boolean,,Why?,,,1,,,,",
            "cell F2: “1” is neither true nor false: write one of true, yes, false, no",
        ),
        (
            'number,,Why?,,,"3,14",,,,',
            "cell F2: “3,14” is not a number: write digits, with a point before decimals",
        ),
        ('number,,Why?,,,"1,000",,,,', "cell F2: “1,000” is not a number"),
        ("number,,Why?,,,1.5E+10,,,,", "cell F2: “1.5E+10” is not a number"),
        ("number,,Why?,,,nan,,,,", "cell F2: “nan” is not a number"),
        ("number,,Why?,,,٣,,,,", "cell F2: “٣” is not a number"),
        ("number,,Why?,,," + "9" * 5000 + ",,,,", "cell F2: “9999"),
        ("number,,Why?,,,3,x,,,", "cell G2: “x” is not a number"),
        ("text,,Why?,,,So,,soon,,", "cell H2: “soon” is no time limit: write whole seconds, 5 to 240"),
        ("text,,Why?,,,So,,4,,", "cell H2: “4” is no time limit"),
        ("text,,Why?,,,So,,20.5,,", "cell H2: “20.5” is no time limit"),
        ("text,,Why?,,,So,,,a.png,", "cell J2: the image_alt is missing: a picture has a file and says what"),
        ("text,,Why?,,,So,,,,A map", "cell I2: the image is missing"),
        (
            "text,,Why?,,,So",
            "there are 6 cells, and the header has 10: commas separate them, and a cell that has",
        ),
        ("text,,Why, oh why?,,,So,,,,", "there are 11 cells, and the header has 10"),
        ('text,,"Why "oh" why?",,,So,,,,', "a quote within a quoted cell: write it twice"),
        ('text,,"Why?,,,So,,,,', "the quote that opens a cell is never closed"),
        (f"text,,{'x' * 131_073},,,So,,,,", "more than 131072 characters in a cell: perhaps the quote that"),
    ],
)
def test_a_fault_names_row_and_cell_and_what_would_be_right(tmp_path: Path, row: str, fault: str) -> None:
    header = "type,difficulty,prompt,choice 1,choice 2,answer,tolerance,time_limit_seconds,image,image_alt\n"
    [sentence] = said(tmp_path, f"{header}{row}\n")
    assert sentence.startswith(", row 2")
    assert fault in sentence


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    [refused] = read(tmp_path, "type,prompt,difficulty,answer\nnumber,,brutal,x\n")
    assert isinstance(refused, Refused)
    assert len(refused.faults) == 3


def test_what_stands_in_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    content = "type,prompt,,answer,\ntext,Why?,,So,\ntext,Why?,x,So,y\n"
    assert said(tmp_path, content) == [
        ", row 3 (Why?): cell C3: its column has no name in the header; "
        "cell E3: its column has no name in the header"
    ]


def test_rows_and_lines_are_told_apart_after_a_cell_with_several_lines(tmp_path: Path) -> None:
    content = 'type,prompt,answer\ntext,"Why\r\nnot?",So\n\ntext,Why?,\n"x"y,\ntext,Who?,So\n'
    items = read(tmp_path, content)
    assert isinstance(items[0], Record)
    assert items[0].fields["prompt"] == "Why\nnot?"
    assert [item.place.rpartition("csv, ")[2] for item in items] == [
        "row 2 (Why not?)",
        "row 4 at line 5 (Why?)",
        "row 5 at line 6",
        "row 6 at line 7 (Who?)",
    ]


def test_rows_without_anything_are_no_questions(tmp_path: Path) -> None:
    assert len(fields(tmp_path, "type,prompt,answer\n,,\n  \ntext,Why?,So\n,,,,,\n\n")) == 1


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("a|b", ["a", "b"]),
        (" a | b ", ["a", "b"]),
        (r"a\|b|c", ["a|b", "c"]),
        (r"C:\x\|y", ["C:\\x|y"]),
        (r"C:\\|D:\\", ["C:\\", "D:\\\\"]),
        (r"a\\\|b", [r"a\|b"]),
        (r"\|", ["|"]),
    ],
)
def test_a_backslash_makes_a_bar_part_of_a_value(tmp_path: Path, cell: str, values: list[str]) -> None:
    [question] = fields(tmp_path, f"type,prompt,answer\ntext,Why?,{cell}\n")
    assert question["answer"] == values


@pytest.mark.parametrize(
    ("cell", "number"),
    [("5", 5), ("5.0", 5), ("-0.25", -0.25), ("−3", -3), ("+7", 7), ("1" * 15, 111111111111111)],
)
def test_a_number_is_whole_where_it_can_be(tmp_path: Path, cell: str, number: float) -> None:
    [question] = fields(tmp_path, f"type,prompt,answer\nnumber,Why?,{cell}\n")
    assert repr(question["answer"]) == repr(number)


@pytest.mark.parametrize("word", ["true", "YES", "False", "no"])
def test_a_statement_is_true_or_false_in_several_words(tmp_path: Path, word: str) -> None:
    [question] = fields(tmp_path, f"type,prompt,answer\nboolean,It is.,{word}\n")
    assert question["answer"] is (word in ("true", "YES"))


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    [item] = read(tmp_path, "type;prompt;answer\r\ntext;Größe?;Höhe\r\n".encode("cp1252"))
    assert isinstance(item, Record)
    assert item.fields["prompt"] == "Größe?"


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
lines = st.lists(words, min_size=1, max_size=3).map("\n".join)
lists = st.lists(words, min_size=2, max_size=6, unique=True)
DIGITS_15 = 10**15 - 1
"""More digits Excel does not keep."""

numbers = st.integers(-DIGITS_15, DIGITS_15) | st.decimals(-9999, 9999, places=3).map(float)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["single", "multiple", "boolean", "text", "number", "ordering"]))
    question: dict[str, Any] = {"type": kind, "difficulty": draw(st.sampled_from(["easy", "hard"]))}
    question["prompt"] = draw(lines)
    if kind in ("single", "multiple"):
        question["choices"] = draw(lists)
    answers = {
        "single": lambda: draw(st.sampled_from(question["choices"])),
        "multiple": lambda: draw(st.lists(st.sampled_from(question["choices"]), min_size=1, unique=True)),
        "boolean": lambda: draw(st.booleans()),
        "number": lambda: draw(numbers),
    }
    question["answer"] = answers.get(kind, lambda: draw(lists))()
    return question | {"explanation": draw(lines), "time_limit_seconds": draw(st.integers(5, 240))}


def cells_of(question: dict[str, Any]) -> dict[str, Any]:
    """The question as a row of the table."""
    cells = {name: value for name, value in question.items() if name != "choices"}
    for number, choice in enumerate(question.get("choices", ()), start=1):
        cells[f"choice {number}"] = choice
    if isinstance(cells["answer"], list):
        cells["answer"] = "|".join(with_escapes(value) for value in cells["answer"])
    return cells


def with_escapes(value: str) -> str:
    """A backslash before each bar, and those that stand before it twice."""
    before, *after = value.split("|")
    parts = [before]
    for part in after:
        parts[-1] += "\\" * (len(parts[-1]) - len(parts[-1].rstrip("\\"))) + "\\"
        parts.append(part)
    return "|".join(parts)


in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def sheet_of(some: list[dict[str, Any]], separator: str) -> str:
    names = ["type", "difficulty", "prompt", *(f"choice {number}" for number in range(1, 7)), "answer"]
    sheet = StringIO(newline="")
    writer = csv.DictWriter(sheet, [*names, "explanation", "time_limit_seconds"], delimiter=separator)
    writer.writeheader()
    writer.writerows(map(cells_of, some))
    return sheet.getvalue()


@in_one_folder
@given(st.lists(questions(), min_size=1, max_size=4), st.sampled_from(",;\t"))
def test_questions_written_and_read_again_are_the_same(
    tmp_path: Path, some: list[dict[str, Any]], separator: str
) -> None:
    some = [question for question in some if not ends_in_a_backslash(question)]
    if some:
        content = sheet_of(some, separator)
        assert csv_table.recognises(content)
        assert fields(tmp_path, content) == some


def ends_in_a_backslash(question: dict[str, Any]) -> bool:
    return isinstance(question["answer"], list) and any(value.endswith("\\") for value in question["answer"])


@in_one_folder
@given(st.lists(st.tuples(*[st.text('ab|\\"', max_size=4)] * 4), max_size=5))
def test_each_row_is_one_item_whatever_is_in_it(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    sheet = StringIO(newline="")
    csv.writer(sheet).writerows([("type", "prompt", "answer", "choice 1"), *rows])
    numbers = [index for index, row in enumerate(rows, start=2) if any(row)]
    items = read(tmp_path, sheet.getvalue())
    assert [int(item.place.partition(", row ")[2].split(" ")[0].split(",")[0]) for item in items] == numbers


@in_one_folder
@given(st.data())
def test_bytes_put_anywhere_into_a_good_file_make_no_error(tmp_path: Path, data: st.DataObject) -> None:
    good = GOOD.encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 20, len(good))))
    content = good[:start] + data.draw(st.binary(max_size=8)) + good[end:]
    assert read(tmp_path, content)


@in_one_folder
@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_make_no_error(tmp_path: Path, content: bytes) -> None:
    assert not [item for item in read(tmp_path, content) if isinstance(item, Record)]
