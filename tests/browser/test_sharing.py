"""A result and the link to its challenge: copied, shared, and always there to be copied by hand."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.site import Site
from tests.browser.visitor import Visitor

SHARE_SHEET = "navigator.share = (what) => { window.shared = what; return Promise.resolve(); }"
NO_SHARE_SHEET = "delete Navigator.prototype.share"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def finish(visitor: Visitor) -> str:
    """A game to its end; what its result has to share."""
    visitor.start()
    for number in range(1, 10):
        visitor.answer("Lima")
        visitor.sees_feedback(number, "Right!")
        visitor.go_on()
        visitor.sees_question(number + 1)
    visitor.answer("Lima")
    visitor.sees_result(10)
    return visitor.page.get_by_label("To send; it tells no answers").input_value()


def test_it_is_copied_where_there_is_no_share_sheet(visitor: Visitor, site: Site) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.add_init_script(NO_SHARE_SHEET)
    text = finish(visitor)
    visitor.page.get_by_role("button", name="Copy", exact=True).click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == text
    outcome, squares, link = text.splitlines()
    assert outcome == "Quizboard: 10,000 points, 10 of 10 right"
    assert squares == "🟩" * 10
    assert link.startswith(f"{site.address}/challenges/")
    assert "Lima" not in text


def test_the_share_sheet_gets_it(visitor: Visitor) -> None:
    visitor.page.add_init_script(SHARE_SHEET)
    text = finish(visitor)
    visitor.page.get_by_role("button", name="Share", exact=True).click()
    expect(visitor.page.get_by_role("button", name="Shared")).to_be_visible()
    assert visitor.page.evaluate("window.shared") == {"text": text}


def test_it_is_copied_on_plain_http(visitor: Visitor) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.add_init_script(NO_SHARE_SHEET)
    text = finish(visitor)
    clipboard = visitor.page.evaluate_handle("navigator.clipboard")
    visitor.page.evaluate(NO_CLIPBOARD)
    visitor.page.get_by_role("button", name="Copy", exact=True).click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard.evaluate("clipboard => clipboard.readText()") == text


def test_where_neither_is_allowed_it_is_chosen_to_be_copied_by_hand(visitor: Visitor) -> None:
    visitor.page.add_init_script(NO_SHARE_SHEET)
    visitor.page.add_init_script(NO_CLIPBOARD)
    visitor.page.add_init_script("document.execCommand = () => false")
    text = finish(visitor)
    visitor.page.get_by_role("button", name="Copy", exact=True).click()
    assert visitor.page.evaluate("getSelection().toString()") == text


def test_a_friend_takes_the_challenge_from_the_link(
    visitor: Visitor, newcomer: Callable[..., Visitor]
) -> None:
    text = finish(visitor)
    friend = newcomer()
    friend.page.goto(text.splitlines()[-1])
    friend.sees("Ada scored 10,000. Can you beat that?")
    friend.page.get_by_label("Your name on the board").fill("Grace")
    friend.page.get_by_role("button", name="Take the challenge").click()
    friend.sees_question(1)
