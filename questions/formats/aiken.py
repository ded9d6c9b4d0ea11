"""Reads Aiken, Moodle's format for choices; the answer's letter is matched with a label, not with a place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from questions.formats.markup import Unplayable, refuse_formulas
from questions.formats.text import lines_of, refusing, text_of
from questions.record import MOST_CHOICES, Item, Items, Record, Refused, Skipped, category_of_file, place_of

_CHOICE = re.compile(r"([A-Z])[).](.*)", re.DOTALL)
"""As newer Moodles have it, which ask for no space: `U.S. presidents` is a choice U."""

_ANSWER = re.compile(r"ANSWER\s*:(.*)", re.IGNORECASE | re.DOTALL)
"""Looser than the format, so that `Answer: A` is told what is wrong with it."""

_LETTER = re.compile(r"([A-Z])[).]?")


@dataclass
class _Block:
    """The lines of one question, the answer's last if there is one."""

    line: int
    texts: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    answer: str | None = None


def recognises(text: str) -> bool:
    return (
        not re.match(r"\s*[<{]", text)
        and re.search(r"^[ \t]*[A-Z][).]", text, re.MULTILINE) is not None
        and re.search(r"^[ \t]*ANSWER[ \t]*:", text, re.MULTILINE | re.IGNORECASE) is not None
    )


@refusing
def read(path: Path) -> Items:
    category = category_of_file(path)
    block = None
    for block in _blocks(text_of(path)):
        first = block.texts[0] if block.texts else block.choices[0][1] if block.choices else ""
        yield _item(block, place_of(f"{path}, line {block.line}", first), category)
    if block is None:
        yield Refused(str(path), ("there is no question in it",))


def _blocks(text: str) -> Iterator[_Block]:
    """Split after each answer, and before a text after choices: there the answer is missing."""
    block: _Block | None = None
    for number, line in lines_of(text):
        line = line.strip()
        if not line:
            continue
        choice, answer = _CHOICE.fullmatch(line), _ANSWER.fullmatch(line)
        if answer and (line.startswith("ANSWER:") or (block and block.choices)):
            block = block or _Block(number)
            block.answer = line
            yield block
            block = None
        elif choice:
            block = block or _Block(number)
            block.choices.append((choice[1], choice[2].strip()))
        else:
            if block and block.choices:
                yield block
                block = None
            block = block or _Block(number)
            block.texts.append(line)
    if block:
        yield block


def _item(block: _Block, place: str, category: tuple[str, str]) -> Item:
    faults = (*_faults_of_the_text(block), *_faults_of_the_choices(block), *_faults_of_the_answer(block))
    if faults:
        return Refused(place, faults)
    choices = dict(block.choices)
    if len(choices) > MOST_CHOICES:
        return Skipped(place, f"{len(choices)} choices, of which {MOST_CHOICES} at most can be shown")
    try:
        for text in (block.texts[0], *choices.values()):
            refuse_formulas(text)
    except Unplayable as reason:
        return Skipped(place, str(reason))
    fields = {
        "type": "single",
        "difficulty": "medium",
        "prompt": block.texts[0],
        "choices": list(choices.values()),
        "answer": choices[_letter(block)],
    }
    return Record(place, category, fields)


def _faults_of_the_text(block: _Block) -> Iterator[str]:
    if not block.texts:
        yield (
            "there is no question before this line; "
            "one that begins with a capital letter and . or ) reads as a choice: begin it with another word"
        )
    if len(block.texts) > 1:
        yield f"the question must stand on one line, and here are {len(block.texts)}"


def _faults_of_the_choices(block: _Block) -> Iterator[str]:
    labels = [label for label, _ in block.choices]
    expected = [chr(ord("A") + position) for position in range(len(labels))]
    if len(labels) < 2:
        yield f"at least two choices are needed, and here are {len(labels)}"
    elif sorted(labels) != expected:
        yield f"the choices must be A, B, C and so on, each once, and here they are {', '.join(labels):.80}"


def _faults_of_the_answer(block: _Block) -> Iterator[str]:
    if block.answer is None:
        yield "there is no line ANSWER: with the letter of the right choice after the choices"
    elif not block.answer.startswith("ANSWER:"):
        yield f"{block.answer[:40]!r} must begin with ANSWER: in capitals, with no space before the colon"
    elif not (letter := _letter(block)):
        yield f"{block.answer[:40]!r} must name one choice by its capital letter"
    elif letter not in dict(block.choices):
        yield f"the answer is {letter}, and there is no choice {letter}"


def _letter(block: _Block) -> str:
    """Of the answer; empty where it is not one letter."""
    named = _LETTER.fullmatch((block.answer or "").removeprefix("ANSWER:").strip())
    return named[1] if named else ""
