"""Small words and numbers of the pages: how a time, a place, an answer or a board is said."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from unicodedata import bidirectional

from markupsafe import Markup

from models.answer import TEXT_LENGTH, Answer
from models.board import DAILY, OVERALL, Board, Period, root_in
from models.deck import Deck
from models.flag import COMMENT_LENGTH, Reason
from models.game import LENGTH, MIX
from models.history import EXPLORED, LONG_STREAKS, MANY_GAMES
from models.naming import CODE_POINTS
from models.player import Player
from models.question import Difficulty
from models.scoring import GRACE_MS
from models.turn import Turn
from views.escaping import escaped, html
from views.translation import gettext, language, later, ngettext

LETTERS = "ABCDEFGHIJ"

TEXTS_KEPT = 1_000
"""In memory, with their direction: the same questions are asked again and again."""


def period_names() -> Mapping[Period, str]:
    return {
        Period.DAY: gettext("Day"),
        Period.WEEK: gettext("Week"),
        Period.MONTH: gettext("Month"),
        Period.ALL: gettext("All time"),
    }


def reasons() -> Mapping[Reason, str]:
    return {
        Reason.WRONG: gettext("The right answer is wrong, or not the only one"),
        Reason.UNCLEAR: gettext("It is unclear"),
        Reason.TYPO: gettext("There is a slip in the text"),
    }


def badges() -> Mapping[str, tuple[str, str]]:
    """What each is called, and what one does to earn it."""
    all_right = gettext("Answer all %(length)s questions of a game right", length=LENGTH)
    explored = gettext("Finish games in %(number)s categories; a mix does not count", number=EXPLORED)
    return {
        "first-game": (gettext("First game"), gettext("Finish a game")),
        "ten-games": (gettext("Regular"), _finish_games(MANY_GAMES["ten-games"])),
        "hundred-games": (gettext("Old hand"), _finish_games(MANY_GAMES["hundred-games"])),
        "perfect-game": (gettext("Perfect game"), all_right),
        "explorer": (gettext("Explorer"), explored),
        "week-streak": (gettext("A week"), _finish_on_days(LONG_STREAKS["week-streak"])),
        "month-streak": (gettext("A month"), _finish_on_days(LONG_STREAKS["month-streak"])),
    }


def _finish_games(games: int) -> str:
    return ngettext("Finish %(games)s game", "Finish %(games)s games", games, games=games)


def _finish_on_days(days: int) -> str:
    return ngettext(
        "Finish a game on %(days)s day", "Finish a game on %(days)s days in a row", days, days=days
    )


def number(value: int) -> str:
    """1234 as 1,234."""
    if -1_000 < value < 1_000:
        return str(value)
    return f"{value:,}".replace(",", language().thousands)


def bold(text: str) -> Markup:
    return html(f"<b>{escaped(text)}</b>")


def points(value: int) -> str:
    return ngettext("%(points)s point", "%(points)s points", value, points=number(value))


def right_of(right: int, asked: int) -> str:
    """Of so many answers."""
    return gettext("%(right)s of %(asked)s right", right=number(right), asked=number(asked))


def plain_number(value: int | float) -> str:
    """A number of a question, as it is written: 1815, 0.1, 2500000; no year has a comma."""
    return f"{Decimal(str(value)):f}"


def difference(value: int) -> str:
    """+120, −80, ±0: with a real minus sign, as wide as the plus."""
    sign = "+" if value > 0 else "−" if value else "±"
    return signed(sign, number(abs(value)))


def signed(sign: str, amount: str) -> str:
    """The sign stands before the number, also where one reads from right to left."""
    mark = "\N{LEFT-TO-RIGHT MARK}" if language().direction == "rtl" else ""
    return f"{mark}{sign}{amount}"


def percent(part: int, whole: int) -> str:
    """Rounded down, so that 100% is all of them."""
    return gettext("%(number)s%%", number=100 * part // whole)


def day(when: date) -> str:
    """1 November 2026."""
    return gettext("%(day)s %(month)s %(year)s", day=when.day, month=_month(when), year=when.year)


def duration(elapsed_ms: int) -> str:
    """65400 as 1:05.4, below a minute 5.4 s."""
    minutes, tenths = divmod(round(elapsed_ms / 100), 600)
    shown = f"{minutes}:{tenths / 10:04.1f}" if minutes else f"{tenths / 10:.1f}"
    shown = shown.replace(".", language().tenths)
    return shown if minutes else gettext("%(seconds)s s", seconds=shown)


def options(turn: Turn) -> list[tuple[Answer, str, str]]:
    """What can be chosen: the answer, what a form sends for it, and its text."""
    return [(answer, str(answer).lower(), text) for answer, text in choices(turn)]


def choices(turn: Turn) -> Iterable[tuple[Answer, str]]:
    """The texts of what can be chosen, each by its answer."""
    if turn.question.type == "boolean":
        return ((True, gettext("True")), (False, gettext("False")))
    return enumerate(turn.choices)


def scope_name(scope: str, decks: list[Deck]) -> str:
    if scope == OVERALL:
        return gettext("Everything")
    if scope == DAILY:
        return gettext("The daily quiz")
    if root_in(scope) is not None:
        return gettext("The challenge")
    return next((deck.category.name for deck in decks if deck.category.slug == scope), scope)


def name_of(player: Player | None) -> str:
    """To begin a sentence with."""
    return player.name if player else gettext("Someone who left")


def day_name(day: date) -> str:
    """Monday 23 November."""
    return gettext("%(weekday)s %(day)s %(month)s", weekday=_weekday(day), day=day.day, month=_month(day))


def _weekday(day: date) -> str:
    return (
        gettext("Monday"),
        gettext("Tuesday"),
        gettext("Wednesday"),
        gettext("Thursday"),
        gettext("Friday"),
        gettext("Saturday"),
        gettext("Sunday"),
    )[day.weekday()]


def _month(day: date) -> str:
    """As it is said in a date."""
    return (
        gettext("January"),
        gettext("February"),
        gettext("March"),
        gettext("April"),
        gettext("May"),
        gettext("June"),
        gettext("July"),
        gettext("August"),
        gettext("September"),
        gettext("October"),
        gettext("November"),
        gettext("December"),
    )[day.month - 1]


def day_and_month(day: date) -> str:
    """23 November."""
    return gettext("%(day)s %(month)s", day=day.day, month=_month(day))


def time_of_day(when: datetime) -> str:
    """9:05, on the clock of its zone."""
    return f"{when.hour}:{when:%M}"


def weekday(number: int) -> str:
    """0 is Monday."""
    return _weekday(date(2024, 1, 1 + number))


def wait_in_words(wait: timedelta) -> str:
    """`in 3 h 12 min`: nobody comes back too early, so whole minutes are rounded up."""
    hours, minutes = divmod(-(-wait // timedelta(minutes=1)), 60)
    if hours:
        return gettext("in %(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
    return gettext("in %(minutes)s min", minutes=minutes)


def category_name(slug: str, decks: list[Deck]) -> str:
    return gettext("A mix of everything") if slug == MIX else scope_name(slug, decks)


_NOW = {
    Period.DAY: later("Today"),
    Period.WEEK: later("This week"),
    Period.MONTH: later("This month"),
    Period.ALL: later("All time"),
}


def period_name(board: Board, now: datetime) -> str:
    """Today, this week ... or the date that the board is of."""
    return gettext(_NOW[board.period]) if board.holds(now) else board.at


def board_name(board: Board, decks: list[Deck], now: datetime) -> str:
    """Everything: Today."""
    scope, period = scope_name(board.scope, decks), period_name(board, now)
    return gettext("%(scope)s: %(period)s", scope=scope, period=period)


@lru_cache(TEXTS_KEPT)
def direction(text: str) -> str:
    """That it is read in, by its first letter, as a browser's `dir="auto"` would find."""
    strong = (kind for kind in map(bidirectional, text) if kind in ("L", "R", "AL"))
    return "ltr" if next(strong, "L") == "L" else "rtl"


