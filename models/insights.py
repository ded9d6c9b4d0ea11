"""What the aggregates say, ready to be shown. No player is named, and no right answer may be shown of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from models.aggregate import Aggregate, Build, Numbers, Sums, Tally
from models.question import Difficulty, Question
from models.statistics import PAGES, QuestionSums, extremes, hardest_and_easiest, kept
from models.store import Store

TOTALS, EXTREMES = "totals", "extremes"

BUCKET = timedelta(minutes=5)
"""The smallest window. Every zone is a multiple of it away from UTC, so hours of any zone are made of it."""

HOUR = timedelta(hours=1)
HOURS_SHOWN = 24
DAYS_SHOWN = 30

SCORE_STEP = 500
SCORES = 20
"""Steps of points: the highest step takes in the full 10,000."""


@dataclass(frozen=True)
class Hour:
    """How many games ended in it. `start` is in the owner's zone."""

    start: datetime
    games: int


@dataclass(frozen=True)
class Day:
    date: date
    games: int


@dataclass(frozen=True)
class Accuracy:
    """Answers and how many of them were right."""

    asked: int = 0
    right: int = 0

    def __add__(self, other: "Accuracy") -> "Accuracy":
        return Accuracy(self.asked + other.asked, self.right + other.right)


@dataclass(frozen=True)
class CategoryAccuracy:
    slug: str
    overall: Accuracy
    by_difficulty: Mapping[str, Accuracy]


@dataclass(frozen=True)
class Measured:
    """A question with what is known of it."""

    question: Question
    sums: QuestionSums


@dataclass(frozen=True)
class Insights:
    """`week[weekday][hour]` begins with Monday, in the hours of `zone_name`; each of `scores` is a step."""

    zone_name: str
    games: int
    last_hour: int
    """A sliding window: the running BUCKET and the eleven before it."""
    hours: Sequence[Hour]
    days: Sequence[Day]
    scores: Sequence[int]
    mean_points: int | None
    """Of timed games; None before the first."""
    answers: Accuracy
    categories: Sequence[CategoryAccuracy]
    """The one with the highest share of right answers first."""
    hardest: Sequence[Measured]
    easiest: Sequence[Measured]
    week: Sequence[Sequence[int]]

    @classmethod
    def load(cls, store: Store, build: Build, now: datetime) -> Self:
        """Two lookups: of four aggregates, and of the questions that are shown. Raises UnknownZone."""
        yesterday = now - timedelta(days=1)
        names = [TOTALS, EXTREMES, day_aggregate(now), day_aggregate(yesterday)]
        totals, extremes, *days = (found.sums for found in Aggregate.load_many(store, build, names))
        buckets = _buckets(now, days[0]) | _buckets(yesterday, days[1])
        hardest, easiest = hardest_and_easiest(extremes)
        questions = _questions(store, [*hardest, *easiest])
        categories = _categories(totals)
        timed, points = totals.get("points", (0, 0))
        return cls(
            zone_name=build.zone_name,
            games=_count(totals, "games"),
            last_hour=_games_from(buckets, _floor(now, BUCKET) - HOUR + BUCKET, HOUR),
            hours=_hours(buckets, now.astimezone(build.zone)),
            days=_days(totals, now.astimezone(build.zone).date()),
            scores=[_count(totals, f"score:{step}") for step in range(SCORES)],
            mean_points=points // timed if timed else None,
            answers=sum((one.overall for one in categories), Accuracy()),
            categories=categories,
            hardest=_measured(hardest, extremes, questions),
            easiest=_measured(easiest, extremes, questions),
            week=[[_count(totals, f"hour:{day}:{hour}") for hour in range(24)] for day in range(7)],
        )

    @property
    def busiest(self) -> tuple[int, int] | None:
        """Weekday and hour in which most games have ended; None before the first."""
        hours = [(day, hour) for day in range(7) for hour in range(24)]
        return max(hours, key=lambda at: self.week[at[0]][at[1]]) if self.games else None


def day_aggregate(when: datetime) -> str:
    """Where the buckets of that day in UTC are."""
    return f"day-{when.astimezone(UTC):%Y-%m-%d}"


def bucket_of(when: datetime) -> str:
    """The number of its bucket on its day in UTC."""
    return str((when.astimezone(UTC) - _midnight(when)) // BUCKET)


def complete(tally: Tally) -> Tally:
    """With no more questions than there is room for, and what the pages of questions say together."""
    pages = {name: kept(tally.get(name, {})) for name in PAGES}
    return dict(tally) | pages | {EXTREMES: extremes(pages.values())}


def cell(category: str, difficulty: str) -> str:
    return f"cell:{category}:{difficulty}"


def _count(sums: Sums, name: str) -> int:
    return sums[name][0] if name in sums else 0


def _midnight(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _floor(when: datetime, step: timedelta) -> datetime:
    """The beginning of the step of UTC's day that `when` is in."""
    return _midnight(when) + (when - _midnight(when)) // step * step


def _buckets(day: datetime, sums: Sums) -> dict[datetime, int]:
    return {_midnight(day) + int(number) * BUCKET: games for number, [games] in sums.items()}


def _games_from(buckets: Mapping[datetime, int], start: datetime, length: timedelta) -> int:
    return sum(buckets.get(start + n * BUCKET, 0) for n in range(length // BUCKET))


def _hours(buckets: Mapping[datetime, int], local: datetime) -> list[Hour]:
    """The last ones by the owner's clock, with the running one. Set back, a clock shows one hour twice."""
    running = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    starts = [running - n * HOUR for n in reversed(range(HOURS_SHOWN))]
    return [Hour(start.astimezone(local.tzinfo), _games_from(buckets, start, HOUR)) for start in starts]


def _days(totals: Sums, today: date) -> list[Day]:
    days = [today - timedelta(days=n) for n in reversed(range(DAYS_SHOWN))]
    return [Day(day, _count(totals, f"day:{day}")) for day in days]


def _categories(totals: Sums) -> list[CategoryAccuracy]:
    found: dict[str, dict[str, Accuracy]] = defaultdict(dict)
    for name, numbers in totals.items():
        if name.startswith("cell:"):
            category, _, difficulty = name.removeprefix("cell:").rpartition(":")
            found[category][difficulty] = _accuracy(numbers)
    categories = [
        CategoryAccuracy(
            slug,
            sum(by_difficulty.values(), Accuracy()),
            {difficulty: by_difficulty.get(difficulty, Accuracy()) for difficulty in Difficulty},
        )
        for slug, by_difficulty in found.items()
    ]
    return sorted(categories, key=lambda one: (-one.overall.right / one.overall.asked, one.slug))


def _accuracy(numbers: Numbers) -> Accuracy:
    asked, right, *_ = numbers
    return Accuracy(asked, right)


def _questions(store: Store, ids: Sequence[str]) -> dict[str, Question]:
    found = store.get_many([store.key(Question.KIND, id) for id in ids])
    return {id: Question.from_entity(entity) for id, entity in zip(ids, found, strict=True) if entity}


def _measured(ids: Sequence[str], sums: Sums, questions: Mapping[str, Question]) -> list[Measured]:
    """Of a question that is no longer there, nothing can be shown."""
    return [Measured(questions[id], QuestionSums(*sums[id])) for id in ids if id in questions]
