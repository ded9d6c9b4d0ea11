"""What the launcher's tests run in place of Quizboard: `stand_in.py FOLDER ROLE ...`.

Every process, and the guard above it, leaves its process id in FOLDER/pids, with its role.
"""

import http.server
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from local_cloud.launch import run_command
from local_cloud.launcher import serve
from local_cloud.processes import POLL_SECONDS, Command
from local_cloud.site import Site

LONG_SECONDS = 600
HEALTHY_ANSWERS = 10
BROKEN_STATUS = 7


def main(folder: Path, role: str, *more: str) -> int:
    return ROLES[role](folder, *more)


def launcher(folder: Path, seed: str, *web: str) -> int:
    (folder / "launcher").write_text(str(os.getpid()))
    return serve(Cloud(folder), [command(folder, seed)], [command(folder, role) for role in web])


def launcher_of_one_command(folder: Path, role: str) -> int:
    return run_command(Cloud(folder), command(folder, role))


def parent(folder: Path, *more: str) -> int:
    subprocess.Popen([sys.executable, __file__, str(folder), *more])
    return sleep(folder)


def seed(folder: Path) -> int:
    record(folder)
    return 0


def broken_seed(folder: Path) -> int:
    record(folder)
    print("Question 7 has no right answer.", file=sys.stderr)
    return BROKEN_STATUS


def seed_broken_late(folder: Path) -> int:
    site = Site.from_environment(os.environ)
    for _ in range(HEALTHY_ANSWERS):
        while not site.is_healthy():
            time.sleep(POLL_SECONDS)
        time.sleep(POLL_SECONDS)
    return broken_seed(folder)


def sleep(folder: Path) -> int:
    record(folder)
    time.sleep(LONG_SECONDS)
    return 0


def stubborn(folder: Path) -> int:
    signal.signal(signal.SIGTERM, lambda _number, _frame: (folder / "asked-to-stop").touch())
    return sleep(folder)


def report_a_signal(folder: Path) -> int:
    signal.signal(signal.SIGINT, lambda _number, _frame: (folder / "interrupted").touch())
    return sleep(folder)


def leave_a_child_behind(folder: Path) -> int:
    start_a_stubborn_child(folder)
    return 0


def answer(folder: Path) -> int:
    record(folder)
    return serve_health(folder, lambda: HTTPStatus.OK)


def answer_when_warm(folder: Path) -> int:
    record(folder)

    def status() -> HTTPStatus:
        if (folder / "warm").exists():
            return HTTPStatus.OK
        (folder / f"not-ready-{time.monotonic_ns()}").touch()
        return HTTPStatus.SERVICE_UNAVAILABLE

    return serve_health(folder, status)


def answer_with_a_stubborn_child(folder: Path) -> int:
    start_a_stubborn_child(folder)
    return answer(folder)


def answer_stubbornly(folder: Path) -> int:
    signal.signal(signal.SIGTERM, lambda _number, _frame: (folder / "asked-to-stop").touch())
    return answer(folder)


def start_a_stubborn_child(folder: Path) -> None:
    record(folder)
    before = len(recorded(folder))
    subprocess.Popen([sys.executable, __file__, str(folder), "stubborn"])
    while len(recorded(folder)) == before:
        time.sleep(POLL_SECONDS)


def serve_health(folder: Path, status: Callable[[], HTTPStatus]) -> int:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status())
            self.end_headers()
            self.wfile.write(b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Health) as server:
        server.serve_forever()
    return 0


def command(folder: Path, role: str) -> Command:
    return Command(role, [sys.executable, __file__, str(folder), role])


def record(folder: Path) -> None:
    pids = folder / "pids"
    pids.mkdir(exist_ok=True)
    (pids / str(os.getpgid(0))).write_text("guard")
    (pids / str(os.getpid())).write_text(sys.argv[2])


def recorded(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.glob("pids/*")]


def pids_of(folder: Path, role: str) -> list[int]:
    return [int(path.name) for path in folder.glob("pids/*") if path.read_text() == role]


def is_running(pid: int) -> bool:
    # The dead stay listed (state Z) where nobody collects orphans, as in many containers.
    if Path("/proc/self/stat").exists():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
        state = listed.stdout.strip()
    return bool(state) and not state.startswith(("Z", "X"))


class Cloud:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self) -> dict[str, str]:
        (self._folder / "cloud-is-open").touch()
        return {"CLOUD": "a stand-in"}

    def stop(self) -> None:
        (self._folder / "cloud-is-open").unlink(missing_ok=True)
        still_running = [str(pid) for pid in recorded(self._folder) if is_running(pid)]
        (self._folder / "outlived-the-cloud").write_text(" ".join(still_running))


ROLES: dict[str, Callable[..., int]] = {
    role.__name__: role
    for role in (
        launcher,
        launcher_of_one_command,
        parent,
        seed,
        broken_seed,
        seed_broken_late,
        sleep,
        stubborn,
        report_a_signal,
        leave_a_child_behind,
        answer,
        answer_when_warm,
        answer_with_a_stubborn_child,
        answer_stubbornly,
    )
}

if __name__ == "__main__":
    # The launcher obeys a hang-up unless it was started by nohup: as the tests themselves may have been.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
