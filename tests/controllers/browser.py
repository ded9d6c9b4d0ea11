"""A browser without JavaScript: it keeps cookies, sends forms, follows redirects, and lints what it sees."""

from werkzeug.test import TestResponse

from controllers.application import Quizboard
from tests.controllers.page import Element, Form, Page, addresses, lint

_fetched: set[str] = set()
"""Static files that were there: their address changes with their content."""


class Browser:
    def __init__(self, app: Quizboard) -> None:
        self.client = app.test_client()
        self._stranger = app.test_client(use_cookies=False)
        self._reached: set[str] = set()

    def visit(self, path: str) -> Page:
        return self._page(self.client.get(path, headers={"Sec-Fetch-Site": "none"}))

    def submit(self, form: Form, button: Element | None = None, **changes: str | list[str]) -> Page:
        """The page that follows. Without a button the first one is pressed, as Enter does."""
        pressed = button or form.buttons[0]
        sent = form.fields | changes
        if "name" in pressed.attributes:
            sent |= {pressed.get("name"): pressed.get("value")}
        headers = {"Sec-Fetch-Site": "same-origin"}
        if form.method == "get":
            return self._page(self.client.get(form.action, query_string=sent, headers=headers))
        return self._page(self.client.post(form.action, data=sent, headers=headers))

    def start(self, name: str = "Ada", **changes: str) -> Page:
        return self.submit(self.visit("/").form("/games"), name=name, **changes)

    def answer(self, page: Page, text: str) -> Page:
        """Presses the button that says so."""
        form = page.form("/answers")
        return self.submit(form, form.button(text))

    def go_on(self, page: Page) -> Page:
        return self.submit(page.form("/questions"))

    def play(self, text: str = "Lima", **changes: str) -> Page:
        """A whole game in which every answer has that text; the result."""
        page = self.start(**changes)
        while page.move:
            page = self.answer(page, text) if page.move == "answers" else self.go_on(page)
        return page

    def _page(self, response: TestResponse) -> Page:
        while response.status_code == 303:
            response = self.client.get(response.location, headers={"Sec-Fetch-Site": "same-origin"})
        page = Page(response)
        lint(page)
        for address in addresses(page):
            self._check_reachable(address)
        return page

    def _check_reachable(self, address: str) -> None:
        if address in self._reached | _fetched:
            return
        visitor = self.client if address.startswith(("/games/", "/me")) else self._stranger
        assert visitor.get(address, buffered=True).status_code == 200, f"{address} leads nowhere"
        (_fetched if address.startswith("/static/") else self._reached).add(address)
