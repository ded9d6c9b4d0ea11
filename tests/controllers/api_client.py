"""A program that plays by the API: it keeps its token and holds every answer against the description."""

import secrets
from typing import Any

from werkzeug.test import TestResponse

from controllers.application import Quizboard
from models.game import LENGTH, Game
from tests.controllers import contract

GAMES = "/api/v1/games"


class ApiClient:
    def __init__(self, app: Quizboard, token: str | None = None) -> None:
        self.token = token
        self.game = ""
        """Address of the game that was started last."""
        self._app = app
        self._client = app.test_client(use_cookies=False)

    @property
    def game_id(self) -> str:
        return self.game.rpartition("/")[2]

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._checked(self._client.get(path, headers=self._headers(headers), buffered=True))

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """Names of headers with `_` for `-`."""
        return self._checked(
            self._client.post(path, json=body, headers=self._headers(headers), buffered=True), body
        )

    def send(self, method: str, path: str, data: str | bytes, content_type: str) -> TestResponse:
        """Whatever it is, as it is."""
        answer = self._client.open(
            path,
            method=method,
            data=data,
            content_type=content_type,
            headers=self._headers({}),
            buffered=True,
        )
        return self._checked(answer)

    def start(self, name: str = "Ada", key: str | None = None, **fields: Any) -> TestResponse:
        headers = {} if key is None else {"Idempotency_Key": key}
        answer = self.post(GAMES, {"name": name, **fields}, **headers)
        if answer.status_code in (200, 201):
            self.token = answer.json["player_token"]
            self.game = f"{GAMES}/{answer.json['id']}"
        return answer

    def show(self) -> TestResponse:
        return self.get(self.game)

    def answer(self, index: int, answer: Any) -> TestResponse:
        return self.post(f"{self.game}/answers", {"index": index, "answer": answer})

    def reveal(self, index: int) -> TestResponse:
        return self.post(f"{self.game}/questions", {"index": index})

    def flag(self, index: int, reason: str, **fields: Any) -> TestResponse:
        return self.post(f"{self.game}/flags", {"index": index, "reason": reason, **fields})

    def skip_to(self, index: int) -> dict[str, Any]:
        """Every question before this one answered with its first choice; the question at hand then.

        Past the API, in one write: the table of moves has many cells.
        """
        game, now = Game.from_entity(self._app.store.get(Game.KIND, self.game_id)), self._app.clock()
        for before in range(index):
            game = game.answered(before, 0, now).revealing(before + 1, now)
        self._app.store.put_many([game.to_entity(self._app.store)])
        question: dict[str, Any] = self.show().json["question"]
        return question

    def play(self) -> dict[str, Any]:
        """The game that was started to its end, each question answered with its first choice; the result."""
        self.skip_to(LENGTH - 1)
        assert self.answer(LENGTH - 1, 0).json["finished"]
        result: dict[str, Any] = self.show().json["result"]
        return result

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        return headers if self.token is None else {"Authorization": f"Bearer {self.token}", **headers}

    def _checked(self, answer: TestResponse, body: Any = None) -> TestResponse:
        contract.check(self._app.url_map, answer, body)
        return answer


def a_key() -> str:
    return secrets.token_hex(16)


def choice(question: dict[str, Any], text: str) -> int:
    """The id of the choice with that text."""
    return next(int(choice["id"]) for choice in question["choices"] if choice["text"] == text)
