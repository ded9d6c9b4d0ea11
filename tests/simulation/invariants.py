"""What must be true once everything has come to rest, worked out again from the finished games alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from google.cloud.datastore import Entity

from events.comparison import batch, differences
from events.counting import current_build
from events.delivery import GIVEN_UP
from events.envelope import Message
from events.stream import read
from models.aggregate import Aggregate, Tally
from models.dead_letter import DeadLetter
from models.event import Event
from models.flag import Flag
from models.game import Game
from models.history import History
from models.insights import TOTALS
from models.leaderboard import LeaderboardEntry
from models.player import Player
from models.position import Position
from models.receipt import Receipt
from models.recent import Recent
from models.version import Versions
from tests.simulation.world import World

HEARD_BY_ALL = ("history", "leaderboard", "stream")
OF_A_PLAYER = (Flag.KIND, Game.KIND, History.KIND, LeaderboardEntry.KIND, Recent.KIND)


class Broken(AssertionError):
    """A promise of the event side."""


@dataclass
class Played:
    """One player's games, added up."""

    games: int = 0
    perfect: int = 0
    best: dict[str, int] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    right: int = 0

    def add(self, game: Game, finished_at: datetime) -> None:
        """A daily game counts for the day of its start."""
        self.games += 1
        self.perfect += game.correct == 10
        points = game.points if game.pace == "timed" else 0
        self.best[game.category] = max(points, self.best.get(game.category, 0))
        self.days.add((game.started_at if game.mode == "daily" else finished_at).date())
        self.right += game.correct

    @property
    def badges(self) -> set[str]:
        streak = any(all(day + timedelta(days=n) in self.days for n in range(7)) for day in self.days)
        earned = {
            "first-game": self.games >= 1,
            "ten-games": self.games >= 10,
            "perfect-game": self.perfect > 0,
            "week-streak": streak,
            "explorer": len(set(self.best) - {"mix"}) >= 5,
        }
        return {badge for badge, is_earned in earned.items() if is_earned}


def watch(world: World) -> None:
    """Nothing may be written of a player after the tombstone, and no reason be forgotten.

    Raises Broken where it happens.
    """
    erased: set[str] = set()

    def see(before: Entity | None, entity: Entity) -> None:
        if entity.kind == Player.KIND and entity["erased_at"]:
            erased.add(entity.key.name)
        if entity.kind in OF_A_PLAYER and _player_of(entity) in erased and not _is_moved(before, entity):
            raise Broken(f"{_player_of(entity)} came back: {entity.kind} {entity.key.name}")
        if entity.kind == DeadLetter.KIND and before and before["reason"] != entity["reason"] == GIVEN_UP:
            raise Broken(f"the reason of {entity.key.name} is forgotten: {before['reason']}")

    world.store.watch = see


def check(world: World) -> None:
    """Raises Broken."""
    players = [Player.from_entity(row) for row in world.store.all(Player.KIND)]
    erased = {player.id for player in players if player.erased_at}
    rows = [row for kind in OF_A_PLAYER for row in world.store.all(kind)]
    _same("left of who has left", [row.key for row in rows if _player_of(row) in erased], [])
    _same("who has left", erased, world.left)
    staying = [game for game in map(Game.from_entity, world.store.all(Game.KIND)) if game.finished_at]
    events = [Event.from_entity(row) for row in world.store.all(Event.KIND)]
    told = _ids([event for event in events if event.data["player"] not in erased], "GameFinished")
    _same("the outbox", world.outbox, [])
    _same("finished games that are told", told, Counter(one.id for one in staying))
    _none_of("events nobody published", {event.id for event in events} - set(world.router.taken))
    everyone = {(name, game.id) for name in HEARD_BY_ALL for game in staying}
    _none_of("games that a subscriber never heard of", everyone - world.told)
    _same("surprises", world.surprises, [])
    _same("dead letters", *_dead_letters(world))
    boards, played = _boards(staying, _roots(events)), _played(staying)
    for number in _fed(world, "leaderboard"):
        _same(f"boards {number}", _boards_kept(world, number), boards)
    for number in _fed(world, "history"):
        _same(f"receipts {number}", _receipts_kept(world, number), {game.id for game in staying})
        _same(f"histories {number}", _histories_kept(world, number), played)
    _same("rows of no version that is fed", _rows_of_no_version(world), [])
    names = {player.id: player.name for player in players}
    entries = world.store.all(LeaderboardEntry.KIND)
    _same("names", [row["name"] for row in entries], [names[row["player"]] for row in entries])
    badges = {f"{badge}-{player}": 1 for player, theirs in played.items() for badge in theirs.badges}
    kept = _ids([event for event in events if event.data["player"] not in erased], "BadgeEarned")
    _same("badges", kept, Counter(badges))
    _same("statistics", *_statistics(world))
    finished = [event for event in events if event.type == "GameFinished"]
    _same("games that are counted", _games_counted(world), len(finished))


def _player_of(row: Entity) -> str:
    return str(row.key.name) if row.kind == Recent.KIND else str(row["player"])


