"""Somebody at a tab of a browser: what they do, what they see, and what the browser complains of."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, Response, expect

FOCUS = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = (element.closest("label") ?? element).getBoundingClientRect();
  return {
    tag: element.localName,
    text: (element.closest("label") ?? element).innerText || element.name || "",
    isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


class Visitor:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.responses: list[Response] = []
        """Of the document that is shown, its own first."""
        self._faults: list[str] = []
        self._expected: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", self._hear_error)
        page.on("request", self._see_request)
        page.on("requestfailed", self._see_failure)
        page.on("response", lambda response: self.responses.append(response))

    @property
    def faults(self) -> list[str]:
        return [fault for fault in self._faults if not any(known in fault for known in self._expected)]

    def expects(self, *faults: str) -> None:
        """The browser will complain of that, and rightly so."""
        self._expected += faults

    def expects_a_bad_network(self) -> None:
        self.expects("failed: ", "net::ERR_")

    def another_tab(self) -> "Visitor":
        return Visitor(self.page.context.new_page())

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    @property
    def trouble(self) -> Locator:
        return self.page.locator("#trouble")

    def sees(self, heading: str) -> None:
        expect(self.heading).to_contain_text(heading)

    def start(self, name: str = "Ada", pace: str = "Relaxed") -> None:
        self.page.goto("/")
        self.page.get_by_label("Your name on the board").fill(name)
        self.page.get_by_label(pace).check()
        self.page.get_by_role("button", name="Play").click()
        self.sees_question(1)

    def answer(self, text: str) -> None:
        self.page.get_by_role("button", name=text).click()

    def go_on(self) -> None:
        self.page.locator(".go").click()

    def sees_question(self, number: int) -> None:
        expect(self.page).to_have_title(f"Question {number} of 10 · Quizboard")

    def sees_feedback(self, number: int, outcome: str) -> None:
        expect(self.page).to_have_title(f"{outcome} Question {number} of 10 · Quizboard")

    def sees_result(self, right: int) -> None:
        self.sees("points")
        expect(self.page.locator(".lead")).to_contain_text(f"{right} of 10 right")

    def tab_to(self, text: str) -> None:
        """Presses Tab until the focus is there; wherever it is on the way, it can be seen."""
        for _ in range(30):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUS)
            assert focus["isOutlined"], f"the focus on {focus['text']!r} cannot be seen"
            assert focus["isInView"], f"{focus['text']!r} is out of sight"
            if text in focus["text"]:
                return
        raise AssertionError(f"Tab does not lead to {text!r}")

    def hears_the_heading(self) -> None:
        """The focus has gone to the h1, where it can be seen."""
        expect(self.heading).to_be_focused()
        focus = self.page.evaluate(FOCUS)
        assert focus["isOutlined"]
        assert focus["isInView"]

    def _hear(self, message: ConsoleMessage) -> None:
        self._faults.append(f"{message.type}: {message.text}")

    def _hear_error(self, error: Error) -> None:
        self._faults.append(f"uncaught: {error.message}")

    def _see_failure(self, request: Request) -> None:
        # Aborted is what a page had not yet loaded when it was left.
        if request.failure != "net::ERR_ABORTED":
            self._faults.append(f"failed: {request.url}")

    def _see_request(self, request: Request) -> None:
        if request.is_navigation_request():
            self.responses.clear()
        if urlsplit(request.url).hostname != "127.0.0.1":
            self._faults.append(f"leaves the site: {request.url}")
