"""Draws the picture that a link to a challenge is shown with: `python -m docs.draw_card`.

It has no words to translate.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parent.parent / "views/static"
TARGET = STATIC / "card.png"
SIZE = {"width": 1200, "height": 630}
"""What messengers cut out of a picture, and no larger."""

CARD = """<body><header>{mark}Quizboard</header>
<main><p><b>A</b></p><p><b>B</b></p><p class="right"><b>✓</b></p><p><b>D</b></p></main>
<style>
body {{
  display: grid; align-content: center; gap: 56px; height: 630px; margin: 0;
  background: #fbf8f3; color: #1d1836; font: 700 32px system-ui, sans-serif;
}}
header {{ display: flex; align-items: center; justify-content: center; gap: 32px; font-size: 96px; }}
svg {{ width: 128px; }}
main {{ display: grid; grid-template-columns: 1fr 1fr; gap: 28px; margin: 0 120px; }}
p {{
  display: flex; align-items: center; height: 108px; margin: 0; padding: 0 28px;
  border: 3px solid #ded8e8; border-radius: 28px; background: #fff;
}}
p::after {{
  flex: 1; height: 16px; margin: 0 40px 0 28px; border-radius: 8px; background: #ded8e8; content: "";
}}
b {{
  display: grid; place-content: center; width: 60px; height: 60px;
  border-radius: 16px; background: #eeebfb; color: #38279c;
}}
.right {{ border-color: #0b6b3e; background: #ddf3e5; }}
.right::after {{ background: #0b6b3e66; }}
.right b {{ background: #0b6b3e; color: #fff; }}
</style></body>"""


def main() -> int:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_content(CARD.format(mark=(STATIC / "mark.svg").read_text()))
        page.screenshot(path=TARGET)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
