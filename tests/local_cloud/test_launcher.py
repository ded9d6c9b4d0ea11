"""The launcher in real processes, with stand-ins for Quizboard's: nothing may be left behind."""

import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_cloud import stand_in

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 60


def eventually(condition: Callable[[], object], claim: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, claim
        time.sleep(0.02)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Launched:
    """A launcher in a process of its own."""

    def __init__(
        self, folder: Path, *role: str, port: int | None = None, host: str = "", terminal: int | None = None
    ) -> None:
        self.folder = folder
        self.port = port or a_free_port()
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, stand_in.__file__, str(folder), *role],
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "PORT": str(self.port),
                    "HOST": host,
                    "TERM": "xterm",
                },
                stdout=out if terminal is None else terminal,
                stderr=err,
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def until_ready(self) -> "Launched":
        url = f"http://127.0.0.1:{self.port}"
        eventually(lambda: f"Quizboard is ready: {url}\n" in self.out, f"not ready: {self.err}")
        return self

    def until_said(self) -> "Launched":
        eventually(lambda: self.out.endswith("Ctrl-C stops it.\n"), f"not ready: {self.err}")
        return self

    def until(self, name: str) -> "Launched":
        eventually(lambda: self.has(name), f"no {name}: {self.err}")
        return self

    def status(self) -> int:
        return self.process.wait(LIMIT_SECONDS)

    def has_left_nothing(self) -> bool:
        eventually(lambda: not any(map(stand_in.is_running, stand_in.recorded(self.folder))), "left behind")
        return True


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    launched: list[Launched] = []

    def start(*role: str, **options: Any) -> Launched:
        launched.append(Launched(tmp_path, *role, **options))
        return launched[-1]

    yield start
    for each in launched:
        each.process.kill()
        each.process.wait()
    for pid in filter(stand_in.is_running, stand_in.recorded(tmp_path)):
        # Only after a failure.
        os.kill(pid, signal.SIGKILL)


