"""What a page weighs, how it is laid out, and what it costs beside a page of bare Flask, in one run.

`python -m benchmarks.pages [--lighthouse]`. Needs Chromium; Lighthouse, which comes by npx, needs Node.js.

Weight is all that a first visit loads, compressed. Shift is the sum of what moves while it loads
(https://web.dev/articles/cls). Processor time is that of a request, the server not included, and what is
left of it where all is known that it would read: Google's client takes for one lookup about as long as a bare
page. The ratio is that of the rest to bare Flask rendering a template of 5 kB, in turns with it, and then to
one that makes as much HTML as the page: a result has ten questions to look at again.
A page that everyone shares is in memory after the first time, as it is when many look at it; so are the
questions of the bank, after some hundred games, and whose a token is, after the first of a player's requests.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from flask import Flask, render_template
from google.cloud.datastore import Entity
from playwright.sync_api import Browser, sync_playwright
from werkzeug.test import Client

from benchmarks.cloud import Counted, local_datastore
from benchmarks.website import Page, Site, pages, seeded_app, somebody_elses
from controllers import addresses
from controllers.application import Quizboard
from models.store import Page as Found
from models.store import Store

LIGHTHOUSE = "lighthouse@12.8.2"
LIGHTHOUSE_ATTEMPTS = 3
"""Now and then it says that it could not record a page, and to run it again."""

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--headless=new")

REQUESTS = 300
"""Of each page, for its processor time."""

SHIFTS = """
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shifted = (window.shifted || 0) + entry.value
}).observe({type: 'layout-shift', buffered: true})
"""

BARE = """<!doctype html><html lang="en"><title>{{ title }}</title><table>
{% for row in rows %}
<tr><td>{{ row.rank }}</td>
<th><a href="{{ row.address }}">{{ row.name }}</a></th><td>{{ row.points }}</td></tr>
{% endfor %}
</table></html>
"""
ROW_BYTES = 91
"""What each row of it takes."""

BARE_BYTES = 5_000

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Spent:
    """Calls to Datastore of one request, and its processor time in ms: the whole, and without its reads."""

    calls: int
    whole: float
    own: float
    of_bare: float
    of_as_much: float

    @property
    def ratios(self) -> tuple[float, float]:
        """Of what is ours to bare Flask: to 5 kB of it, and to as many bytes as ours."""
        return self.own / self.of_bare, self.own / self.of_as_much


@dataclass(frozen=True)
class Load:
    requests: int
    bytes: int
    shift: float


class Recording(Store):
    """Keeps what is read from Datastore, in `read`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._client)
        self.read: list[Any] = []

    def get_many(self, *arguments: Any, **options: Any) -> list[Entity | None]:
        return self._kept(super().get_many(*arguments, **options))

    def query(self, *arguments: Any, **options: Any) -> Found:
        return self._kept(super().query(*arguments, **options))

    def count(self, *arguments: Any, **options: Any) -> int:
        return self._kept(super().count(*arguments, **options))

    def _kept(self, answer: Answer) -> Answer:
        self.read.append(answer)
        return answer


