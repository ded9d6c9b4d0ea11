"""From the address of a board to the board: overall, of a category, the daily quiz, or a challenge."""

from controllers.application import now, quizboard
from models.board import DAILY, OVERALL, BadBoard, Board
from models.challenge import Challenge
from models.deck import Deck


def board_at(scope: str, period: str, at: str) -> Board:
    """Raises BadBoard, NoSuchChallenge."""
    board = Board.parse(scope, period, at, now())
    if board.root is not None:
        _check_root(board.root)
        return board
    if scope not in (OVERALL, DAILY) and not _is_category(scope):
        raise BadBoard("no questions are about that")
    return board


def _check_root(id: str) -> None:
    if Challenge.load(quizboard().store, id, None).root != id:
        raise BadBoard("that game is one of another challenge")


def _is_category(slug: str) -> bool:
    """Also of one whose questions are all retired: what was played stays on its boards."""
    in_play = {deck.category.slug for deck in quizboard().dealer.decks(now())}
    return slug in in_play or slug in {deck.category.slug for deck in Deck.all(quizboard().store)}
