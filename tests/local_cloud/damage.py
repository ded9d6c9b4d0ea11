"""What a bad disk does to the file of a local cloud."""

import sqlite3
from contextlib import closing
from pathlib import Path


def damage(path: Path, table: str) -> None:
    """Overwrite the page where the table begins."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
