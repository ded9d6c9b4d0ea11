"""How long what is shown may be kept, and by whom: caches, browsers, the memory of this process."""

from collections.abc import Callable

from flask import Response, request

from controllers.application import now, quizboard
from models import ranking
from models.board import Board
from models.ranking import BoardPage

SHARED_SECONDS = 5
"""So long may a cache in front answer for us, where everybody sees the same page."""

REFRESH_SECONDS = SHARED_SECONDS + 1
"""Between two looks of a page that keeps itself fresh: any sooner, and its own cache would answer."""


def shared_briefly(response: Response) -> Response:
    """The same for everyone: no cookie was read for it. Unchanged, it costs no body (304)."""
    response.headers["Cache-Control"] = f"public, max-age={SHARED_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response


def made_once(make: Callable[[], str]) -> str:
    """A page that is the same for everyone: this process makes it once in a moment, however many ask."""
    return quizboard().pages.get(request.url, now(), make)


def top_of(board: Board, length: int) -> BoardPage:
    """Rows of a board on somebody's own page, read once in a moment for all of them."""
    tops, store = quizboard().tops, quizboard().store
    return tops.get((board, length), now(), lambda: ranking.page(store, board, limit=length))


def kept_for_ever(response: Response) -> Response:
    """For addresses that change when their content does."""
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
