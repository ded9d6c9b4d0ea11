import json
import logging
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from controllers import logs
from controllers.application import Quizboard
from events.envelope import Message, wrap
from events.push import Unsigned
from events.subscribers import SUBSCRIBERS
from tests.controllers.api_client import ApiClient
from tests.events.builders import an_event
from tests.events.fakes import FakePubSub

ROOT = Path(__file__).parents[2]
TRACE = "0123456789abcdef0123456789abcdef"
LIMIT_SECONDS = 30

Lines = list[dict[str, Any]]


class Written:
    def __init__(self) -> None:
        self.stream = StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> Lines:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Written]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "my-project")
    written = Written()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(logs.JsonLines())
    caplog.set_level(logs.CONFIG["root"]["level"])
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


class Closed:
    def check(self, token: str) -> None:
        raise Unsigned("not one of ours")


class Open:
    def check(self, token: str) -> None: ...


def tell(text: str = "something", **extra: str) -> None:
    logging.getLogger("tests").warning(text, extra=extra)


def broken(*_: object) -> None:
    raise RuntimeError("a wire is loose")


def player_of(message: Message) -> str:
    return str(json.loads(message.data)["player"])


def a_message(**attributes: str) -> Message:
    return Message(b"{}", attributes)


def test_a_line_is_one_json_object_with_the_names_that_cloud_logging_reads(written: Written) -> None:
    tell("three events")
    line = written.last
    assert line["severity"] == "WARNING"
    assert line["message"] == "three events"
    assert line["time"].endswith("+00:00")


def test_what_a_client_sends_cannot_begin_a_line(written: Written) -> None:
    tell('a path\r\n{"severity": "EMERGENCY"}\u2028\x1b[2J\x9b2J')
    assert len(written.text.splitlines()) == 1
    assert written.text.strip().isprintable()
    assert written.text.isascii()


def test_a_long_message_is_cut(written: Written) -> None:
    tell("x" * 100_000, event_id="y" * 100_000)
    assert len(written.text) < logs.MESSAGE_LENGTH + logs.VALUE_LENGTH + 500


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Cloud-Trace-Context": f"{TRACE}/123;o=1"},
        {"X-Cloud-Trace-Context": TRACE},
        {"Traceparent": f"00-{TRACE}-0123456789abcdef-01"},
    ],
)
def test_lines_of_a_request_stand_below_it(headers: dict[str, str], app: Quizboard, written: Written) -> None:
    with app.test_request_context(headers=headers):
        tell()
    assert written.last["logging.googleapis.com/trace"] == f"projects/my-project/traces/{TRACE}"
    assert written.last["request_id"] == TRACE


@pytest.mark.parametrize("value", ["", "short/1", TRACE.upper(), f'{TRACE}"', "../../other/traces/1"])
def test_a_trace_that_is_none_is_not_taken_over(value: str, app: Quizboard, written: Written) -> None:
    with app.test_request_context(headers={"X-Cloud-Trace-Context": value, "Traceparent": value}):
        tell()
        tell()
    with app.test_request_context():
        tell()
    first, second, other = (line["request_id"] for line in written.lines)
    assert first == second != other
    assert "logging.googleapis.com/trace" not in written.last


