from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from google.api_core.exceptions import FailedPrecondition, GoogleAPICallError, InternalServerError, RetryError
from google.cloud import datastore
from google.cloud.datastore.query import PropertyFilter

from local_cloud.datastore import DatastoreServer, DataUnusable, PortTaken
from tests.local_cloud.damage import damage

from .calls import commit, delete, upsert, version_of
from .conftest import INDEX_FILE, a_client, a_server

ROOT = Path(__file__).parents[3]
ROUNDS = 4
LANES = 3
WRITES = 15
PROGRAM = """
import sys
from pathlib import Path
from local_cloud.datastore import DatastoreServer

server = DatastoreServer(Path(sys.argv[1]))
server.start()
print(server.address, flush=True)
sys.stdin.read()
"""


@contextmanager
def a_server_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Killed with SIGKILL at the latest when the block ends."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGKILL)


def entity(client: datastore.Client, *path: str | int, **properties: object) -> datastore.Entity:
    built = datastore.Entity(client.key(*path))
    built.update(properties)
    return built


class Writer(threading.Thread):
    """Puts pairs in transactions, numbered from `first`, until the server is gone."""

    def __init__(self, address: str, first: int, lane: int) -> None:
        super().__init__()
        self.answered: list[int] = []
        self.enough = threading.Event()
        self._address, self._first, self._lane = address, first, lane

    def run(self) -> None:
        with a_client(self._address, "p") as client, suppress(GoogleAPICallError, RetryError):
            for number in itertools.count(self._first):
                pair = [entity(client, "A", self._lane, half, number, n=number) for half in ("B", "C")]
                commit(client, *map(upsert, pair), single_use_transaction={"read_write": {}})
                self.answered.append(number)
                if len(self.answered) == WRITES:
                    self.enough.set()


def test_what_was_answered_survives_a_kill_in_the_middle_of_writes(tmp_path: Path) -> None:
    answered: dict[int, set[int]] = {lane: set() for lane in range(1, LANES + 1)}
    for round_ in range(ROUNDS):
        with a_server_process(tmp_path) as (process, address):
            writers = [Writer(address, 1_000_000 * round_ + 1, lane) for lane in answered]
            for writer in writers:
                writer.start()
            for writer in writers:
                assert writer.enough.wait(60)
            process.kill()
            for writer in writers:
                writer.join()
                answered[writer._lane] |= set(writer.answered)
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        for lane, numbers in answered.items():
            halves = [
                {found["n"] for found in client.query(kind=half, ancestor=client.key("A", lane)).fetch()}
                for half in ("B", "C")
            ]
            assert halves[0] == halves[1], "half of a transaction"
            assert halves[0] >= numbers
            # What was asked and not answered may be there or not.
            assert len(halves[0] - numbers) <= ROUNDS
        for half in ("B", "C"):
            by_index = {
                (found.key.parent.id, found["n"]) for found in client.query(kind=half, order=["n"]).fetch()
            }
            assert by_index == {(e.key.parent.id, e["n"]) for e in client.query(kind=half).fetch()}


def test_versions_go_on_after_a_restart_even_when_the_newest_entity_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        client.put(entity(client, "A", 1))
        gone = commit(client, delete(client.key("A", 1))).mutation_results[0].version
        first_id = client.allocate_ids(client.key("A"), 1)[0].id
    # A clock that was set back must not bring old versions back.
    monkeypatch.setattr("local_cloud.datastore.engine.time.time_ns", lambda: 1_000_000)
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        assert commit(client, upsert(entity(client, "A", 1))).mutation_results[0].version > gone
        assert version_of(client, client.key("A", 1)) > gone
        assert client.allocate_ids(client.key("A"), 1)[0].id != first_id


