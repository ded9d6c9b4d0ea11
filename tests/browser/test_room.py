"""A room full of phones, and a board on the wall that nobody touches."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from models.store import Store
from tests.browser.site import Site
from tests.browser.test_pages import WATCH_SHIFTS
from tests.browser.visitor import Visitor
from tests.controllers.board_builders import finish
from tests.qr import read

REFRESHED_MS = 9_000
"""Within which a screen has asked again."""


@pytest.mark.parametrize("path", ["/join", "/leaderboard?view=screen"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1920])
def test_a_phone_reads_the_code_off_the_screen(
    visitor: Visitor, site: Site, path: str, scheme: str, width: int
) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 1080})
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.page.goto(path)
    assert read(Image.open(BytesIO(visitor.page.screenshot())).convert("L")) == site.address


def test_the_top_fits_on_a_projector(visitor: Visitor, bank: Store) -> None:
    for n in range(12):
        finish(bank, f"Player {n}", 9000 - 100 * n, n)
    visitor.page.goto("/leaderboard?view=screen")
    for width, height in ((1024, 768), (1280, 720), (1280, 800), (1920, 1080), (3840, 2160)):
        visitor.page.set_viewport_size({"width": width, "height": height})
        assert visitor.page.evaluate("document.documentElement.scrollHeight") <= height, (width, height)


def test_a_screen_follows_the_game_by_itself_and_nothing_jumps(
    visitor: Visitor, site: Site, bank: Store
) -> None:
    finish(bank, "Ada", 5000)
    visitor.page.add_init_script(WATCH_SHIFTS)
    visitor.page.goto("/leaderboard?view=screen")
    heading = visitor.heading.bounding_box()
    finish(bank, "Grace", 6000)
    expect(visitor.page.locator("tbody th")).to_have_text(["Grace", "Ada"], timeout=REFRESHED_MS)
    assert visitor.heading.bounding_box() == heading
    assert visitor.page.evaluate("shifts") == []


def test_a_screen_says_that_it_is_cut_off_and_goes_on(visitor: Visitor, site: Site, bank: Store) -> None:
    visitor.expects_a_bad_network()
    visitor.page.goto("/leaderboard?view=screen")
    visitor.page.context.set_offline(True)
    expect(visitor.trouble).to_be_visible(timeout=REFRESHED_MS)
    expect(visitor.trouble).to_contain_text("This board may be old")
    visitor.page.context.set_offline(False)
    finish(bank, "Ada", 5000)
    expect(visitor.page.locator("tbody th")).to_have_text("Ada", timeout=REFRESHED_MS)
    expect(visitor.trouble).to_be_hidden()


def test_a_screen_refreshes_without_a_script(newcomer: Callable[..., Visitor], bank: Store) -> None:
    visitor = newcomer(java_script_enabled=False)
    visitor.page.goto("/leaderboard?view=screen")
    finish(bank, "Ada", 5000)
    expect(visitor.page.locator("tbody th")).to_have_text("Ada", timeout=REFRESHED_MS)
