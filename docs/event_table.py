"""Draws the event side from the code: `python -m docs.event_table > docs/events.md`."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from events import counting, delivery, publishing, push, replay, setup, stream, waking
from events.envelope import wrap
from events.schemas import schema_of
from events.subscribers import SUBSCRIBERS, TOLD_BY_PLAYERS
from models import checkpoint, dead_letter, event, store, version
from models.event import CATALOGUE, Event, Fact, part_of

HEADING = """# Events

What happens after a game ends, drawn from the code by `python -m docs.event_table`; a test fails when it is
not. `events/subscribers.py` is the table, `models/event.py` the catalogue. What to do when something is stuck
stands in the [runbook](runbook.md), why it is built this way in
[decision 6](decisions/0006-an-outbox-and-pushes.md).
"""

ATTRIBUTES = {
    "id": "follows from the cause, so the same fact told twice is one event",
    "type": "the name of the fact; subscriptions filter by it",
    "source": "who tells",
    "specversion": "of CloudEvents, whose names these are",
    "time": "when it happened, UTC",
    "datacontenttype": "of the message's data: the fact as JSON",
    "dataschema": "the fact's name and version; an older one becomes the newest when it is read",
    "causationid": "the event that brought this one about; only where there is one",
}


NEWEST_END = """Who reads the stream from position to position reads up to some minutes ago: a commit may land
late, though not so late. What a subscriber tells has the time of its cause and may come at any time: who
needs all of that subscribes to it."""


def page() -> str:
    parts = (_picture(), _stream(), _who(), _facts(), _envelope(), _figures())
    return "\n".join([HEADING, *(line for part in parts for line in part)]) + "\n"


def _picture() -> list[str]:
    lines = ["```mermaid", "graph LR"]
    lines += [f"  player([a move of a player]) -- {_names(TOLD_BY_PLAYERS)} --> topic"]
    lines += [f"  topic[({publishing.TOPIC})]"]
    for subscriber in SUBSCRIBERS.values():
        lines += [f"  topic -- {_names(subscriber.hears)} --> {subscriber.name}"]
        lines += [f"  {subscriber.name} -- {_names(subscriber.tells)} --> topic"] if subscriber.tells else []
        letters = f"letters[(kind {dead_letter.DeadLetter.KIND})]"
        lines += [f"  {subscriber.name} -. attempt {delivery.ATTEMPTS} .-> {letters}"]
        lines += [f"  {subscriber.name} -. where that fails .-> dead[({setup.DEAD_LETTERS})]"]
    lines += ["  dead --> letters", "```", ""]
    return lines


def _stream() -> list[str]:
    """The five stations of an event, and the code of each."""
    kept = {f"`{rows.kind}`" for subscriber in SUBSCRIBERS.values() for rows in subscriber.keeps}
    stations = {
        "source": (
            f"a move of a player, or a subscriber: {_names(tuple(CATALOGUE.values()))}; "
            "committed together with its fact",
            ("models/event.py", "models/play.py", "models/player.py", "models/flag.py"),
        ),
        "ingestion": (
            f"the kind `{Event.OUTBOX}`, the topic `{publishing.TOPIC}`, and one push subscription for each "
            "subscriber",
            ("events/publishing.py", "events/setup.py", "controllers/pubsub.py"),
        ),
        "storage": (
            f"the kind `{Event.KIND}` in {len(Event.RANGES)} ranges of keys, each in the order of time; read "
            "as one from any position, old versions in the newest",
            ("models/event.py", "events/stream.py", "events/past.py"),
        ),
        "processing": (
            "a subscriber hears each event at least once, in any order; a replay tells it all of the stream "
            "again",
            ("events/subscribers.py", "events/delivery.py", "events/replay.py"),
        ),
        "destination": (
            f"{', '.join(sorted(kept))}, in the versions that `{version.Versions.KIND}` points to; what "
            f"fails goes to `{dead_letter.DeadLetter.KIND}`",
            ("models/leaderboard.py", "models/history.py", "models/version.py", "models/dead_letter.py"),
        ),
    }
    rows = [
        f"| {station} | {what} | {', '.join(f'`{file}`' for file in files)} |"
        for station, (what, files) in stations.items()
    ]
    heading = ["## The stream", "", "| station | what is there | where in the code |", "|---|---|---|"]
    return [*heading, *rows, "", NEWEST_END, ""]


def _who() -> list[str]:
    rows = [
        f"| [{name}](#{name.lower()}) | {fact.VERSION} | {_tellers(fact)} | {_hearers(fact)} |"
        for name, fact in CATALOGUE.items()
    ]
    return [
        "## Who tells, who hears",
        "",
        "| event | version | told by | heard by |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _facts() -> list[str]:
    lines = []
    for name, fact in CATALOGUE.items():
        schema = schema_of(name, fact.VERSION)
        lines += [f"## {name}", "", schema["description"], *_fields(schema)]
        for field in fields(fact):
            if part := part_of(field.type):
                doc = " ".join(part.__doc__.split())
                lines += [
                    f"Each of `{field.name}`: {doc}",
                    *_fields(schema["properties"][field.name]["items"]),
                ]
    return lines


def _fields(schema: dict[str, Any]) -> list[str]:
    rows = [f"| `{name}` | {_type(field)} |" for name, field in schema["properties"].items()]
    return ["", "| field | type |", "|---|---|", *rows, ""]


def _envelope() -> list[str]:
    cause = Event("cause", "GameFinished", 1, datetime(2026, 1, 1, tzinfo=UTC), {})
    told = wrap(Event("id", "BestBeaten", 1, cause.time, {}, cause.id))
    rows = [f"| `{name}` | {ATTRIBUTES[name]} |" for name in told.attributes]
    return ["## The envelope", "", "| attribute | what it says |", "|---|---|", *rows, ""]


def _figures() -> list[str]:
    figures = {
        "publishing may keep a player waiting": _seconds(publishing.PUBLISH_SECONDS),
        "after a failure nothing is published for": _seconds(publishing.BREAK_SECONDS),
        "old outbox rows that each finished game takes along": str(publishing.DRAIN_LENGTH),
        "an outbox row is old after": _seconds(publishing.OLD_AFTER),
        "a subscriber must answer within": _seconds(setup.ACK_SECONDS),
        "and is told again after": f"{_seconds(setup.SHORTEST_BACKOFF)} at first, then up to "
        f"{_seconds(setup.LONGEST_BACKOFF)}",
        "attempts before an event is a dead letter": str(delivery.ATTEMPTS),
        "an event waits for its subscriber for": f"{setup.RETENTION.days} days",
        "an event other than GameFinished is kept for": f"{event.LIFE.days} days",
        "a commit lands in the stream within": _seconds(stream.SETTLED),
        "events in memory while the stream is read": f"{stream.PAGE * len(Event.RANGES):,} at most",
        "a replay notes how far it is after": f"{replay.BATCH} events",
        "and ends when so many have failed": str(replay.MOST_SET_ASIDE),
        "a flip is seen everywhere after": _seconds(store.RECENT_SECONDS),
        "and the old version may go after": _seconds(version.GRACE),
        "between two passes of the counting": _seconds(waking.PACE),
        "which each read again": _seconds(counting.LOOK_BACK),
        "and a sweep all that has not settled, after": _seconds(counting.SWEEP_EVERY),
        "events that are counted in one commit": f"{counting.BATCH} at most",
        "who counts and says nothing is given up after": _seconds(checkpoint.LEASE),
        "a push is signed by": push.push_account("PROJECT"),
        "for the audience": push.AUDIENCE,
    }
    rows = [f"| {what} | {figure} |" for what, figure in figures.items()]
    return ["## The figures", "", "| what | figure |", "|---|---|", *rows]


def _names(facts: tuple[type[Fact], ...]) -> str:
    return ", ".join(fact.__name__ for fact in facts)


def _tellers(fact: type[Fact]) -> str:
    tellers = ["a move of a player"] if fact in TOLD_BY_PLAYERS else []
    return (
        ", ".join([*tellers, *(one.name for one in SUBSCRIBERS.values() if fact in one.tells)])
        or "nobody yet"
    )


def _hearers(fact: type[Fact]) -> str:
    return ", ".join(one.name for one in SUBSCRIBERS.values() if fact in one.hears) or "nobody yet"


def _type(schema: dict[str, Any]) -> str:
    """A JSON Schema of one field, in words."""
    if schema.get("format") == "date-time":
        return "time with its offset"
    types = schema["type"]
    return " or ".join(_plain(one, schema) for one in (types if isinstance(types, list) else [types]))


def _plain(type_name: str, schema: dict[str, Any]) -> str:
    if type_name == "object":
        return f"object of {schema['additionalProperties']['type']}s"
    if type_name == "array":
        return f"array of {schema['items']['type']}s"
    return type_name


def _seconds(time: float | timedelta) -> str:
    seconds = time.total_seconds() if isinstance(time, timedelta) else time
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.0f} s"


if __name__ == "__main__":
    print(page(), end="")
