"""The house keeps its arrows: who may import whom, and that the domain knows no framework."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = {"controllers", "events", "local_cloud", "models", "questions", "views", "main", "seed_questions"}

MAY_IMPORT = {
    "controllers": {"events", "models", "views"},
    "events": {"models"},
    "local_cloud": set(),
    "main": {"controllers", "local_cloud"},
    "models": set(),
    "questions": set(),
    "seed_questions": {"models", "questions"},
    "views": {"models"},
}

FOREIGN = {
    "models": {"flask", "werkzeug", "jinja2", "gunicorn", "google.cloud.pubsub", "google.cloud.pubsub_v1"},
    "events": {"flask", "werkzeug", "jinja2", "gunicorn"},
    "questions": {"flask", "google"},
    "views": {"flask", "google"},
    "controllers": {"google.api_core"},
}


def sources(room: str) -> list[Path]:
    return [ROOT / f"{room}.py"] if (ROOT / f"{room}.py").exists() else sorted((ROOT / room).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import hides its arrow"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_has_its_arrows() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {p.stem for p in ROOT.glob("*.py")}
    assert rooms - {"tests", "benchmarks", "gunicorn.conf"} == set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_where_its_arrows_lead(room: str) -> None:
    for file in sources(room):
        ours = {name.split(".")[0] for name in imports(file)} & HOUSE - {room}
        assert ours <= MAY_IMPORT[room], f"{file} imports {ours - MAY_IMPORT[room]}"


@pytest.mark.parametrize("room", sorted(FOREIGN))
def test_a_room_keeps_out_what_is_none_of_its_business(room: str) -> None:
    for file in sources(room):
        for name in imports(file):
            assert not any(name == f or name.startswith(f"{f}.") for f in FOREIGN[room]), f"{file}: {name}"


def test_only_the_store_calls_datastore() -> None:
    for room in ("models", "events", "controllers", "seed_questions"):
        for file in sources(room):
            if file.name != "store.py":
                assert "_datastore_api" not in file.read_text(), file
