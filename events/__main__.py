"""Operates the event side: `python -m events COMMAND`.

Each command says what it did, and may be interrupted and run again.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from os import environ
from random import SystemRandom

from google.cloud import datastore

from events import counting, dead_letters
from events.comparison import compare
from events.counting import count, current_build
from events.progress import Display
from events.publishing import Publisher, PubSub, relay
from events.replay import WORKERS, Replay, TooManyFail
from events.subscribers import SUBSCRIBERS
from models import version
from models.bookmark import Bookmark
from models.comparison import differences
from models.dead_letter import DeadLetter
from models.patience import StoreUnavailable
from models.store import Store
from models.version import Versions, WrongVersion

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C has ended."""

SHOWN = 20
"""Differences between two versions that are printed; the others are counted."""

REPLAYED = [name for name in SUBSCRIBERS if name != counting.SUBSCRIBER]
"""Who counts the stream reads it anyway."""

VERSIONED = {name: one for name, one in SUBSCRIBERS.items() if one.keeps}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (StoreUnavailable, TooManyFail, WrongVersion) as error:
        print(f"{error}.", file=sys.stderr)
        return 1


def _setup(options: argparse.Namespace) -> int:
    # Imported here: the other commands need no Pub/Sub administration.
    from events.setup import Setup, UnknownSubscriber

    project = options.project or _store(options).project
    setup = Setup(project, options.push_base.rstrip("/"), frozenset(_paused(options)))
    try:
        for line in setup.run():
            if not options.quiet:
                print(line)
    except UnknownSubscriber as error:
        print(f"{error}.", file=sys.stderr)
        return 1
    return 0


def _paused(options: argparse.Namespace) -> list[str]:
    return options.pause or environ.get("PAUSED", "").replace(",", " ").split()


def _relay(options: argparse.Namespace) -> int:
    store = _store(options)
    print(f"{relay(store, _publisher(store), _now())} events published from the outbox.")
    return 0


def _replay(options: argparse.Namespace) -> int:
    store, subscriber, display = _store(options), SUBSCRIBERS[options.subscriber], Display()
    if options.into and not subscriber.keeps:
        raise WrongVersion(f"{subscriber.name} keeps no versions")
    bookmark = None if options.into or options.since else Bookmark.of_or_none(store, subscriber.name)
    if bookmark:
        print(f"Goes on where it was interrupted at {bookmark.kept_at:%Y-%m-%d %H:%M} UTC.")
    try:
        with ThreadPoolExecutor(WORKERS) as pool, display:
            replay = Replay(store, _publisher(store), subscriber, _now, pool.map)
            for progress in replay.into(options.into) if options.into else replay.gaps(options.since):
                display.show(progress)
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on there.", file=sys.stderr)
        return INTERRUPTED
    return _compare(options) if options.into else 0


def _show_versions(options: argparse.Namespace) -> int:
    for name in VERSIONED:
        print(Versions.of(_store(options), name))
    return 0


def _compare(options: argparse.Namespace) -> int:
    store, subscriber = _store(options), SUBSCRIBERS[options.subscriber]
    versions = Versions.of(store, subscriber.name)
    print(versions)
    if versions.beside is None:
        return 0
    found = differences(store, subscriber.keeps, versions.live, versions.beside)
    shown = list(islice(found, SHOWN))
    for difference in shown:
        print(difference)
    print(f"{len(shown) + sum(1 for _ in found)} differences between {versions.live} and {versions.beside}.")
    return 0


def _flip(options: argparse.Namespace) -> int:
    print(version.flip(_store(options), options.subscriber, options.version, _now()))
    return 0


def _remove(options: argparse.Namespace) -> int:
    store, subscriber = _store(options), SUBSCRIBERS[options.subscriber]
    removed = sum(version.remove(store, subscriber.name, subscriber.keeps, options.version, _now()))
    print(f"{removed} rows removed. {Versions.of(store, subscriber.name)}")
    return 0


def _count(options: argparse.Namespace) -> int:
    """Until nothing is left; what somebody else counts meanwhile is as good."""
    store, build, events = _store(options), current_build(), 0
    while True:
        progress = count(store, build, _now, SystemRandom(), is_thorough=True)
        if progress is None:
            print("Somebody else is counting just now.", file=sys.stderr)
            return 1
        events += progress.events
        if progress.is_done:
            print(f"{events} events counted into {build.name}.")
            return 0


