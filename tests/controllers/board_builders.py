"""Results on boards, without playing for them."""

from datetime import datetime, timedelta

from controllers.application import Quizboard
from controllers.visitor import player_token
from models import leaderboard
from models.player import Player
from models.store import Store
from tests.conftest import NOON
from tests.events.builders import a_finish, told


def finish(
    store: Store, name: str, points: int, minute: int = 0, category: str | None = None, day: datetime = NOON
) -> str:
    """A finished game of a player whose id follows from the name; the id."""
    player, finished_at = f"player-{name.lower().replace(' ', '-')}", day + timedelta(minutes=minute)
    store.put_many([Player(player, name, created_at=NOON).to_entity(store)])
    result = a_finish(
        player,
        points,
        game=f"game-{name}-{minute}",
        category=category,
        correct=points // 1000,
        elapsed_ms=65_400,
        finished_at=finished_at,
    )
    leaderboard.record(store, told(result))
    return player


def token_of(app: Quizboard, player: str) -> str:
    with app.app_context():
        return player_token(player)
