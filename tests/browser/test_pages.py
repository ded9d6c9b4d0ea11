"""What holds of every page in every state: for every eye and hand, on every width, light to load."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.store import Store
from tests.browser.site import Site
from tests.browser.sizes import OPEN_ALL, check_sizes
from tests.browser.states import EVERY_DOCUMENT, EVERY_STATE, long_bank
from tests.browser.visitor import Visitor

AXE_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}

MOST_BYTES = 14_000
"""Compressed, with everything: what the first flight of a new TCP connection carries."""
MOST_REQUESTS = 4

WATCH_SHIFTS = """window.shifts = [];
new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => [
  entry.value, entry.sources.map(source => source.node?.outerHTML?.slice(0, 80))])))
  .observe({ type: "layout-shift", buffered: true });"""

STEPS_SO_FAR = """arrived => {
  const steps = [...document.querySelectorAll(".steps li")];
  steps.forEach((step, place) => step.style.display = place < arrived ? "" : "none");
  const boxes = steps.slice(0, arrived).map(step => step.getBoundingClientRect());
  return boxes.map(({ x, y, width }) => [x, y, width]);
}"""
"""Where the first of them lie while only those have arrived."""

TWO_FRAMES = "new Promise(resume => requestAnimationFrame(() => requestAnimationFrame(resume)))"


@pytest.fixture
def bank(store: Store) -> Store:
    return long_bank(store)


@EVERY_STATE
def test_axe_finds_nothing_and_nothing_moves_for_who_wants_no_motion(
    arrive: Callable[..., Visitor], state: str
) -> None:
    page = arrive(state, reduced_motion="reduce").page
    assert page.evaluate("document.getAnimations().length") == 0
    assert not page.locator(".clock svg").filter(visible=True).count()
    page.evaluate(OPEN_ALL)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=AXE_RULES)
            assert not found.violations_count, f"{width} px, {scheme}: {found.generate_report()}"


@EVERY_STATE
def test_nothing_is_too_wide_and_no_target_too_small(arrive: Callable[..., Visitor], state: str) -> None:
    check_sizes(arrive(state).page)


@pytest.mark.parametrize(
    "state",
    [
        "home with a board",
        "choices, timed",
        "time-out",
        "result, timed",
        "my row",
        "player",
        "my page",
        "screen",
        "join",
        "insights",
    ],
)
def test_a_page_stands_without_a_script(arrive: Callable[..., Visitor], state: str) -> None:
    visitor = arrive(state, java_script_enabled=False)
    assert visitor.heading.is_visible()
    assert not visitor.trouble.is_visible()
    check_sizes(visitor.page)


@EVERY_DOCUMENT
def test_a_page_is_light_and_nothing_on_it_shifts(
    arrive: Callable[..., Visitor], site: Site, state: str
) -> None:
    visitor = arrive(state, prepare=lambda page: page.add_init_script(WATCH_SHIFTS))
    visitor.page.wait_for_load_state("load")
    visitor.page.evaluate(TWO_FRAMES)
    # What the owner adds, a picture of up to 200 kB, is not ours to promise.
    ours = [response for response in visitor.responses if "/images/" not in response.url]
    weights = {response.url: len(gzip.compress(response.body())) for response in ours}
    requests = [path for _, path in site.requests if "/images/" not in path]
    assert len(requests) <= MOST_REQUESTS, requests
    assert sum(weights.values()) <= MOST_BYTES, weights
    assert visitor.page.evaluate("shifts") == []


@pytest.mark.parametrize(
    "state", ["home with a board", "right", "result, timed", "board, full", "player", "error 404"]
)
def test_a_page_that_arrives_piece_by_piece_does_not_shift(
    arrive: Callable[..., Visitor], site: Site, state: str
) -> None:
    page = arrive(state, prepare=lambda page: page.add_init_script(WATCH_SHIFTS)).page
    site.pause_seconds = 0.002
    page.goto(page.url)
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("shifts") == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("state", ["result, timed", "result among neighbours"])
def test_every_place_of_a_row_has_its_header(arrive: Callable[..., Visitor], state: str, width: int) -> None:
    """Also where nobody stands: else a reader would hear who is below as above."""
    page = arrive(state).page
    page.set_viewport_size({"width": width, "height": 800})
    head, *rows = page.locator(".placings").get_by_role("row").all()
    assert head.get_by_role("columnheader").count() == 5
    assert len(rows) == 8
    for row in rows:
        assert (row.get_by_role("rowheader").count(), row.get_by_role("cell").count()) == (1, 4)


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_step_keeps_its_place_when_the_next_arrive(arrive: Callable[..., Visitor], width: int) -> None:
    page = arrive("choices, timed").page
    page.set_viewport_size({"width": width, "height": 800})
    begun, whole = page.evaluate(STEPS_SO_FAR, 3), page.evaluate(STEPS_SO_FAR, 10)
    assert begun == whole[:3]
    assert len(whole) == 10
    assert len({top for _, top, _ in whole}) == 1
