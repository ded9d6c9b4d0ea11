"""Programs that play by the API while everything around them breaks: whatever fails, they send it again."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.storm.stack import LIMIT_SECONDS, Answer, Stack

GAMES = "/api/v1/games"
LENGTH = 10
PAUSE_SECONDS = 0.2
UNAVAILABLE = 503


class Surprise(Exception):
    """An answer that no player should get."""


class Player(threading.Thread):
    """Plays one game after the other until told that it is enough, then the one at hand to its end.

    Sets `is_finishing` when the last answer of a game is about to be sent.
    """

    def __init__(self, stack: Stack, name: str, seed: int, is_finishing: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.token = ""
        self.finished: dict[str, int] = {}
        """Points of the games whose end was seen, by id."""
        self.retries = 0
        self.failure: Exception | None = None
        self.enough = threading.Event()
        self.is_over = threading.Event()
        """Nothing is sent any more, not even the game at hand."""
        self._is_finishing = is_finishing
        self._stack = stack
        self._rng = random.Random(seed)

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self.play()
        except Exception as error:
            self.failure = error

    def play(self) -> None:
        wish = {
            "name": self.name,
            "category": self._rng.choice(["mix", *self._stack.categories]),
            "pace": self._rng.choice(["timed", "timed", "relaxed"]),
        }
        key = f"{self._rng.getrandbits(128):032x}"
        game = self._surely("POST", GAMES, wish, Idempotency_Key=key)
        self.token, address = game["player_token"], f"{GAMES}/{game['id']}"
        question = game["question"]
        for index in range(LENGTH - 1):
            self._surely("POST", f"{address}/answers", {"index": index, "answer": self._guess(question)})
            question = self._surely("POST", f"{address}/questions", {"index": index + 1})
        self._is_finishing.set()
        feedback = self._twice(f"{address}/answers", {"index": LENGTH - 1, "answer": self._guess(question)})
        if not feedback["finished"]:
            raise Surprise(f"the last answer does not finish the game: {feedback}")
        self.finished[game["id"]] = feedback["score"]

    def once(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self._stack.request(method, path, body, **headers)

    def _twice(self, path: str, body: Any) -> Any:
        """As by a double click."""
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: self._surely("POST", path, body), range(2))
        if first != second:
            raise Surprise(f"{path} {body} is answered by {first} and by {second}")
        return first

    def _surely(self, method: str, path: str, body: Any, **headers: str) -> Any:
        """Sent until it is answered. Raises Surprise for an answer that sending again would not change."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline and not self.is_over.is_set():
            try:
                status, shape = self.once(method, path, body, **headers)
            except (OSError, http.client.HTTPException):
                status = UNAVAILABLE
            if status in (200, 201):
                return shape
            if status != UNAVAILABLE:
                raise Surprise(f"{method} {path} {body}: {status} {shape}")
            self.retries += 1
            time.sleep(PAUSE_SECONDS * self._rng.random())
        raise Surprise(f"{method} {path}: no answer in time")

    def _guess(self, question: dict[str, Any]) -> Any:
        ids = [choice["id"] for choice in question["choices"]]
        guesses: dict[str, Callable[[], Any]] = {
            "single": lambda: self._rng.choice(ids),
            "multiple": lambda: self._rng.sample(ids, 2),
            "boolean": lambda: self._rng.random() < 0.5,
            "text": lambda: "Lima",
            "number": lambda: self._rng.randrange(3_000),
            "ordering": lambda: self._rng.sample(ids, len(ids)),
        }
        return guesses[question["type"]]()


class PatientPlayer(Player):
    """Everything works the first time, or it is a failure."""

    def _surely(self, method: str, path: str, body: Any, **headers: str) -> Any:
        status, shape = self.once(method, path, body, **headers)
        if status not in (200, 201):
            raise Surprise(f"{method} {path} {body}: {status} {shape}")
        return shape
