"""Rows of cells, read by the names of their columns: what CSV files and workbooks have in common."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from questions.record import Record, Refused, category_of, category_of_file, place_of

WIDTH = 200
"""Columns, at most."""

SECONDS = range(5, 241)

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")


@dataclass(frozen=True)
class Cell:
    text: str
    fault: str = ""
    """A sentence, where it cannot be read."""

    def is_empty(self) -> bool:
        return not self.text and not self.fault


@dataclass(frozen=True)
class Row:
    number: int
    """From 1, as spreadsheets count: it is not the line where a cell has several lines."""
    cells: Sequence[Cell]
    line: int | None = None
    fault: str = ""
    """A sentence, where the row as a whole is wrong."""

    def is_empty(self) -> bool:
        return not self.fault and all(cell.is_empty() for cell in self.cells)

    def name_of(self, index: int) -> str:
        return f"cell {get_column_letter(index + 1)}{self.number}"


class Reading:
    """Of one row. It gathers what is wrong, so that all of it is told at once."""

    def __init__(self, row: Row, columns: dict[str, int]) -> None:
        self.row = row
        self.columns = columns
        self.faults: list[str] = []

    def text(self, column: str) -> str:
        """Empty where there is no such column."""
        cell = self._cell(column)
        if cell.fault:
            self.refuse(column, cell.fault)
        return cell.text

    def needed(self, column: str) -> str:
        if self._cell(column).is_empty():
            self.refuse(column, f"the {column} is missing")
        return self.text(column)

    def one_of(self, column: str, words: Sequence[str], default: str) -> str:
        word = self.text(column).casefold() or default
        if word not in words:
            wrong = f"“{word[:60]}” is no {column}" if word else f"the {column} is missing"
            self.refuse(column, f"{wrong}: write one of {', '.join(words)}")
        return word

    def number(self, column: str) -> int | float:
        """Zero where it is none."""
        text = self.needed(column).replace("−", "-")
        if text and not _NUMBER.fullmatch(text):
            right = "write digits, with a point before decimals and nothing between thousands"
            self.refuse(column, f"“{text[:60]}” is not a number: {right}")
        return number_of(text) or 0

    def seconds(self, column: str) -> int:
        text = self.needed(column)
        seconds = number_of(text)
        if text and seconds not in SECONDS:
            span = f"{SECONDS.start} to {SECONDS.stop - 1}"
            self.refuse(column, f"“{text[:60]}” is no time limit: write whole seconds, {span}")
        return int(seconds or 0)

    def refuse(self, column: str, sentence: str) -> None:
        index = self.columns.get(column)
        fault = sentence if index is None else f"{self.row.name_of(index)}: {sentence}"
        if fault not in self.faults:
            self.faults.append(fault)

    def _cell(self, column: str) -> Cell:
        index = self.columns.get(column)
        return Cell("") if index is None or index >= len(self.row.cells) else self.row.cells[index]


def number_of(text: str) -> int | float | None:
    """A whole number where it is one, however it is written: 5.0 is 5."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return int(text.partition(".")[0]) if number.is_integer() else number


def item(
    path: Path, row: Row, columns: dict[str, int], fields_of: Callable[[Reading], dict[str, Any]]
) -> Record | Refused:
    """The fields without those that are empty; the category is of the column of that name, or the file's."""
    if row.fault:
        return Refused(_place(path, row, ""), (row.fault,))
    reading = Reading(row, columns)
    fields = {name: value for name, value in fields_of(reading).items() if value not in ("", [], None)}
    name = reading.text("category")
    category = category_of(name) if name else category_of_file(path)
    place = _place(path, row, str(fields.get("id") or fields.get("prompt") or ""))
    return Refused(place, tuple(reading.faults)) if reading.faults else Record(place, category, fields)


def _place(path: Path, row: Row, name: str) -> str:
    line = "" if row.line in (None, row.number) else f" at line {row.line}"
    return place_of(f"{path}, row {row.number}{line}", name)
