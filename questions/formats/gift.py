"""Reads GIFT, Moodle's text format, by the rules of its importer; an empty line ends a question."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from questions.formats.gift_answers import Broken, answer_fields
from questions.formats.gift_text import GAP, form_of, masked, shown, unmasked
from questions.formats.markup import Unplayable
from questions.formats.text import lines_of, refusing, text_of
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

_OTHER_FORMAT = re.compile(r"\s*(?:\{|\[\s*[\[{\]\"]|<\?xml|<!|<quiz)")
_SIGN = re.compile(
    r"^[ \t]*(?:\$CATEGORY:|::)|(?<!\\)\{\s*(?:[=~]|#\s*[=0-9.+-]|(?:T|TRUE|F|FALSE)\s*[#}])", re.MULTILINE
)

_CATEGORY = re.compile(r"^[ \t]*\$CATEGORY:(.*)", re.MULTILINE)

_ID = re.compile(r"\[id:[ \t]*([A-Za-z0-9][A-Za-z0-9._-]{0,99})[ \t]*\]")
"""Only what can be an id here: another platform's may have any character."""


@dataclass(frozen=True)
class _Block:
    """Lines without an empty one among them; what is escaped is masked, and comments stand apart."""

    line: int
    text: str
    comments: str


def recognises(text: str) -> bool:
    return (
        not _OTHER_FORMAT.match(text)
        and not re.search(r"^ANSWER:", text, re.MULTILINE)
        and _SIGN.search(text) is not None
    )


@refusing
def read(path: Path) -> Items:
    category = category_of_file(path)
    is_empty = True
    for block in _blocks(text_of(path)):
        named = _CATEGORY.search(block.text)
        if named:
            category = category_of_path(unmasked(named[1])) or category_of_file(path)
        if not named or named[0] != block.text:
            is_empty = False
            yield _item(block, f"{path}, line {block.line}", category)
    if is_empty:
        yield Refused(str(path), ("there is no question in it",))


def _blocks(text: str) -> Iterator[_Block]:
    start, lines, comments = 0, "", ""
    for number, line in chain(lines_of(text), [(0, "")]):
        if line.lstrip().startswith("//"):
            comments += line
        elif line.strip():
            start = start or number
            lines += line
        else:
            if lines:
                yield _Block(start, masked(lines.strip()), comments)
            start, lines, comments = 0, "", ""


def _item(block: _Block, where: str, category: tuple[str, str]) -> Item:
    title, text = _title_and_text(block.text)
    place = place_of(where, unmasked(title or text.partition("{")[0]))
    try:
        if _CATEGORY.search(block.text):
            raise Broken("$CATEGORY must stand alone, with an empty line before it and after it")
        return Record(place, category, _id(block.comments) | _fields(text))
    except Unplayable as reason:
        return Skipped(place, str(reason))
    except Broken as fault:
        return Refused(place, (str(fault),))


def _title_and_text(text: str) -> tuple[str, str]:
    title, _, rest = text.removeprefix("::").partition("::")
    return (title.strip(), rest.strip()) if text.startswith("::") else ("", text)


def _id(comments: str) -> dict[str, str]:
    found = _ID.search(comments)
    return {"id": found[1]} if found else {}


def _fields(text: str) -> dict[str, Any]:
    """Raises Unplayable and Broken."""
    if not text:
        raise Broken("a title begins with :: and ends with ::, and a question comes after it")
    stem, answers = _stem_and_answers(text)
    # The last #### begins the feedback for all, right or wrong.
    answers, _, feedback = answers.rpartition("####") if "####" in answers else (answers, "", "")
    form = form_of(stem)
    fields = {"difficulty": "medium", "prompt": shown(stem, form), **answer_fields(answers.strip(), form)}
    explanation = shown(feedback.strip(), form)
    return fields | ({"explanation": explanation} if explanation else {})


def _stem_and_answers(text: str) -> tuple[str, str]:
    """What stands in braces, and the text around them. Raises Unplayable and Broken."""
    before, opening, rest = text.partition("{")
    answers, closing, after = rest.partition("}")
    if not opening and "}" not in text:
        raise Unplayable("a description: it has no answers in { } (an empty line ends a question)")
    if not closing or "}" in before:
        raise Broken("a { and a } must enclose the answers (an empty line ends a question)")
    if "{" in answers + after or "}" in after:
        raise Broken(
            "there is more than one { or }: write \\{ and \\} in a text, an empty line after a question"
        )
    return (before + GAP + after if after else before.strip()), answers
