"""Every page and every state a page can be in, and how to get there; the texts are as long as they may be."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from PIL import Image as Drawing

from controllers.visitor import player_token
from events.counting import count, current_build
from models import challenge, daily, history, leaderboard, play, ranking
from models.board import DAILY, OVERALL, Board, Period, challenge_board
from models.event import GameFinished
from models.game import MIX, Game, Pace
from models.history import History
from models.image import Image, Picture
from models.leaderboard import LeaderboardEntry
from models.patience import StoreUnavailable
from models.player import Player
from models.question import Category, Question
from models.seeding import seed
from models.store import Store
from models.version import FIRST
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.builders import a_question, a_statement
from tests.conftest import NOON
from tests.events.builders import a_round, told

LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
LONG_TEXT = (
    f"Who among the many people that are said to have had a part in it wrote {LONG_WORD}, and when? " * 3
)
WIDE_NAME = "W" * 24
CHOICES = Category("choices", "Administrative law and Verwaltungsverfahrensrecht")
STATEMENTS = Category("statements", "True or false")
OTHERS = {
    name: Category(name, name.title()) for name in ("multiple", "text", "number", "ordering", "pictured")
}
"""The other types, and questions with a picture, a category each."""
PICTURE_SIDE = 1_000
DAY_SECONDS = 24 * 3600
ENOUGH_SECONDS = 90
"""Of a question, so that no state changes while it is looked at."""


def a_long_bank() -> list[Question]:
    long = {
        "prompt": LONG_TEXT,
        "explanation": LONG_TEXT,
        "source": f"https://example.org/{LONG_WORD}/{LONG_WORD}?page=1",
        "time_limit_seconds": ENOUGH_SECONDS,
    }
    choices = ("Lima", LONG_TEXT, LONG_WORD, "La Paz")
    several = choices[:3]
    typed = long | {"choices": ()}
    return [
        question
        for n in range(10)
        for question in (
            a_question(f"choice-{n}", category=CHOICES, choices=choices, **long),
            a_statement(f"statement-{n}", category=STATEMENTS, **long),
            a_question(
                f"multiple-{n}",
                type="multiple",
                category=OTHERS["multiple"],
                choices=choices,
                answer=several,
                **long,
            ),
            a_question(
                f"text-{n}", type="text", category=OTHERS["text"], answer=("Lima", LONG_TEXT[:100]), **typed
            ),
            a_question(
                f"number-{n}", type="number", category=OTHERS["number"], answer=1535, tolerance=5, **typed
            ),
            a_question(
                f"ordering-{n}", type="ordering", category=OTHERS["ordering"], answer=choices, **typed
            ),
            a_question(f"pictured-{n}", category=OTHERS["pictured"], picture=PICTURE, **long),
        )
    ]


def long_bank(store: Store) -> Store:
    seed(store, a_long_bank(), NOON, image_of=lambda question: IMAGE)
    return store


def a_picture() -> Image:
    """Wider than any phone."""
    content = BytesIO()
    Drawing.linear_gradient("L").resize((PICTURE_SIDE, PICTURE_SIDE // 2)).save(content, "PNG")
    return Image("image/png", content.getvalue())


IMAGE = a_picture()
PICTURE = Picture(IMAGE.digest, PICTURE_SIDE, PICTURE_SIDE // 2, "From black to white")


def an_id(n: int) -> str:
    """As those of players are: nothing in it can be compressed."""
    return hashlib.sha256(str(n).encode()).hexdigest()[:32]


@dataclass
class Scene:
    """What a state is made of, and who looks at it."""

    visitor: Visitor
    site: Site
    monkeypatch: pytest.MonkeyPatch
    player: str = "ada"
    _games: int = field(default=0)

    def visit(self, path: str) -> None:
        context = self.visitor.page.context
        with self.site.app.app_context():
            token = player_token(self.player)
        context.add_cookies([{"name": "player", "value": token, "url": self.site.address}])
        self.visitor.page.goto(path)

    def visit_game(self, game: Game) -> None:
        self.visit(f"/games/{game.id}")

    def game(self, pace: Pace = Pace.TIMED, category: Category = CHOICES) -> Game:
        self._games += 1
        wish = play.Start(WIDE_NAME, category.slug, pace, f"key {self._games}", self.player)
        app = self.site.app
        return play.start(app.store, app.dealer, wish, app.clock(), app.rng).game

    def answered(self, game: Game, is_right: bool = True) -> Game:
        right = game.turn.right_answer
        wrong = None
        if isinstance(right, bool):
            wrong = not right
        elif isinstance(right, int):
            wrong = (right + 1) % 4
        return self._answer(game, right if is_right else wrong)

    def answering(self, game: Game, raw: Any) -> Game:
        return self._answer(game, raw)

    def passed(self, game: Game) -> Game:
        return self._answer(game, None)

    def finished(self, game: Game) -> Game:
        """Some right, some wrong."""
        for index in range(game.length):
            if index:
                game = play.reveal(self.site.app.store, game.id, self.player, index, self.site.clock()).game
            game = self.answered(game, is_right=index % 3 > 0)
        return game

    def daily_game(self, pace: Pace = Pace.TIMED) -> Game:
        app = self.site.app
        wish = play.Start(WIDE_NAME, MIX, pace, "key", self.player)
        return daily.start(app.store, app.dealer, wish, app.clock(), app.rng).game

    def taken(self, root: Game, pace: Pace = Pace.TIMED) -> Game:
        """The challenge of somebody else's game, begun."""
        app = self.site.app
        self.player = "grace"
        wish = play.Start(WIDE_NAME, MIX, pace, "key", self.player)
        return challenge.start(app.store, root.id, wish, app.clock(), app.rng).game

    def told(self, game: Game) -> Game:
        """The subscribers have heard of the finished game."""
        event = GameFinished.of(game).to_event(game.id, self.site.clock())
        leaderboard.record(self.site.app.store, event)
        history.record(self.site.app.store, event)
        return game

    def board(self, players: int, board: Board | None = None) -> None:
        """Today's, or another, with the player in the middle."""
        board = board or Board.holding(OVERALL, Period.DAY, self.site.clock())
        self._enter(
            self._entry(board, self.player if n == players // 2 else an_id(n), f"{n:04}", 10_000 - 7 * n, n)
            for n in range(players)
        )

    def neighbours(self, game: Game) -> Game:
        """One above it and one below on each of its boards."""
        both = enumerate((game.points + 7, game.points - 1_007))
        self._enter(
            self._entry(board, an_id(n), "", points, n) for board, (n, points) in product(game.boards, both)
        )
        return game

    def met(self, **played: Any) -> None:
        """The player, with a history."""
        store = self.site.app.store
        player, history = Player(self.player, WIDE_NAME, self.site.clock()), History(self.player, **played)
        store.put_many([player.to_entity(store), history.to_entity(store, FIRST)])

    def next_page(self) -> str:
        now = self.site.clock()
        page = ranking.page(self.site.app.store, Board.holding(OVERALL, Period.DAY, now))
        return f"/leaderboard?after={page.next}"

    def _entry(
        self, board: Board, player: str, name_begins: str, points: int, seconds: int
    ) -> LeaderboardEntry:
        """Of a game that ended so long ago."""
        return LeaderboardEntry(
            board=board,
            player=player,
            name=f"{name_begins}{WIDE_NAME}"[:24],
            points=points,
            correct=10,
            elapsed_ms=65_432,
            finished_at=self.site.clock() - timedelta(seconds=seconds),
            game=f"game-{seconds}",
        )

    def _enter(self, entries: Iterable[LeaderboardEntry]) -> None:
        store = self.site.app.store
        store.put_many([entry.to_entity(store, FIRST) for entry in entries])

    def _answer(self, game: Game, raw: Any) -> Game:
        store, clock = self.site.app.store, self.site.clock
        return play.answer(store, game.id, self.player, game.index, raw, clock()).game


def _home_with_a_board(scene: Scene) -> None:
    scene.board(5)
    scene.visit("/")


def _home_with_a_fault(scene: Scene) -> None:
    scene.visitor.expects("422")
    scene.visit("/")
    scene.visitor.page.get_by_label("Your name on the board").fill("\u200b")
    scene.visitor.page.get_by_role("button", name="Play").click()
    scene.visitor.page.wait_for_selector(".fault")


def _time_out(scene: Scene) -> None:
    game = scene.game()
    scene.site.clock.shift(ENOUGH_SECONDS + 2)
    scene.visit_game(game)


def _asked(name: str) -> Callable[[Scene], None]:
    return lambda scene: scene.visit_game(scene.game(Pace.TIMED, OTHERS[name]))


def _told(name: str, raw: Any) -> Callable[[Scene], None]:
    """The feedback to that answer."""
    return lambda scene: scene.visit_game(scene.answering(scene.game(Pace.TIMED, OTHERS[name]), raw))


def _partly_right(scene: Scene) -> None:
    game = scene.game(Pace.TIMED, OTHERS["multiple"])
    scene.visit_game(scene.answering(game, game.turn.right_answer[:2]))


def _order_that_is_wrong(scene: Scene) -> None:
    game = scene.game(Pace.TIMED, OTHERS["ordering"])
    first, second, *rest = game.turn.right_answer
    scene.visit_game(scene.answering(game, [second, first, *rest]))


def _number_with_a_fault(scene: Scene) -> None:
    scene.visitor.expects("422")
    _asked("number")(scene)
    scene.visitor.page.get_by_label("Your answer").fill("about a hundred")
    scene.visitor.page.get_by_role("button", name="Answer").click()
    scene.visitor.page.wait_for_selector(".fault")


def _reporting(scene: Scene) -> None:
    scene.visit_game(scene.answered(scene.game()))
    scene.visitor.page.get_by_text("Report this question").click()


def _result(pace: Pace) -> Callable[[Scene], None]:
    def arrive(scene: Scene) -> None:
        scene.visit_game(scene.finished(scene.game(pace)))

    return arrive


def _result_among_neighbours(scene: Scene) -> None:
    scene.visit_game(scene.neighbours(scene.finished(scene.game())))


def _player(scene: Scene) -> None:
    """Who has everything."""
    today = scene.site.clock().date()
    scene.met(
        games=12_345,
        perfect_games=1,
        best=dict.fromkeys(("mix", CHOICES.slug, *OTHERS), 10_000),
        days=frozenset(today - timedelta(days=n) for n in range(40)),
        asked=123_450,
        right=99_999,
    )
    scene.visit(f"/players/{scene.player}")


def _player_who_has_finished_nothing(scene: Scene) -> None:
    scene.met()
    scene.visit(f"/players/{scene.player}")


def _me(scene: Scene) -> None:
    scene.met()
    scene.visit("/me")


def _me_with_a_fault(scene: Scene) -> None:
    scene.visitor.expects("422")
    _me(scene)
    scene.visitor.page.get_by_label("Your name on the boards").fill("\u200b")
    scene.visitor.page.get_by_role("button", name="Change my name").click()
    scene.visitor.page.wait_for_selector(".fault")


def _me_erased(scene: Scene) -> None:
    _me(scene)
    scene.visitor.page.get_by_text("Erase all of it").click()
    scene.visitor.page.get_by_role("button", name="Yes, erase everything").click()
    scene.visitor.page.get_by_text("We keep nothing of you here").wait_for()


def _board(path: str) -> Callable[[Scene], None]:
    def arrive(scene: Scene) -> None:
        scene.board(120)
        scene.visit(path)

    return arrive


def _further_board(scene: Scene) -> None:
    scene.board(120)
    scene.visit(scene.next_page())


def _daily(scene: Scene) -> None:
    """Yesterday's quiz was played, today's was not."""
    scene.told(scene.finished(scene.daily_game()))
    scene.board(12, Board.holding(DAILY, Period.DAY, scene.site.clock()))
    scene.site.clock.shift(DAY_SECONDS)
    scene.visit("/daily")


def _daily_in_the_middle(scene: Scene) -> None:
    scene.answered(scene.daily_game())
    scene.visit("/daily")


def _daily_played(scene: Scene) -> None:
    scene.told(scene.finished(scene.daily_game()))
    scene.visit("/daily")


def _daily_with_a_fault(scene: Scene) -> None:
    scene.visitor.expects("422")
    scene.visit("/daily")
    scene.visitor.page.get_by_label("Your name on the board").fill("\u200b")
    scene.visitor.page.get_by_role("button", name="Play").click()
    scene.visitor.page.wait_for_selector(".fault")


def _challenge(scene: Scene) -> None:
    """Of somebody else, taken by a class."""
    root = scene.finished(scene.game())
    scene.board(30, challenge_board(root.id))
    scene.player = "grace"
    scene.visit(f"/challenges/{root.id}")


def _challenge_in_the_middle(scene: Scene) -> None:
    root = scene.finished(scene.game())
    scene.answered(scene.taken(root))
    scene.visit(f"/challenges/{root.id}")


def _challenge_taken(scene: Scene) -> None:
    root = scene.finished(scene.game())
    scene.told(scene.finished(scene.taken(root, Pace.RELAXED)))
    scene.visit(f"/challenges/{root.id}")


def _challenge_of_my_own(scene: Scene) -> None:
    root = scene.finished(scene.game())
    scene.board(30, challenge_board(root.id))
    scene.visit(f"/challenges/{root.id}")


def _challenge_of_todays_quiz(scene: Scene) -> None:
    root = scene.finished(scene.daily_game())
    scene.player = "grace"
    scene.visit(f"/challenges/{root.id}")


def _result_of_a_challenge(scene: Scene) -> None:
    scene.visit_game(scene.finished(scene.taken(scene.finished(scene.game()))))


def _insights(scene: Scene) -> None:
    """Every category, every hour of a week, and enough answers to as many questions as are shown."""
    store, now = scene.site.app.store, scene.site.clock()
    for n in range(7 * 24):
        fractions = [float((n + place) % 12 < place) for place in range(10)]
        ids = [f"choice-{place}" for place in range(10)]
        slugs = (CHOICES.slug, STATEMENTS.slug, *OTHERS)
        ended = a_round(f"player-{n}", now - timedelta(hours=n), fractions, ids, slugs)
        store.put_many([told(ended).to_entities(store)[0]])
    count(store, current_build(), lambda: now, scene.site.app.rng)
    scene.visit("/insights")


def _not_found(scene: Scene) -> None:
    scene.visitor.expects("404")
    scene.visit("/games/none")


def _forbidden(scene: Scene) -> None:
    """As it is met by who comes from a form on another site."""
    scene.visitor.expects("403")
    scene.visitor.page.set_content(f'<form method=post action="{scene.site.address}/games"><button>Go</form>')
    scene.visitor.page.get_by_role("button").click()
    scene.visitor.sees("This is not allowed.")


def _unavailable(scene: Scene) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    scene.visitor.expects("503")
    scene.monkeypatch.setattr(ranking, "page", fail)
    scene.visit("/leaderboard")


STATES: dict[str, Callable[[Scene], None]] = {
    "home, nobody played": lambda scene: scene.visit("/"),
    "home with a board": _home_with_a_board,
    "home with a fault": _home_with_a_fault,
    "screen": _board("/leaderboard?view=screen"),
    "screen, nobody played": lambda scene: scene.visit("/leaderboard?view=screen"),
    "join": lambda scene: scene.visit("/join"),
    "daily, first time": lambda scene: scene.visit("/daily"),
    "daily, not played": _daily,
    "daily, in the middle": _daily_in_the_middle,
    "daily, played": _daily_played,
    "daily with a fault": _daily_with_a_fault,
    "daily, result": lambda scene: scene.visit_game(scene.finished(scene.daily_game())),
    "daily, board": lambda scene: scene.visit("/leaderboard?scope=daily"),
    "challenge": _challenge,
    "challenge, in the middle": _challenge_in_the_middle,
    "challenge, taken": _challenge_taken,
    "challenge of my own": _challenge_of_my_own,
    "challenge of today's quiz": _challenge_of_todays_quiz,
    "challenge, result": _result_of_a_challenge,
    "choices, timed": lambda scene: scene.visit_game(scene.game()),
    "choices, relaxed": lambda scene: scene.visit_game(scene.game(Pace.RELAXED)),
    "statement, timed": lambda scene: scene.visit_game(scene.game(Pace.TIMED, STATEMENTS)),
    "statement, relaxed": lambda scene: scene.visit_game(scene.game(Pace.RELAXED, STATEMENTS)),
    "multiple": _asked("multiple"),
    "text": _asked("text"),
    "number": _asked("number"),
    "number with a fault": _number_with_a_fault,
    "ordering": _asked("ordering"),
    "with a picture": _asked("pictured"),
    "partly right": _partly_right,
    "wrong text": _told("text", LONG_TEXT[:200]),
    "wrong number": _told("number", -1_000_000.5),
    "wrong order": _order_that_is_wrong,
    "right, with a picture": lambda scene: scene.visit_game(
        scene.answered(scene.game(Pace.TIMED, OTHERS["pictured"]))
    ),
    "reporting": _reporting,
    "right": lambda scene: scene.visit_game(scene.answered(scene.game())),
    "wrong": lambda scene: scene.visit_game(scene.answered(scene.game(), is_right=False)),
    "wrong about a statement": lambda scene: scene.visit_game(
        scene.answered(scene.game(Pace.TIMED, STATEMENTS), is_right=False)
    ),
    "passed": lambda scene: scene.visit_game(scene.passed(scene.game())),
    "time-out": _time_out,
    "result, timed": _result(Pace.TIMED),
    "result, relaxed": _result(Pace.RELAXED),
    "result among neighbours": _result_among_neighbours,
    "board, empty": lambda scene: scene.visit("/leaderboard"),
    "board, full": _board("/leaderboard"),
    "board, further page": _further_board,
    "my row": _board("/leaderboard/me"),
    "my row, not there": lambda scene: scene.visit("/leaderboard/me"),
    "player": _player,
    "player who has finished nothing": _player_who_has_finished_nothing,
    "my page": _me,
    "my page with a fault": _me_with_a_fault,
    "my page, erased": _me_erased,
    "insights": _insights,
    "insights, nobody played": lambda scene: scene.visit("/insights"),
    "error 404": _not_found,
    "error 403": _forbidden,
    "error 503": _unavailable,
}

IN_PLACE = frozenset(
    {
        "home with a fault",
        "daily with a fault",
        "my page with a fault",
        "my page, erased",
        "number with a fault",
        "reporting",
    }
)
"""Not a document of its own: a script or a click shows it in place."""

EVERY_STATE = pytest.mark.parametrize("state", STATES)
EVERY_DOCUMENT = pytest.mark.parametrize("state", [state for state in STATES if state not in IN_PLACE])
