"""Templates are compiled in a way of our own; what they make is what Jinja and Flask would make of them."""

import random
from typing import Any

import flask
import pytest
from flask.templating import Environment
from jinja2 import UndefinedError

from controllers import create_app
from controllers.application import Quizboard
from controllers.templates import QuickEnvironment
from models.game import LENGTH
from models.question import Difficulty, Question
from models.seeding import seed
from models.store import Store
from tests.builders import one_of_each_type
from tests.conftest import NOON, Clock
from tests.controllers.browser import Browser
from tests.controllers.page import Page

SIGNS = """<i>&amp; "quoted" & 'once' שלום"""


@pytest.fixture
def bank(store: Store) -> Store:
    """Of all types, with what HTML has a use for in every text."""
    types = one_of_each_type().values()
    seed(store, [told(question, n) for n in range(LENGTH) for question in types], NOON)
    return store


def told(question: Question, n: int) -> Question:
    values: dict[str, Any] = vars(question) | {
        "id": f"{question.id}-{n}",
        "difficulty": list(Difficulty)[n % 3],
        "prompt": f"{n} {SIGNS} {question.type}?",
        "explanation": SIGNS,
        "source": SIGNS,
    }
    return Question(**values)


@pytest.fixture
def as_jinja_would(bank: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Quizboard:
    """The same application, whose templates nobody has taken into his own hands."""
    monkeypatch.setattr(Quizboard, "jinja_environment", Environment)
    app = create_app(store=bank, clock=clock)
    assert not isinstance(app.jinja_env, QuickEnvironment)
    return app


class Twins:
    """Two applications before the same Datastore, the same cookies and the same chance."""

    def __init__(self, app: Quizboard, other: Quizboard) -> None:
        self.browser = Browser(app)
        self._apps = app, other

    def look_at(self, path: str) -> None:
        pages = []
        for app in self._apps:
            app.rng = random.Random(1)
            self.browser.client.application = app
            pages.append(self.browser.client.get(path).text)
        self.browser.client.application = self._apps[0]
        assert pages[0] == pages[1]


@pytest.fixture
def twins(app: Quizboard, as_jinja_would: Quizboard) -> Twins:
    return Twins(app, as_jinja_would)


def test_every_page_is_what_jinja_would_make_of_it(twins: Twins) -> None:
    twins.look_at("/")
    page = twins.browser.start("Ada & Bob’s", category="geography")
    for _ in range(2 * LENGTH - 1):
        twins.look_at(page.path)
        page = answered(twins.browser, page) if page.move == "answers" else twins.browser.go_on(page)
    assert page.move == ""
    twins.look_at(page.path)
    twins.browser.submit(page.form("/flags"), index="3", reason="typo", comment=SIGNS)
    for path in (
        *(page.path, page.path.replace("games", "challenges"), "/", "/daily", "/me", "/join", "/insights"),
        *("/leaderboard", "/leaderboard?view=screen", "/leaderboard?scope=geography&period=all"),
        *("/leaderboard/me", "/leaderboard?period=never", "/nothing"),
    ):
        twins.look_at(path)


def answered(browser: Browser, page: Page) -> Page:
    """With what can be read: a number where one types, the order as it is, else the first choice."""
    form = page.form("/answers")
    typed = {"": "1535", None: "0"}.get(form.fields.get("answer"))
    return browser.submit(form, **({} if typed is None else {"answer": typed}))


def rendered(app: Quizboard, source: str, **values: object) -> str:
    with app.app_context():
        return flask.render_template_string(source, **values)


def test_a_macro_is_a_function_with_its_parameters(app: Quizboard) -> None:
    macro = "{% macro greet(name, sign='!') %}<b>{{ name }}</b>{{ sign }}{% endmacro %}"
    calls = "{{ greet('A&B') }} {{ greet(sign='?', name='C') }} {{ greet('D', '.') }}"
    assert rendered(app, macro + calls) == "<b>A&amp;B</b>! <b>C</b>? <b>D</b>."


def test_each_macro_of_a_file_is_its_own(app: Quizboard) -> None:
    macros = "{% macro one() %}1{% endmacro %}{% macro two() %}2{{ one() }}{% endmacro %}"
    assert rendered(app, macros + "{{ one() }} {{ two() }} {{ one() }}") == "1 21 1"


def test_a_macro_calls_back(app: Quizboard) -> None:
    macro = "{% macro twice(sign) %}{{ caller() }}{{ sign }}{{ caller() }}{% endmacro %}"
    assert rendered(app, macro + "{% call twice('&') %}<i>{{ x }}</i>{% endcall %}", x="<") == (
        "<i>&lt;</i>&amp;<i>&lt;</i>"
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ game.missing }}",
        "{{ game['missing'] }}",
        "{% macro greet(name) %}{{ name }}{% endmacro %}{{ greet() }}",
        "{% macro greet(name) %}{{ name }}{% endmacro %}{{ greet(nobody='x') }}",
        "{% macro greet(name) %}{{ name }}{% endmacro %}{{ greet('x', game) }}",
        "{% macro greet() %}{{ caller }}{% endmacro %}{{ greet() }}",
    ],
)
def test_what_is_not_there_is_an_error_and_not_left_out(app: Quizboard, source: str) -> None:
    with pytest.raises((UndefinedError, AttributeError, TypeError)):
        rendered(app, source, game=object())
