"""How each type of question is laid out, how an answer to it is read, and how right it is.

An answer names choices by their place in the shuffle of one game, so that ids give nothing away.
"""

import random
from fractions import Fraction
from typing import Any, Protocol

from models.question import Question

Answer = Any
"""JSON by type: single, a choice id (int); boolean, a bool. None gives up."""

Shuffle = tuple[int, ...]
"""shuffle[id] is the place of the choice in the question as written."""

Chosen = list[int] | bool | None
"""What may be told of an answer: of choices, their places in the question as written; nothing typed."""

RIGHT = Fraction(1)
WRONG = Fraction(0)


class UnreadableAnswer(Exception):
    """The answer is not of the form that the question's type asks for."""


class QuestionType(Protocol):
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle: ...

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        """The texts to choose from, by id; empty where the player types."""

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        """The answer in `raw`: JSON, or the text a form sends. Raises UnreadableAnswer."""

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction: ...

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer: ...

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen: ...


class Single:
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle:
        return tuple(rng.sample(range(len(question.choices)), len(question.choices)))

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        return [question.choices[place] for place in shuffle]

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 2:
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < len(shuffle):
            raise UnreadableAnswer(f"a choice id from 0 to {len(shuffle) - 1} is needed")
        return raw

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        return RIGHT if question.choices[shuffle[answer]] == question.answer else WRONG

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return shuffle.index(question.choices.index(question.answer))

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return [shuffle[answer]]


_WORDS = {"true": True, "false": False}


class Boolean:
    def shuffle(self, question: Question, rng: random.Random) -> Shuffle:
        return ()

    def choices(self, question: Question, shuffle: Shuffle) -> list[str]:
        return []

    def read(self, raw: Any, question: Question, shuffle: Shuffle) -> Answer:
        answer = _WORDS.get(raw) if isinstance(raw, str) else raw
        if not isinstance(answer, bool):
            raise UnreadableAnswer("true or false is needed")
        return answer

    def fraction(self, answer: Answer, question: Question, shuffle: Shuffle) -> Fraction:
        return RIGHT if answer == question.answer else WRONG

    def right_answer(self, question: Question, shuffle: Shuffle) -> Answer:
        return question.answer

    def chosen(self, answer: Answer, shuffle: Shuffle) -> Chosen:
        return bool(answer)


TYPES: dict[str, QuestionType] = {"single": Single(), "boolean": Boolean()}
