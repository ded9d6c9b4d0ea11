"""Serves Quizboard on a local cloud: the story of `make run`."""

import os
import time
from collections.abc import Iterable, Sequence

from local_cloud.errors import CannotRun
from local_cloud.launch import FAILURE, STDOUT, Cloud, Launch, check_alive, complain, ended, keep_running, say
from local_cloud.processes import POLL_SECONDS, Command, Process
from local_cloud.qr_code import qr_lines, width_of
from local_cloud.signals import StopRequests
from local_cloud.site import HEALTH_PATH, Site

READY_SECONDS = 120.0
UNKNOWN_COLUMNS = 80
"""Of a terminal that does not say how wide it is."""


def serve(cloud: Cloud, preparations: Sequence[Command], services: Sequence[Command]) -> int:
    """Serve on HOST and PORT until asked to stop; returns the exit status.

    The preparations run once, beside the services; all of them find the cloud in their environment. A service
    with an environment of its own is at the HOST and PORT that it names.
    """
    try:
        with Launch(cloud) as launch:
            site = Site.from_environment(os.environ)
            site.check_free()
            launch.start_cloud(site.environment)
            preparing = [launch.start(preparation) for preparation in preparations]
            serving = [launch.start(service) for service in services]
            sites = [site, *(Site.from_environment(one.environment) for one in services if one.environment)]
            if _become_ready(sites, preparing, serving, launch.requests):
                _announce(site)
                keep_running(serving, launch.requests)
            return 0
    except CannotRun as reason:
        complain(reason)
        return FAILURE


def _become_ready(
    sites: Sequence[Site], preparing: Sequence[Process], serving: Iterable[Process], requests: StopRequests
) -> bool:
    """False when asked to stop before; raises CannotRun when it will not become ready."""
    deadline = time.monotonic() + READY_SECONDS
    while not requests.pending:
        succeeded = [_has_succeeded(process) for process in preparing]
        check_alive(serving)
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
        raise CannotRun(ended(process.name, status))
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
