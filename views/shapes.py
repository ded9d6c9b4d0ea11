"""The JSON of the API, and the words of the pages too: no right answer gets past here before its feedback."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from models.deck import Deck
from models.game import Game, State
from models.image import Picture
from models.insights import SCORE_STEP, Accuracy, Insights, Measured
from models.ranking import BoardPage, Rank, Ranked, Standing


def started(game: Game, token: str) -> dict[str, Any]:
    return {
        "id": game.id,
        "player_id": game.player,
        "player_token": token,
        "length": game.length,
        "question": question(game, 0),
    }


def game(game: Game, now: datetime, ranks: Sequence[Rank]) -> dict[str, Any]:
    """As it stands: the question while there is one, its feedback once there is, the result at the end."""
    state, seen = game.state(now), game.seen(now)
    shape: dict[str, Any] = {
        "id": game.id,
        "state": str(state),
        "index": game.index,
        "length": game.length,
        "score": game.points,
    }
    if state is State.FINISHED:
        return shape | {"result": result(game, ranks)}
    shape["question"] = question(game, game.index)
    if state is not State.OPEN:
        shape["feedback"] = feedback(seen, game.index) | {"finished": False}
    return shape


def question(game: Game, index: int) -> dict[str, Any]:
    """Of a question that is revealed."""
    turn = game.turns[index]
    return {
        "index": index,
        "length": game.length,
        "type": turn.question.type,
        "category": turn.question.category.slug,
        "difficulty": str(turn.question.difficulty),
        "prompt": turn.question.prompt,
        **_image(turn.question.picture),
        "choices": [{"id": id, "text": text} for id, text in enumerate(turn.choices)],
        "time_limit_seconds": None if turn.limit_ms is None else turn.limit_ms // 1000,
        "revealed_at": moment(turn.revealed_at),
        "deadline": moment(turn.deadline),
    }


def _image(picture: Picture | None) -> dict[str, Any]:
    """A field that is there only where there is a picture."""
    if picture is None:
        return {}
    size = {"width": picture.width, "height": picture.height}
    return {"image": {"url": f"/images/{picture.digest}", "alt": picture.alt, **size}}


def feedback(game: Game, index: int) -> dict[str, Any]:
    """Of a question that is closed."""
    turn, verdict = game.turns[index], game.turns[index].verdict
    assert verdict is not None
    return {
        "correct": verdict.fraction == 1,
        "fraction": float(verdict.fraction),
        "points": verdict.points,
        "score": game.score_after(index),
        "seconds": verdict.elapsed_ms / 1000,
        "late": verdict.late,
        "right_answer": turn.right_answer,
        "explanation": turn.question.explanation,
        "source": turn.question.source,
        "finished": game.finished_at is not None,
    }


def result(game: Game, ranks: Sequence[Rank]) -> dict[str, Any]:
    """Of a finished game."""
    return {
        "points": game.points,
        "correct": game.correct,
        "seconds": game.elapsed_ms / 1000,
        "boards": [{"board": rank.board.name, "rank": rank.rank, "total": rank.total} for rank in ranks],
        "review": [
            {
                "question": question(game, index),
                "answer": turn.verdict.answer if turn.verdict else None,
                "feedback": feedback(game, index),
            }
            for index, turn in enumerate(game.turns)
        ],
        "challenge": f"/challenges/{game.root}",
    }


def category(deck: Deck) -> dict[str, Any]:
    return {"slug": deck.category.slug, "name": deck.category.name, "questions": deck.size}


def board_page(page: BoardPage) -> dict[str, Any]:
    return {
        "board": page.board.name,
        "total": page.total,
        "entries": [entry(row) for row in page.rows],
        "next": page.next,
    }


def standing(standing: Standing) -> dict[str, Any]:
    return {
        "entry": entry(standing.mine),
        "above": [entry(row) for row in standing.above],
        "below": [entry(row) for row in standing.below],
        "points_to_next": standing.points_to_next,
    }


def entry(row: Ranked) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "player": row.entry.player,
        "name": row.entry.name,
        "points": row.entry.points,
        "correct": row.entry.correct,
        "seconds": row.entry.elapsed_ms / 1000,
        "finished_at": moment(row.entry.finished_at),
    }


def moment(when: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if when is None:
        return None
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def insights(found: Insights) -> dict[str, Any]:
    """What has been counted, of nobody in particular."""
    return {
        "games": found.games,
        "last_hour": found.last_hour,
        "mean_points": found.mean_points,
        **accuracy(found.answers),
        "time_zone": found.zone_name,
        "hours": [{"start": moment(hour.start), "games": hour.games} for hour in found.hours],
        "days": [{"day": day.date.isoformat(), "games": day.games} for day in found.days],
        "scores": [{"from": step * SCORE_STEP, "games": games} for step, games in enumerate(found.scores)],
        "week": [list(hours) for hours in found.week],
        "categories": [
            {
                "slug": category.slug,
                **accuracy(category.overall),
                "by_difficulty": {name: accuracy(part) for name, part in category.by_difficulty.items()},
            }
            for category in found.categories
        ],
        "hardest": [measured(one) for one in found.hardest],
        "easiest": [measured(one) for one in found.easiest],
    }


def accuracy(found: Accuracy) -> dict[str, Any]:
    return {"answers": found.asked, "right": found.right}


def measured(one: Measured) -> dict[str, Any]:
    """Of a question, what was asked and how it went."""
    question, sums = one.question, one.sums
    return {
        "question": question.id,
        "category": question.category.slug,
        "difficulty": str(question.difficulty),
        "prompt": question.prompt,
        "answers": sums.asked,
        "right": sums.right,
        "mean_seconds": None if sums.mean_ms is None else sums.mean_ms / 1000,
        "discrimination": None if sums.discrimination is None else round(sums.discrimination, 3),
    }
