import re
import time
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Alignment

from questions.formats import sheet, xlsx
from questions.record import Item, Record, Refused, Skipped
from tests.questions.test_csv_table import cells_of, ends_in_a_backslash, in_one_folder, questions

HEADER = ["type", "prompt", "answer", "choice 1", "choice 2", "tolerance"]
GOOD = [
    HEADER,
    [None, "What is the capital of Peru?", "Lima", "Lima", "Quito"],
    ["boolean", "Peru has a coast.", True],
    ["number", "How high is Huascarán in metres?", 6768.0, None, None, 10],
]
TEMPLATE = [
    *("Question - max 120 characters", "Answer 1 - max 75 characters", "Answer 2 - max 75 characters"),
    *("Answer 3 - max 75 characters", "Answer 4 - max 75 characters"),
    "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
    "Correct answer(s) - choose at least one",
]


def workbook(folder: Path, rows: list[list[Any]], change: Callable[[Any], None] = lambda book: None) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    book.save(folder / "andes.xlsx")
    return folder / "andes.xlsx"


def template(folder: Path, *rows: list[Any], change: Callable[[Any], None] = lambda book: None) -> Path:
    def fill(book: Any) -> None:
        book.active["B2"] = "Quiz template"
        book.active.merge_cells("B2:H3")
        for number, row in enumerate([[None, *TEMPLATE], *rows], start=8):
            for column, value in enumerate(row, start=1):
                book.active.cell(number, column, value)
        change(book)

    return workbook(folder, [], fill)


