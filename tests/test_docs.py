"""The documents say what is."""

import re
from pathlib import Path

import pytest

from docs import class_diagram, event_table
from tests.test_architecture import HOUSE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_class_diagram_is_that_of_the_code() -> None:
    assert (ROOT / "docs/models.md").read_text() == class_diagram.page(), "python -m docs.class_diagram"


def test_the_page_of_events_is_that_of_the_code() -> None:
    assert (ROOT / "docs/events.md").read_text() == event_table.page(), "python -m docs.event_table"


def test_the_page_of_events_tells_every_attribute_of_a_message() -> None:
    told = (ROOT / "docs/events.md").read_text()
    assert all(f"| `{name}` |" in told for name in event_table.ATTRIBUTES)


def test_the_page_of_events_names_files_that_there_are() -> None:
    files = re.findall(r"`(\w+/\w+\.py)`", (ROOT / "docs/events.md").read_text())
    assert "events/stream.py" in files
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_folder_map_of_the_readme_names_every_room() -> None:
    readme = (ROOT / "README.md").read_text()
    for room in {*HOUSE, "tests", "docs"}:
        name = f"{room}/" if (ROOT / room).is_dir() else f"{room}.py"
        assert f"`{name}`" in readme, name


def test_the_readme_names_every_command_of_the_makefile() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert f"make {command}" in readme, command
