"""The text of a file that does not state its encoding: UTF-8, UTF-16 with its mark, or Windows-1252."""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path

from questions.record import Items, Refused

FILE_BYTES = 64 * 1024 * 1024
"""Of a question file, at most."""

_WESTERN_LETTER = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
"""An accented letter in UTF-8; as Windows-1252 it would be Ã or Â and a sign, which no word has."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unreadable(Exception):
    """The file cannot be read as text; the sentence says where it breaks."""


def refusing(read: Callable[[Path], Items]) -> Callable[[Path], Items]:
    """The reader, but a file that cannot be read is one refused item and raises nothing."""

    @wraps(read)
    def read_or_refuse(path: Path) -> Items:
        try:
            yield from read(path)
        except Unreadable as error:
            yield Refused(str(path), (str(error),))

    return read_or_refuse


def text_of(path: Path) -> str:
    """With `\\n` at the end of every line. Raises Unreadable."""
    text = decoded(bytes_of(path))
    if "\0" in text:
        number = text.count("\n", 0, text.index("\0")) + 1
        raise Unreadable(f"line {number}: not text: it has a zero byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Number and line, one after the other: a copy of the whole, or a list, would take its memory again."""
    return enumerate((line[0] for line in _LINE.finditer(text)), start=1)


def bytes_of(path: Path) -> bytes:
    """Raises Unreadable."""
    try:
        if path.stat().st_size > FILE_BYTES:
            raise Unreadable(f"the file is larger than {FILE_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None


def decoded(content: bytes) -> str:
    """Raises Unreadable where no one encoding fits the whole."""
    if content.startswith(_UTF_16):
        return _as(content, "utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_a_mixture(content, error)
        return _as(content, "cp1252")


def _refuse_a_mixture(content: bytes, error: UnicodeDecodeError) -> None:
    """Where some letters beyond ASCII are UTF-8 and others are not, any reading of the whole is wrong."""
    lines = content.removeprefix(codecs.BOM_UTF8).splitlines()
    is_partly_utf_8 = content.startswith(codecs.BOM_UTF8) or _WESTERN_LETTER.search(content)
    if is_partly_utf_8 or any(not line.isascii() and _is_utf_8(line) for line in lines):
        # The error counts from behind the mark, in an object of its own.
        number = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise Unreadable(f"line {number}: not UTF-8, though the rest is: byte {byte:#04x}")


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {number}: neither UTF-8 nor {encoding} at byte {error.start}") from None