def patched(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The workbook with another text in one of its parts."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts.get(part, b"").decode()).encode()
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def as_excel_writes(path: Path) -> Path:
    """With the texts in a part of their own, where openpyxl writes them into the cells."""
    texts: list[str] = []

    def numbered(text: re.Match[str]) -> str:
        texts.append(text[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'
    patched(path, SHEET, lambda xml: re.sub('t="inlineStr"><is>(.*?)</is>', numbered, xml))
    patched(path, "[Content_Types].xml", lambda xml: xml.replace("</Types>", override))
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = "".join(f"<si>{text}</si>" for text in texts)
    return patched(path, STRINGS, lambda _: f'<sst xmlns="{namespace}">{strings}</sst>')


def records(path: Path) -> list[dict[str, Any]]:
    items = list(xlsx.read(path))
    assert [item for item in items if not isinstance(item, Record)] == []
    return [item.fields for item in items if isinstance(item, Record)]


def said(path: Path) -> list[str]:
    """What is not played, its path left out."""
    return [about(item).removeprefix(str(path)) for item in xlsx.read(path) if not isinstance(item, Record)]


def about(item: Item) -> str:
    assert not isinstance(item, Record)
    return f"{item.place}: {item.why if isinstance(item, Skipped) else '; '.join(item.faults)}"


def test_a_workbook_is_read_with_the_place_of_each_question(tmp_path: Path) -> None:
    path = workbook(tmp_path, GOOD)
    assert xlsx.recognises(path.read_bytes())
    assert list(xlsx.read(path)) == [
        Record(
            f"{path}, row 2 (What is the capital of Peru?)",
            ("andes", "Andes"),
            {
                "type": "single",
                "difficulty": "medium",
                "prompt": "What is the capital of Peru?",
                "choices": ["Lima", "Quito"],
                "answer": "Lima",
            },
        ),
        Record(
            f"{path}, row 3 (Peru has a coast.)",
            ("andes", "Andes"),
            {"type": "boolean", "difficulty": "medium", "prompt": "Peru has a coast.", "answer": True},
        ),
        Record(
            f"{path}, row 4 (How high is Huascarán in metres?)",
            ("andes", "Andes"),
            {
                "type": "number",
                "difficulty": "medium",
                "prompt": "How high is Huascarán in metres?",
                "answer": 6768,
                "tolerance": 10,
            },
        ),
    ]


def test_texts_that_stand_apart_from_their_cells_are_the_same(tmp_path: Path) -> None:
    expected = records(workbook(tmp_path, GOOD))
    assert records(as_excel_writes(workbook(tmp_path, GOOD))) == expected


def test_furigana_are_no_part_of_a_text_and_letters_in_colours_are(tmp_path: Path) -> None:
    path = as_excel_writes(workbook(tmp_path, [HEADER, ["text", "東京", "So"]]))
    rich = "<r><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='1'><t>トウ</t></rPh>"
    patched(path, STRINGS, lambda xml: xml.replace("<t>東京</t>", rich))
    assert records(path)[0]["prompt"] == "東京"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (123456789012345, "123456789012345"),
        (-2.50, "-2.5"),
        (True, "TRUE"),
        (" padded\n", "padded"),
        ("a_x000D_\nb", "a\nb"),
    ],
)
def test_a_cell_is_the_text_that_was_typed(tmp_path: Path, value: Any, text: str) -> None:
    [question] = records(workbook(tmp_path, [HEADER, [None, "Which?", value, value, "no"]]))
    assert question["answer"] == text


@pytest.mark.parametrize(
    ("value", "shown", "fault"),
    [
        (
            date(2020, 1, 2),
            None,
            "it holds a date or a time (2020-01-02 00:00:00): format it as text, and write",
        ),
        (datetime(2020, 1, 2, 3), None, "it holds a date or a time (2020-01-02 03:00:00)"),
        (time_of_day(3, 4), None, "it holds a date or a time (03:04:00)"),
        (0.5, "0%", "it holds 0.5, but shows it as 0%: format it as text, and write it anew"),
        (7, "000", "it holds 7, but shows it as 000"),
        (5, '"€"0', 'it holds 5, but shows it as "€"0'),
        (1e300, None, "Excel keeps only 15 digits of a number"),
        (1234567890123456, None, "Excel keeps only 15 digits of a number"),
        ("=A1", None, "its formula has no value: open and save the file in Excel"),
        ("#N/A", None, "it holds the error #N/A"),
    ],
)
def test_what_excel_made_of_a_cell_is_not_taken_for_what_was_typed(
    tmp_path: Path, value: Any, shown: str | None, fault: str
) -> None:
    def change(book: Any) -> None:
        book.active["C2"] = value
        if shown:
            book.active["C2"].number_format = shown

    [sentence] = said(workbook(tmp_path, [HEADER, ["text", "Which?"]], change))
    assert sentence.startswith(f", row 2 (Which?): cell C2: {fault}")
    assert "missing" not in sentence


def test_a_formula_that_was_calculated_is_its_value(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, ["number", "Which?", "=2+3"]])
    patched(
        path,
        SHEET,
        lambda xml: xml.replace("<f>2+3</f><v />", "<f>2+3</f><v>5</v>").replace("<v></v>", "<v>5</v>"),
    )
    assert records(path)[0]["answer"] == 5


