"""Reads a question file of any format that we know: chosen by what is in it, unless somebody insists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from questions.formats import aiken, csv_table, gift, moodle_xml, opentdb, own_json, xlsx
from questions.formats.text import Unreadable, bytes_of, decoded
from questions.record import Item, Items, Record, Refused
from questions.shape import faults_of_question

HEAD_LENGTH = 100_000
"""Characters of a file that its format is recognised by."""


@dataclass(frozen=True)
class Format:
    """`title` is for people; `recognises` is shown the beginning of a text, and None never is a text."""

    title: str
    recognises: Callable[[str], bool] | None
    read: Callable[[Path], Items]


FORMATS: Mapping[str, Format] = {
    "json": Format("our own JSON", own_json.recognises, own_json.read),
    "opentdb": Format("Open Trivia DB", opentdb.recognises, opentdb.read),
    "moodle-xml": Format("Moodle XML", moodle_xml.recognises, moodle_xml.read),
    "gift": Format("Moodle GIFT", gift.recognises, gift.read),
    "aiken": Format("Aiken", aiken.recognises, aiken.read),
    "csv": Format("a table with commas, semicolons or tabs", csv_table.recognises, csv_table.read),
    "xlsx": Format("an Excel workbook, also Kahoot's template", None, xlsx.read),
}
"""In the order in which they are tried."""


def read(path: Path, format_name: str | None = None) -> Items:
    """Every question of the file as one item, its shape checked. Never raises."""
    try:
        format_name = format_name or _recognised(path)
    except Unreadable as error:
        yield Refused(str(path), (str(error),))
        return
    for item in FORMATS[format_name].read(path):
        yield _checked(item)


def _recognised(path: Path) -> str:
    """Raises Unreadable."""
    content = bytes_of(path)
    if xlsx.recognises(content):
        return "xlsx"
    head = decoded(content)[:HEAD_LENGTH]
    for name, format in FORMATS.items():
        if format.recognises and format.recognises(head):
            return name
    known = ", ".join(f"{name} ({format.title})" for name, format in FORMATS.items())
    raise Unreadable(f"not of a format that we recognise; where you know better, name it: --format {known}")


def _checked(item: Item) -> Item:
    if isinstance(item, Record) and (faults := faults_of_question(item.fields)):
        return Refused(item.place, tuple(faults))
    return item
