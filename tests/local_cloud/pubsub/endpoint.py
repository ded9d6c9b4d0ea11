"""A real HTTP server that subscriptions push to, and that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Push:
    path: str
    headers: Message
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message_id(self) -> str:
        return str(self.json["message"]["messageId"])


class Endpoint:
    """`answer`: from a push to a status, None hangs up. `clock`: stamps what arrives."""

    def __init__(self, clock: Callable[[], float], port: int = 0) -> None:
        self.answer: Callable[[Push], int | None] = lambda push: 204
        self.pushes: list[Push] = []
        self.released = threading.Event()
        self._clock = clock
        self._arrived = threading.Condition()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint._handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Clients that hang up are part of the game."""

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/push"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def hang(self, push: Push) -> int:
        """An answer that does not come until the test is over."""
        self.released.wait(PATIENCE_SECONDS)
        return 204

    def wait_for(self, pushes: int, meanwhile: Callable[[], None] = lambda: None) -> list[Push]:
        """Until so many have come; `meanwhile` is called again and again."""
        for _ in range(int(PATIENCE_SECONDS / 0.02)):
            with self._arrived:
                if self._arrived.wait_for(lambda: len(self.pushes) >= pushes, 0.02):
                    return self.pushes[:pushes]
            meanwhile()
        raise AssertionError(f"Only {len(self.pushes)} of {pushes} pushes came.")

    def stays_silent(self, pushes: int, seconds: float = 0.15) -> bool:
        """Whether no more than so many come."""
        with self._arrived:
            return not self._arrived.wait_for(lambda: len(self.pushes) > pushes, seconds)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        push = Push(handler.path, handler.headers, body, self._clock())
        with self._arrived:
            self.pushes.append(push)
            self._arrived.notify_all()
        status = self.answer(push)
        if status is None:
            handler.connection.close()
            return
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