def test_ready_is_said_only_once_the_health_page_answers_200(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed", "answer_when_warm")
    eventually(lambda: len(list(quizboard.folder.glob("not-ready-*"))) > 1, "nobody asked for the health")
    assert "ready" not in quizboard.out
    (quizboard.folder / "warm").touch()
    quizboard.until_ready()


def test_who_serves_this_machine_only_is_told_how_phones_get_in(launch: Callable[..., Launched]) -> None:
    assert launch("launcher", "seed", "answer").until_said().out.splitlines()[1:] == [
        "Only this machine can open it. For phones around you: make run HOST=0.0.0.0",
        "Ctrl-C stops it.",
    ]


def test_a_log_gets_no_picture(launch: Callable[..., Launched]) -> None:
    assert "\x1b" not in launch("launcher", "seed", "answer", host="0.0.0.0").until_said().out


@pytest.mark.parametrize(("columns", "is_drawn"), [(80, True), (0, True), (30, False)])
def test_a_terminal_with_room_shows_a_code_of_the_address(
    launch: Callable[..., Launched], columns: int, is_drawn: bool
) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    launch("launcher", "seed", "answer", host="0.0.0.0", terminal=theirs)
    shown = b""
    while b"Ctrl-C stops it." not in shown:
        shown += os.read(ours, 1024)
    has_network = b"On your network: http://" in shown
    os.close(ours)
    os.close(theirs)
    assert (b"\x1b[38;5;16;48;5;231m" in shown) == (is_drawn and has_network)


def test_ready_is_not_said_before_the_preparation_has_succeeded(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed_broken_late", "answer")
    assert quizboard.status() == 1
    assert quizboard.out == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_services_and_then_the_cloud(
    launch: Callable[..., Launched], number: signal.Signals
) -> None:
    quizboard = launch("launcher", "seed", "answer").until_ready()
    quizboard.process.send_signal(number)
    assert quizboard.status() == 0
    assert quizboard.err == ""
    assert not quizboard.has("cloud-is-open")
    assert (quizboard.folder / "outlived-the-cloud").read_text() == ""
    assert quizboard.has_left_nothing()


def test_a_signal_during_the_start_stops_it_as_well(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "sleep", "answer").until("pids")
    quizboard.process.send_signal(signal.SIGINT)
    assert quizboard.status() == 0
    assert quizboard.err == ""
    assert quizboard.has_left_nothing()


def test_a_grandchild_that_ignores_sigterm_is_not_left_behind(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed", "answer_with_a_stubborn_child").until_ready()
    quizboard.process.send_signal(signal.SIGINT)
    assert quizboard.status() == 0
    assert quizboard.has_left_nothing()


def test_a_second_ctrl_c_ends_what_does_not_want_to_stop(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed", "answer_stubbornly").until_ready()
    quizboard.process.send_signal(signal.SIGINT)
    quizboard.until("asked-to-stop")
    quizboard.process.send_signal(signal.SIGINT)
    assert quizboard.status() == 0
    assert quizboard.err == ""
    assert not quizboard.has("cloud-is-open")
    assert quizboard.has_left_nothing()


def test_kill_9_of_the_launcher_leaves_nothing(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed", "answer_with_a_stubborn_child").until_ready()
    quizboard.process.kill()
    assert quizboard.has_left_nothing()


def test_kill_9_of_the_launcher_during_the_start_leaves_nothing(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "sleep", "answer_when_warm").until("pids")
    quizboard.process.kill()
    assert quizboard.has_left_nothing()


def test_kill_9_of_the_parent_stops_the_launcher(launch: Callable[..., Launched]) -> None:
    parent = launch("parent", "launcher", "seed", "answer").until_ready()
    launcher = int((parent.folder / "launcher").read_text())
    parent.process.kill()
    assert parent.process.wait(LIMIT_SECONDS) == -signal.SIGKILL
    eventually(lambda: not stand_in.is_running(launcher), "the launcher goes on")
    assert not parent.has("cloud-is-open")
    assert parent.has_left_nothing()


def test_a_failed_preparation_shows_its_own_message_and_stops_everything(
    launch: Callable[..., Launched],
) -> None:
    quizboard = launch("launcher", "broken_seed", "answer_when_warm")
    assert quizboard.status() == 1
    assert quizboard.err == (
        "Question 7 has no right answer.\n"
        f"broken_seed ended with exit status {stand_in.BROKEN_STATUS}, so everything is stopped.\n"
    )
    assert not quizboard.has("cloud-is-open")
    assert quizboard.has_left_nothing()


def test_a_service_that_dies_stops_everything_with_one_sentence(launch: Callable[..., Launched]) -> None:
    quizboard = launch("launcher", "seed", "answer", "sleep").until_ready()
    eventually(lambda: stand_in.pids_of(quizboard.folder, "sleep"), "the second service did not start")
    os.kill(stand_in.pids_of(quizboard.folder, "sleep")[0], signal.SIGKILL)
    assert quizboard.status() == 1
    assert quizboard.err == "sleep ended with exit status 137, so everything is stopped.\n"
    assert quizboard.has_left_nothing()


def test_a_taken_port_is_one_sentence_and_nothing_starts(launch: Callable[..., Launched]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        quizboard = launch("launcher", "seed", "answer", port=port)
        assert quizboard.status() == 1
    assert quizboard.err.startswith(f"Port {port} on 127.0.0.1 is taken. ")
    assert quizboard.err.count("\n") == 1
    assert not quizboard.has("pids")


def test_a_command_gives_its_exit_status(launch: Callable[..., Launched]) -> None:
    alone = launch("launcher_of_one_command", "broken_seed")
    assert alone.status() == stand_in.BROKEN_STATUS
    assert alone.has_left_nothing()


def test_a_command_that_a_signal_ends_gives_128_and_its_number(launch: Callable[..., Launched]) -> None:
    alone = launch("launcher_of_one_command", "sleep").until("pids")
    alone.process.send_signal(signal.SIGHUP)
    assert alone.status() == 128 + signal.SIGHUP
    assert alone.has_left_nothing()


def test_a_command_may_go_on_after_ctrl_c(launch: Callable[..., Launched]) -> None:
    alone = launch("launcher_of_one_command", "report_a_signal").until("pids")
    alone.process.send_signal(signal.SIGINT)
    alone.until("interrupted")
    assert any(map(stand_in.is_running, stand_in.recorded(alone.folder)))
    alone.process.send_signal(signal.SIGTERM)
    assert alone.status() == 128 + signal.SIGTERM
    assert alone.has_left_nothing()


def test_a_command_takes_its_children_along(launch: Callable[..., Launched]) -> None:
    alone = launch("launcher_of_one_command", "leave_a_child_behind")
    assert alone.status() == 0
    assert len(stand_in.recorded(alone.folder)) > 2
    assert alone.has_left_nothing()
