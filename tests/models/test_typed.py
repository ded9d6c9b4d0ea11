import pytest

from models.typed import tidied

MOST = 20


@pytest.mark.parametrize(
    "text",
    ["Paris", "می\u200cخواهم", "ශ්\u200dරී ලංකාව", "ירושלים\u200f", "👩\u200d🔬", "co\u00adoperate", "x" * MOST],
)
def test_what_scripts_and_keyboards_need_is_kept(text: str) -> None:
    assert tidied(text, MOST) == text


def test_spaces_are_single() -> None:
    assert tidied("  New\t York\n", MOST) == "New York"


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u200e \u200f"])
def test_what_cannot_be_seen_is_nothing(text: str) -> None:
    assert tidied(text, MOST) == ""


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x07", "\u202etxet", "\ud800", "\ue000", "\U0010ffff", "x" * (MOST + 1)]
)
def test_control_characters_and_longer_texts_cannot_be_kept(text: str) -> None:
    assert tidied(text, MOST) is None
