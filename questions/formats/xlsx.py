"""Excel workbooks: our own table of questions, or Kahoot's template."""

import warnings
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from zipfile import ZipFile

import openpyxl
from defusedxml.common import DefusedXmlException

from questions.formats import kahoot, own_table, sheet
from questions.formats.table import Row
from questions.formats.text import Unreadable, bytes_of
from questions.record import Items, Refused, Skipped

UNPACKED_BYTES = 32 * 1024 * 1024
"""Of a workbook, at most: the few bytes of a zip file can unpack to more than any machine has."""

SHEETS = 100
"""Of a workbook, at most."""

HEADER_WITHIN = 20
"""Rows, among which the header of Kahoot's template is."""


def recognises(content: bytes) -> bool:
    """A zip file with a workbook in it."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            return any(name.startswith("xl/workbook.") for name in archive.namelist())
    except Exception:  # zipfile raises a dozen classes upon what is broken
        return False


def read(path: Path) -> Items:
    """Never raises."""
    try:
        yield from _items(path, bytes_of(path))
    except (Unreadable, sheet.Unusable) as error:
        yield Refused(str(path), (str(error),))
    except Exception as error:  # openpyxl raises whatever comes of what is broken
        yield Refused(str(path), (_said(error.__cause__ or error),))


def _said(error: BaseException) -> str:
    if isinstance(error, DefusedXmlException):
        return "its XML defines or fetches something, which no workbook of Excel does and which may do harm"
    what = " ".join(str(error).split())[:200] or type(error).__name__
    return f"it cannot be read as an Excel workbook (.xlsx): {what}"


def _items(path: Path, content: bytes) -> Items:
    names = _names_in(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    with closing(workbook):
        if not 0 < len(workbook.worksheets) <= SHEETS:
            raise sheet.Unusable(f"it has {len(workbook.worksheets)} sheets: write all questions into one")
        chosen = _chosen(workbook.worksheets)
        yield from _questions(path, sheet.rows(chosen, sheet.marks_of(chosen)), names)
        for other in workbook.worksheets:
            if other is not chosen and sheet.marks_of(other).last_row:
                yield Skipped(f"{path}, sheet “{other.title}”", f"only the sheet “{chosen.title}” is read")


def _names_in(content: bytes) -> list[str]:
    with ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > UNPACKED_BYTES:
            raise sheet.Unusable(
                f"it unpacks to more than {UNPACKED_BYTES} bytes: take out what is no question"
            )
        return archive.namelist()


def _chosen(sheets: list[sheet.Sheet]) -> sheet.Sheet:
    """The one called questions, or else the first that is not hidden."""
    named = (sheet for sheet in sheets if sheet.title.strip().casefold() == "questions")
    shown = (sheet for sheet in sheets if sheet.sheet_state == "visible")
    return next(chain(named, shown, sheets))


def _questions(path: Path, rows: Iterator[Row], names: list[str]) -> Items:
    head = list(islice(rows, HEADER_WITHIN))
    for index, row in enumerate(head):
        columns = kahoot.columns_of(row)
        if columns:
            yield from kahoot.items(path, chain(head[index + 1 :], rows), columns)
            return
    yield from own_table.items(path, chain(head, rows))
    # The template has Kahoot's emblem, which nobody misses.
    if any(name.startswith("xl/media/") for name in names):
        yield Skipped(str(path), "pictures that lie upon the cells: name their files in the column image")
