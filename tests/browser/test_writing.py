"""Questions and names in Hebrew and Arabic run from right to left, on a page that does not."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Locator, expect

from models.board import OVERALL, Board, Period
from models.leaderboard import LeaderboardEntry
from models.question import Category, Question
from models.seeding import seed
from models.store import Store
from models.version import FIRST
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.builders import a_question
from tests.conftest import NOON

HEBREW = "באיזו שנה (לפי לוח השנה הגרגוריאני) הגיע אדם ל-Moon לראשונה: 1969, 1971 או 1972?"
ARABIC = "أيُّ هذه المدن هي عاصمة بيرو منذ عام 1535 (تقريبًا)؟"

CHOICES = {
    HEBREW: ("ב-1969 (Apollo 11)", "ב-1971, באביב", "1972!", "אף פעם..."),
    ARABIC: ("ليما (Lima)", "كيتو 2,850 م", "1535؟", "لاباز!"),
}
EVERY_SCRIPT = pytest.mark.parametrize("prompt", [HEBREW, ARABIC], ids=["Hebrew", "Arabic"])
EVERY_TYPE = pytest.mark.parametrize("type_name", ["single", "multiple", "ordering"])


@pytest.fixture
def bank(store: Store, prompt: str, type_name: str) -> Store:
    seed(store, [asked(prompt, type_name, n) for n in range(10)], NOON)
    return store


@pytest.fixture
def type_name() -> str:
    return "single"


@pytest.fixture
def prompt() -> str:
    return HEBREW


def asked(prompt: str, type_name: str, n: int) -> Question:
    first, second, *_ = CHOICES[prompt]
    answers = {"single": first, "text": (first,), "multiple": (first, second), "ordering": CHOICES[prompt]}
    return a_question(
        f"{type_name}-{n}",
        type=type_name,
        category=Category("written", "Written"),
        prompt=prompt,
        choices=() if type_name in ("ordering", "text") else CHOICES[prompt],
        answer=answers[type_name],
        explanation=f"{prompt} {first}",
    )


def runs_from_right_to_left(text: Locator) -> None:
    expect(text).to_have_css("direction", "rtl")
    expect(text).to_have_css("text-align", "start")


def stand_at_the_right(texts: Sequence[Locator]) -> None:
    """Also those without a letter, which run from left to right."""
    for text in texts:
        expect(text).to_have_css("text-align", "right")


def stands_right_of(one: Locator, other: Locator) -> None:
    """On the same line, at the side where one begins to read."""
    box, reference = one.bounding_box(), other.bounding_box()
    assert box
    assert reference
    assert box["x"] >= reference["x"] + reference["width"]


@EVERY_SCRIPT
@EVERY_TYPE
def test_a_question_is_laid_out_from_where_its_reader_begins(
    visitor: Visitor, prompt: str, type_name: str
) -> None:
    visitor.start(name="דנה 7")
    page = visitor.page
    runs_from_right_to_left(visitor.heading)
    row = page.locator(".choices > *, .places > *").first
    stands_right_of(row.locator(".key"), row.locator("[dir=auto]"))
    stand_at_the_right(page.locator(".choices [dir=auto], .places [dir=auto]").all())
    visitor.answer("I don’t know")
    visitor.sees_feedback(1, "Passed.")
    runs_from_right_to_left(page.locator(".asked"))
    runs_from_right_to_left(page.locator(".why"))
    row = page.locator(".options li").first
    stands_right_of(row.locator(".key"), row.locator("[dir=auto]"))


@pytest.mark.parametrize("type_name", ["text"])
def test_what_is_typed_runs_as_it_is_written(visitor: Visitor) -> None:
    visitor.start()
    field = visitor.page.get_by_label("Your answer")
    for typed, direction in [("(1969) ירח", "rtl"), ("1969 Moon", "ltr"), ("-5.5", "ltr")]:
        field.fill(typed)
        expect(field).to_have_css("direction", direction)


def test_a_name_disturbs_nothing_beside_it(visitor: Visitor, site: Site) -> None:
    """Two of one name: the mark that tells them apart comes after it, as on a page of English names."""
    board = Board.holding(OVERALL, Period.DAY, NOON)
    entries = [
        LeaderboardEntry(board, player, "דנה (7)", 1_234, 10, 65_432, NOON, player) for player in ("3f", "a1")
    ]
    site.app.store.put_many([entry.to_entity(site.app.store, FIRST) for entry in entries])
    visitor.page.goto("/leaderboard")
    row = visitor.page.locator("tbody tr").first
    runs_from_right_to_left(row.locator("bdi"))
    expect(row.locator("th")).to_have_css("direction", "ltr")
    stands_right_of(row.locator(".twin"), row.locator("bdi"))