def _is_moved(before: Entity | None, entity: Entity) -> bool:
    """A game that was there may still be moved, and flagged: that goes with the game."""
    return entity.kind == Flag.KIND or (entity.kind == Game.KIND and before is not None)


def _same(what: str, is_so: object, should_be: object) -> None:
    if is_so != should_be:
        raise Broken(f"{what}:\n  are       {is_so}\n  should be {should_be}")


def _none_of(what: str, found: set[object] | set[str] | set[tuple[str, str]]) -> None:
    if found:
        raise Broken(f"{what}: {sorted(map(str, found))}")


def _ids(events: list[Event], type_name: str) -> Counter[str]:
    return Counter(event.id for event in events if event.type == type_name)


def _dead_letters(world: World) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Those that are there, and those of the poison."""
    letters = Counter((one.subscriber, _digest(Message.from_text(one.message))) for one in world.letters)
    poison = Counter((name, _digest(message)) for name in HEARD_BY_ALL for message in world.poison)
    return letters, poison


def _digest(message: Message) -> str:
    """What Pub/Sub adds on the way to the dead letters left out."""
    attributes = {k: v for k, v in message.attributes.items() if not k.startswith("CloudPubSub")}
    return f"{message.attributes.get('id')} {Message(message.data, attributes).digest}"


def _statistics(world: World) -> tuple[list[str], list[str]]:
    """What differs from a batch over the same events, and what should."""
    there = read(world.store, Position.START, world.now)
    return list(differences(_counted(world), batch(there, current_build()))), []


def _counted(world: World) -> Tally:
    build, found = current_build(), {}
    for row in world.store.all(Aggregate.KIND):
        name = row.key.name.partition(":")[2]
        found[name] = Aggregate.from_entity(build, name, row).sums
    return found


def _games_counted(world: World) -> int:
    return sum(numbers[0] for name, numbers in _counted(world).get(TOTALS, {}).items() if name == "games")


def _fed(world: World, subscriber: str) -> tuple[int, ...]:
    """The versions of a subscriber, read from the pointer."""
    [pointer] = [row for row in world.store.all(Versions.KIND) if row.key.name == subscriber] or [None]
    return Versions.from_entity(subscriber, pointer).fed


def _of_version(world: World, kind: str, prefix: str) -> list[Entity]:
    return [row for row in world.store.all(kind) if row.key.name.startswith(prefix)]


def _rows_of_no_version(world: World) -> list[str]:
    prefixes = {
        LeaderboardEntry.KIND: [f"{number}-" for number in _fed(world, "leaderboard")],
        History.KIND: [f"{number}-" for number in _fed(world, "history")],
        Receipt.KIND: [f"history@{number}-" for number in _fed(world, "history")],
    }
    return [
        row.key.name
        for kind, begin in prefixes.items()
        for row in world.store.all(kind)
        if not row.key.name.startswith(tuple(begin))
    ]


def _boards_kept(world: World, number: int) -> dict[tuple[str, str], tuple[int, datetime]]:
    return {
        (row["board"].removeprefix(f"{number}-"), row["player"]): (row["points"], row["finished_at"])
        for row in _of_version(world, LeaderboardEntry.KIND, f"{number}-")
    }


def _receipts_kept(world: World, number: int) -> set[str]:
    prefix = f"history@{number}-"
    return {row.key.name.removeprefix(prefix) for row in _of_version(world, Receipt.KIND, prefix)}


def _roots(events: list[Event]) -> set[str]:
    """Of the challenges that somebody has finished, whether or not they are still here."""
    finished = [event for event in events if event.type == "GameFinished"]
    return {event.data["challenge"] for event in finished if event.data["challenge"]}


def _boards(games: list[Game], roots: set[str]) -> dict[tuple[str, str], tuple[int, datetime]]:
    results = defaultdict(list)
    for game in games:
        boards = [*_boards_of(game), *([f"challenge:{game.id}:all"] if game.id in roots else [])]
        for board in boards if game.pace == "timed" else ():
            results[board, game.player].append((-game.points, game.finished_at))
    return {key: (-min(found)[0], min(found)[1]) for key, found in results.items()}


def _boards_of(game: Game) -> Iterator[str]:
    at = game.finished_at
    assert at is not None
    if game.challenge:
        yield f"challenge:{game.challenge}:all"
    if game.mode == "daily":
        yield f"daily:day:{game.started_at:%Y-%m-%d}"
    if game.mode != "normal":
        return
    for scope in {"overall", "overall" if game.category == "mix" else game.category}:
        yield f"{scope}:all"
        yield f"{scope}:day:{at:%Y-%m-%d}"
        yield f"{scope}:week:{at:%G-W%V}"
        yield f"{scope}:month:{at:%Y-%m}"


def _played(games: list[Game]) -> dict[str, Played]:
    played: dict[str, Played] = defaultdict(Played)
    for game in games:
        assert game.finished_at is not None
        played[game.player].add(game, game.finished_at)
    return dict(played)


def _histories_kept(world: World, number: int) -> dict[str, Played]:
    histories = [History.from_entity(row) for row in _of_version(world, History.KIND, f"{number}-")]
    return {
        one.player: Played(one.games, one.perfect_games, one.best, set(one.days), one.right)
        for one in histories
    }
