"""A page as a browser without JavaScript understands it, and what every page of ours must be like."""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
LABELLED = frozenset({"input", "select", "textarea"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parents: list["Element"]
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def inside(self, tag: str) -> "Element | None":
        return next((parent for parent in self.parents if parent.tag == tag), None)


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)
    """What is sent when nothing is changed, without the button; a list where a name comes again."""
    buttons: list[Element] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        there = self.fields.get(name)
        several = there if isinstance(there, list) else [there]
        self.fields[name] = value if there is None else [*several, value]

    def button(self, text: str) -> Element:
        """The one that says so."""
        [found] = [button for button in self.buttons if text in button.text]
        return found


class Page(HTMLParser):
    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.path = response.request.path
        self.headers = response.headers
        self.html = response.get_data(as_text=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert not self._open, f"never closed: {self._open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        repeated = [name for name, times in Counter(name for name, _ in attrs).items() if times > 1]
        assert not repeated, f"twice on one <{tag}>: {repeated}"
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    @property
    def text(self) -> str:
        return self.all("html")[0].text

    @property
    def heading(self) -> str:
        return " ".join(self.all("h1")[0].text.split())

    @property
    def rows(self) -> list[list[str]]:
        """The cells of the tables' bodies."""
        return [
            [" ".join(cell.text.split()) for cell in self.all("td", "th") if row in cell.parents]
            for row in self.all("tr")
            if row.inside("tbody")
        ]

    def form(self, action: str) -> Form:
        """The only one whose action ends so."""
        [found] = [form for form in self.forms if form.action.endswith(action)]
        return found

    @property
    def forms(self) -> list[Form]:
        return [self._form(element) for element in self.all("form")]

    @property
    def move(self) -> str:
        """What the page of a game waits for: `answers`, `questions`, or nothing more."""
        actions = {form.action.rpartition("/")[2] for form in self.forms}
        return next(iter(actions & {"answers", "questions"}), "")

    def link(self, text: str) -> str:
        return next(link.get("href") for link in self.all("a") if text in link.text)

    def _form(self, element: Element) -> Form:
        form = Form(element.get("action"), element.get("method", "get").lower())
        for control in self.elements:
            if element not in control.parents:
                continue
            if control.tag == "button":
                form.buttons.append(control)
            elif control.tag == "input" and _is_sent(control):
                form.add(control.get("name"), control.get("value"))
            elif control.tag == "select":
                form.add(control.get("name"), self._chosen(control))
        return form

    def _chosen(self, select: Element) -> str:
        options = [option for option in self.all("option") if select in option.parents]
        return next((option for option in options if "selected" in option.attributes), options[0]).get(
            "value"
        )


def _is_sent(control: Element) -> bool:
    return control.get("type") not in ("radio", "checkbox") or "checked" in control.attributes


def lint(page: Page) -> None:
    """What no page of ours may be without; each line says what it asks for."""
    _lint_headers(page)
    _lint_document(page)
    _lint_scripts_and_styles(page)
    _lint_controls(page)


def addresses(page: Page) -> list[str]:
    """Every local address that the page leads to or loads, without fragments."""
    found = [element.get("href") or element.get("src") for element in page.elements]
    return sorted({address.partition("#")[0] for address in found if address.startswith("/")})


def _lint_headers(page: Page) -> None:
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"]
    assert page.headers["Cache-Control"]


def _lint_document(page: Page) -> None:
    assert page.html.startswith("<!doctype html>")
    assert page.all("html")[0].get("lang"), "the page has a language"
    assert len(page.all("h1")) == 1, "the page has one h1"
    assert page.heading, "the h1 says something"
    assert page.all("title")[0].text.split("·")[0].strip(), "the title says something"
    assert len(page.all("main")) == 1, "the page has one main"
    ids = [element.get("id") for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids)), "ids are unique"
    for element in page.elements:
        for reference in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            assert set(element.get(reference).split()) <= set(ids), f"{reference} names what is there"
        if element.get("href").startswith("#"):
            assert element.get("href")[1:] in ids, "a link into the page leads somewhere"
    for image in page.all("img"):
        assert {"alt", "width", "height"} <= image.attributes.keys(), (
            "an image shifts nothing and is described"
        )


def _lint_scripts_and_styles(page: Page) -> None:
    assert not page.all("style"), "no style is inline"
    assert all(script.get("src") for script in page.all("script")), "no script is inline"
    for element in page.elements:
        assert "style" not in element.attributes, "no style is inline"
        assert not [name for name in element.attributes if name.startswith("on")], "no handler is inline"
        for name in ("href", "src", "action"):
            address = urlsplit(element.get(name))
            assert (address.scheme, address.netloc) == ("", ""), "nothing leaves the site"


def _lint_controls(page: Page) -> None:
    named = {label.get("for") for label in page.all("label")}
    for control in page.all(*LABELLED):
        if "readonly" not in control.attributes:
            assert control.inside("form"), "a control belongs to a form"
            assert control.get("name"), "a control is sent"
        is_labelled = control.get("id") in named or control.inside("label")
        assert is_labelled or control.get("type") == "hidden", "a control has a label"
    for form in page.all("form"):
        assert form.get("method") in ("get", "post"), "a form says its method"
        assert form.get("action").startswith("/"), "a form stays here"
        assert [button for button in page.all("button") if form in button.parents], "a form has a button"
    for button in page.all("button", "a"):
        assert button.text.strip() or button.get("aria-label"), "a button or link says what it does"
