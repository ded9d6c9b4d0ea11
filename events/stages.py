"""From an event of the stream to what it adds to the aggregates, stage by stage; each is pure.

    validate -> clean -> normalise -> enrich -> window

What cannot be counted raises Unfit, with the reason for which it is set aside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from events.envelope import Message, wrap
from events.stream import Poison
from models.aggregate import Build, Tally, together
from models.event import Event, GameFinished
from models.game import LENGTH, Mode, Pace
from models.insights import SCORE_STEP, SCORES, TOTALS, bucket_of, cell, day_aggregate
from models.question import Difficulty
from models.scoring import FULL_POINTS
from models.statistics import WHOLE, QuestionSums, page_of

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
"""No game is older."""

CLOCK_ERROR = timedelta(minutes=1)
"""Between the time of an event and what its game says."""

LONGEST_ANSWER_MS = 10 * 60 * 1000
"""Against the clock: no question may have a longer limit."""


class Unfit(Exception):
    """The event says something that cannot be, so nothing of it is counted."""


@dataclass(frozen=True)
class Answer:
    """`x` and `y` as in QuestionSums; `timed_ms` is None in a relaxed game."""

    question: str
    category: str
    difficulty: str
    x: int
    y: int
    timed_ms: int | None
    is_late: bool


@dataclass(frozen=True)
class Observation:
    """A finished game as statistics see it: whose it was is left behind. `points`: None in a relaxed game."""

    finished_at: datetime
    mode: str
    points: int | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Placed:
    """An observation, and when it was by the owner's clock."""

    seen: Observation
    local: datetime


def tally(found: Event | Poison, build: Build) -> Tally:
    """What it adds to which aggregates; nothing where it is no finished game. Raises Unfit."""
    finished = validate(found)
    if finished is None:
        return {}
    clean(finished, found.time)
    return window(enrich(normalise(finished), build.zone))


def message_of(found: Event | Poison) -> Message:
    """To be set aside."""
    return found.message if isinstance(found, Poison) else wrap(found)


def validate(found: Event | Poison) -> GameFinished | None:
    """The stream has judged the form of each event already; only finished games are counted."""
    if isinstance(found, Poison):
        raise Unfit(found.reason)
    return GameFinished.from_event(found) if found.type == GameFinished.__name__ else None


def clean(finished: GameFinished, time: datetime) -> None:
    """`time` is that of the event."""
    for fault in _faults(finished, time):
        raise Unfit(fault)


def normalise(finished: GameFinished) -> Observation:
    """In whole numbers, in UTC, and without what no clock has measured."""
    rights = [round(WHOLE * answer.fraction) for answer in finished.answers]
    is_timed = finished.pace == Pace.TIMED
    answers = tuple(
        Answer(
            question=answer.question,
            category=answer.category,
            difficulty=answer.difficulty,
            x=x,
            y=sum(rights) - x,
            timed_ms=answer.elapsed_ms if is_timed else None,
            is_late=answer.late,
        )
        for answer, x in zip(finished.answers, rights, strict=True)
    )
    finished_at = finished.finished_at.astimezone(UTC)
    return Observation(finished_at, finished.mode, finished.points if is_timed else None, answers)


def enrich(seen: Observation, zone: tzinfo) -> Placed:
    """Category and difficulty are those that the event tells, as they were then; the hour is the owner's."""
    return Placed(seen, seen.finished_at.astimezone(zone))


def window(placed: Placed) -> Tally:
    """What is added to the totals, to the day's buckets, and to each question."""
    seen, local = placed.seen, placed.local
    totals = {
        "games": [1],
        f"mode:{seen.mode}": [1],
        f"day:{local.date()}": [1],
        f"hour:{local.weekday()}:{local.hour}": [1],
    }
    if seen.points is not None:
        totals |= {"points": [1, seen.points], f"score:{min(seen.points // SCORE_STEP, SCORES - 1)}": [1]}
    day = {day_aggregate(seen.finished_at): {bucket_of(seen.finished_at): [1]}}
    return together([{TOTALS: totals}, day, *map(_of_answer, seen.answers)])


def _faults(finished: GameFinished, time: datetime) -> Iterator[str]:
    if abs(finished.finished_at - time) > CLOCK_ERROR:
        yield f"the game ended at {finished.finished_at}, the event is of {time}"
    if not FIRST <= finished.started_at <= finished.finished_at:
        yield f"the game began at {finished.started_at} and ended at {finished.finished_at}"
    if finished.mode not in set(Mode) or finished.pace not in set(Pace):
        yield f"no game has the mode {finished.mode!r} and the pace {finished.pace!r}"
    if len(finished.answers) != LENGTH:
        yield f"a game has {LENGTH} questions, not {len(finished.answers)}"
    for answer in finished.answers:
        if not 0 <= answer.fraction <= 1 or not 0 <= answer.points <= FULL_POINTS:
            yield f"nobody gets {answer.points} points for an answer that is right by {answer.fraction}"
        if answer.elapsed_ms < 0 or (finished.pace == Pace.TIMED and answer.elapsed_ms > LONGEST_ANSWER_MS):
            yield f"no answer takes {answer.elapsed_ms} ms"
        if answer.difficulty not in set(Difficulty):
            yield f"no question is {answer.difficulty!r}"
    if finished.points != sum(answer.points for answer in finished.answers):
        yield f"{finished.points} points are not the sum of those for the answers"
    if finished.correct != sum(answer.fraction == 1 for answer in finished.answers):
        yield f"{finished.correct} right answers are not as many as there are"


def _of_answer(answer: Answer) -> Tally:
    sums = QuestionSums.of_answer(answer.x, answer.y, answer.timed_ms, answer.is_late)
    of_its_kind = [sums.asked, sums.right, sums.x, sums.timed, sums.timed_ms]
    return {
        TOTALS: {cell(answer.category, answer.difficulty): of_its_kind},
        page_of(answer.question): {answer.question: sums.numbers},
    }
