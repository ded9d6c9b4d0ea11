import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.player import NAME_LENGTH, BadName, clean_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("محمد", "محمد"),
        ("木村 🎲", "木村 🎲"),
        ("x" * NAME_LENGTH, "x" * NAME_LENGTH),
    ],
)
def test_a_name_is_tidied(typed: str, name: str) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", "  ", "x" * (NAME_LENGTH + 1), "a\u202eb", "a\x00b", "a\ud800", "\u200b"]
)
def test_a_name_nobody_could_read_is_refused(typed: str) -> None:
    with pytest.raises(BadName):
        clean_name(typed)


@given(st.text(max_size=40))
def test_a_tidy_name_stays_as_it_is(typed: str) -> None:
    try:
        name = clean_name(typed)
    except BadName:
        return
    assert clean_name(name) == name
