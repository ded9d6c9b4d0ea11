"""Whether a page fits and can be read: narrow or wide, with text of any size."""

from playwright.sync_api import Page

SMALLEST_TARGET = 24
"""CSS pixels, WCAG 2.2 (2.5.8)."""

TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll("body *")]
  .filter(one => !one.closest(".unseen, .skip"))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.left < -0.5 || box.right > innerWidth + 0.5)
  .map(([one]) => one.outerHTML.slice(0, 80))"""

TOO_SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter(one => one.checkVisibility() && !one.matches(".skip, [type=hidden]"))
  .map(one => [one, (one.closest("label") ?? one).getBoundingClientRect()])
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([one, box]) => `${box.width}x${box.height} ${one.outerHTML.slice(0, 80)}`)"""

SMALLEST_TEXT = 12
"""CSS pixels; less is hardly legible on a phone."""

TOO_TINY = """(least) => [...document.querySelectorAll("body *")]
  .filter(one => one.checkVisibility() && !one.closest(".unseen, .skip"))
  .filter(one => [...one.childNodes].some(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim()))
  .map(one => [one, parseFloat(getComputedStyle(one).fontSize)])
  .filter(([, size]) => size < least)
  .map(([one, size]) => `${size}px ${one.outerHTML.slice(0, 80)}`)"""

OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


def check_sizes(page: Page) -> None:
    page.evaluate(OPEN_ALL)
    for text_size in ("100%", "200%"):
        page.evaluate("size => document.documentElement.style.fontSize = size", text_size)
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            where = f"at {width} px and {text_size} text"
            assert (wide := page.evaluate(TOO_WIDE)) == [], f"{where}: {wide}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"it scrolls {where}"
            assert (small := page.evaluate(TOO_SMALL, SMALLEST_TARGET)) == [], f"{where}: {small}"
            assert (tiny := page.evaluate(TOO_TINY, SMALLEST_TEXT)) == [], f"{where}: {tiny}"
