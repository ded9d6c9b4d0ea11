"""Our own table as a text file, its cells separated by commas, semicolons or tabs."""

import csv
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from questions.formats import own_table
from questions.formats.table import WIDTH, Cell, Row
from questions.formats.text import lines_of, refusing, text_of
from questions.record import Items

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}

FIELD_LENGTH = 131_072
"""Characters of a cell, at most: the csv module's own limit, which may not be set for one reader alone."""

_SEPARATOR_LINE = re.compile(r"\A\s*sep=[,;\t]\r?\n", re.IGNORECASE)
"""Which Excel understands, and does not count as a row."""


def recognises(text: str) -> bool:
    """By the header, which has at least two of our names."""
    return own_table.is_header(_header(text, _separator(text)))


@refusing
def read(path: Path) -> Items:
    yield from own_table.items(path, _rows(text_of(path)))


def _separator(text: str) -> str:
    """The one by which the header has most names of ours."""
    return max(SEPARATORS, key=lambda separator: len(list(filter(own_table.known, _header(text, separator)))))


def _header(text: str, separator: str) -> list[str]:
    row = next((row for row in _rows_by(text, separator) if not row.is_empty()), None)
    return [cell.text for cell in row.cells] if row else []


def _rows(text: str) -> Iterator[Row]:
    """Each as wide as the first, or with a fault."""
    separator = _separator(text)
    width = 0
    for row in _rows_by(text, separator):
        width = width or (0 if row.is_empty() else len(row.cells))
        if len(row.cells) not in (0, width) and not row.is_empty():
            there = f"there are {len(row.cells)} cells, and the header has {width}"
            why = f"{SEPARATORS[separator]} separate them, and a cell that has some itself stands in quotes"
            yield Row(row.number, (), row.line, f"{there}: {why}")
        else:
            yield row


def _rows_by(text: str, separator: str) -> Iterator[Row]:
    lines = (line for _, line in lines_of(_SEPARATOR_LINE.sub("", text)))
    skipped = 1 if _SEPARATOR_LINE.match(text) else 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for number in count(1):
        line = reader.line_num + skipped + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, (), line, _said(error))
            if "limit" in str(error):
                return
        else:
            yield _row(number, cells, line)


def _row(number: int, cells: list[str], line: int) -> Row:
    if len(cells) > WIDTH:
        return Row(number, (), line, f"there are {len(cells)} cells, which is more than {WIDTH}")
    return Row(number, [Cell(cell.strip()) for cell in cells], line)


def _said(error: csv.Error) -> str:
    if "limit" in str(error):
        return f"more than {FIELD_LENGTH} characters in a cell: perhaps the quote that closes it is missing"
    if "end of data" in str(error):
        return "the quote that opens a cell is never closed"
    return "a quote within a quoted cell: write it twice"
