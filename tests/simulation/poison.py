"""Messages that nobody can ever handle, each different from every other."""

import json
import random
from dataclasses import replace

from events.envelope import Message, wrap
from tests.events.builders import a_finish, told


def draw(rng: random.Random, number: int) -> Message:
    message = wrap(told(a_finish("mallory", 10_000, game=f"poison-{number}")))
    return rng.choice((_garbled, _cut, _of_another_version, _without_id, _without_time, _of_another_shape))(
        message
    )


def _garbled(message: Message) -> Message:
    return replace(message, data=b"\xff\xfe" + message.data)


def _cut(message: Message) -> Message:
    return replace(message, data=message.data[:-1])


def _of_another_version(message: Message) -> Message:
    return _with(message, dataschema="quizboard/GameFinished/99")


def _without_id(message: Message) -> Message:
    return replace(message, attributes={k: v for k, v in message.attributes.items() if k != "id"})


def _without_time(message: Message) -> Message:
    return _with(message, time="yesterday")


def _of_another_shape(message: Message) -> Message:
    return replace(message, data=json.dumps(json.loads(message.data) | {"points": "many"}).encode())


def _with(message: Message, **attributes: str) -> Message:
    return replace(message, attributes=message.attributes | attributes)
