"""Closed questions: how each came out; row by row, what could be chosen or was typed, and what was right."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from models.answer import Answer
from models.game import Game
from models.turn import Turn, Verdict
from views.translation import gettext
from views.words import LETTERS, choices, plain_number, points, right_of, signed

RIGHT, PARTLY, WRONG = "right", "partly", "wrong"
NOW = "now"

MARKS = {RIGHT: "✓", PARTLY: "~", WRONG: "✗"}
SQUARES = {RIGHT: "🟩", PARTLY: "🟨", WRONG: "🟥"}


class Row(NamedTuple):
    """`verdict` is RIGHT, WRONG or empty; `key` is a mark, a letter or a place."""

    text: str
    verdict: str
    key: str
    tag: str


class Step(NamedTuple):
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
            said = gettext("Question %(number)s: %(outcome)s", number=number, outcome=_in_words(state))
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
    return _in_words(outcome(turn))


def _in_words(came_out: str) -> str:
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
    shown = _ROWS[turn.question.type](turn, _verdict(turn))
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


def _choices(turn: Turn, verdict: Verdict) -> Iterator[Row]:
    right, mine = _chosen(turn.right_answer), _chosen(verdict.answer)
    for place, (one, text) in enumerate(choices(turn)):
        if one in right:
            tag = _mine_and_right() if one in mine else gettext("right answer")
            yield Row(text, RIGHT, MARKS[RIGHT], tag)
        elif one in mine:
            yield Row(text, WRONG, MARKS[WRONG], gettext("your answer"))
        else:
            yield Row(text, "", LETTERS[place], "")


def _chosen(answer: Answer) -> Sequence[Answer]:
    """Of any choices: several, one, or none."""
    return answer if isinstance(answer, list) else [] if answer is None else [answer]


def _typed(turn: Turn, verdict: Verdict) -> Iterator[Row]:
    say = plain_number if turn.question.type == "number" else str
    answer, is_right = verdict.answer, verdict.fraction == 1
    if verdict.late and answer is not None:
        # Whatever it was, its fraction is 0.
        is_right = turn.type.fraction(answer, turn.question, turn.shuffle) == 1
    if is_right:
        yield Row(say(answer), RIGHT, MARKS[RIGHT], _mine_and_right())
    elif answer is not None:
        yield Row(say(answer), WRONG, MARKS[WRONG], gettext("your answer"))
    if not is_right or answer != turn.right_answer:
        yield Row(say(turn.right_answer), RIGHT, MARKS[RIGHT], gettext("right answer"))


def _items(turn: Turn, verdict: Verdict) -> Iterator[Row]:
    """In the right order, each with the place it was given."""
    answer = verdict.answer
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


_ROWS: dict[str, Callable[[Turn, Verdict], Iterator[Row]]] = {
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
