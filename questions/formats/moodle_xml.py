"""Reads Moodle XML, question by question."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from questions.formats.markup import Unplayable
from questions.formats.moodle_question import Broken, fields_of, text_in
from questions.formats.text import Unreadable, bytes_of
from questions.record import (
    Item,
    Items,
    Record,
    Refused,
    Skipped,
    category_of_file,
    category_of_path,
    place_of,
)

PIECE_BYTES = 64 * 1024

# Possessive, for a file may begin with thousands of comments.
_START = re.compile(
    r"\s*+(?:<\?xml[^>]*\?>)?\s*+(?:(?><!--.*?-->)\s*+)*+(?:<quiz[\s/>]|<!DOCTYPE\s+quiz\b)", re.DOTALL
)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def recognises(text: str) -> bool:
    """XML whose outermost element is `<quiz>`."""
    return _START.match(text) is not None


def read(path: Path) -> Items:
    """Never raises."""
    try:
        yield from _items(path, bytes_of(path))
    except DefusedXmlException:
        fault = "it defines or fetches entities, which Moodle never does and which may do harm"
        yield Refused(str(path), (fault,))
    except SAXParseException as error:
        where = f"line {error.getLineNumber()}, column {(error.getColumnNumber() or 0) + 1}"
        yield Refused(str(path), (f"not XML at {where}: {error.getMessage()}",))
    except Unreadable as error:
        yield Refused(str(path), (str(error),))
    except (Broken, SAXException, LookupError, ValueError) as error:
        yield Refused(str(path), (f"not Moodle XML: {error}",))


def _items(path: Path, content: bytes) -> Items:
    category = category_of_file(path)
    number = 0
    for line, element in _elements(content):
        if element.tag == "question" and element.get("type") == "category":
            try:
                category = category_of_path(text_in(element, "category")) or category_of_file(path)
            except Broken as fault:
                yield Refused(f"{path}, category at line {line}", (str(fault),))
        else:
            number += 1
            yield _item(f"{path}, question {number} at line {line}", element, category)
    if not number:
        yield Refused(str(path), ("there is no question in it",))


def _elements(content: bytes) -> Iterator[tuple[int, Element]]:
    """What stands in `<quiz>`, and the line where it begins. Raises SAXException and others."""
    handler = _Quiz()
    parser = make_parser()
    parser.setContentHandler(handler)
    handler.setDocumentLocator(parser)
    for start in range(0, len(content) or 1, PIECE_BYTES):
        try:
            parser.feed(content[start : start + PIECE_BYTES])
        finally:  # what was whole before a break is read
            yield from handler.taken()
    parser.close()


class _Quiz(ContentHandler):
    """Builds one element of the quiz after the other; ElementTree alone does not tell their lines."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._line = 0
        self._builder = TreeBuilder()
        self._ready: list[tuple[int, Element]] = []

    def taken(self) -> list[tuple[int, Element]]:
        ready, self._ready = self._ready, []
        return ready

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX's name
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        self._depth += 1
        if self._depth == 1 and name != "quiz":
            raise Broken(f"the outermost element is <{name[:60]}> and not <quiz>")
        if self._depth == 2:
            self._line = self._locator.getLineNumber() or 0
            self._builder = TreeBuilder()
        if self._depth > 1:
            self._builder.start(name, dict(attrs.items()))

    def characters(self, content: str) -> None:
        if self._depth > 1:
            self._builder.data(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's name
        self._depth -= 1
        if self._depth > 0:
            self._builder.end(name)
        if self._depth == 1:
            self._ready.append((self._line, self._builder.close()))


def _item(where: str, element: Element, category: tuple[str, str]) -> Item:
    place = where
    try:
        if element.tag != "question":
            raise Broken(f"<{element.tag[:60]}> where <question> must be")
        place = place_of(where, text_in(element, "name"))
        return Record(place, category, _id(element) | fields_of(element))
    except Unplayable as reason:
        return Skipped(place, str(reason))
    except Broken as fault:
        return Refused(place, (str(fault),))


def _id(question: Element) -> dict[str, Any]:
    number = (question.findtext("idnumber") or "").strip()
    return {"id": number} if _ID.fullmatch(number) else {}
