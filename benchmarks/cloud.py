"""A local Datastore in a process of its own, for as long as a benchmark runs."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Counted:
    """The client's way to Datastore: counts the calls by name."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls[name] += 1
            return getattr(self._api, name)(*arguments, **options)

        return call


@contextmanager
def local_datastore(folder: str | None = None) -> Iterator[None]:
    """In memory, or with its data in a folder; Google's client finds it by the environment."""
    show_address = "import os; print(os.environ['DATASTORE_EMULATOR_HOST'], flush=True); input()"
    data = ["--data", folder] if folder else []
    command = [sys.executable, "-m", "local_cloud", *data, "--", sys.executable, "-c", show_address]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.environ["DATASTORE_EMULATOR_HOST"] = process.stdout.readline().strip()
        try:
            yield
        finally:
            process.stdin.write("\n")
            process.stdin.close()
