"""Kahoot's template: a row is a question, four answers, a time limit and the numbers of the right ones."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from questions.formats.own_table import bare
from questions.formats.table import Reading, Row, item
from questions.record import Items

ANSWERS = tuple(f"answer {number}" for number in range(1, 5))
NAMES = ("question", *ANSWERS, "time limit", "correct answer")
NEEDED = {*NAMES} - {"answer 3", "answer 4"}

_NUMBERS = re.compile(r"[1-4](\s*,\s*[1-4])*")


def columns_of(row: Row) -> dict[str, int] | None:
    """Where each column is, if the row is the template's header: it says more than the names, in brackets."""
    columns = {
        name: index
        for index, cell in reversed(list(enumerate(row.cells)))
        for name in NAMES
        if bare(cell.text).startswith(bare(name))
    }
    return columns if columns.keys() >= NEEDED else None


def items(path: Path, rows: Iterable[Row], columns: dict[str, int]) -> Items:
    """Of the rows below the header."""
    first = min(columns.values())
    for row in rows:
        # To the left is a running number, which the template has for questions that nobody wrote too.
        if row.fault or not all(cell.is_empty() for cell in row.cells[first:]):
            yield item(path, row, columns, _fields)


def _fields(reading: Reading) -> dict[str, Any]:
    answers = {str(number): reading.text(column) for number, column in enumerate(ANSWERS, start=1)}
    right = _right(reading, answers)
    _refuse_what_the_template_has_not(reading)
    return {
        "type": "multiple" if len(right) > 1 else "single",
        "difficulty": "medium",
        "prompt": reading.needed("question"),
        "choices": [text for text in answers.values() if text],
        "answer": right if len(right) > 1 else "".join(right),
        "time_limit_seconds": reading.seconds("time limit") if reading.text("time limit") else None,
    }


def _right(reading: Reading, answers: dict[str, str]) -> list[str]:
    text = reading.needed("correct answer")
    if text and not _NUMBERS.fullmatch(text):
        # In many countries Excel makes the number 1.3 of 1,3.
        right = "format the cell as text, and write the numbers of answers with commas between, like 1,3"
        reading.refuse("correct answer", f"“{text[:60]}” does not say which answers are right: {right}")
        return []
    numbers = re.findall("[1-4]", text)
    if len({*numbers}) < len(numbers):
        reading.refuse("correct answer", f"“{text[:60]}” has a number twice")
    for number in numbers:
        if not answers[number]:
            reading.refuse("correct answer", f"answer {number} is to be right, but it is empty")
    return [answers[number] for number in numbers]


def _refuse_what_the_template_has_not(reading: Reading) -> None:
    named = reading.columns.values()
    for index, cell in enumerate(reading.row.cells):
        if index > min(named) and index not in named and not cell.is_empty():
            reading.faults.append(f"{reading.row.name_of(index)}: the template has no such column")
