from pathlib import Path

import pytest

from questions.record import MOST_CHOICES, category_of_file, place_of
from tests.questions.question_files import SCHEMA


def test_no_more_choices_are_shown_than_the_schema_allows() -> None:
    assert SCHEMA["$defs"]["choices"]["maxItems"] == MOST_CHOICES


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("world-history.txt", ("world-history", "World history")),
        ("USA_states.gift.txt", ("usa-states", "USA states")),
        ("élan.aiken.txt", ("elan", "Élan")),
        ("v1.2.txt", ("v1-2", "V1.2")),
    ],
)
def test_a_file_gives_its_category_the_name(name: str, category: tuple[str, str]) -> None:
    assert category_of_file(Path("folder") / name) == category


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Why\n  is   it?", "file, line 3 (Why is it?)"),
        (" \n", "file, line 3"),
        ("x" * 400, f"file, line 3 ({'x' * 60})"),
        ("half \ud800", "file, line 3 (half ?)"),
    ],
)
def test_a_place_is_one_short_line_that_can_be_printed(words: str, place: str) -> None:
    assert place_of("file, line 3", words) == place
