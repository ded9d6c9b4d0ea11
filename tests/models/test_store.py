import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import datastore
from google.cloud.datastore import Entity
from google.cloud.datastore_v1 import types

from models import patience
from models.patience import CALL_SECONDS, StoreUnavailable
from models.store import CHANGE_ATTEMPTS, RECENT_SECONDS, BadCursor, Change, Store

Verb = Callable[[list[Entity | None]], Change[int]]


def adding_one(store: Store) -> Verb:
    def verb(found: list[Entity | None]) -> Change[int]:
        [counter] = found
        number = (counter["number"] if counter else 0) + 1
        return Change(number, puts=[store.entity("Counter", "a", {"number": number})])

    return verb


def counted(store: Store) -> int:
    entity = store.get("Counter", "a")
    return int(entity["number"]) if entity else 0


@pytest.mark.parametrize("isolated", [False, True])
def test_no_change_is_lost_however_many_race(store: Store, isolated: bool) -> None:
    verb = adding_one(store)
    key = store.key("Counter", "a")
    threads = [
        threading.Thread(target=lambda: [store.change([key], verb, isolated) for _ in range(5)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(store) == 20


def test_what_is_read_as_it_was_recently_is_read_anew_once_in_a_while(store: Store) -> None:
    now = 0.0
    store = Store(store._client, clock=lambda: now)
    assert store.recent("Counter", "a") is None
    store.change([store.key("Counter", "a")], adding_one(store))
    now = RECENT_SECONDS
    assert store.recent("Counter", "a") is None
    now += 1
    assert (store.recent("Counter", "a") or {})["number"] == 1
    assert store.recent("Counter", "b") is None


def test_the_loser_of_a_race_decides_again_on_what_the_winner_wrote(store: Store) -> None:
    seen: list[int] = []

    def slow(found: list[Entity | None]) -> Change[None]:
        seen.append(found[0]["number"] if found[0] else 0)
        if len(seen) == 1:
            store.put_many([store.entity("Counter", "a", {"number": 7})])
        return Change(None, puts=[store.entity("Counter", "a", {"number": seen[-1] + 1})])

    store.change([store.key("Counter", "a")], slow)
    assert seen == [0, 7]
    assert counted(store) == 8


def test_a_verb_that_writes_nothing_commits_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_commit", lambda *_: pytest.fail("committed"))
    assert store.change([store.key("Counter", "a")], lambda found: Change("as it is")) == "as it is"


@pytest.mark.parametrize("was_applied", [True, False])
def test_after_a_commit_that_raised_everything_is_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, was_applied: bool
) -> None:
    commit, calls = store._commit, []

    def unlucky(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) > 1 or was_applied:
            commit(*arguments)  # type: ignore[arg-type]
        if len(calls) == 1:
            raise exceptions.DeadlineExceeded("no answer")

    monkeypatch.setattr(store, "_commit", unlucky)

    def once(found: list[Entity | None]) -> Change[str]:
        if found[0]:
            return Change("there")
        return Change("there", puts=[store.entity("Counter", "a", {"number": 1})])

    assert store.change([store.key("Counter", "a")], once) == "there"
    assert counted(store) == 1
    assert len(calls) == (1 if was_applied else 2)


def test_a_store_that_never_settles_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = []

    def refused(*_: object) -> None:
        attempts.append(1)
        raise exceptions.Aborted("too much contention")

    monkeypatch.setattr(store, "_commit", refused)
    monkeypatch.setattr(store, "_pause", lambda attempt: None)
    with pytest.raises(StoreUnavailable):
        store.change([store.key("Counter", "a")], adding_one(store))
    assert len(attempts) == CHANGE_ATTEMPTS


def test_an_isolated_change_is_refused_when_what_it_only_read_has_changed(store: Store) -> None:
    """The change or the write from outside waits for the other: never do both hold on the old reading."""
    store.put_many([store.entity("Player", "ada", {"erased": False})])
    keys = [store.key("Player", "ada"), store.key("Counter", "a")]
    erased = threading.Event()

    def erase() -> None:
        def verb(found: list[Entity | None]) -> Change[None]:
            return Change(None, puts=[store.entity("Player", "ada", {"erased": True})])

        store.change([keys[0]], verb)
        erased.set()

    def unless_erased(found: list[Entity | None]) -> Change[bool]:
        if not eraser.is_alive() and not erased.is_set():
            eraser.start()
        if found[0] and found[0]["erased"]:
            return Change(False)
        return Change(not erased.is_set(), puts=[store.entity("Counter", "a", {"number": 1})])

    eraser = threading.Thread(target=erase)
    wrote_while_known = store.change(keys, unless_erased, isolated=True)
    eraser.join()
    assert counted(store) == (1 if wrote_while_known else 0)


def test_an_error_of_the_verb_passes_through_and_leaves_no_lock(store: Store) -> None:
    def verb(found: list[Entity | None]) -> Change[None]:
        raise LookupError("no")

    with pytest.raises(LookupError):
        store.change([store.key("Counter", "a")], verb, isolated=True)
    assert store.change([store.key("Counter", "a")], adding_one(store)) == 1


def test_an_insert_keeps_what_was_there(store: Store) -> None:
    assert store.insert(store.entity("Secret", "s", {"key": "first"}))["key"] == "first"
    assert store.insert(store.entity("Secret", "s", {"key": "second"}))["key"] == "first"


def test_only_named_properties_are_indexed(store: Store) -> None:
    store.put_many([store.entity("Thing", "t", {"a": 1, "b": 1}, indexed=["a"])])
    assert store.count("Thing", [("a", "=", 1)]) == 1
    assert store.count("Thing", [("b", "=", 1)]) == 0


def test_entities_come_in_the_order_of_the_keys_with_none_for_the_missing(store: Store) -> None:
    store.put_many([store.entity("Thing", str(n), {"n": n}) for n in range(1200)])
    keys = [store.key("Thing", str(n)) for n in (1199, 5000, 0)]
    found = store.get_many(keys)
    assert [entity and entity["n"] for entity in found] == [1199, None, 0]
    assert len(store.get_many([store.key("Thing", str(n)) for n in range(1200)])) == 1200


def test_a_snapshot_does_not_see_what_comes_after(store: Store) -> None:
    store.put_many([store.entity("Thing", "a", {"n": 1}, indexed=["n"])])
    with store.snapshot():
        assert store.count("Thing", [("n", ">", 0)]) == 1
        other = threading.Thread(
            target=lambda: store.put_many([store.entity("Thing", "b", {"n": 2}, indexed=["n"])])
        )
        other.start()
        other.join()
        assert store.count("Thing", [("n", ">", 0)]) == 1
        assert store.get("Thing", "b") is None
    assert store.count("Thing", [("n", ">", 0)]) == 2


def test_a_count_can_stop_early(store: Store) -> None:
    store.put_many([store.entity("Thing", str(n), {"n": n}, indexed=["n"]) for n in range(9)])
    assert store.count("Thing", [("n", ">=", 0)], up_to=4) == 4


def test_a_query_goes_on_at_its_cursor_and_refuses_a_false_one(store: Store) -> None:
    store.put_many([store.entity("Thing", str(n), {"n": n}, indexed=["n"]) for n in range(5)])
    first = store.query("Thing", order=["n"], limit=3)
    rest = store.query("Thing", order=["n"], after=first.cursor)
    assert [entity["n"] for entity in [*first.entities, *rest.entities]] == [0, 1, 2, 3, 4]
    with pytest.raises(BadCursor):
        store.query("Thing", order=["n"], after="not a cursor")


def test_a_datastore_that_is_away_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setattr(patience, "CALL_SECONDS", 0.2)
    monkeypatch.setattr(patience, "READ_RETRY", patience.READ_RETRY.with_timeout(0.3))
    store = Store(datastore.Client(project="away"))
    with pytest.raises(StoreUnavailable):
        store.get("Thing", "a")
    with pytest.raises(StoreUnavailable):
        store.query("Thing")
    with pytest.raises(StoreUnavailable):
        store.change([store.key("Thing", "a")], adding_one(store))


class Moody(grpc.GenericRpcHandler):
    """A Datastore that answers some calls, counted from 0, with an error, and otherwise finds nothing."""

    def __init__(self) -> None:
        self.code = grpc.StatusCode.OK
        self.bad_calls = range(0)
        self.calls: list[str] = []
        self.deadlines: list[float] = []
        """The seconds that each call had left when it came."""

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(lambda _, context: self._answer(call.method, context))

    def _answer(self, method: str, context: grpc.ServicerContext) -> bytes:
        self.calls.append(method.rsplit("/", 1)[1])
        self.deadlines.append(context.time_remaining())
        if len(self.calls) - 1 in self.bad_calls:
            context.abort(self.code, "in a bad mood")
        return bytes(types.LookupResponse.serialize(types.LookupResponse()))


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
def moody_store(moody: Moody, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    server = grpc.server(ThreadPoolExecutor(2), handlers=[moody])
    monkeypatch.setenv("DATASTORE_EMULATOR_HOST", f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    server.start()
    with closing(datastore.Client(project="moody")) as client:
        yield Store(client)
    server.stop(None).wait()


TRANSIENT = ("INTERNAL", "RESOURCE_EXHAUSTED", "ABORTED", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED")

CALLS: dict[str, Callable[[Store], Any]] = {
    "get_many": lambda store: store.get_many([store.key("Thing", "a")]),
    "query": lambda store: store.query("Thing"),
    "count": lambda store: store.count("Thing", []),
    "put_many": lambda store: store.put_many([store.entity("Thing", "a", {})]),
    "delete_many": lambda store: store.delete_many([store.key("Thing", "a")]),
    "change": lambda store: store.change([store.key("Thing", "a")], lambda found: Change(None)),
    "isolated change": lambda store: store.change([store.key("Thing", "a")], lambda _: Change(None), True),
}

HURRIED: dict[str, Callable[..., Any]] = {
    "get_many": lambda store, seconds: store.get_many([store.key("Thing", "a")], seconds),
    "query": lambda store, seconds: store.query("Thing", seconds=seconds),
    "delete_many": lambda store, seconds: store.delete_many([store.key("Thing", "a")], seconds),
}


class TestADatastoreInABadMood:
    @pytest.mark.parametrize("code", TRANSIENT)
    @pytest.mark.parametrize("call", CALLS)
    def test_is_named_as_such_when_it_does_not_pass(
        self, moody: Moody, moody_store: Store, monkeypatch: pytest.MonkeyPatch, call: str, code: str
    ) -> None:
        for name in ("READ_RETRY", "READ_RETRY_IN_TRANSACTION"):
            monkeypatch.setattr(patience, name, getattr(patience, name).with_timeout(0.05))
        monkeypatch.setattr(moody_store, "_pause", lambda attempt: None)
        moody.code, moody.bad_calls = grpc.StatusCode[code], range(1_000)
        with pytest.raises(StoreUnavailable):
            CALLS[call](moody_store)

    @pytest.mark.parametrize("code", TRANSIENT)
    @pytest.mark.parametrize("call", ["get_many", "put_many", "delete_many", "change", "isolated change"])
    def test_is_asked_again(self, moody: Moody, moody_store: Store, call: str, code: str) -> None:
        moody.code, moody.bad_calls = grpc.StatusCode[code], range(1)
        CALLS[call](moody_store)
        assert len(moody.calls) == 2

    @pytest.mark.parametrize("code", TRANSIENT)
    @pytest.mark.parametrize("call", HURRIED)
    def test_is_asked_once_by_who_has_only_some_seconds(
        self, moody: Moody, moody_store: Store, call: str, code: str
    ) -> None:
        moody.code, moody.bad_calls = grpc.StatusCode[code], range(1_000)
        with pytest.raises(StoreUnavailable):
            HURRIED[call](moody_store, seconds=CALL_SECONDS / 2)
        [deadline] = moody.deadlines
        assert deadline < CALL_SECONDS

    def test_is_not_asked_again_in_a_transaction_that_it_has_aborted(
        self, moody: Moody, moody_store: Store
    ) -> None:
        moody.code, moody.bad_calls = grpc.StatusCode.ABORTED, range(1, 2)
        with pytest.raises(StoreUnavailable), moody_store.snapshot():
            moody_store.get("Thing", "a")
        assert moody.calls == ["BeginTransaction", "Lookup", "Rollback"]
