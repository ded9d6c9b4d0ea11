"""Mistakes that the simulation must find: each is planted by a small patch in a world about to run."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from google.cloud.datastore import Entity, Key

from events import delivery, publishing
from events.envelope import Message, unwrap, wrap
from events.publishing import PUBLISH_SECONDS, Budget, Publisher
from events.replay import Replay, Told
from events.schemas import Unreadable
from events.subscribers import SUBSCRIBERS
from models import history, leaderboard, personal_data, store
from models.bookmark import Bookmark
from models.checkpoint import Checkpoint
from models.dead_letter import DeadLetter
from models.event import Event, Fact, GameFinished
from models.game import Game
from models.leaderboard import LeaderboardEntry
from models.player import Player
from models.position import Position
from models.receipt import Receipt
from models.store import Store
from models.version import FIRST, Versions
from tests.simulation.store import SimulatedStore
from tests.simulation.world import World

Plant = Callable[[pytest.MonkeyPatch, World], None]
Handler = Callable[[Store, Event], Sequence[Event]]


def publish_before_the_commit(patch: pytest.MonkeyPatch, world: World) -> None:
    to_entities = Event.to_entities

    def told_first(event: Event, store: Store) -> Any:
        world.process("web").publisher.publish([event], 0.3)
        return to_entities(event, store)

    patch.setattr(Event, "to_entities", told_first)


def write_no_outbox_row(patch: pytest.MonkeyPatch, world: World) -> None:
    to_entities = Event.to_entities
    patch.setattr(Event, "to_entities", lambda event, store: to_entities(event, store)[:1])


def strike_off_although_publishing_failed(patch: pytest.MonkeyPatch, world: World) -> None:
    publish = Publisher.publish
    patch.setattr(Publisher, "publish", lambda *arguments: publish(*arguments) or True)


def write_no_receipt(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Receipt, "to_entity", lambda receipt, store, time: store.entity("Lost", receipt.event, {}))


def write_the_receipt_outside_the_transaction(patch: pytest.MonkeyPatch, world: World) -> None:
    receipt_of = Receipt.to_entity
    write_no_receipt(patch, world)

    def record(store: Store, event: Event) -> Sequence[Event]:
        receipt = history.receipt_of(event.id, FIRST)
        if store.get(Receipt.KIND, receipt.key(store).name):
            return ()
        told = history.record(store, event)
        store.put_many([receipt_of(receipt, store, event.time)])
        return told

    _handle(patch, "history", record)


def keep_the_last_game_instead_of_the_best(patch: pytest.MonkeyPatch, world: World) -> None:
    def record(store: Store, event: Event) -> Sequence[Event]:
        finished = GameFinished.from_event(event)
        rows = [LeaderboardEntry.of(finished, board, "").to_entity(store, FIRST) for board in finished.boards]
        store.put_many(rows)
        return ()

    _handle(patch, "leaderboard", record)


def let_a_daily_game_count_for_the_day_of_its_end(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(GameFinished, "day", property(lambda finished: finished.finished_at.date()))


def forget_the_root_of_a_challenge(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(leaderboard, "_root_of", lambda store, finished: [])


def put_the_root_there_whoever_has_left(patch: pytest.MonkeyPatch, world: World) -> None:
    def record(store: Store, event: Event) -> Sequence[Event]:
        finished = GameFinished.from_event(event)
        rows = leaderboard._root_of(store, finished)
        store.put_many([LeaderboardEntry.of(root, board, "").to_entity(store, FIRST) for root, board in rows])
        return leaderboard.record(store, event)

    _handle(patch, "leaderboard", record)


def refuse_what_is_unreadable_for_ever(patch: pytest.MonkeyPatch, world: World) -> None:
    def unwrap_or_fail(message: Message) -> Event:
        try:
            return unwrap(message)
        except Unreadable as fault:
            raise RuntimeError from fault

    patch.setattr(delivery, "unwrap", unwrap_or_fail)


def name_events_by_chance(patch: pytest.MonkeyPatch, world: World) -> None:
    to_event = Fact.to_event

    def by_chance(fact: Fact, id: str, *more: Any) -> Event:
        return to_event(fact, f"{world.rng.getrandbits(64):x}", *more)

    patch.setattr(Fact, "to_event", by_chance)


def name_events_anew_whenever_they_are_published(patch: pytest.MonkeyPatch, world: World) -> None:
    def wrap_anew(event: Event) -> Message:
        return wrap(replace(event, id=f"{event.id}-{world.rng.getrandbits(64):x}"))

    patch.setattr(publishing, "wrap", wrap_anew)


def try_an_uncertain_commit_again_without_reading(patch: pytest.MonkeyPatch, world: World) -> None:
    commit = world.store._commit

    def commit_until_it_answers(mutations: list[Any], transaction: Any) -> None:
        try:
            commit(mutations, transaction)
        except store._UNCERTAIN:
            world.store._pause(0)
            commit_until_it_answers([replace(one, based_on=None) for one in mutations], None)

    patch.setattr(world.store, "_commit", commit_until_it_answers)


def read_the_tombstone_outside_the_transaction(patch: pytest.MonkeyPatch, world: World) -> None:
    change = Store.change
    patch.setattr(Store, "change", lambda store, keys, verb, isolated=False: change(store, keys, verb))


def acknowledge_before_it_is_handled(patch: pytest.MonkeyPatch, world: World) -> None:
    push = world.router._push
    patch.setattr(world.router, "_push", lambda *arguments: push(*arguments) or True)


def give_every_call_the_whole_of_the_time(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Budget, "left", lambda budget: PUBLISH_SECONDS)


def read_and_strike_off_however_long_it_takes(patch: pytest.MonkeyPatch, world: World) -> None:
    call = world.store._call
    patch.setattr(world.store, "_call", lambda what, seconds: call(what, None))


def let_the_general_reason_win(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(DeadLetter, "keep_unless_there", DeadLetter.keep)


def acknowledge_the_last_attempt_without_a_letter(patch: pytest.MonkeyPatch, world: World) -> None:
    set_aside = delivery.set_aside

    def set_aside_earlier(*letter: Any) -> None:
        *_, attempts, _ = letter
        if attempts < delivery.ATTEMPTS:
            set_aside(*letter)

    patch.setattr(delivery, "set_aside", set_aside_earlier)


def forget_the_tombstone(patch: pytest.MonkeyPatch, world: World) -> None:
    blind = SimpleNamespace(KIND=Player.KIND, present_or_none=lambda entity: entity)
    patch.setattr(history, "Player", blind)


def start_a_game_whoever_has_left_meanwhile(patch: pytest.MonkeyPatch, world: World) -> None:
    """The player is written only if there is another name: so nothing is noticed that came between."""
    change = Store.change

    def change_less(store: Store, keys: Sequence[Key], verb: Any, isolated: bool = False) -> Any:
        def less(found: list[Entity | None]) -> Any:
            decided = verb(found)
            return replace(
                decided, puts=[row for row in decided.puts if row.kind != Player.KIND or row not in found]
            )

        return change(store, keys, less, isolated)

    patch.setattr(Store, "change", change_less)


def let_who_has_left_play_on(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Player, "present", Player.from_entity)


def erase_and_tell_nobody(patch: pytest.MonkeyPatch, world: World) -> None:
    _handle(patch, "erasure", lambda store, event: ())


def remove_what_fits_into_one_commit(patch: pytest.MonkeyPatch, world: World) -> None:
    pages = Store.pages
    patch.setattr(Store, "pages", lambda *which, **how: itertools.islice(pages(*which, **how), 1))


def remove_a_game_before_its_receipt(patch: pytest.MonkeyPatch, world: World) -> None:
    delete_many, receipts = SimulatedStore.delete_many, []

    def delete_games_first(store: SimulatedStore, keys: Sequence[Key], seconds: float | None = None) -> None:
        kinds = {key.kind for key in keys}
        if kinds == {Receipt.KIND}:
            receipts[:] = keys
            return
        delete_many(store, keys, seconds)
        if kinds == {Game.KIND}:
            delete_many(store, receipts, seconds)

    patch.setattr(SimulatedStore, "delete_many", delete_games_first)


def keep_the_history_of_who_has_left(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(personal_data, "_single_rows", lambda store, player, versions: [])


def rename_and_tell_nobody(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Player, "named", lambda player, name, now: (replace(player, name=name), ()))


def bring_a_name_outside_a_transaction(patch: pytest.MonkeyPatch, world: World) -> None:
    """It may be an old one, and its entry gone."""

    def rename(store: Store, event: Event) -> Sequence[Event]:
        id = event.data["player"]
        player = Player.present_or_none(store.get(Player.KIND, id))
        entries = store.query(LeaderboardEntry.KIND, [("player", "=", id)]).entities if player else []
        store.put_many([leaderboard._named(store, entry, player.name) for entry in entries if player])
        return ()

    _handle(patch, "names", rename)


def count_again_what_is_not_settled(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Checkpoint, "has_counted", lambda there, position: position <= there.settled)


def add_once_more_after_an_uncertain_commit(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Checkpoint, "follows", lambda there, before: False)


def guess_the_versions_and_never_look(patch: pytest.MonkeyPatch, world: World) -> None:
    def change(store: Store, subscriber: str, keys: Any, verb: Any) -> Any:
        guess = Versions.recent(store, subscriber)
        return store.change(keys(guess), lambda found: verb(guess, found), isolated=True)

    for module in (history, leaderboard):
        patch.setattr(module, "change", change)


def call_a_version_whole_when_its_building_begins(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Replay, "_tell_all", lambda replay, name, after: iter(()))


def note_that_a_batch_is_told_before_it_is(patch: pytest.MonkeyPatch, world: World) -> None:
    tell = Replay._tell

    def note_and_tell(replay: Replay, theirs: Sequence[Any]) -> Told:
        for name in (replay.subscriber.name, f"{replay.subscriber.name}-1"):
            Bookmark(name, Position.of(theirs[-1]), replay.now()).keep(replay.store)
        return tell(replay, theirs)

    patch.setattr(Replay, "_tell", note_and_tell)


def erase_from_the_live_version_only(patch: pytest.MonkeyPatch, world: World) -> None:
    patch.setattr(Versions, "all", property(lambda versions: (versions.live,)))


def _handle(patch: pytest.MonkeyPatch, subscriber: str, handle: Handler) -> None:
    patch.setitem(SUBSCRIBERS, subscriber, replace(SUBSCRIBERS[subscriber], handle=handle))  # type: ignore[arg-type]


PLANTS: Sequence[Plant] = (
    publish_before_the_commit,
    write_no_outbox_row,
    strike_off_although_publishing_failed,
    write_no_receipt,
    write_the_receipt_outside_the_transaction,
    keep_the_last_game_instead_of_the_best,
    let_a_daily_game_count_for_the_day_of_its_end,
    forget_the_root_of_a_challenge,
    put_the_root_there_whoever_has_left,
    refuse_what_is_unreadable_for_ever,
    name_events_by_chance,
    name_events_anew_whenever_they_are_published,
    try_an_uncertain_commit_again_without_reading,
    read_the_tombstone_outside_the_transaction,
    acknowledge_before_it_is_handled,
    give_every_call_the_whole_of_the_time,
    read_and_strike_off_however_long_it_takes,
    let_the_general_reason_win,
    acknowledge_the_last_attempt_without_a_letter,
    forget_the_tombstone,
    start_a_game_whoever_has_left_meanwhile,
    let_who_has_left_play_on,
    erase_and_tell_nobody,
    remove_what_fits_into_one_commit,
    remove_a_game_before_its_receipt,
    keep_the_history_of_who_has_left,
    rename_and_tell_nobody,
    bring_a_name_outside_a_transaction,
    count_again_what_is_not_settled,
    add_once_more_after_an_uncertain_commit,
    guess_the_versions_and_never_look,
    call_a_version_whole_when_its_building_begins,
    note_that_a_batch_is_told_before_it_is,
    erase_from_the_live_version_only,
)
