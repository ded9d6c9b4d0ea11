"""The application with the bank that ships, served from a thread, and pages of it as a player meets them."""

import gzip
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client, run_wsgi_app

from benchmarks.cloud import ROOT
from controllers import create_app
from controllers.application import Quizboard
from events import counting
from events.subscribers import SUBSCRIBERS
from models.event import Event
from models.game import LENGTH, MIX, Game
from models.store import Store

PLAYERS = 30
"""Who have each finished a game before: what makes the boards look as they do."""

TEXTS = ("text/", "application/json", "application/javascript", "image/svg")


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    cookie: str | None = None


def seeded_app() -> Quizboard:
    """On the Datastore that the environment names; its clock stands still, so that no question runs out."""
    os.environ.setdefault("GOOGLE_CLOUD_PROJECT", "benchmark")
    subprocess.run([sys.executable, "seed_questions.py"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    app, now = create_app(), datetime.now(UTC)
    app.clock, app.rng = lambda: now, random.Random(1)
    # Pub/Sub has no part in what a page costs, so its place is taken.
    app.publish = lambda events: _tell(app.store, events)  # type: ignore[method-assign]  # of this one app
    return app


def pages(app: Quizboard) -> list[Page]:
    """One of each, after PLAYERS have played; two are results, the second on twice the boards."""
    category = _category(app)
    for n in range(PLAYERS):
        _play(app, f"Player {n}", closed=LENGTH, passed=n % LENGTH, category=category if n % 2 else MIX)
    asked, told, finished = (_play(app, "Ada", closed, passed=3) for closed in (0, 1, LENGTH))
    on_eight_boards = _play(app, "Ada", LENGTH, passed=3, category=category)
    counting.count(app.store, counting.current_build(), app.clock, app.rng)
    player = finished.cookie
    return [
        Page("home", "/"),
        Page("question", asked.path, asked.cookie),
        Page("feedback", told.path, told.cookie),
        Page("result", finished.path, player),
        Page("by category", on_eight_boards.path, on_eight_boards.cookie),
        Page("leaderboard", "/leaderboard"),
        Page("insights", "/insights"),
        Page("big screen", "/leaderboard?view=screen"),
        Page("daily quiz", "/daily", player),
        Page("challenge", finished.path.replace("games", "challenges")),
        Page("my page", "/me", player),
        Page("join", "/join"),
    ]


def somebody_elses(app: Quizboard) -> Page:
    """The result of a game that is of none of `pages`."""
    return _play(app, "Grace", closed=LENGTH, passed=3, category=_category(app))


class Site:
    """The application at an address. Texts are compressed, as App Engine's front end does."""

    def __init__(self, app: Quizboard) -> None:
        self._app = app
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Silent)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.sent: list[int] = []
        """Bytes of every answer's body."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chunks, status, headers = run_wsgi_app(self._app, environ)
        body = b"".join(chunks)
        if body and headers["Content-Type"].startswith(TEXTS):
            body = gzip.compress(body)
            headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(body))
        self.sent.append(len(body))
        start_response(status, list(headers))
        return [body]


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """The table is what counts."""


def _tell(store: Store, events: Sequence[Event]) -> None:
    """As Pub/Sub would, but at once."""
    for event in events:
        for subscriber in SUBSCRIBERS.values():
            # Counting waits for more of them; it is done once, in `pages`.
            if subscriber.wants(event) and subscriber.name != counting.SUBSCRIBER:
                subscriber.handle(store, event)


def _play(app: Quizboard, name: str, closed: int, passed: int, category: str = MIX) -> Page:
    """A game at the feedback of so many questions closed, the last ones rightly, and its player's cookie.

    With all of them closed it is finished.
    """
    browser = Client(app, use_cookies=True)
    wish = {"name": name, "category": category}
    start = browser.post("/games", data=wish, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = start.headers["Set-Cookie"].partition(";")[0]
    bearer = {"Authorization": f"Bearer {cookie.partition('=')[2]}"}
    game, api = start.location.rpartition("/")[2], f"/api/v1{start.location}"
    for index in range(closed):
        answer = None if index < passed else _game(app.store, game).turn.right_answer
        browser.post(f"{api}/answers", json={"index": index, "answer": answer}, headers=bearer)
        if index + 1 < closed or closed == LENGTH:
            browser.post(f"{api}/questions", json={"index": index + 1}, headers=bearer)
    return Page(name, start.location, cookie)


def _category(app: Quizboard) -> str:
    """The one of which there are results."""
    return app.dealer.decks(app.clock())[0].category.slug


def _game(store: Store, id: str) -> Game:
    entity = store.get(Game.KIND, id)
    assert entity is not None
    return Game.from_entity(entity)