def difficulty_name(difficulty: Difficulty) -> str:
    return {
        Difficulty.EASY: gettext("easy"),
        Difficulty.MEDIUM: gettext("medium"),
        Difficulty.HARD: gettext("hard"),
    }[difficulty]


NAME_UNITS = 2 * CODE_POINTS
"""A browser counts UTF-16 units, of which a code point takes up to two; the server counts what people see."""

GLOBALS = {
    "COMMENT_LENGTH": COMMENT_LENGTH,
    "LETTERS": LETTERS,
    "NAME_UNITS": NAME_UNITS,
    "TEXT_LENGTH": TEXT_LENGTH,
    "badges": badges,
    "board_name": board_name,
    "bold": bold,
    "category_name": category_name,
    "day": day,
    "day_and_month": day_and_month,
    "day_name": day_name,
    "difficulty_name": difficulty_name,
    "direction": direction,
    "difference": difference,
    "duration": duration,
    "enumerate": enumerate,
    "grace_seconds": GRACE_MS / 1000,
    "name_of": name_of,
    "number": number,
    "options": options,
    "percent": percent,
    "period_names": period_names,
    "points": points,
    "reasons": reasons,
    "right_of": right_of,
    "scope_name": scope_name,
    "time_of_day": time_of_day,
    "wait_in_words": wait_in_words,
    "weekday": weekday,
}