class Replaying(Store):
    """Answers a request's reads as a recording has them, in their order: what it still costs is its own."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording._client, clock=lambda: 0.0)
        self._recent = recording._recent
        self._read = recording.read
        self._answers = iter(self._read)

    @contextmanager
    def once(self) -> Iterator[None]:
        """For one request; it reads neither more nor less than was recorded."""
        self._answers = iter(self._read)
        yield
        assert not [*self._answers], "the request has read less"

    def get_many(self, *arguments: Any, **options: Any) -> list[Entity | None]:
        return next(self._answers)

    def query(self, *arguments: Any, **options: Any) -> Found:
        return next(self._answers)

    def count(self, *arguments: Any, **options: Any) -> int:
        return next(self._answers)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        yield


def bare_flask(size: int = BARE_BYTES) -> Flask:
    """Its page has about so many bytes."""
    app = Flask("bare")
    template = app.jinja_env.from_string(BARE)
    rows = [
        {"rank": n, "name": f"Player number {n}", "address": f"/players/{n:08}", "points": 9_999 - n}
        for n in range(size // ROW_BYTES)
    ]

    @app.get("/")
    def show() -> str:
        return render_template(template, title="Bare", rows=rows)

    return app


def spent(app: Quizboard, page: Page, before: Page) -> Spent:
    """The medians; all pages are taken in turns.

    Our own each time after the page `before`, somebody else's: the links that they share are known, and
    those that only one page has are not, as when a player looks at it for the first time.
    """
    ours, bare = Client(app, use_cookies=False), Client(bare_flask())
    as_much = Client(bare_flask(len(ours.get(page.path, headers=_sent(page)).data)))
    mine, theirs = _replayed(app, page), _replayed(app, before)
    figures: list[tuple[float, ...]] = []
    for _ in range(REQUESTS):
        whole = _processor_ms(ours, page.path, _sent(page))
        addresses._path.cache_clear()
        _replay(app, before, theirs)
        own = _replay(app, page, mine)
        others = (_processor_ms(other, "/", _sent(page)) for other in (bare, as_much))
        figures.append((whole, own, *others))
    return Spent(_calls(app, page), *map(median, zip(*figures, strict=True)))


def _replayed(app: Quizboard, page: Page) -> Replaying:
    store = app.store
    app.store = recording = Recording(store)
    for _ in range(2):
        # The first time it may find out what the process then knows.
        recording.read.clear()
        _processor_ms(Client(app, use_cookies=False), page.path, _sent(page))
    app.store = store
    return Replaying(recording)


def _replay(app: Quizboard, page: Page, replaying: Replaying) -> float:
    """Its processor time, in ms."""
    store, app.store = app.store, replaying
    with replaying.once():
        spent = _processor_ms(Client(app, use_cookies=False), page.path, _sent(page))
    app.store = store
    return spent


def _calls(app: Quizboard, page: Page) -> int:
    """To Datastore, of one request."""
    client = app.store._client
    api = client._datastore_api
    client._datastore_api_internal = counted = Counted(api)
    _processor_ms(Client(app, use_cookies=False), page.path, _sent(page))
    client._datastore_api_internal = api
    return counted.calls.total()


def _processor_ms(client: Client, path: str, headers: dict[str, str]) -> float:
    begun = time.process_time()
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status)
    return 1000 * (time.process_time() - begun)


def load(browser: Browser, site: Site, page: Page) -> Load:
    """As on a first visit, on a phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, extra_http_headers=_sent(page))
    with context:
        context.add_init_script(SHIFTS)
        tab = context.new_page()
        site.sent.clear()
        tab.goto(site.address + page.path, wait_until="networkidle")
        return Load(len(site.sent), sum(site.sent), tab.evaluate("window.shifted || 0"))


def lighthouse(address: str, page: Page, chromium: str) -> dict[str, int]:
    """The score of each of CATEGORIES, of 100."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = (
            *("npx", "--yes", LIGHTHOUSE, address + page.path, "--quiet", "--output=json"),
            *(f"--output-path={report}", f"--extra-headers={json.dumps(_sent(page))}"),
            *(f"--chrome-flags={' '.join(FLAGS)}", f"--only-categories={','.join(CATEGORIES)}"),
        )
        environment = os.environ | {"CHROME_PATH": chromium}
        for attempt in range(LIGHTHOUSE_ATTEMPTS):
            is_last = attempt == LIGHTHOUSE_ATTEMPTS - 1
            done = subprocess.run(command, env=environment, check=is_last, stdout=subprocess.DEVNULL)
            if not done.returncode:
                break
        found = json.loads(report.read_text())["categories"]
    return {name: round(100 * found[name]["score"]) for name in CATEGORIES}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--lighthouse", action="store_true", help="ask Lighthouse too; it takes minutes")
    options = parser.parse_args(arguments)
    with local_datastore(), _browser() as (browser, path):
        app = seeded_app()
        assert abs(len(Client(bare_flask()).get("/").data) - BARE_BYTES) < ROW_BYTES
        with Site(app) as site:
            print(
                f"{'page':<12} {'requests':>8} {'kB':>6} {'shift':>6} {'calls':>6}",
                f"{'ms':>6} {'own':>6} {'to 5 kB':>8} {'as much':>8}  lighthouse",
            )
            before = somebody_elses(app)
            for page in pages(app):
                seen, cost = load(browser, site, page), spent(app, page, before)
                scores = (
                    lighthouse(site.address, page, path).values() if options.lighthouse else ["not asked"]
                )
                print(
                    f"{page.name:<12} {seen.requests:>8} {seen.bytes / 1000:>6.1f} {seen.shift:>6.3f}",
                    f"{cost.calls:>6} {cost.whole:>6.2f} {cost.own:>6.2f}",
                    *(f"{ratio:>8.2f}" for ratio in cost.ratios),
                    "",
                    " ".join(map(str, scores)),
                    flush=True,
                )


def _sent(page: Page) -> dict[str, str]:
    return {"Cookie": page.cookie} if page.cookie else {}


@contextmanager
def _browser() -> Iterator[tuple[Browser, str]]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit(f"There is no browser to measure with: none of {', '.join(BROWSERS)}.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser, path
        browser.close()


if __name__ == "__main__":
    main()
