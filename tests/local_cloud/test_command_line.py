"""`python -m local_cloud` and `python -m local_cloud.join`, with the Datastore server that they are for."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.cloud import datastore

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 60
COUNT = """
from google.cloud import datastore
client = datastore.Client()
key = client.key("Visit", "first")
print(client.project, "known" if client.get(key) is not None else "new")
client.put(datastore.Entity(key))
"""


def arguments(*more: str) -> list[str]:
    return [sys.executable, "-m", "local_cloud", *more]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS)


@pytest.fixture
def keep_open() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    opened: list[subprocess.Popen[str]] = []

    def start(*more: str) -> subprocess.Popen[str]:
        opened.append(
            subprocess.Popen(
                arguments(*more), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return opened[-1]

    yield start
    for process in opened:
        process.kill()
        process.communicate()


def exported(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    match = re.fullmatch(r"export DATASTORE_EMULATOR_HOST=(127\.0\.0\.1:\d+)\n", process.stdout.readline())
    assert match
    return match[1]


def test_a_command_finds_the_cloud_in_its_environment() -> None:
    done = run(arguments("--", sys.executable, "-c", COUNT))
    assert (done.returncode, done.stdout, done.stderr) == (0, "quizboard-local new\n", "")


def test_without_a_folder_nothing_is_kept_and_with_one_it_is(tmp_path: Path) -> None:
    kept = arguments("--data", str(tmp_path / "kept"), "--", sys.executable, "-c", COUNT)
    assert [run(kept).stdout for _ in range(2)] == ["quizboard-local new\n", "quizboard-local known\n"]
    memory = arguments("--", sys.executable, "-c", COUNT)
    assert [run(memory).stdout for _ in range(2)] == ["quizboard-local new\n"] * 2


def test_the_exit_status_is_the_command_s() -> None:
    assert run(arguments("--", "sh", "-c", "exit 7")).returncode == 7
    assert run(arguments("--", "sh", "-c", "kill -TERM $$")).returncode == 128 + signal.SIGTERM


def test_a_command_that_does_not_exist_is_one_sentence() -> None:
    done = run(arguments("--", "no-such-command"))
    assert done.returncode == 127
    assert done.stderr == "Cannot run no-such-command: No such file or directory.\n"


def test_without_a_command_it_says_what_to_export_and_stays_until_ctrl_c(
    keep_open: Callable[..., subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = keep_open()
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", exported(cloud))
    client = datastore.Client(project="quizboard-local")
    assert client.get(client.key("Visit", "first")) is None
    client.close()
    cloud.send_signal(signal.SIGINT)
    _, complaints = cloud.communicate(timeout=LIMIT_SECONDS)
    assert (cloud.returncode, complaints) == (0, "")


def test_a_second_cloud_on_the_same_folder_is_refused_with_one_sentence(
    keep_open: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    exported(keep_open("--data", str(tmp_path)))
    second = run(arguments("--data", str(tmp_path)))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1


def test_a_taken_port_is_refused_with_one_sentence(
    keep_open: Callable[..., subprocess.Popen[str]],
) -> None:
    port = exported(keep_open()).rpartition(":")[2]
    second = run(arguments("--datastore-port", port))
    assert second.returncode == 1
    assert port in second.stderr
    assert second.stderr.count("\n") == 1


def test_another_command_can_join_a_cloud_that_keeps_its_data(
    keep_open: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    exported(keep_open("--data", str(tmp_path)))
    joined = [sys.executable, "-m", "local_cloud.join", str(tmp_path), sys.executable, "-c", COUNT]
    assert [run(joined).stdout for _ in range(2)] == ["quizboard-local new\n", "quizboard-local known\n"]


def test_joining_after_kill_9_is_one_sentence(
    keep_open: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    killed = keep_open("--data", str(tmp_path))
    exported(killed)
    killed.kill()
    killed.wait()
    assert (tmp_path / "endpoint").exists()
    joined = run([sys.executable, "-m", "local_cloud.join", str(tmp_path), "true"])
    assert joined.returncode == 1
    assert joined.stderr == f"No local cloud is running on {tmp_path}; start it first: make run\n"


@pytest.mark.parametrize("port", ["abc", "-1", "65536"])
def test_a_bad_datastore_port_is_refused_without_a_traceback(port: str) -> None:
    refused = run(arguments(f"--datastore-port={port}"))
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
