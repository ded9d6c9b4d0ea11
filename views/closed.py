"""A closed question row by row: what could be chosen or was typed, and what of it was right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from models.game import Game
from models.turn import Turn, Verdict
from views.words import LETTERS, number, options, plain_number

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"

MARKS = {RIGHT: "✓", PARTLY: "~", WRONG: "✗"}
SQUARES = {RIGHT: "🟩", PARTLY: "🟨", WRONG: "🟥"}
IN_WORDS = {RIGHT: "right", PARTLY: "partly right", WRONG: "wrong"}

MINE = "your answer"
MINE_AND_RIGHT = "your answer, right"
RIGHT_ONE = "right answer"


@dataclass(frozen=True)
class Row:
    """`verdict` is RIGHT, WRONG or empty; `key` is a mark, a letter or a place."""

    text: str
    verdict: str
    key: str
    tag: str


def outcome(turn: Turn) -> str:
    """Of a closed question."""
    fraction = _verdict(turn).fraction
    return RIGHT if fraction == 1 else PARTLY if fraction else WRONG


def gist(game: Game) -> str:
    """A finished game in two lines that give no answer away."""
    squares = "".join(SQUARES[outcome(turn)] for turn in game.turns)
    return f"Quizboard: {number(game.points)} points, {game.correct} of {game.length} right\n{squares}"


def rows(turn: Turn) -> list[Row]:
    """Of a closed question, from top to bottom."""
    return list(_ROWS[turn.question.type](turn, _verdict(turn).answer))


def allowance(turn: Turn) -> str:
    """What else counts as right, where anything does."""
    question = turn.question
    if question.type == "text" and len(question.answer) > 1:
        return f"Also right: {', '.join(question.answer[1:])}."
    if question.type == "number" and question.tolerance:
        least, most = question.answer - question.tolerance, question.answer + question.tolerance
        return f"Anything from {plain_number(least)} to {plain_number(most)} is right."
    return ""


def _choices(turn: Turn, answer: Any) -> Iterator[Row]:
    for place, (value, _, text) in enumerate(options(turn)):
        is_right, is_mine = _is_among(value, turn.right_answer), _is_among(value, answer)
        if is_right:
            yield Row(text, RIGHT, MARKS[RIGHT], MINE_AND_RIGHT if is_mine else RIGHT_ONE)
        elif is_mine:
            yield Row(text, WRONG, MARKS[WRONG], MINE)
        else:
            yield Row(text, "", LETTERS[place], "")


def _is_among(value: Any, answer: Any) -> bool:
    return value in answer if isinstance(answer, list) else answer is not None and value == answer


def _typed(turn: Turn, answer: Any) -> Iterator[Row]:
    say = plain_number if turn.question.type == "number" else str
    is_right = answer is not None and turn.type.fraction(answer, turn.question, turn.shuffle) == 1
    if is_right:
        yield Row(say(answer), RIGHT, MARKS[RIGHT], MINE_AND_RIGHT)
    elif answer is not None:
        yield Row(say(answer), WRONG, MARKS[WRONG], MINE)
    if not is_right or answer != turn.right_answer:
        yield Row(say(turn.right_answer), RIGHT, MARKS[RIGHT], RIGHT_ONE)


def _items(turn: Turn, answer: Any) -> Iterator[Row]:
    """In the right order, each with the place it was given."""
    for place, id in enumerate(turn.right_answer):
        text = turn.choices[id]
        if answer is None:
            yield Row(text, "", str(place + 1), "")
        elif answer[place] == id:
            yield Row(text, RIGHT, MARKS[RIGHT], "in its place")
        else:
            yield Row(text, WRONG, MARKS[WRONG], f"you put it in place {answer.index(id) + 1}")


_ROWS: dict[str, Callable[[Turn, Any], Iterator[Row]]] = {
    "single": _choices,
    "multiple": _choices,
    "boolean": _choices,
    "text": _typed,
    "number": _typed,
    "ordering": _items,
}


def _verdict(turn: Turn) -> Verdict:
    assert turn.verdict is not None
    return turn.verdict


GLOBALS = {
    "IN_WORDS": IN_WORDS,
    "MARKS": MARKS,
    "allowance": allowance,
    "gist": gist,
    "outcome": outcome,
    "rows": rows,
}
