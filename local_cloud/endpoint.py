"""DIR/endpoint: how to find the cloud that keeps its data in DIR, for commands started beside it.

The cloud holds a lock on the file while it lives: after kill -9 the file is still there, the lock is not.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from local_cloud.errors import CannotRun


class Endpoint:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "endpoint"
        self._file: TextIO | None = None

    def publish(self, environment: Mapping[str, str]) -> None:
        # Locked and complete before it gets its name, so a reader sees all of it or none.
        draft = self._path.with_suffix(".new")
        self._file = draft.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        json.dump(dict(environment), self._file)
        self._file.flush()
        os.replace(draft, self._path)

    def withdraw(self) -> None:
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def read(self) -> dict[str, str]:
        """The variables of the running cloud; raises CannotRun when none is running."""
        with contextlib.suppress(FileNotFoundError), self._path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return dict(json.load(file))
        raise CannotRun(f"No local cloud is running on {self._path.parent}; start it first: make run")