def test_without_a_project_there_is_no_trace(
    app: Quizboard, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    with app.test_request_context(headers={"X-Cloud-Trace-Context": TRACE}):
        tell()
    assert "logging.googleapis.com/trace" not in written.last
    assert written.last["request_id"] == TRACE


def test_lines_of_a_push_say_whom_and_which_event_they_are_about(app: Quizboard, written: Written) -> None:
    with app.test_request_context():
        logs.about("history", a_message(id="ada-finished", causationid="what-came-before"))
        tell()
    assert written.last["subscriber"] == "history"
    assert written.last["event_id"] == "ada-finished"
    assert written.last["causation_id"] == "what-came-before"
    with app.test_request_context():
        logs.about("history", a_message())
        tell()
        assert "event_id" not in written.last
    tell()
    assert not {"subscriber", "event_id", "causation_id", "request_id"} & set(written.last)


def push(app: Quizboard, to: str, message: Message) -> int:
    body = {"message": {"data": b64encode(message.data).decode(), "attributes": dict(message.attributes)}}
    return app.test_client().post(f"/pubsub/{to}", json=body).status_code


def test_one_query_shows_the_life_of_an_event(
    app: Quizboard, pubsub: FakePubSub, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the player's last move to all that it brought about."""
    monkeypatch.setattr(app, "doorkeeper", Open())
    player = ApiClient(app)
    player.start("Countess")
    player.play()
    [finished] = pubsub.taken
    for subscriber in SUBSCRIBERS:
        assert push(app, subscriber, finished) == 204
    lines = [
        line for line in written.lines if player.game_id in (line.get("event_id"), line.get("causation_id"))
    ]
    assert [(line["message"], line["event_id"], line.get("causation_id")) for line in lines] == [
        ("GameFinished is published", player.game_id, None),
        ("GameFinished is handled", player.game_id, None),
        ("GameFinished is handled", player.game_id, None),
        ("BadgeEarned is published", f"first-game-{player_of(finished)}", player.game_id),
        ("GameFinished is handled", player.game_id, None),
    ]
    assert {line["severity"] for line in lines} == {"INFO"}
    assert [line.get("subscriber") for line in lines] == [None, "leaderboard", "history", "history", "stream"]
    assert all(line["request_id"] for line in lines)
    assert "Countess" not in written.text


def test_an_event_that_is_not_handled_leaves_no_line_that_it_is(
    app: Quizboard, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "doorkeeper", Open())
    assert push(app, "history", a_message(id="garbage")) == 204
    assert push(app, "history", wrap(an_event("PlayerErased"))) == 204
    monkeypatch.setattr(app.store, "change", broken)
    assert push(app, "history", wrap(an_event("GameFinished"))) == 500
    assert "is handled" not in written.text


def test_an_exception_is_one_field_with_its_stack(
    app: Quizboard, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.dealer, "decks", broken)
    assert app.test_client().get("/health").status_code == 500
    [line] = written.lines
    assert line["severity"] == "ERROR"
    assert line["message"] == "unexpected error at GET /health"
    assert line["stack_trace"].startswith("Traceback")
    assert line["stack_trace"].endswith("RuntimeError: a wire is loose")


def test_nothing_personal_is_written(
    app: Quizboard, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.dealer, "decks", broken)
    monkeypatch.setattr(app, "doorkeeper", Closed())
    client = app.test_client()
    client.set_cookie("player", "a-cookie-of-hers")
    for path in ("/?name=Countess", "/health?token=a-token-of-hers"):
        client.get(path, headers={"User-Agent": "her browser", "Referer": "https://her.example"})
    client.post("/pubsub/leaderboard", json={}, headers={"Authorization": "Bearer a-token-of-hers"})
    tell("Error handling request /leaderboard?after=Countess HTTP/1.1")
    tell("Invalid HTTP Header: 'Cookie: player=a-cookie-of-hers'")
    tell("refused: Authorization: Bearer a-token-of-hers")
    assert len(written.lines) == 7
    for personal in ("hers", "Countess", "her browser", "her.example"):
        assert personal not in written.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/pubsub/history", 401), ("GET", "/cron/outbox", 403)]
)
def test_who_is_refused_leaves_a_line(
    method: str,
    path: str,
    status: int,
    app: Quizboard,
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "doorkeeper", Closed())
    assert app.test_client().open(path, method=method, json={}).status_code == status
    assert written.last["severity"] == "WARNING"
    assert written.last["message"] == f"{status} at {method} {path}"
    assert written.last["request_id"]


def test_gunicorn_writes_its_own_lines_the_same_way() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "main:app"]
    environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        ask(port, b"GET /path?name=Countess HTTP/9.9.9\r\n\r\n")
        ask(port, b"GET / HTTP/1.1\r\nCookie : player=a-cookie-of-hers\r\n\r\n")
    finally:
        server.terminate()
        _, text = server.communicate(timeout=LIMIT_SECONDS)
    lines = [json.loads(line) for line in text.splitlines()]
    messages = " ".join(line["message"] for line in lines)
    assert "Starting gunicorn" in messages
    assert messages.count("Invalid request from") == 2
    assert "Countess" not in text
    assert "hers" not in text


def ask(port: int, request: bytes) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_SECONDS) as connection:
                connection.sendall(request)
                while connection.recv(4096):
                    pass
                return
        except ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
