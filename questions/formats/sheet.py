"""The rows of one sheet of a workbook, its cells as the text that was typed, or with what became of it."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.xml.constants import SHEET_MAIN_NS

from questions.formats.table import WIDTH, Cell, Row

ROWS, COLUMNS = 1_048_576, 16_384
"""Of a sheet in Excel."""

MERGED = 1_000
"""Ranges of merged cells, at most."""

DIGITS = 15
"""Of a number, which is all that Excel keeps."""

Sheet = Any
"""openpyxl's ReadOnlyWorksheet, whose stubs say that it has no rows."""

_EMPTY = Cell("")
_SHOWN_AS_IT_IS = re.compile(r"General|@|(#,##)?0(\.0+)?")
"""Formats of a number that show its digits, and no percentage, currency or zeros in front."""


class Unusable(Exception):
    """The sheet is wrong as a whole."""


@dataclass
class Marks:
    """What openpyxl, reading row by row, does not tell."""

    last_row: int = 0
    width: int = 0
    """The last column with something in it."""
    formulas: set[str] = field(default_factory=set)
    """Cells with a formula that nobody has calculated."""
    merged: list[CellRange] = field(default_factory=list)


def marks_of(sheet: Sheet) -> Marks:
    """Raises Unusable, and whatever a broken file makes the parser raise."""
    with sheet._get_source() as source:
        return _Walk(source).marks


def rows(sheet: Sheet, marks: Marks) -> Iterator[Row]:
    """Raises whatever a broken file makes openpyxl raise."""
    if not marks.last_row:
        return
    sheet.reset_dimensions()
    found = sheet.iter_rows(min_row=1, max_row=marks.last_row, max_col=marks.width)
    for number, cells in enumerate(_quietly(found), start=1):
        yield _row(
            number,
            [_cell(cell, f"{get_column_letter(index)}{number}", marks) for index, cell in cells],
            marks,
        )


def _quietly(found: Iterator[Any]) -> Iterator[Any]:
    """openpyxl warns of what it leaves out: checks of what is typed, colours."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(found, None)
        if row is None:
            return
        yield enumerate(row, start=1)


def _row(number: int, cells: list[Cell], marks: Marks) -> Row:
    row = Row(number, cells)
    for merged in marks.merged:
        if merged.min_row <= number <= merged.max_row and not row.is_empty():
            return Row(number, cells, fault=f"the cells {merged.coord} are merged: split them, and fill each")
    return row


def _cell(cell: Any, name: str, marks: Marks) -> Cell:
    value = cell.value
    if value is None:
        return (
            Cell("", "its formula has no value: open and save the file in Excel")
            if name in marks.formulas
            else _EMPTY
        )
    if cell.data_type == "e":
        return Cell("", f"it holds the error {value}")
    if isinstance(value, bool):
        return Cell(str(value).upper())
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, date | time | timedelta):
        return Cell("", f"it holds a date or a time ({value}): format it as text, and write it anew")
    return Cell(str(value).replace("_x000D_", "").strip())


def _number(value: int | float, shown: str) -> Cell:
    if not abs(value) < 10**DIGITS:
        return Cell("", f"Excel keeps only {DIGITS} digits of a number: format it as text, and write it anew")
    text = f"{Decimal(f'{value:.{DIGITS}g}'):f}"
    if not _SHOWN_AS_IT_IS.fullmatch(shown):
        return Cell(
            "", f"it holds {text}, but shows it as {shown[:40]}: format it as text, and write it anew"
        )
    return Cell(text)


class _Walk:
    """Through the XML of a sheet, which is dropped on the way."""

    def __init__(self, source: IO[bytes]) -> None:
        self.marks = Marks()
        self._row = self._column = 0
        self._open: list[Element] = []
        for event, element in iterparse(source, ("start", "end")):
            (self._start if event == "start" else self._end)(element, _name(element))

    def _start(self, element: Element, name: str) -> None:
        if not self._open and name != "worksheet":
            raise Unusable("a kind of workbook that is not read: save it as an ordinary one (.xlsx)")
        self._open.append(element)
        if name == "row":
            self._start_row(int(element.get("r") or self._row + 1))
        elif name == "c":
            self._start_cell(element.get("r"))

    def _start_row(self, row: int) -> None:
        if not self._row < row <= ROWS:
            raise Unusable(f"row {row} does not follow row {self._row}")
        self._row, self._column = row, 0

    def _start_cell(self, name: str | None) -> None:
        row, column = coordinate_to_tuple(name) if name else (self._row, self._column + 1)
        if row != self._row or not self._column < column <= COLUMNS:
            raise Unusable(f"row {self._row}: the cell {name or column} is out of order")
        self._column = column

    def _end(self, element: Element, name: str) -> None:
        self._open.pop()
        if name == "c":
            self._end_cell(element)
        elif name == "mergeCell":
            self._merge(element.get("ref") or "")
        if name in ("c", "row", "mergeCell"):
            self._open[-1].clear()

    def _end_cell(self, cell: Element) -> None:
        parts = {_name(part): part.text for part in cell}
        where = f"{get_column_letter(self._column)}{self._row}"
        if "f" in parts and not parts.get("v") and cell.get("t") != "str":
            self.marks.formulas.add(where)
        elif not parts.get("v") and "is" not in parts:
            return
        if self._column > WIDTH:
            raise Unusable(f"cell {where}: more than {WIDTH} columns")
        self.marks.last_row, self.marks.width = self._row, max(self.marks.width, self._column)

    def _merge(self, reference: str) -> None:
        if len(self.marks.merged) == MERGED:
            raise Unusable(f"more than {MERGED} ranges of merged cells: split them, and fill each cell")
        self.marks.merged.append(CellRange(reference))


def _name(element: Element) -> str:
    return element.tag.removeprefix(f"{{{SHEET_MAIN_NS}}}")