def test_indexes_follow_the_index_file(tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("indexes: []")

    def places(index_file: Path | None) -> list[int]:
        with a_server(tmp_path, index_file=index_file) as server, a_client(server.address, "p") as client:
            query = client.query(kind="Entry", order=["place"])
            query.add_filter(filter=PropertyFilter("board", "=", "all"))
            client.put(
                entity(client, "Entry", 100, board="all", place=100 if index_file is INDEX_FILE else 50)
            )
            return [found["place"] for found in query.fetch()]

    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        client.put_multi([entity(client, "Entry", n, board="all", place=-n) for n in range(1, 4)])
    assert places(INDEX_FILE) == [-3, -2, -1, 100]
    with pytest.raises(FailedPrecondition, match="no matching index found"):
        places(tmp_path / "none.yaml")
    assert places(INDEX_FILE) == [-3, -2, -1, 100]
    assert places(None) == [-3, -2, -1, 50]


def test_without_an_index_file_indexes_are_made_when_needed_and_kept(tmp_path: Path) -> None:
    def composites() -> int:
        with closing(sqlite3.connect(tmp_path / "cloud.sqlite3")) as connection:
            sql = "SELECT COUNT(*) FROM indexes WHERE name LIKE 'composite%'"
            return int(connection.execute(sql).fetchone()[0])

    for round_ in (1, 2):
        with a_server(tmp_path) as server, a_client(server.address, "p") as client:
            client.put_multi([entity(client, "A", n, a=n % 2, b=-n) for n in range(1, 6)])
            query = client.query(kind="A", order=["b", "-__key__"])
            query.add_filter(filter=PropertyFilter("a", "=", 1))
            assert [found.key.id for found in query.fetch()] == [5, 3, 1]
            client.put(entity(client, "A", 7, a=1, b=-7))
            assert [found.key.id for found in query.fetch()] == [7, 5, 3, 1]
            client.delete(client.key("A", 7))
            descending = client.query(kind="A", order=["-__key__"])
            assert [found.key.id for found in descending.fetch()] == [5, 4, 3, 2, 1]
        assert composites() == 1, round_


def test_an_index_is_whole_for_everyone_who_asks_while_it_is_made() -> None:
    with a_server() as server, a_client(server.address, "p") as client:
        client.put_multi([entity(client, "A", n, a=n % 2, b=n) for n in range(1, 501)])

        def asked(number: int) -> int:
            query = client.query(kind="A", order=["-b"], filters=[PropertyFilter("a", "=", 1)])
            found = len(list(query.fetch()))
            client.put(entity(client, "A", 1_000 + number, a=0, b=0))
            return found

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(asked, range(16))) == {250}
        even = client.query(kind="A", order=["-b"], filters=[PropertyFilter("a", "=", 0)])
        assert len(list(even.fetch())) == 250 + 16


def test_a_taken_port_is_noticed(server: DatastoreServer) -> None:
    port = int(server.address.rpartition(":")[2])
    with pytest.raises(PortTaken, match=f"Another program listens on port {port} already."):
        DatastoreServer(None, port).start()


def test_a_folder_belongs_to_one_server(tmp_path: Path) -> None:
    with a_server(tmp_path), pytest.raises(DataUnusable, match="belongs to another running process"):
        DatastoreServer(tmp_path).start()
    with a_server(tmp_path):
        pass


def test_a_folder_of_another_process_is_free_once_that_is_dead(tmp_path: Path) -> None:
    with a_server_process(tmp_path), pytest.raises(DataUnusable, match="another running process"):
        DatastoreServer(tmp_path).start()
    with a_server(tmp_path):
        pass


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cloud.sqlite3") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(DataUnusable, match="is not a file of the local cloud"):
        DatastoreServer(tmp_path).start()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cloud.sqlite3").write_text(
        "not a database, and longer than a header of one hundred bytes" * 4
    )
    with pytest.raises(DataUnusable, match="cannot be read"):
        DatastoreServer(tmp_path).start()
    assert (tmp_path / "cloud.sqlite3").read_text().startswith("not a database")


@pytest.mark.parametrize("table", ["datastore_counters", "indexes"])
def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path, table: str) -> None:
    with a_server(tmp_path) as server, a_client(server.address, "p") as client:
        client.put(entity(client, "A", 1))
    damage(tmp_path / "cloud.sqlite3", table)
    with pytest.raises(DataUnusable, match=r"cloud\.sqlite3 cannot be read \(.*--replace"):
        DatastoreServer(tmp_path).start()
    command = [sys.executable, "-m", "local_cloud.datastore", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataUnusable, match="cannot be used"):
        DatastoreServer(tmp_path / "file").start()


def test_a_broken_index_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.yaml").write_text("indexes: [kind")
    with pytest.raises(DataUnusable, match=r"index\.yaml cannot be read"):
        DatastoreServer(None, index_file=tmp_path / "index.yaml").start()


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    with a_server(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_without_a_folder_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with a_server():
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_stopping_twice_is_fine_and_frees_the_port(tmp_path: Path) -> None:
    server = DatastoreServer(tmp_path)
    server.start()
    port = int(server.address.rpartition(":")[2])
    server.stop()
    server.stop()
    with a_server(tmp_path, port) as again:
        assert again.address == server.address


def test_a_bug_is_answered_and_does_not_stop_the_server(
    client: datastore.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("local_cloud.datastore.service._fill_lookup", lambda *_: 1 / 0)
        with pytest.raises(InternalServerError):
            client.get(client.key("A", 1))
    assert "ZeroDivisionError" in caplog.text
    assert client.get(client.key("A", 1)) is None
