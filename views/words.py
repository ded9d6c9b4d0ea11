"""Small words and numbers of the pages: how a time, a place, an answer or a board is said."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.answer import TEXT_LENGTH, Answer
from models.board import CHALLENGE, DAILY, OVERALL, Board, Period
from models.deck import Deck
from models.flag import COMMENT_LENGTH, Reason
from models.game import LENGTH, MIX
from models.history import EXPLORED, LONG_STREAKS, MANY_GAMES
from models.naming import CODE_POINTS
from models.player import Player
from models.scoring import GRACE_MS
from models.turn import Turn

LETTERS = "ABCDEFGHIJ"

PERIODS = {Period.DAY: "Day", Period.WEEK: "Week", Period.MONTH: "Month", Period.ALL: "All time"}

REASONS = {
    Reason.WRONG: "The right answer is wrong, or not the only one",
    Reason.UNCLEAR: "It is unclear",
    Reason.TYPO: "There is a slip in the text",
}

BADGES: Mapping[str, tuple[str, str]] = {
    "first-game": ("First game", "Finish a game"),
    "ten-games": ("Regular", f"Finish {MANY_GAMES['ten-games']} games"),
    "hundred-games": ("Old hand", f"Finish {MANY_GAMES['hundred-games']} games"),
    "perfect-game": ("Perfect game", f"Answer all {LENGTH} questions of a game right"),
    "explorer": ("Explorer", f"Finish games in {EXPLORED} categories; a mix does not count"),
    "week-streak": ("A week", f"Finish a game on {LONG_STREAKS['week-streak']} days in a row"),
    "month-streak": ("A month", f"Finish a game on {LONG_STREAKS['month-streak']} days in a row"),
}
"""What each is called, and what one does to earn it."""

_BOOLEANS = {True: "True", False: "False"}


def number(value: int) -> str:
    """1234 as 1,234."""
    return f"{value:,}"


def plain_number(value: int | float) -> str:
    """A number of a question, as it is written: 1815, 0.1, 2500000; no year has a comma."""
    return f"{Decimal(str(value)):f}"


def percent(part: int, whole: int) -> str:
    """Rounded down, so that 100% is all of them."""
    return f"{100 * part // whole}%"


def day(when: date) -> str:
    """1 November 2026."""
    return f"{when.day} {when:%B %Y}"


def duration(elapsed_ms: int) -> str:
    """65400 as 1:05.4, below a minute 5.4 s."""
    minutes, tenths = divmod(round(elapsed_ms / 100), 600)
    return f"{minutes}:{tenths / 10:04.1f}" if minutes else f"{tenths / 10:.1f} s"


def options(turn: Turn) -> list[tuple[Answer, str, str]]:
    """What can be chosen: the answer, what a form sends for it, and its text."""
    if turn.question.type == "boolean":
        return [(answer, str(answer).lower(), text) for answer, text in _BOOLEANS.items()]
    return [(id, str(id), text) for id, text in enumerate(turn.choices)]


def scope_name(scope: str, decks: list[Deck]) -> str:
    names = {deck.category.slug: deck.category.name for deck in decks}
    if scope.startswith(CHALLENGE):
        return "The challenge"
    return {OVERALL: "Everything", DAILY: "The daily quiz"}.get(scope) or names.get(scope, scope)


def name_of(player: Player | None) -> str:
    """To begin a sentence with."""
    return player.name if player else "Someone who left"


def day_name(day: date) -> str:
    """Monday 23 November."""
    return f"{day:%A} {day.day} {day:%B}"


def short_day(day: date) -> str:
    """23 Nov."""
    return f"{day.day} {day:%b}"


def time_of_day(when: datetime) -> str:
    """9:05, on the clock of its zone."""
    return f"{when.hour}:{when:%M}"


def weekday(number: int) -> str:
    """0 is Monday."""
    return f"{date(2024, 1, 1 + number):%A}"


def wait_in_words(wait: timedelta) -> str:
    """`in 3 h 12 min`: nobody comes back too early, so whole minutes are rounded up."""
    hours, minutes = divmod(-(-wait // timedelta(minutes=1)), 60)
    return f"in {hours} h {minutes} min" if hours else f"in {minutes} min"


def category_name(slug: str, decks: list[Deck]) -> str:
    return "A mix of everything" if slug == MIX else scope_name(slug, decks)


def period_name(board: Board, now: datetime) -> str:
    """Today, this week ... or the date that the board is of."""
    if board == Board.holding(board.scope, board.period, now):
        return {"day": "Today", "week": "This week", "month": "This month", "all": "All time"}[board.period]
    return board.at


NAME_UNITS = 2 * CODE_POINTS
"""A browser counts UTF-16 units, of which a code point takes up to two; the server counts what people see."""

GLOBALS = {
    "BADGES": BADGES,
    "COMMENT_LENGTH": COMMENT_LENGTH,
    "LETTERS": LETTERS,
    "NAME_UNITS": NAME_UNITS,
    "PERIODS": PERIODS,
    "REASONS": REASONS,
    "TEXT_LENGTH": TEXT_LENGTH,
    "category_name": category_name,
    "day": day,
    "day_name": day_name,
    "duration": duration,
    "grace_seconds": GRACE_MS / 1000,
    "name_of": name_of,
    "number": number,
    "options": options,
    "percent": percent,
    "period_name": period_name,
    "scope_name": scope_name,
    "short_day": short_day,
    "time_of_day": time_of_day,
    "wait_in_words": wait_in_words,
    "weekday": weekday,
}
