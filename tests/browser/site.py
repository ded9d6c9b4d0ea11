"""The application on a port of its own, in a thread, with doors for what a network and a clock can do."""

import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from controllers.application import Quizboard


class RunningClock:
    """Runs as clocks do, from a fixed moment on, and can be put forward."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._started = time.monotonic()
        self._ahead = 0.0

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._started + self._ahead)

    def shift(self, seconds: float) -> None:
        self._ahead += seconds


class _Handler(WSGIRequestHandler):
    # A connection for each request: on one that is kept, Chromium itself sends a lost request again.
    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Silent: the browser's complaints are what counts."""


class Site:
    def __init__(self, app: Quizboard, clock: RunningClock) -> None:
        self.app = app
        self.clock = clock
        self.requests: list[tuple[str, str]] = []
        """Method and path of what reached the server."""
        self.answers_to_lose = 0
        """Of so many moves to come, the answer is lost after they were handled."""
        self.pause_seconds = 0.0
        """After each piece of a page, which goes out tag by tag if there is one."""
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def posts(self) -> list[str]:
        """Paths of the moves, without what names the game."""
        return [path.rpartition("/")[2] for method, path in self.requests if method == "POST"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if environ["REQUEST_METHOD"] != "POST" or not self.answers_to_lose:
            # Closed here: where a browser resets the connection, the server leaves files open.
            with closing(self.app(environ, start_response)) as answer:
                body = b"".join(answer)
            return self._dribble(body) if self.pause_seconds else [body]
        self.answers_to_lose -= 1
        list(self.app(environ, lambda *_: None))
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError

    def _dribble(self, body: bytes) -> Iterator[bytes]:
        for piece in re.findall(rb"[^>]*>|[^>]+$", body) if body.startswith(b"<!doctype") else [body]:
            yield piece
            time.sleep(self.pause_seconds)
