"""How each type of question is laid out, how an answer to it is read, and how right it is.

An answer names choices by their place in the shuffle of one game, so that ids give nothing away.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from models.fault import Fault
from models.numeral import read_number
from models.question import Question
from models.typed import tidied
from models.wording import is_one_of

TEXT_LENGTH = 200
"""Characters of a typed answer, at most."""

MOST = 10**15
"""How far from zero a number may be."""

Answer = Any
"""JSON by type: single, a choice id (int); multiple, a list of ids; boolean, a bool; text, a string; number,
an int or a float; ordering, a list of all ids. None gives up."""

Shuffle = tuple[int, ...]
"""shuffle[id] is the place of the choice in the question as written."""

Chosen = list[int] | bool | None
"""What may be told of an answer: of choices, their places in the question as written; nothing typed."""

RIGHT = Fraction(1)
WRONG = Fraction(0)


class UnreadableAnswer(Fault):
    """The answer is not of the form that the question's type asks for."""


@dataclass(frozen=True)
class Filled:
    """An answer as a form sends it: the values of its fields, from top to bottom."""

    values: Sequence[str]


class QuestionType(Protocol):
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle: ...

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        """The texts to choose from, by id; empty where the player types."""

    def parse(self, values: Sequence[str]) -> Any:
        """The JSON of what a form sends. Raises UnreadableAnswer."""

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        """The answer in the JSON `raw`. Raises UnreadableAnswer."""

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction: ...

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer: ...

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen: ...


class _OfChoices:
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle:
        return tuple(rng.sample(range(len(question.items)), len(question.items)))

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        return [question.items[place] for place in shuffle]


class _WithoutChoices:
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle:
        return ()

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        return []


class Single(_OfChoices):
    def parse(self, values: Sequence[str]) -> Any:
        return _id(_only(values))

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if not _is_id(raw, shuffle):
            raise UnreadableAnswer("a choice id from 0 to %(last)s is needed", last=len(shuffle) - 1)
        return raw

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        return _right_if(question.choices[shuffle[answer]] == question.answer)

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return shuffle.index(question.choices.index(question.answer))

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return [shuffle[answer]]


class Multiple(_OfChoices):
    def parse(self, values: Sequence[str]) -> Any:
        return [_id(value) for value in values]

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if raw == []:
            raise UnreadableAnswer("Choose at least one answer, or “I don’t know”.")
        if not _are_ids(raw, shuffle):
            raise UnreadableAnswer(
                "a list of different choice ids from 0 to %(last)s is needed", last=len(shuffle) - 1
            )
        return sorted(raw)

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        """max(0, r/R - w/W): r of the R right choices were chosen, and w of the W wrong ones."""
        right = set(self.right_answer(question, shuffle))
        hits = Fraction(len(right.intersection(answer)), len(right))
        wrong_choices = len(shuffle) - len(right)
        misses = Fraction(len(set(answer) - right), wrong_choices) if wrong_choices else 0
        return max(WRONG, hits - misses)

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return [id for id, place in enumerate(shuffle) if question.choices[place] in question.answer]

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return sorted(shuffle[id] for id in answer)


_BOOLEANS = {"true": True, "false": False}


class Boolean(_WithoutChoices):
    def parse(self, values: Sequence[str]) -> Any:
        return _BOOLEANS.get(_only(values), values)

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if not isinstance(raw, bool):
            raise UnreadableAnswer("true or false is needed")
        return raw

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        return _right_if(answer == question.answer)

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return question.answer

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return bool(answer)


class Text(_WithoutChoices):
    def parse(self, values: Sequence[str]) -> Any:
        return _only(values)

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if not isinstance(raw, str):
            raise UnreadableAnswer("a string is needed")
        text = tidied(raw, TEXT_LENGTH)
        if text is None:
            raise UnreadableAnswer(
                "An answer has at most %(most)s characters, all of which can be seen.", most=TEXT_LENGTH
            )
        if not text:
            raise UnreadableAnswer("Type an answer, or choose “I don’t know”.")
        return text

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        return _right_if(is_one_of(answer, question.answer))

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return question.answer[0]

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return None


class Number(_WithoutChoices):
    def parse(self, values: Sequence[str]) -> Any:
        number = read_number(_only(values))
        if number is None:
            raise UnreadableAnswer("Type a number, such as 1500 or 2.5, or choose “I don’t know”.")
        return number

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            raise UnreadableAnswer("a number is needed")
        if not -MOST <= raw <= MOST:
            raise UnreadableAnswer("A number is at most %(most)s.", most=MOST)
        return raw

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        """As the numbers are written: 0.3 is 0.1 away from 0.2, which in floats it is not."""
        distance = abs(Fraction(str(answer)) - Fraction(str(question.answer)))
        return _right_if(distance <= Fraction(str(question.tolerance)))

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return question.answer

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return None


class Ordering(_OfChoices):
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle:
        """Not solved already; of two items the order may be any, or it would say what is right."""
        solved = tuple(range(len(question.items)))
        while (shuffle := super().shuffle(question, rng)) == solved and len(solved) > 2:
            pass
        return shuffle

    def parse(self, values: Sequence[str]) -> Any:
        return [_id(value) for value in values]

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if not _are_ids(raw, shuffle) or len(raw) != len(shuffle):
            raise UnreadableAnswer("Every item needs a place of its own.")
        return list(raw)

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        """The share of places that hold the right item."""
        return Fraction(sum(shuffle[id] == place for place, id in enumerate(answer)), len(shuffle))

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return sorted(range(len(shuffle)), key=shuffle.__getitem__)

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return [shuffle[id] for id in answer]


TYPES: dict[str, QuestionType] = {
    "single": Single(),
    "multiple": Multiple(),
    "boolean": Boolean(),
    "text": Text(),
    "number": Number(),
    "ordering": Ordering(),
}


def _right_if(is_right: bool) -> Fraction:
    return RIGHT if is_right else WRONG


def _only(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else ""


def _id(value: str) -> int:
    """-1, which no choice has, where it is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 2 else -1


def _is_id(raw: Any, shuffle: Shuffle) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < len(shuffle)


def _are_ids(raw: Any, shuffle: Shuffle) -> bool:
    return isinstance(raw, list) and all(_is_id(id, shuffle) for id in raw) and len(set(raw)) == len(raw)