def test_hidden_and_empty_rows_are_nothing_special(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.active.row_dimensions[3].hidden = True
        book.active["A9"].alignment = Alignment(horizontal="left")

    path = workbook(tmp_path, [[], *GOOD[:2], [], [" "], *GOOD[2:], [], []], change)
    assert [item.place.split(", ")[1].split(" (")[0] for item in xlsx.read(path)] == [
        "row 3",
        "row 6",
        "row 7",
    ]


def test_a_row_of_merged_cells_is_refused(tmp_path: Path) -> None:
    header = ["category", *HEADER]
    path = workbook(
        tmp_path,
        [header, *[["Peru", "text", f"Which {n}?", "So"] for n in "123"]],
        lambda book: book.active.merge_cells("A2:A3"),
    )
    items = list(xlsx.read(path))
    assert [isinstance(item, Record) for item in items] == [False, False, True]
    assert said(path)[1] == ", row 3: the cells A2:A3 are merged: split them, and fill each"


def test_only_one_sheet_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("Notes").append(["remember"])
        book.create_sheet("Empty")
        book.create_sheet("Secret").append([1])
        book["Secret"].sheet_state = "hidden"

    path = workbook(tmp_path, GOOD, change)
    assert len(list(xlsx.read(path))) == 5
    assert said(path) == [
        ", sheet “Notes”: only the sheet “Sheet” is read",
        ", sheet “Secret”: only the sheet “Sheet” is read",
    ]


def test_a_sheet_called_questions_comes_before_the_first(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("QUESTIONS ").append(["type", "prompt", "answer"])
        book["QUESTIONS "].append(["text", "Why?", "So"])

    path = workbook(tmp_path, [["Read me"]], change)
    assert isinstance(next(xlsx.read(path)), Record)
    assert said(path) == [", sheet “Sheet”: only the sheet “QUESTIONS ” is read"]


def test_a_hidden_sheet_is_not_taken_for_the_first(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("Lists", 0).append(["easy"])
        book["Lists"].sheet_state = "hidden"

    assert said(workbook(tmp_path, GOOD, change)) == [", sheet “Lists”: only the sheet “Sheet” is read"]


def test_pictures_upon_the_cells_are_told(tmp_path: Path) -> None:
    path = patched(workbook(tmp_path, GOOD), "xl/media/image1.png", lambda _: "picture")
    assert said(path) == [": pictures that lie upon the cells: name their files in the column image"]


def test_the_header_is_judged_as_in_every_table(tmp_path: Path) -> None:
    [sentence] = said(workbook(tmp_path, [["prompt", "answer", None, "hint"], ["Why?", "So"]]))
    assert sentence.startswith(": cell D1: unknown column “hint”; the known ones are: type")
    assert said(workbook(tmp_path, [])) == [": there is nothing in it"]


def test_what_stands_beside_the_header_is_refused(tmp_path: Path) -> None:
    [sentence] = said(workbook(tmp_path, [HEADER, ["text", "Why?", "So", *[None] * 5, "see me"]]))
    assert sentence == ", row 2 (Why?): cell I2: its column has no name in the header"


def test_kahoots_template_is_found_by_its_header(tmp_path: Path) -> None:
    path = template(
        tmp_path,
        [1, "Capital of Peru?", "Lima", "Quito", None, None, 20, 1],
        [2, "Which are even?", 1, 2, 3.0, 4, "30", "2,4"],
        [3, "Which are odd?", "one", None, "three", None, None, " 1 , 3 "],
        [4],
        [5, None, None, None, None, None, None, None],
    )
    assert records(path) == [
        {
            "type": "single",
            "difficulty": "medium",
            "prompt": "Capital of Peru?",
            "choices": ["Lima", "Quito"],
            "answer": "Lima",
            "time_limit_seconds": 20,
        },
        {
            "type": "multiple",
            "difficulty": "medium",
            "prompt": "Which are even?",
            "choices": ["1", "2", "3", "4"],
            "answer": ["2", "4"],
            "time_limit_seconds": 30,
        },
        {
            "type": "multiple",
            "difficulty": "medium",
            "prompt": "Which are odd?",
            "choices": ["one", "three"],
            "answer": ["one", "three"],
        },
    ]


@pytest.mark.parametrize(
    ("right", "fault"),
    [
        (
            1.3,
            "“1.3” does not say which answers are right: format the cell as text, and write",
        ),
        ("1.3", "“1.3” does not say which"),
        (13, "“13” does not say which"),
        (1234, "“1234” does not say which"),
        (0, "“0” does not say which"),
        (5, "“5” does not say which"),
        ("1;3", "“1;3” does not say which"),
        ("1,", "“1,” does not say which"),
        ("Lima", "“Lima” does not say which"),
        (date(2020, 1, 3), "it holds a date or a time (2020-01-03 00:00:00)"),
        ("1,1", "“1,1” has a number twice"),
        ("1,4", "answer 4 is to be right, but it is empty"),
        (None, "the correct answer is missing"),
    ],
)
def test_the_numbers_of_right_answers_are_never_guessed(tmp_path: Path, right: Any, fault: str) -> None:
    [sentence] = said(template(tmp_path, [1, "Which?", "Lima", "Quito", "Cusco", None, 20, right]))
    assert sentence.startswith(f", row 9 (Which?): cell H9: {fault}")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ([1, None, "Lima", "Quito", None, None, 20, 1], "cell B9: the question is missing"),
        (
            [1, "Which?", "Lima", "Quito", None, None, 4, 1],
            "cell G9: “4” is no time limit: write whole seconds",
        ),
        ([1, "Which?", "Lima", "Quito", None, None, 241, 1], "cell G9: “241” is no time limit"),
        ([1, "Which?", "Lima", "Quito", None, None, "20 s", 1], "cell G9: “20 s” is no time limit"),
        ([1, "Which?", "Lima", "Quito", None, None, 20, 1, "x"], "cell I9: the template has no such column"),
    ],
)
def test_a_fault_in_the_template_names_its_cell(tmp_path: Path, row: list[Any], fault: str) -> None:
    [sentence] = said(template(tmp_path, row))
    assert fault in sentence


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"prompt,answer\n", b'{"questions": []}', b"PK\x05\x06" + b"\0" * 18]
)
def test_what_is_no_workbook_is_not_claimed_and_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert not xlsx.recognises(content)
    [refused] = xlsx.read(path)
    assert isinstance(refused, Refused)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert said(tmp_path / "no.xlsx") == [": No such file or directory"]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = patched(workbook(tmp_path, GOOD), "xl/media/a.bin", lambda _: "0" * (xlsx.UNPACKED_BYTES + 1))
    assert path.stat().st_size < 100_000
    assert said(path) == [": it unpacks to more than 33554432 bytes: take out what is no question"]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
