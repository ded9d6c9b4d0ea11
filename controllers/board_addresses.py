"""From the address of a board to the board: of all questions, or of a category that is in play."""

from controllers.application import now, quizboard
from models.board import OVERALL, BadBoard, Board


def board_at(scope: str, period: str, at: str) -> Board:
    """Raises BadBoard."""
    if scope != OVERALL and scope not in {deck.category.slug for deck in quizboard().dealer.decks(now())}:
        raise BadBoard("no questions are about that")
    return Board.parse(scope, period, at, now())
