"""Runs commands on a local cloud and leaves nothing behind, however it ends: the story of `make run`.

Processes stop before the cloud they use. Requests to stop are polled for, so nothing here may wait for long.
"""

import os
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from local_cloud.errors import CannotRun
from local_cloud.processes import POLL_SECONDS, Command, Process, stop_all
from local_cloud.qr_code import qr_lines, width_of
from local_cloud.signals import StopRequests
from local_cloud.site import HEALTH_PATH, Site

READY_SECONDS = 120.0
FAILURE = 1
STDOUT, STDERR = 1, 2
UNKNOWN_COLUMNS = 80
"""Of a terminal that does not say how wide it is."""


class Cloud(Protocol):
    def start(self) -> dict[str, str]: ...

    def stop(self) -> None: ...


def serve(cloud: Cloud, preparations: Sequence[Command], services: Sequence[Command]) -> int:
    """Serve on HOST and PORT until asked to stop; returns the exit status.

    The preparations run once, beside the services; all of them find the cloud in their environment. A service
    with an environment of its own is at the HOST and PORT that it names.
    """
    try:
        with _Launch(cloud) as launch:
            site = Site.from_environment(os.environ)
            site.check_free()
            launch.start_cloud(site.environment)
            preparing = [launch.start(preparation) for preparation in preparations]
            serving = [launch.start(service) for service in services]
            sites = [site, *(Site.from_environment(one.environment) for one in services if one.environment)]
            if _become_ready(sites, preparing, serving, launch.requests):
                _announce(site)
                _keep_running(serving, launch.requests)
            return 0
    except CannotRun as reason:
        complain(reason)
        return FAILURE


def keep_open(cloud: Cloud) -> int:
    """Keep the cloud open for commands started elsewhere until asked to stop; raises CannotRun."""
    with _Launch(cloud) as launch:
        for name, value in launch.start_cloud().items():
            say(f"export {name}={value}")
        _keep_running([], launch.requests)
        return 0


def run_command(cloud: Cloud, command: Command) -> int:
    """Run one command on the cloud and return its exit status; raises CannotRun."""
    with _Launch(cloud) as launch:
        launch.start_cloud()
        return _follow(launch.start(command, reads_stdin=True), launch.requests)


def say(line: object) -> None:
    _write(STDOUT, line)


def complain(line: object) -> None:
    _write(STDERR, line)


class _Launch:
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


def _become_ready(
    sites: Sequence[Site], preparing: Sequence[Process], serving: Iterable[Process], requests: StopRequests
) -> bool:
    """False when asked to stop before; raises CannotRun when it will not become ready."""
    deadline = time.monotonic() + READY_SECONDS
    while not requests.pending:
        succeeded = [_has_succeeded(process) for process in preparing]
        _check_alive(serving)
        if all(succeeded) and all(site.is_healthy() for site in sites):
            return True
        if time.monotonic() > deadline:
            raise CannotRun(f"{sites[0].url}{HEALTH_PATH} was not ready after {READY_SECONDS:.0f} seconds.")
        time.sleep(POLL_SECONDS)
    return False


def _has_succeeded(process: Process) -> bool:
    """False while it runs; raises CannotRun when it has failed."""
    status = process.poll()
    if status:
        raise CannotRun(_ended(process.name, status))
    return status == 0


def _announce(site: Site) -> None:
    say(f"Quizboard is ready: {site.url}")
    if site.network_url:
        say(f"On your network: {site.network_url}")
        _draw(site.network_url)
    elif site.is_for_this_machine_only:
        say("Only this machine can open it. For phones around you: make run HOST=0.0.0.0")
    else:
        say("This machine is on no network, so nobody else can open it.")
    say("Ctrl-C stops it.")


def _draw(url: str) -> None:
    """For phones, where somebody looks: a log has no use for it."""
    if not os.isatty(STDOUT) or os.environ.get("TERM") == "dumb":
        return
    lines = qr_lines(url)
    columns = os.get_terminal_size(STDOUT).columns or UNKNOWN_COLUMNS
    if columns >= width_of(lines):
        say("\n".join(["", *lines, ""]))


def _keep_running(serving: Iterable[Process], requests: StopRequests) -> None:
    while not requests.pending:
        _check_alive(serving)
        time.sleep(POLL_SECONDS)


def _check_alive(serving: Iterable[Process]) -> None:
    for process in serving:
        status = process.poll()
        if status is not None:
            raise CannotRun(_ended(process.name, status))


def _ended(name: str, status: int) -> str:
    return f"{name} ended with exit status {status}, so everything is stopped."


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
