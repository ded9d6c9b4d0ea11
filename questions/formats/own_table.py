"""Our own table of questions: a header with names of ours, and a question in each row below."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from questions.formats.table import Cell, Reading, Row, item
from questions.record import Items, Refused

TYPES = ("single", "multiple", "boolean", "text", "number", "ordering")
DIFFICULTIES = ("easy", "medium", "hard")
CHOICES = tuple(f"choice {number}" for number in range(1, 7))
COLUMNS = (
    *("type", "category", "difficulty", "prompt", *CHOICES, "answer", "tolerance"),
    *("explanation", "source", "time_limit_seconds", "id", "image", "image_alt"),
)
NEEDED = ("prompt", "answer")
TRUTH = {"true": True, "yes": True, "false": False, "no": False}

_BAR = re.compile(r"(\\*)\|")
"""Between values; with a backslash before it, it is part of one, and then \\\\ is a backslash."""


class Unusable(Exception):
    """The header is wrong, and so the whole table."""


def is_header(names: Iterable[str]) -> bool:
    return len({known(name) for name in names} - {None}) > 1


def known(name: str) -> str | None:
    """The column of that name; case, spaces and underscores do not matter."""
    return _NAMES.get(bare(name))


def bare(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).casefold()


_NAMES = {bare(column): column for column in COLUMNS} | {"question": "prompt"}


def items(path: Path, rows: Iterable[Row]) -> Items:
    """The first row that is not empty is the header; every other one is a question."""
    filled = (row for row in rows if not row.is_empty())
    header = next(filled, None)
    if header is None:
        yield Refused(str(path), ("there is nothing in it",))
        return
    try:
        columns = _columns(header)
    except Unusable as error:
        yield Refused(str(path), (str(error),))
        return
    for row in filled:
        yield item(path, row, columns, _fields)


def _columns(header: Row) -> dict[str, int]:
    """Where each column is. Raises Unusable."""
    if header.fault:
        raise Unusable(f"row {header.number}: {header.fault}")
    columns: dict[str, int] = {}
    for index, cell in enumerate(header.cells):
        column = known(cell.text)
        if not cell.is_empty() and (column is None or column in columns):
            raise Unusable(f"{header.name_of(index)}: {_header_fault(cell, column)}")
        if column:
            columns[column] = index
    for column in NEEDED:
        if column not in columns:
            raise Unusable(f"row {header.number}: the column “{column}” is missing; {_the_known_ones()}")
    return columns


def _header_fault(cell: Cell, column: str | None) -> str:
    if column:
        return f"the column “{column}” is there twice"
    return cell.fault or f"unknown column “{cell.text[:60]}”; {_the_known_ones()}"


def _the_known_ones() -> str:
    return f"the known ones are: {', '.join(COLUMNS)}"


def _fields(reading: Reading) -> dict[str, Any]:
    _refuse_what_has_no_column(reading)
    choices = [text for text in map(reading.text, CHOICES) if text]
    kind = reading.one_of("type", TYPES, "single" if choices else "")
    _refuse_what_the_type_has_not(reading, kind)
    return {
        "id": reading.text("id"),
        "type": kind,
        "difficulty": reading.one_of("difficulty", DIFFICULTIES, "medium"),
        "prompt": reading.needed("prompt"),
        "image": _image(reading),
        "choices": choices,
        "answer": _answer(reading, kind, choices),
        "tolerance": reading.number("tolerance") if reading.text("tolerance") else None,
        "explanation": reading.text("explanation"),
        "source": reading.text("source"),
        "time_limit_seconds": reading.seconds("time_limit_seconds")
        if reading.text("time_limit_seconds")
        else None,
    }


def _refuse_what_has_no_column(reading: Reading) -> None:
    named = set(reading.columns.values())
    for index, cell in enumerate(reading.row.cells):
        if index not in named and not cell.is_empty():
            reading.faults.append(f"{reading.row.name_of(index)}: its column has no name in the header")


def _refuse_what_the_type_has_not(reading: Reading, kind: str) -> None:
    if kind not in ("single", "multiple"):
        for column in CHOICES:
            if reading.text(column):
                reading.refuse(column, f"a question of type {kind or 'none'} has no choices: leave it empty")
    if kind != "number" and reading.text("tolerance"):
        reading.refuse("tolerance", f"a question of type {kind} has no tolerance: leave it empty")


def _image(reading: Reading) -> dict[str, str] | None:
    image = {"file": reading.text("image"), "alt": reading.text("image_alt")}
    if not any(image.values()):
        return None
    if not all(image.values()):
        missing = "image" if image["alt"] else "image_alt"
        reading.refuse(missing, f"the {missing} is missing: a picture has a file and says what it shows")
    return image


def _answer(reading: Reading, kind: str, choices: Sequence[str]) -> Any:
    text = reading.needed("answer")
    if not text:
        return None
    if kind == "number":
        return reading.number("answer")
    if kind == "boolean":
        return _truth(reading, text)
    values = [text] if kind == "single" else _values(reading, text)
    if kind in ("single", "multiple"):
        for value in values:
            if value not in choices:
                reading.refuse("answer", f"“{value[:60]}” is none of the choices: write the text of one")
    return text if kind == "single" else values


def _truth(reading: Reading, text: str) -> bool:
    if text.casefold() not in TRUTH:
        reading.refuse("answer", f"“{text[:60]}” is neither true nor false: write one of {', '.join(TRUTH)}")
    return TRUTH.get(text.casefold(), False)


def _values(reading: Reading, text: str) -> list[str]:
    """What stands between the bars."""
    values = [""]
    end = 0
    for bar in _BAR.finditer(text):
        backslashes = len(bar[1])
        values[-1] += text[end : bar.start()] + "\\" * (backslashes // 2)
        if backslashes % 2:
            values[-1] += "|"
        else:
            values.append("")
        end = bar.end()
    values = [value.strip() for value in (*values[:-1], values[-1] + text[end:])]
    if not all(values):
        reading.refuse(
            "answer", "a value is empty: write a | only between values, and \\| where it is part of one"
        )
    return values
