"""The SQLite file of the local cloud: who owns it, how it is opened, whether it is ours.

Knows nothing of what is kept in it, so that other services can keep their tables beside each other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from local_cloud.faults import DataUnusable

FILE_NAME = "cloud.sqlite3"
LOCK_NAME = "cloud.lock"
FOLDER_MODE = 0o700
BUSY_TIMEOUT_SECONDS = 10.0
CACHED_STATEMENTS = 512
# "QzBd": tells our file from any other SQLite file.
APPLICATION_ID = 0x517A4264


class SqliteFile:
    """One file in one folder, owned by this process until close(). Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.is_kept = folder is not None
        self._given_folder = folder
        self._folder: Path | None = None
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        """Take the folder; DataUnusable if another running process has it or the file is not ours."""
        self.take()
        try:
            with self.readable():
                self._mark()
        except DataUnusable:
            self.close()
            raise

    def take(self) -> None:
        """The folder alone, whatever its file is like; DataUnusable if another running process has it."""
        try:
            self._folder = self._prepare_folder()
            self._lock = self._own(self._folder)
        except OSError as error:
            self.close()
            raise DataUnusable(f"The data folder {self._given_folder} cannot be used: {error}.") from error
        except DataUnusable:
            self.close()
            raise

    def replace(self, draft: Path) -> None:
        """The draft, of the same folder, becomes the file. Nobody may be connected. Raises OSError."""
        # Up to the last step the old file must be whole, without a log: all of it that can be read, that is.
        with suppress(sqlite3.Error), closing(self.connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        # SQLite would apply what is left of them to the new file.
        for ending in ("-wal", "-shm", "-journal"):
            draft.with_name(f"{FILE_NAME}{ending}").unlink(missing_ok=True)
        os.replace(draft, draft.with_name(FILE_NAME))

    @contextmanager
    def readable(self) -> Iterator[None]:
        """What SQLite cannot read in this block is DataUnusable, with what to do then."""
        try:
            yield
        except sqlite3.Error as error:
            remedy = f"python -m local_cloud.copies restore FILE {self._folder} --replace"
            raise DataUnusable(
                f"{self._folder}/{FILE_NAME} cannot be read ({error}): "
                f"if it is damaged, `{remedy}` puts a copy in its place."
            ) from error

    def connect(self) -> sqlite3.Connection:
        """A new connection in autocommit mode, which any thread may use (one at a time)."""
        if self._folder is None:
            raise DataUnusable("The data folder is closed.")
        connection = sqlite3.connect(
            self._folder / FILE_NAME,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute(f"PRAGMA synchronous = {'FULL' if self.is_kept else 'OFF'}")
            connection.execute("PRAGMA temp_store = MEMORY")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Give the folder back. Connections must be closed before."""
        if self._folder is not None and not self.is_kept:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _prepare_folder(self) -> Path:
        if self._given_folder is None:
            return Path(tempfile.mkdtemp(prefix="local-cloud-"))
        self._given_folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        return self._given_folder

    def _own(self, folder: Path) -> IO[bytes]:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        # Kept open on purpose: the system drops this lock when the process dies, however it dies.
        lock = open(descriptor, "r+b")  # noqa: SIM115 - kept open
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise DataUnusable(f"The data folder {folder} belongs to another running process.") from None
        return lock

    def _mark(self) -> None:
        connection = self.connect()
        try:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            if application_id == 0 and tables == 0:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            elif application_id != APPLICATION_ID:
                raise DataUnusable(f"{self._given_folder}/{FILE_NAME} is not a file of the local cloud.")
        finally:
            with suppress(sqlite3.Error):
                connection.close()
