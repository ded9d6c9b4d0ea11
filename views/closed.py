"""Closed questions: how each came out; row by row, what could be chosen or was typed, and what was right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from models.game import Game
from models.turn import Turn, Verdict
from views.translation import gettext
from views.words import LETTERS, options, plain_number, points, right_of, signed

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"
NOW = "now"

MARKS = {RIGHT: "✓", PARTLY: "~", WRONG: "✗"}
SQUARES = {RIGHT: "🟩", PARTLY: "🟨", WRONG: "🟥"}


@dataclass(frozen=True)
class Row:
    """`verdict` is RIGHT, WRONG or empty; `key` is a mark, a letter or a place."""

    text: str
    verdict: str
    key: str
    tag: str


@dataclass(frozen=True)
class Step:
    """Of a game, for one question: `state` is its outcome, `now`, or empty while it is to come."""

    state: str
    mark: str
    words: str

    @property
    def is_now(self) -> bool:
        return self.state == NOW


def steps_of(game: Game) -> Iterator[Step]:
    for number, turn in enumerate(game.turns, 1):
        if turn.verdict:
            state = outcome(turn)
            said = gettext("Question %(number)s: %(outcome)s", number=number, outcome=outcome_in_words(turn))
            yield Step(state, MARKS[state], said)
        elif turn.revealed_at:
            yield Step(NOW, str(number), gettext("Question %(number)s: now", number=number))
        else:
            yield Step("", str(number), gettext("Question %(number)s: to come", number=number))


def outcome(turn: Turn) -> str:
    """Of a closed question."""
    fraction = _verdict(turn).fraction
    return RIGHT if fraction == 1 else PARTLY if fraction else WRONG


def outcome_in_words(turn: Turn) -> str:
    came_out = outcome(turn)
    if came_out == PARTLY:
        return gettext("partly right")
    return gettext("right") if came_out == RIGHT else gettext("wrong")


def points_of(turn: Turn) -> str:
    verdict = _verdict(turn)
    if verdict.late:
        return gettext("No points: time ran out")
    return signed("+", points(verdict.points)) if verdict.points else gettext("No points")


def gist(game: Game) -> str:
    """A finished game in two lines that give no answer away."""
    squares = "".join(SQUARES[outcome(turn)] for turn in game.turns)
    right = right_of(game.correct, game.length)
    return f"Quizboard: {points(game.points)}, {right}\n{squares}"


def rows(turn: Turn, looking_back: bool = False) -> list[Row]:
    """Of a closed question, from top to bottom; looking back, without choices neither taken nor right."""
    shown = _ROWS[turn.question.type](turn, _verdict(turn).answer)
    # An order that was passed has no verdicts, and all its items are what was right.
    return [row for row in shown if row.verdict or not looking_back or turn.question.type == "ordering"]


def allowance(turn: Turn) -> str:
    """What else counts as right, where anything does."""
    question = turn.question
    if question.type == "text" and len(question.answer) > 1:
        return gettext("Also right: %(answers)s.", answers=", ".join(question.answer[1:]))
    if question.type == "number" and question.tolerance:
        least, most = question.answer - question.tolerance, question.answer + question.tolerance
        return gettext(
            "Anything from %(least)s to %(most)s is right.",
            least=plain_number(least),
            most=plain_number(most),
        )
    return ""


def _choices(turn: Turn, answer: Any) -> Iterator[Row]:
    right_answer = turn.right_answer
    for place, (value, _, text) in enumerate(options(turn)):
        is_right, is_mine = _is_among(value, right_answer), _is_among(value, answer)
        if is_right:
            yield Row(text, RIGHT, MARKS[RIGHT], _mine_and_right() if is_mine else gettext("right answer"))
        elif is_mine:
            yield Row(text, WRONG, MARKS[WRONG], gettext("your answer"))
        else:
            yield Row(text, "", LETTERS[place], "")


def _is_among(value: Any, answer: Any) -> bool:
    return value in answer if isinstance(answer, list) else answer is not None and value == answer


def _typed(turn: Turn, answer: Any) -> Iterator[Row]:
    say = plain_number if turn.question.type == "number" else str
    is_right = answer is not None and turn.type.fraction(answer, turn.question, turn.shuffle) == 1
    if is_right:
        yield Row(say(answer), RIGHT, MARKS[RIGHT], _mine_and_right())
    elif answer is not None:
        yield Row(say(answer), WRONG, MARKS[WRONG], gettext("your answer"))
    if not is_right or answer != turn.right_answer:
        yield Row(say(turn.right_answer), RIGHT, MARKS[RIGHT], gettext("right answer"))


def _items(turn: Turn, answer: Any) -> Iterator[Row]:
    """In the right order, each with the place it was given."""
    for place, id in enumerate(turn.right_answer):
        text = turn.choices[id]
        if answer is None:
            yield Row(text, "", str(place + 1), "")
        elif answer[place] == id:
            yield Row(text, RIGHT, MARKS[RIGHT], gettext("in its place"))
        else:
            given = gettext("you put it in place %(place)s", place=answer.index(id) + 1)
            yield Row(text, WRONG, MARKS[WRONG], given)


def _mine_and_right() -> str:
    return gettext("your answer, right")


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
    "MARKS": MARKS,
    "allowance": allowance,
    "gist": gist,
    "outcome": outcome,
    "outcome_in_words": outcome_in_words,
    "points_of": points_of,
    "rows": rows,
    "steps_of": steps_of,
}