def _compare_counts(options: argparse.Namespace) -> int:
    settled, found = compare(_store(options), current_build(), _now())
    print("\n".join(found) or "No differences.")
    print(f"All was counted up to {settled.time:%Y-%m-%d %H:%M:%S} UTC, and some of what came since.")
    return 1 if found else 0


def _list(options: argparse.Namespace) -> int:
    print(dead_letters.listing(DeadLetter.all(_store(options))))
    return 0


def _show(options: argparse.Namespace) -> int:
    letters = _chosen(options)
    for letter in letters:
        print(f"{letter.name}\nreason: {letter.reason}\n{letter.message}")
    return 0 if letters else 1


def _redrive(options: argparse.Namespace) -> int:
    store, failed = _store(options), 0
    for letter in _chosen(options):
        try:
            dead_letters.redrive(store, _publisher(store), letter, _now())
            print(f"{letter.name}: handled")
        except dead_letters.StillDead as reason:
            failed += 1
            print(f"{letter.name}: still dead: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _discard(options: argparse.Namespace) -> int:
    store = _store(options)
    for letter in _chosen(options):
        letter.discard(store)
        print(f"{letter.name}: discarded")
    return 0


def _chosen(options: argparse.Namespace) -> list[DeadLetter]:
    """The letters that were named, or all; a name that is not there is said."""
    store = _store(options)
    if not options.names:
        return DeadLetter.all(store)
    found = {name: DeadLetter.from_name_or_none(store, name) for name in options.names}
    for name in (name for name, letter in found.items() if letter is None):
        print(f"{name}: there is no such dead letter", file=sys.stderr)
    return [letter for letter in found.values() if letter is not None]


def _now() -> datetime:
    return datetime.now(UTC)


def _time(text: str) -> datetime:
    """Without a zone it is UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _store(options: argparse.Namespace) -> Store:
    return Store(datastore.Client(project=options.project))


def _publisher(store: Store) -> Publisher:
    return Publisher(PubSub(store.project))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m events", description="Operates the event side.")
    parser.add_argument("--project", help="the Google Cloud project; default: that of the environment")
    commands = parser.add_subparsers(required=True)
    setup = commands.add_parser("setup", help="make topics and subscriptions, or bring them up to date")
    setup.add_argument("--push-base", required=True, metavar="URL", help="where the events service answers")
    setup.add_argument(
        "--pause", action="append", metavar="SUBSCRIBER", help="gets nothing for now; default: $PAUSED"
    )
    setup.add_argument("--quiet", action="store_true", help="say nothing but what goes wrong")
    setup.set_defaults(run=_setup)
    commands.add_parser("relay", help="publish what is still in the outbox").set_defaults(run=_relay)
    commands.add_parser("count", help="count what /insights shows, as far as the stream goes").set_defaults(
        run=_count
    )
    commands.add_parser("compare", help="count it all once more, and print what differs").set_defaults(
        run=_compare_counts
    )
    replay = commands.add_parser("replay", help="tell a subscriber again what the stream holds")
    replay.add_argument("subscriber", choices=REPLAYED, metavar="SUBSCRIBER")
    either = replay.add_mutually_exclusive_group()
    either.add_argument("--from", dest="since", type=_time, metavar="TIME", help="not what happened before")
    either.add_argument(
        "--into", type=int, metavar="VERSION", help="build it beside the live one, and compare"
    )
    replay.set_defaults(run=_replay)
    versions = commands.add_parser("versions", help="what is live, and what is beside it").add_subparsers(
        required=True
    )
    versions.add_parser("list").set_defaults(run=_show_versions)
    for name, run in {"compare": _compare, "flip": _flip, "remove": _remove}.items():
        command = versions.add_parser(name)
        command.add_argument("subscriber", choices=VERSIONED, metavar="SUBSCRIBER")
        if run is not _compare:
            command.add_argument("version", type=int, metavar="VERSION")
        command.set_defaults(run=run)
    letters = commands.add_parser("dead-letters", help="what was set aside").add_subparsers(required=True)
    letters.add_parser("list").set_defaults(run=_list)
    for name, run in {"show": _show, "redrive": _redrive, "discard": _discard}.items():
        command = letters.add_parser(name)
        names = "+" if name == "discard" else "*"
        command.add_argument("names", nargs=names, metavar="NAME", help="default: all of them")
        command.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
