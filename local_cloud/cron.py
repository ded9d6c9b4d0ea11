"""`python -m local_cloud.cron CRON_YAML BASE_URL`: calls what cron.yaml names, as App Engine's cron would.

Each job runs once at the start, because this machine may have been off when it was due, and then by schedule.
"""

import http.client
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from local_cloud.errors import CannotRun

ANSWER_SECONDS = 600.0
RETRY_SECONDS = 5.0
"""After a call that failed: the service may still be starting."""

_SCHEDULE = re.compile(r"every (\d+) (min|hour)(?:ute)?s?")
_SECONDS = {"min": 60.0, "hour": 3600.0}


@dataclass
class Job:
    path: str
    every_seconds: float
    due: float = 0.0


def read_jobs(file: Path) -> list[Job]:
    """Raises CannotRun for a schedule that is not `every N mins` or `every N hours`."""
    entries = (yaml.safe_load(file.read_text()) or {}).get("cron", [])
    return [Job(entry["url"], _every_seconds(entry["schedule"])) for entry in entries]


def run_due(jobs: list[Job], call: Callable[[str], bool], now: float) -> float:
    """Runs what is due; in how many seconds the next one is."""
    for job in jobs:
        if job.due <= now:
            job.due = now + (job.every_seconds if call(job.path) else RETRY_SECONDS)
    return max(0.0, min(job.due for job in jobs) - now)


def caller(base_url: str) -> Callable[[str], bool]:
    site = urlsplit(base_url)

    def call(path: str) -> bool:
        # http.client and not urllib, which would ask the proxy that the environment names.
        connection = http.client.HTTPConnection(site.hostname or "", site.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", path, headers={"X-Appengine-Cron": "true"})
            return connection.getresponse().status < http.client.MULTIPLE_CHOICES
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return call


def main(file: str, base_url: str) -> None:
    try:
        jobs = read_jobs(Path(file))
    except CannotRun as reason:
        sys.exit(str(reason))
    call = caller(base_url)
    while True:
        time.sleep(run_due(jobs, call, time.monotonic()) if jobs else ANSWER_SECONDS)


def _every_seconds(schedule: str) -> float:
    found = _SCHEDULE.fullmatch(schedule)
    if not found:
        raise CannotRun(f"The local cron knows `every N mins` and `every N hours`, not {schedule!r}.")
    return int(found[1]) * _SECONDS[found[2]]


if __name__ == "__main__":
    main(*sys.argv[1:])
