"""The commands of the README in a copy of the checkout: set up, start, play, stop, start again."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".quizboard", ".*_cache", "__pycache__", "tests")
LIMIT_SECONDS = 180


def environment() -> dict[str, str]:
    """Without what `make test` hands down to its children, and with a cloud that must not be used."""
    dropped = {"HOST", "PORT", "PYTHON", "FILES", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "DATASTORE_EMULATOR_HOST": "127.0.0.1:9", "GOOGLE_CLOUD_PROJECT": "not-this-one"}


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )


class Running:
    """`make run` on a free port. All that it starts writes to one pipe, whose end tells that all are gone."""

    def __init__(self, checkout: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            ["make", "run", f"PORT={self.port}"],
            cwd=checkout,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until_ready(self) -> "Running":
        ready = f"Quizboard is ready: http://127.0.0.1:{self.port}\n"
        deadline = time.monotonic() + LIMIT_SECONDS
        while ready not in self.lines:
            assert self._reader.is_alive(), self.lines
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.05)
        return self

    def request(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request(method, path, json.dumps(body) if body else None, headers if body or token else {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def ctrl_c(self) -> None:
        """As the terminal does it: to make and the launcher at once."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill_9(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    def has_left_nothing(self) -> bool:
        self._reader.join(LIMIT_SECONDS)
        assert not self._reader.is_alive(), self.lines
        self.process.wait(LIMIT_SECONDS)
        return True

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            self.lines += output


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy that uses the packages of the environment these tests run in, under stamps of its own."""
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    (copy / ".venv").mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name in {"bin", "lib", "lib64", "pyvenv.cfg"}:
            (copy / ".venv" / entry.name).symlink_to(entry)
    (copy / ".venv" / "ready-to-run").touch()
    return copy


@pytest.fixture
def run(checkout: Path) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(checkout))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill_9()
        each.has_left_nothing()


def test_a_game_outlives_ctrl_c_and_the_next_make_run_finds_it(run: Callable[[], Running]) -> None:
    first = run().until_ready()
    assert first.request("GET", "/health")[0] == 200
    status, game = first.request("POST", "/api/v1/games", body={"name": "Ada"})
    assert status == 201
    first.ctrl_c()
    assert first.has_left_nothing()
    assert "Traceback" not in "".join(first.lines)

    second = run().until_ready()
    assert second.request("GET", f"/api/v1/games/{game['id']}", game["player_token"])[0] == 200


def test_after_kill_9_of_everything_a_new_make_run_works(run: Callable[[], Running]) -> None:
    killed = run().until_ready()
    status, game = killed.request("POST", "/api/v1/games", body={"name": "Ada"})
    assert status == 201
    killed.kill_9()
    assert killed.has_left_nothing()

    again = run().until_ready()
    assert again.request("GET", f"/api/v1/games/{game['id']}", game["player_token"])[0] == 200


def test_kill_9_of_make_alone_leaves_nothing(run: Callable[[], Running]) -> None:
    orphaned = run().until_ready()
    orphaned.process.kill()
    assert orphaned.has_left_nothing()


def test_a_second_make_run_on_the_same_data_is_refused(run: Callable[[], Running]) -> None:
    run().until_ready()
    second = run()
    assert second.has_left_nothing()
    assert second.process.returncode != 0
    assert ".quizboard" in second.lines[0]
    assert "Traceback" not in "".join(second.lines)


def test_make_seed_reaches_what_make_run_is_running(run: Callable[[], Running], checkout: Path) -> None:
    running = run().until_ready()
    seeded = make(checkout, "seed")
    assert seeded.returncode == 0, seeded.stderr
    running.ctrl_c()
    assert running.has_left_nothing()
    too_late = make(checkout, "seed")
    assert too_late.returncode != 0
    assert too_late.stderr.startswith("No local cloud is running on .quizboard; start it first: make run\n")


@pytest.mark.parametrize("python", ["false", "no-such-python"])
def test_a_python_that_will_not_do_is_refused_before_anything_else(checkout: Path, python: str) -> None:
    shutil.rmtree(checkout / ".venv")
    refused = make(checkout, "run", f"PYTHON={python}")
    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1
    assert "Quizboard needs Python 3.11 or newer." in refused.stderr
    assert not (checkout / ".venv").exists()


def test_an_interrupted_set_up_is_repaired_and_a_finished_one_is_left_alone(checkout: Path) -> None:
    stamp = ".venv/ready-to-run"
    shutil.rmtree(checkout / ".venv")
    (checkout / "requirements.txt").write_text("./does-not-exist\n")
    broken = make(checkout, stamp, f"PYTHON={sys.executable}")
    assert broken.returncode != 0
    (checkout / ".venv" / "half-made").touch()

    (checkout / "requirements.txt").write_text("")
    repaired = make(checkout, stamp, f"PYTHON={sys.executable}")
    assert repaired.returncode == 0, repaired.stderr
    assert repaired.stdout == "Setting up .venv; the first time takes a minute.\n"
    assert not (checkout / ".venv" / "half-made").exists()

    assert "Setting up" not in make(checkout, stamp).stdout


def test_make_alone_lists_the_commands(checkout: Path) -> None:
    listed = make(checkout).stdout
    for command in ("run", "seed", "serve", "test"):
        assert f"make {command} " in listed


def test_the_web_server_s_side_of_main_leaves_the_local_cloud_alone() -> None:
    program = "import main, sys; print(type(main.app).__name__, 'local_cloud' in sys.modules)"
    imported = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert imported.stdout == "Quizboard False\n", imported.stderr
