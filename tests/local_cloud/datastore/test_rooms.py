"""The rooms of the Datastore server are those that its page tells of, one above the other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = "local_cloud.datastore"
# The doors: they may open any room.
DOORS = {"__init__", "__main__"}


def floors() -> dict[str, int]:
    """The files of the page's table, counted from the ground."""
    page = (ROOT / "docs/local-datastore.md").read_text()
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in page.splitlines() if row.endswith("? |")]
    return {file: floor for floor, files in enumerate(reversed(rows)) for file in files}


def imported(path: Path) -> set[str]:
    names = [
        node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
    ]
    modules = {name.removeprefix(f"{PACKAGE}.") for name in names if name and name.startswith(f"{PACKAGE}.")}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            modules |= {alias.name for alias in node.names}
    return modules


def test_every_file_has_its_room() -> None:
    files = {path.stem for path in (ROOT / "local_cloud/datastore").glob("*.py")}
    assert files - DOORS == set(floors())


def test_a_file_imports_from_its_own_room_and_those_below() -> None:
    floor_of = floors()
    for file, floor in floor_of.items():
        above = {
            name for name in imported(ROOT / f"local_cloud/datastore/{file}.py") if floor_of[name] > floor
        }
        assert not above, f"{file} imports {above}"