ELSEWHERE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"])
@pytest.mark.parametrize("entities", [LAUGHS, ELSEWHERE])
def test_entities_are_refused_in_every_part(tmp_path: Path, part: str, entities: str) -> None:
    path = as_excel_writes(workbook(tmp_path, GOOD))
    patched(path, part, lambda xml: entities + re.sub(r"<\?xml.*?\?>", "", xml))
    [sentence] = said(path)
    assert (
        sentence
        == ": its XML defines or fetches something, which no workbook of Excel does and which may do harm"
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('<row r="3"', '<row r="2"', "row 2 does not follow row 2"),
        ('<row r="4"', '<row r="999999999"', "row 999999999 does not follow row 3"),
        ('<c r="B3"', '<c r="A3"', "row 3: the cell A3 is out of order"),
        ('<c r="B3"', '<c r="B4"', "row 3: the cell B4 is out of order"),
        ('<c r="C3"', '<c r="GS3"', "cell GS3: more than 200 columns"),
        ('<c r="C3"', '<c r="ZZZ3"', "row 3: the cell ZZZ3 is out of order"),
        ("<sheetData>", "<sheetData><row/><row><c/></row>", "row 1 does not follow row 2"),
        (
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/x",
            "a kind of workbook",
        ),
        ("</sheetData>", "</oops>", "it cannot be read as an Excel workbook (.xlsx): mismatched tag"),
        (
            "<v>0</v>",
            "<v>9999</v>",
            "it cannot be read as an Excel workbook (.xlsx): list index out of range",
        ),
        (
            "<v>0</v>",
            f"<v>{'9' * 5000}</v>",
            "it cannot be read as an Excel workbook (.xlsx): Exceeds the limit",
        ),
    ],
)
def test_a_broken_sheet_is_refused_and_loses_no_row_silently(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = patched(as_excel_writes(workbook(tmp_path, GOOD)), SHEET, lambda xml: xml.replace(old, new))
    assert said(path)[-1].startswith(f": {fault}")


def test_millions_of_empty_cells_take_little_time(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{row}"><c r="XFD{row}" s="0"/></row>' for row in range(5, 100_000))
    path = patched(
        workbook(tmp_path, GOOD), SHEET, lambda xml: xml.replace("</sheetData>", f"{empty}</sheetData>")
    )
    start = time.process_time()
    assert len(records(path)) == 3
    assert time.process_time() - start < 10


def test_a_row_of_more_cells_than_excel_has_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, GOOD)
    patched(path, SHEET, lambda xml: xml.replace("</sheetData>", f"<row>{'<c/>' * 20_000}</row></sheetData>"))
    assert said(path) == [": row 5: the cell 16385 is out of order"]


def test_merged_ranges_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MERGED", 1)
    path = workbook(
        tmp_path,
        GOOD,
        lambda book: [book.active.merge_cells(cells) for cells in ("J1:K1", "J2:K2")],
    )
    assert said(path) == [": more than 1 ranges of merged cells: split them, and fill each cell"]


few_examples = settings(in_one_folder, max_examples=40)


@few_examples
@given(st.lists(questions(), min_size=1, max_size=4))
def test_questions_written_and_read_again_are_the_same(tmp_path: Path, some: list[dict[str, Any]]) -> None:
    some = [question for question in some if not ends_in_a_backslash(question) and not is_formula(question)]
    rows = [cells_of(question) for question in some]
    names = list(dict.fromkeys(["prompt", "answer", *(name for row in rows for name in row)]))
    path = workbook(tmp_path, [names, *([row.get(name) for name in names] for row in rows)])
    assert records(path) == some


def is_formula(question: dict[str, Any]) -> bool:
    """openpyxl writes a text that looks like a formula or an error as one."""
    cells = cells_of(question).values()
    return any(isinstance(cell, str) and (cell.startswith(("=", "#")) or "_x" in cell) for cell in cells)


cells = (
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.floats(allow_nan=False, allow_infinity=False)
)
cells |= st.dates(date(1901, 1, 1)) | st.sampled_from(
    ["single", "multiple", "number", "a", "b", "a|b", "=1", "#N/A"]
)


@few_examples
@given(st.lists(st.lists(cells, min_size=6, max_size=6), max_size=6))
def test_each_row_is_one_item_whatever_is_in_it(tmp_path: Path, rows: list[list[Any]]) -> None:
    numbers = [number for number, row in enumerate(rows, start=2) if any(cell is not None for cell in row)]
    items = xlsx.read(workbook(tmp_path, [HEADER, *rows]))
    assert [int(re.findall(r", row (\d+)", item.place)[0]) for item in items] == numbers


@few_examples
@given(st.data())
def test_bytes_put_anywhere_into_a_workbook_make_no_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "good.xlsx"
    # Made once: a workbook says when, and so no two are alike.
    good = (path if path.exists() else workbook(tmp_path, GOOD).rename(path)).read_bytes()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 20, len(good))))
    path = tmp_path / "mutated.xlsx"
    path.write_bytes(good[:start] + data.draw(st.binary(max_size=8)) + good[end:])
    assert list(xlsx.read(path))


@few_examples
@given(st.sampled_from([SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml"]), st.data())
def test_a_part_of_a_workbook_may_be_changed_anywhere(tmp_path: Path, part: str, data: st.DataObject) -> None:
    def change(xml: str) -> str:
        start = data.draw(st.integers(0, len(xml)))
        new = data.draw(st.text("<>/&\"'=rcstv019 -", max_size=4))
        return xml[:start] + new + xml[start + data.draw(st.integers(0, 10)) :]

    items = list(xlsx.read(patched(as_excel_writes(workbook(tmp_path, GOOD)), part, change)))
    assert len(items) >= 3 or isinstance(items[-1], Refused)


@few_examples
@given(st.binary(max_size=200))
def test_bytes_that_are_no_workbook_make_no_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    [refused] = xlsx.read(path)
    assert isinstance(refused, Refused)
