"""Every page in every state in another language, and one that is written from right to left."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from models.store import Store
from tests.browser.site import Site
from tests.browser.sizes import check_sizes
from tests.browser.states import (
    CHOICES,
    EVERY_STATE,
    LONG_TEXT,
    LONG_WORD,
    OTHERS,
    PICTURE,
    STATEMENTS,
    WIDE_NAME,
    long_bank,
)
from tests.browser.visitor import Visitor
from tests.pseudo import BRACKETED, Pseudo
from views import translation
from views.translation import Language

CONTENT = (
    *(category.name for category in (CHOICES, STATEMENTS, *OTHERS.values())),
    *(
        PICTURE.alt,
        LONG_TEXT.strip(),
        LONG_TEXT[:200],
        LONG_TEXT[:100],
        LONG_WORD,
        "Lima",
        "La Paz",
        "Quito",
        "Bogotá",
    ),
)
"""Of questions; nobody translates it."""
NO_WORDS = re.compile(
    rf"UTC|https?://\S*|Quizboard|make run HOST=0\.0\.0\.0|\d{{4}}{WIDE_NAME[:20]}|{WIDE_NAME}"
)
"""A zone, addresses, what is called by a name, and the name itself."""
LETTER = re.compile(r"[^\W\d_]")

SHOWN = """() => {
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (!parentElement.closest("script, noscript, style, .key")) found.push(data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const one of document.querySelectorAll(`[${name}]`)) found.push(one.getAttribute(name));
  for (const one of document.querySelectorAll("meta[name=description], meta[property^='og:'][content*=' ']"))
    found.push(one.content);
  return found;
}"""


@pytest.fixture
def bank(store: Store) -> Store:
    return long_bank(store)


@pytest.fixture(autouse=True)
def _pseudo(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the application is made, which speaks English."""
    monkeypatch.setattr(translation, "_spoken", Language("he", Pseudo()))


def untranslated(shown: str) -> str:
    for known in (BRACKETED, NO_WORDS, *(re.compile(re.escape(text.strip())) for text in CONTENT)):
        shown = known.sub("", shown)
    return shown.strip() if LETTER.search(shown) else ""


@EVERY_STATE
def test_every_word_is_translated_and_the_page_stands_from_right_to_left(
    arrive: Callable[..., Visitor], state: str
) -> None:
    page = arrive(state).page
    shown = page.evaluate(SHOWN)
    assert [text for text in map(untranslated, shown) if text] == []
    assert any("⟦" in text for text in shown)
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    check_sizes(page)


def test_what_a_script_says_is_translated(arrive: Callable[..., Visitor]) -> None:
    page = arrive("ordering").page
    expect(page.locator(".clock p")).to_have_text(re.compile(r"\d+⟦ s⟧"))
    page.get_by_role("button", name="⟦Move down: ⟧").first.click()
    expect(page.locator("#said")).to_have_text(re.compile("⟦: place ⟧2⟦ of ⟧4"))
