"""The link to a challenge: copied, or handed to the share sheet; and always there to be copied by hand."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.site import Site
from tests.browser.visitor import Visitor

SHARE_SHEET = "navigator.share = (what) => { window.shared = what; return Promise.resolve(); }"
NO_SHARE_SHEET = "delete Navigator.prototype.share"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def finish(visitor: Visitor) -> str:
    """A game to its end; the link on its result."""
    visitor.start()
    for number in range(1, 10):
        visitor.answer("Lima")
        visitor.sees_feedback(number, "Right!")
        visitor.go_on()
        visitor.sees_question(number + 1)
    visitor.answer("Lima")
    visitor.sees_result(10)
    return visitor.page.get_by_label("Link to send").input_value()


def test_the_link_is_copied_where_there_is_no_share_sheet(visitor: Visitor, site: Site) -> None:
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.add_init_script(NO_SHARE_SHEET)
    link = finish(visitor)
    visitor.page.get_by_role("button", name="Copy the link").click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == link
    assert link.startswith(f"{site.address}/challenges/")


def test_the_share_sheet_gets_the_link(visitor: Visitor) -> None:
    visitor.page.add_init_script(SHARE_SHEET)
    link = finish(visitor)
    visitor.page.get_by_role("button", name="Share the link").click()
    expect(visitor.page.get_by_role("button", name="Shared")).to_be_visible()
    assert visitor.page.evaluate("window.shared") == {"url": link}


def test_where_neither_is_allowed_the_link_is_chosen_to_be_copied_by_hand(visitor: Visitor) -> None:
    visitor.page.add_init_script(NO_SHARE_SHEET)
    visitor.page.add_init_script(NO_CLIPBOARD)
    link = finish(visitor)
    visitor.page.get_by_role("button", name="Copy the link").click()
    assert visitor.page.evaluate("getSelection().toString()") == link


def test_a_friend_takes_the_challenge_from_the_link(
    visitor: Visitor, newcomer: Callable[..., Visitor]
) -> None:
    link = finish(visitor)
    friend = newcomer()
    friend.page.goto(link)
    friend.sees("Ada scored 10,000. Can you beat that?")
    friend.page.get_by_label("Your name on the board").fill("Grace")
    friend.page.get_by_role("button", name="Take the challenge").click()
    friend.sees_question(1)
