"""A local cloud and the processes on it, which all end together, however it ends.

Processes stop before the cloud they use. Requests to stop are polled for, so nothing here may wait for long.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from local_cloud.errors import CannotRun
from local_cloud.processes import POLL_SECONDS, Command, Process, stop_all
from local_cloud.signals import StopRequests

FAILURE = 1
STDOUT, STDERR = 1, 2


class Cloud(Protocol):
    def start(self) -> dict[str, str]: ...

    def stop(self) -> None: ...


def keep_open(cloud: Cloud) -> int:
    """Keep the cloud open for commands started elsewhere until asked to stop; raises CannotRun."""
    with Launch(cloud) as launch:
        for name, value in launch.start_cloud().items():
            say(f"export {name}={value}")
        keep_running([], launch.requests)
        return 0


def run_command(cloud: Cloud, command: Command) -> int:
    """Run one command on the cloud and return its exit status; raises CannotRun."""
    with Launch(cloud) as launch:
        launch.start_cloud()
        return _follow(launch.start(command, reads_stdin=True), launch.requests)


def say(line: object) -> None:
    _write(STDOUT, line)


def complain(line: object) -> None:
    _write(STDERR, line)


def keep_running(serving: Iterable[Process], requests: StopRequests) -> None:
    while not requests.pending:
        check_alive(serving)
        time.sleep(POLL_SECONDS)


def check_alive(serving: Iterable[Process]) -> None:
    for process in serving:
        status = process.poll()
        if status is not None:
            raise CannotRun(ended(process.name, status))


def ended(name: str, status: int) -> str:
    return f"{name} ended with exit status {status}, so everything is stopped."


class Launch:
    """A cloud and the processes on it, which all end with the `with` block."""

    def __init__(self, cloud: Cloud) -> None:
        self.requests = StopRequests()
        self._cloud = cloud
        self._environment = dict(os.environ)
        self._processes: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            stop_all(self._processes, self.requests)
        finally:
            self._cloud.stop()

    def start_cloud(self, more: dict[str, str] | None = None) -> dict[str, str]:
        variables = self._cloud.start()
        self._environment.update(variables, **(more or {}))
        return variables

    def start(self, command: Command, *, reads_stdin: bool = False) -> Process:
        process = Process(command, self._environment, reads_stdin=reads_stdin)
        self._processes.append(process)
        return process


def _follow(process: Process, requests: StopRequests) -> int:
    """Pass signals on until it ends by itself, or is made to by anything but Ctrl-C."""
    passed_on = 0
    while (status := process.poll()) is None:
        arrived = requests.received[passed_on:]
        passed_on += len(arrived)
        for number in arrived:
            if number == signal.SIGINT:
                # An interactive command goes on after it.
                process.send(number)
            else:
                stop_all([process], requests, number)
        if requests.orphaned:
            stop_all([process], requests)
        time.sleep(POLL_SECONDS)
    return status


def _write(stream: int, line: object) -> None:
    # Straight to the descriptor: a terminal that is gone must not disturb the stopping, now or at exit.
    with suppress(OSError):
        os.write(stream, f"{line}\n".encode())
