"""Takes the picture of the README from what `make run` serves: `python -m docs.take_screenshots`."""

import os
import shutil
import sys
from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

TARGET = Path(__file__).parent / "quizboard.png"
ARRIVAL_MS = 500
"""The feedback arrives with a small motion; the picture is of its end."""

PHONE = {"width": 390, "height": 760}

FRAMES = """<body style="margin:0;padding:24px;display:flex;gap:24px;background:#e9e4f5">
{pictures}<style>img{{border-radius:18px;box-shadow:0 8px 30px #1d183633}}</style></body>"""


def main() -> int:
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8080')}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=PHONE, device_scale_factor=1.5)
        for name in ("Grace", "Katherine", "Ada"):
            question, feedback = _play(page, address, name)
        page.goto(f"{address}/leaderboard")
        _frame(
            browser.new_page(viewport={"width": 1290, "height": 808}), [question, feedback, page.screenshot()]
        )
        browser.close()
    return 0


def _play(page: Page, address: str, name: str) -> tuple[bytes, bytes]:
    """A game of a new player; pictures of a question and of its feedback."""
    page.context.clear_cookies()
    page.goto(address)
    page.fill("#name", name)
    page.click("form.start button")
    question = feedback = b""
    for index in range(10):
        page.wait_for_selector(".question")
        choices = page.locator(".choices button")
        is_shown = not feedback and choices.count() == 4
        if is_shown:
            question = page.screenshot()
        (choices.nth(index % 2) if choices.count() else page.locator("[name=pass]")).click()
        page.wait_for_selector(".feedback, .result")
        if is_shown:
            page.wait_for_timeout(ARRIVAL_MS)
            feedback = page.screenshot()
        if index < 9:
            page.click(".feedback .go")
    return question, feedback


def _frame(page: Page, pictures: list[bytes]) -> None:
    images = (f'<img width="390" src="data:image/png;base64,{b64encode(one).decode()}">' for one in pictures)
    page.set_content(FRAMES.format(pictures="".join(images)))
    page.screenshot(path=TARGET)


if __name__ == "__main__":
    sys.exit(main())
