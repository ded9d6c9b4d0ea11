"""Copies of all that a local cloud keeps, taken while it works."""

import errno
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from google.cloud import datastore

from local_cloud import copies
from local_cloud.datastore import DatastoreServer
from local_cloud.errors import CannotRun
from local_cloud.pubsub import PubSubServer
from tests.local_cloud.damage import damage

ROOT = Path(__file__).parents[2]


@contextmanager
def a_cloud(folder: Path) -> Iterator[datastore.Client]:
    server = DatastoreServer(folder)
    server.start()
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("DATASTORE_EMULATOR_HOST", server.address)
            client = datastore.Client(project="p")
            yield client
            client.close()
    finally:
        server.stop()


def put(client: datastore.Client, *numbers: int) -> None:
    entities = [datastore.Entity(client.key("A", number)) for number in numbers]
    for entity, number in zip(entities, numbers, strict=True):
        entity["n"] = number
    client.put_multi(entities)


def numbers(client: datastore.Client) -> list[int]:
    return [entity["n"] for entity in client.query(kind="A", order=["n"]).fetch()]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_cloud.copies", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_copy_of_a_running_cloud_can_be_restored_with_one_command(tmp_path: Path) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, 1, 2)
        assert run("save", tmp_path / "one", tmp_path / "copy").returncode == 0
        put(client, 3)
    assert run("restore", tmp_path / "copy", tmp_path / "two").returncode == 0
    with a_cloud(tmp_path / "two") as client:
        assert numbers(client) == [1, 2]
        put(client, 4)
        assert numbers(client) == [1, 2, 4]
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy"]


def test_a_stopped_cloud_can_be_copied_too(tmp_path: Path) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, 1)
    copies.save(tmp_path / "one", tmp_path / "copy")
    copies.restore(tmp_path / "copy", tmp_path / "two")
    with a_cloud(tmp_path / "two") as client:
        assert numbers(client) == [1]


def test_a_copy_taken_among_writes_is_one_moment(tmp_path: Path) -> None:
    """Every write puts a pair, so a copy with half of one would be no moment."""
    with a_cloud(tmp_path / "one") as client:
        stop = threading.Event()

        def write() -> None:
            pair = 0
            while not stop.is_set():
                with client.transaction():
                    put(client, 2 * pair + 1, 2 * pair + 2)
                pair += 1

        writer = threading.Thread(target=write)
        writer.start()
        for number in range(5):
            copies.save(tmp_path / "one", tmp_path / f"copy-{number}")
        stop.set()
        writer.join()
    for number in range(5):
        copies.restore(tmp_path / f"copy-{number}", tmp_path / f"restored-{number}")
        with a_cloud(tmp_path / f"restored-{number}") as client:
            found = numbers(client)
        assert found == list(range(1, len(found) + 1))
        assert len(found) % 2 == 0


def test_a_copy_holds_what_other_services_keep_too(tmp_path: Path) -> None:
    datastore_server = DatastoreServer(tmp_path / "one")
    datastore_server.start()
    pubsub = PubSubServer(datastore_server.file)
    pubsub.start()
    copies.save(tmp_path / "one", tmp_path / "copy")
    pubsub.stop()
    datastore_server.stop()
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"entities", "pubsub_topics"} <= tables


def test_data_is_given_up_only_when_that_is_said(tmp_path: Path) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, 1)
        copies.save(tmp_path / "one", tmp_path / "copy")
        put(client, 2)
    with pytest.raises(CannotRun, match="holds data already"):
        copies.restore(tmp_path / "copy", tmp_path / "one")
    with a_cloud(tmp_path / "one") as client:
        assert numbers(client) == [1, 2]
    copies.restore(tmp_path / "copy", tmp_path / "one", replace=True)
    with a_cloud(tmp_path / "one") as client:
        assert numbers(client) == [1]


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def text(path: Path) -> None:
    path.write_text("no database, and longer than the header of one would be" * 4)


@pytest.mark.parametrize("spoil", [zeros, half, text, lambda path: damage(path, "entities")])
def test_damaged_data_gives_way_to_a_copy(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, *range(1, 400))
    copies.save(tmp_path / "one", tmp_path / "copy")
    with a_cloud(tmp_path / "one") as client:
        client.delete(client.key("A", 5))
        # As after a kill: a log of what came last is left beside the file.
        shutil.copytree(tmp_path / "one", tmp_path / "two")
    spoil(tmp_path / "two" / "cloud.sqlite3")
    with pytest.raises(CannotRun):
        copies.restore(tmp_path / "copy", tmp_path / "two")
    done = run("restore", tmp_path / "copy", tmp_path / "two", "--replace")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["cloud.lock", "cloud.sqlite3"]
    with a_cloud(tmp_path / "two") as client:
        assert numbers(client) == list(range(1, 400))


def test_a_restore_that_is_cut_short_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, 1)
        copies.save(tmp_path / "one", tmp_path / "copy")
        put(client, 2)
        shutil.copytree(tmp_path / "one", tmp_path / "two")
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", no_space)
        with pytest.raises(CannotRun, match="No space left"):
            copies.restore(tmp_path / "copy", tmp_path / "two", replace=True)
    with a_cloud(tmp_path / "two") as client:
        assert numbers(client) == [1, 2]
    copies.restore(tmp_path / "copy", tmp_path / "two", replace=True)
    with a_cloud(tmp_path / "two") as client:
        assert numbers(client) == [1]


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_running_cloud_is_not_given_other_data(tmp_path: Path) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, 1)
        copies.save(tmp_path / "one", tmp_path / "copy")
        with pytest.raises(CannotRun, match="belongs to another running process"):
            copies.restore(tmp_path / "copy", tmp_path / "one", replace=True)


def test_what_cannot_be_copied_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("no database, and longer than the header of one would be" * 4)
    with closing(sqlite3.connect(tmp_path / "theirs")) as theirs:
        theirs.execute("CREATE TABLE t (x)")
    for arguments in (
        ("save", tmp_path / "empty", tmp_path / "copy"),
        ("save", tmp_path / "nowhere", tmp_path / "copy"),
        ("save", tmp_path / "empty", tmp_path / "text"),
        ("restore", tmp_path / "nowhere", tmp_path / "new"),
        ("restore", tmp_path / "text", tmp_path / "new"),
        ("restore", tmp_path / "theirs", tmp_path / "new"),
    ):
        done = run(*arguments)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert not (tmp_path / "new").exists()
    assert not (tmp_path / "copy").exists()


def test_a_damaged_copy_is_not_restored(tmp_path: Path) -> None:
    with a_cloud(tmp_path / "one") as client:
        put(client, *range(1, 400))
        copies.save(tmp_path / "one", tmp_path / "copy")
    content = bytearray((tmp_path / "copy").read_bytes())
    half = len(content) // 2
    content[half : half + 8192] = b"\xff" * 8192
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(CannotRun, match="damaged"):
        copies.restore(tmp_path / "copy", tmp_path / "two")
    assert not (tmp_path / "two").exists()
