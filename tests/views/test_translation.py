from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from controllers import create_app
from docs import catalogue
from models.naming import BadName, clean_name
from models.store import Store
from tests.controllers.browser import Browser
from tests.pseudo import translatable
from views import translation, words
from views.translation import ENGLISH, Language

POINTS = ("%(points)s point", "%(points)s points")
POLISH = {
    POINTS: ("%(points)s punkt", "%(points)s punkty", "%(points)s punktów"),
    "Leaderboard": "Ranking",
    "A name has at most %(most)s characters.": "Imię ma najwyżej %(most)s znaki.",
    "%(seconds)s s": "%(seconds)s sek.",
}
SIGNS = {"between thousands": "\N{NO-BREAK SPACE}", "before tenths": ","}


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Some of it, as a translator makes it: write the catalogue, fill it in, write it again."""
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    monkeypatch.setattr(translation, "_spoken", translation.language())
    catalogue.write("pl")
    po = tmp_path / "pl.po"
    filled = read_po(po.read_text("utf-8").splitlines(), "pl")
    for message in filled:
        if message.id in POLISH:
            message.string = POLISH[message.id]
        if message.context:
            message.string = SIGNS[message.context]
    with po.open("wb") as file:
        write_po(file, filled)
    catalogue.write("pl")
    return "pl"


def test_a_catalogue_has_its_own_plurals_and_signs(polish: str) -> None:
    translation.speak(Language.of(polish))
    assert [words.points(n) for n in (1, 2, 5, 1234)] == [
        "1 punkt",
        "2 punkty",
        "5 punktów",
        "1\N{NO-BREAK SPACE}234 punkty",
    ]
    assert [words.duration(ms) for ms in (5_400, 65_400)] == ["5,4 sek.", "1:05,4"]


def test_what_is_not_translated_is_said_in_english(polish: str) -> None:
    translation.speak(Language.of(polish))
    assert words.right_of(8, 10) == "8 of 10 right"


def test_the_rule_that_was_broken_is_told_in_the_language_and_raised_in_english(polish: str) -> None:
    translation.speak(Language.of(polish))
    with pytest.raises(BadName) as raised:
        clean_name("x" * 500)
    assert translation.told(raised.value) == "Imię ma najwyżej 24 znaki."
    assert str(raised.value) == "A name has at most 24 characters."


def test_an_application_speaks_the_language_of_its_environment(
    polish: str, bank: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZ_LANGUAGE", polish)
    browser = Browser(create_app(store=bank))
    page = browser.visit("/leaderboard")
    html = page.all("html")[0]
    assert (page.heading, html.get("lang"), html.get("dir")) == ("Ranking", "pl", "ltr")
    problem = browser.client.get("/api/v1/games/none").json
    assert problem["title"] == "There is no such game here."


def test_a_language_without_a_catalogue_is_refused_by_the_name_of_its_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"translations/xx\.mo"):
        Language.of("xx")


@pytest.mark.parametrize(
    ("tag", "direction"), [("en", "ltr"), ("pt-BR", "ltr"), ("he", "rtl"), ("ar-EG", "rtl"), ("arn", "ltr")]
)
def test_a_language_has_a_direction(tag: str, direction: str) -> None:
    assert Language(tag, Language.of(ENGLISH).catalogue).direction == direction


@pytest.mark.parametrize(
    ("text", "direction"),
    [("Lima", "ltr"), ("1948", "ltr"), ("באיזו שנה?", "rtl"), ("1948: באיזו", "rtl"), ("متى؟", "rtl")],
)
def test_a_text_runs_as_its_first_letter_does(text: str, direction: str) -> None:
    assert words.direction(text) == direction


@pytest.mark.parametrize(
    "sentence",
    [
        "Ten questions.",
        POINTS,
        "Someone who left",
        "There is no such board.",
        "question %(index)s comes first",
        "Please type a name.",
    ],
    ids=["template", "plural", "words", "title", "fault", "name"],
)
def test_a_translator_gets_to_see_every_sentence(sentence: str | tuple[str, str]) -> None:
    assert sentence in translatable()
