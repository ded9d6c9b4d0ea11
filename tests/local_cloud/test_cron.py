import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud.cron import RETRY_SECONDS, Job, caller, read_jobs, run_due
from local_cloud.errors import CannotRun

ROOT = Path(__file__).parent.parent.parent


def a_file(folder: Path, schedule: str) -> Path:
    file = folder / "cron.yaml"
    file.write_text(f"cron:\n- url: /cron/outbox\n  schedule: {schedule}\n")
    return file


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("every 1 hours", 3600), ("every 5 mins", 300), ("every 1 minutes", 60), ("every 12 hours", 43_200)],
)
def test_a_schedule_is_so_many_seconds(tmp_path: Path, schedule: str, seconds: float) -> None:
    assert read_jobs(a_file(tmp_path, schedule)) == [Job("/cron/outbox", seconds)]


def test_a_schedule_that_it_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="every day 03:00"):
        read_jobs(a_file(tmp_path, "every day 03:00"))


def test_it_knows_the_schedules_of_the_application() -> None:
    assert [job.path for job in read_jobs(ROOT / "cron.yaml")] == ["/cron/outbox", "/cron/stream"]


def test_a_job_runs_at_once_and_then_when_it_is_due() -> None:
    calls: list[str] = []
    jobs = [Job("/a", 60), Job("/b", 100)]

    def call(path: str) -> bool:
        calls.append(path)
        return True

    assert run_due(jobs, call, now=1000) == 60
    assert run_due(jobs, call, now=1060) == 40
    assert run_due(jobs, call, now=1100) == 20
    assert calls == ["/a", "/b", "/a", "/b"]


def test_a_job_that_failed_is_tried_again_soon() -> None:
    assert run_due([Job("/a", 3600)], lambda path: False, now=0) == RETRY_SECONDS


class Service(http.server.BaseHTTPRequestHandler):
    status = 200
    seen: list[tuple[str, str | None]] = []  # noqa: RUF012 - of all requests

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["X-Appengine-Cron"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "succeeded"), [(200, True), (204, True), (403, False), (503, False)])
def test_a_call_carries_the_header_of_cron(
    address: str, status: int, succeeded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Service, "status", status)
    monkeypatch.setattr(Service, "seen", [])
    assert caller(address)("/cron/outbox") is succeeded
    assert Service.seen == [("/cron/outbox", "true")]


def test_a_service_that_is_away_is_a_failure() -> None:
    assert caller("http://127.0.0.1:9")("/cron/outbox") is False
