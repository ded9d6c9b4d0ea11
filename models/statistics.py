"""What sums say of a question: how hard it is, how sure that is, and whether it tells strong from weak.

All is kept in integers and divided only here, so that nothing depends on the order of addition.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from typing import Self

from models.aggregate import Numbers, Sums
from models.question import Difficulty

WHOLE = 1000
"""A right answer, in the thousandths that are kept of it."""

ENOUGH_ANSWERS = 10
"""Of fewer, nothing is said of a question."""

SHOWN = 5
"""Questions among the hardest, and among the easiest."""

QUESTIONS_PER_PAGE = 3_500
"""Of so many, some 560 kB, an aggregate keeps sums: the 16 of them go into one commit of 10 MiB."""

Z = 1.96
"""Standard deviations to each side in which 95 of 100 samples lie."""

SHARES = {Difficulty.HARD: (0.0, 0.45), Difficulty.MEDIUM: (0.45, 0.75), Difficulty.EASY: (0.75, 1.0)}
"""Of right answers that make a question hard, medium or easy: from one share to below the other."""


@dataclass(frozen=True)
class QuestionSums:
    """Sums over the answers to one question. `x`: how right each was; `y`: how right the rest of its game."""

    asked: int = 0
    right: int = 0
    x: int = 0
    xx: int = 0
    y: int = 0
    yy: int = 0
    xy: int = 0
    timed: int = 0
    """How many were given against the clock."""
    timed_ms: int = 0
    late: int = 0

    @classmethod
    def of_answer(cls, x: int, y: int, timed_ms: int | None, is_late: bool) -> Self:
        """`x` from 0 to WHOLE, `y` likewise for each other answer of the game; no time in a relaxed game."""
        is_timed = timed_ms is not None
        return cls(1, x == WHOLE, x, x * x, y, y * y, x * y, is_timed, timed_ms or 0, is_late)

    @property
    def numbers(self) -> Numbers:
        return [int(number) for number in vars(self).values()]

    @property
    def mean_ms(self) -> int | None:
        """Of answers against the clock."""
        return self.timed_ms // self.timed if self.timed else None

    @property
    def discrimination(self) -> float | None:
        """From -1 to 1, how much better who gets it right is at the rest; None where nothing varies.

        The correlation of an item with the rest of its test, a point-biserial one where answers are right or
        wrong: below 0.1 a question tells little apart, and below 0 something is wrong with it.
        """
        n = self.asked
        spread = (n * self.xx - self.x**2) * (n * self.yy - self.y**2)
        return (n * self.xy - self.x * self.y) / sqrt(spread) if spread else None

    @property
    def interval(self) -> tuple[float, float]:
        return interval(self.right, self.asked)

    @property
    def measured(self) -> Difficulty:
        """Of a question that was asked."""
        share = self.right / self.asked
        return max(SHARES, key=lambda difficulty: (SHARES[difficulty][0] <= share, SHARES[difficulty][0]))

    def disagrees_with(self, difficulty: Difficulty) -> bool:
        """Enough answers were counted, and the share of right ones can hardly be one of this difficulty."""
        (low, high), (least, most) = self.interval, SHARES[difficulty]
        return self.asked >= ENOUGH_ANSWERS and (high < least or low > most)


def interval(part: int, whole: int) -> tuple[float, float]:
    """Between which shares the true one lies, 95 times of 100 (Wilson 1927); all of them where there is none.

    It is wide while little is known, and stays between 0 and 1, as no plain average does.
    """
    if not whole:
        return 0.0, 1.0
    share, z2 = part / whole, Z * Z / whole
    middle = share + z2 / 2
    reach = Z * sqrt(share * (1 - share) / whole + z2 / (4 * whole))
    return (middle - reach) / (1 + z2), (middle + reach) / (1 + z2)


def page_of(question: str) -> str:
    """One of 16."""
    return f"questions-{sha256(question.encode()).hexdigest()[0]}"


PAGES: Sequence[str] = [f"questions-{digit}" for digit in "0123456789abcdef"]


def kept(questions: Sums) -> Sums:
    """As many as a page has room for: those whose hashes are the smallest.

    Which these are depends on nothing but the ids; one that is left out once never comes in again. So what
    is kept of a question is whole, in whatever order the answers came.
    """
    if len(questions) <= QUESTIONS_PER_PAGE:
        return questions
    chosen = sorted(questions, key=lambda id: sha256(id.encode()).digest())[:QUESTIONS_PER_PAGE]
    return {id: questions[id] for id in chosen}


def extremes(pages: Iterable[Sums]) -> Sums:
    """The sums of the hardest and the easiest questions, as far as enough is known of any."""
    known = {
        id: numbers
        for page in pages
        for id, numbers in page.items()
        if QuestionSums(*numbers).asked >= ENOUGH_ANSWERS
    }
    chosen = [id for ids in hardest_and_easiest(known) for id in ids]
    return {id: known[id] for id in chosen}


def hardest_and_easiest(questions: Sums) -> tuple[Sequence[str], Sequence[str]]:
    """Ids of SHOWN each at most, and of none twice; beginning with what one can be most sure of."""
    sums = {id: QuestionSums(*numbers) for id, numbers in questions.items()}
    length = min(SHOWN, len(sums) // 2)

    hardest = sorted(sums, key=lambda id: (sums[id].interval[1], id))[:length]
    others = sums.keys() - hardest
    return hardest, sorted(others, key=lambda id: (-sums[id].interval[0], id))[:length]
