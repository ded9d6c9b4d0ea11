"""The real thing: `python main.py` in a copy of the checkout, and everything that it brings about."""

import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.storm.processes import MARK, Seen, marked, send

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".quizboard", ".*_cache", "__pycache__", "tests", "docs")
BANK_FILES = 2
"""As many categories as the storm needs: what is seeded at the first start is waited for."""

LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.05
ANSWER_SECONDS = 20.0

Answer = tuple[int, Any]


def until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not within {LIMIT_SECONDS:.0f} seconds: {what}"
        time.sleep(POLL_SECONDS)


class Stack:
    """One checkout, one data folder, one port; started, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        shutil.copytree(ROOT, self.checkout, ignore=NOT_COPIED)
        bank = sorted(self.checkout.glob("questions/bank/*.json"))
        for file in bank[BANK_FILES:]:
            file.unlink()
        self.categories = [_category(file) for file in bank[:BANK_FILES]]
        self.data = self.checkout / ".quizboard"
        self.port = _quiet_port()
        self._mark = secrets.token_hex(8)
        self._log = folder / "log"
        self._launcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, MARK: self._mark, "HOST": "127.0.0.1", "PORT": str(self.port)}
        # Without bytecode, each of its processes would compile everything at every start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with self._log.open("ab") as log:
            self._launcher = subprocess.Popen(
                [sys.executable, "main.py"],
                cwd=self.checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def until_ready(self) -> None:
        until(self.is_healthy, "the stack is ready")

    def is_healthy(self) -> bool:
        assert self.is_running(), f"the launcher has ended:\n{self.tail()}"
        try:
            return self.request("GET", "/health")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def is_running(self) -> bool:
        return self._launcher is not None and self._launcher.poll() is None

    def until_gone(self) -> None:
        """The launcher has ended, by itself or by us, and so has all that it had started."""
        until(lambda: not self.is_running(), "the launcher has ended")
        until(lambda: not self.everything(), "every process has ended")

    def stop(self) -> None:
        """As Ctrl-C does it."""
        assert self._launcher
        self._launcher.send_signal(signal.SIGINT)
        self.until_gone()

    def kill_all(self) -> None:
        """By kill -9; meanwhile new ones may have come about."""

        def is_all_dead() -> bool:
            send(signal.SIGKILL, self.everything())
            return not self.is_running() and not self.everything()

        until(is_all_dead, "every process is killed")

    def everything(self) -> list[int]:
        return [seen.pid for seen in marked(self._mark)]

    def launcher(self) -> list[int]:
        return [self._launcher.pid] if self._launcher and self.is_running() else []

    def guards(self) -> list[int]:
        return [seen.pid for seen in marked(self._mark) if seen.has("guard.py")]

    def masters(self, of_events: bool) -> list[int]:
        servers = self._servers(of_events)
        return [seen.pid for seen in servers if seen.parent not in {one.pid for one in servers}]

    def workers(self, of_events: bool) -> list[int]:
        servers = self._servers(of_events)
        return [seen.pid for seen in servers if seen.parent in {one.pid for one in servers}]

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Raises OSError or HTTPException where nobody answers. Names of headers with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        with closing(connection):
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **sent})
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text

    def operate(self, *words: str) -> subprocess.Popen[bytes]:
        """`python -m events ...`, begun on the cloud that is running. No kill of everything finds it."""
        join = [sys.executable, "-m", "local_cloud.join", str(self.data)]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*join, sys.executable, "-m", "events", *words],
                cwd=self.checkout,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def come_to_rest(self) -> None:
        """Nothing is left to publish, deliver or acknowledge. Nobody waits for the hourly cron here."""

        def is_at_rest() -> bool:
            self.request("GET", "/cron/outbox", X_Appengine_Cron="true")
            # In this order: what is under way may still put something into the outbox.
            return self.owed() == 0 and self.health()["outbox"] == 0

        until(is_at_rest, "outbox and subscriptions are empty")

    def health(self) -> dict[str, Any]:
        status, report = self.request("GET", "/health")
        assert status == 200, report
        return dict(report)

    def owed(self) -> int:
        """Messages that are not acknowledged yet; Pub/Sub itself has no call that counts them."""
        with closing(sqlite3.connect(f"file:{self.data}/cloud.sqlite3?mode=ro", uri=True)) as file:
            (count,) = file.execute("SELECT COUNT(*) FROM pubsub_deliveries WHERE NOT is_acked").fetchone()
        return int(count)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def tail(self) -> str:
        return "\n".join(self.log().splitlines()[-40:])

    def _servers(self, of_events: bool) -> list[Seen]:
        gunicorns = [
            seen for seen in marked(self._mark) if seen.has("-m gunicorn") and not seen.has("guard.py")
        ]
        return [seen for seen in gunicorns if seen.has(f" PORT={self.port} ") != of_events]


def _category(file: Path) -> str:
    return str(json.loads(file.read_text())["category"]["slug"])


def _quiet_port() -> int:
    """Below those that the system gives out: one that is closed for a while may not become somebody's own."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
