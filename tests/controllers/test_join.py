import re

import pytest

from controllers.application import Quizboard
from tests.controllers.browser import Browser
from tests.controllers.page import Page, lint
from tests.qr import text_of

RUN = re.compile(r"M(\d+) (\d+)\.5h(\d+)")


def visit(app: Quizboard, **request: object) -> Page:
    page = Page(app.test_client().get("/join", **request))
    lint(page)
    return page


def scanned(page: Page) -> str:
    """What a phone reads from the code on the page."""
    [drawing], [path] = page.all("svg"), page.all("path")
    dark = [(int(x) + n, int(y)) for x, y, length in RUN.findall(path.get("d")) for n in range(int(length))]
    return text_of(dark, side=int(drawing.get("viewbox").split()[-1]))


@pytest.mark.parametrize(
    "address", ["http://192.168.178.123:8080", "http://[fd00::5]:8080", "https://quizboard.example"]
)
def test_the_code_and_the_letters_say_the_address_by_which_the_page_was_asked_for(
    app: Quizboard, address: str
) -> None:
    page = visit(app, base_url=address)
    assert scanned(page) == address
    assert address in page.text
    assert "Only this machine" not in page.text


def test_behind_app_engine_s_front_end_the_address_is_https(app: Quizboard) -> None:
    page = visit(app, base_url="http://quiz.example", headers={"X-Forwarded-Proto": "https"})
    assert scanned(page) == "https://quiz.example"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_where_only_this_machine_can_open_it_the_page_says_what_to_do(app: Quizboard, host: str) -> None:
    page = visit(app, base_url=f"http://{host}")
    assert "make run HOST=0.0.0.0" in page.text


def test_its_own_machine_is_told_the_address_for_the_others(
    app: Quizboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOM_URL", "http://192.168.178.123:8080")
    page = visit(app, base_url="http://127.0.0.1:8080")
    assert scanned(page) == "http://192.168.178.123:8080"
    assert "Only this machine" not in page.text
    assert scanned(visit(app, base_url="http://quiz.example")) == "http://quiz.example"


def test_an_address_that_no_code_can_hold_is_refused(app: Quizboard) -> None:
    assert visit(app, headers={"Host": ".".join(["x" * 60] * 6)}).status == 400


def test_the_home_page_leads_there(browser: Browser) -> None:
    assert browser.visit(browser.visit("/").link("Join on your phone")).heading == "Join on your phone"
