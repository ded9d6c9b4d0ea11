"""An event as a Pub/Sub message and back: CloudEvents names as attributes, the fact as JSON data.

The attributes have no `ce-` prefix, because a subscription's filter can name only plain ones with certainty.
"""

import json
import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from events.schemas import Unreadable, newest, schema_id
from models.event import Event

SOURCE = "quizboard"
SPEC_VERSION = "1.0"

ID = re.compile(r"[A-Za-z0-9_.:-]{1,200}")

ADDED = "CloudPubSub"
"""How the attributes begin that Pub/Sub gives a dead letter."""


@dataclass(frozen=True)
class Message:
    """What Pub/Sub carries."""

    data: bytes
    attributes: Mapping[str, str]

    @classmethod
    def from_push(cls, body: Any) -> "Message":
        """From the JSON of a push request. Raises Unreadable."""
        try:
            message = body["message"]
            attributes = dict(message.get("attributes", {}))
            data = b64decode(message.get("data", ""), validate=True)
        except (TypeError, KeyError, AttributeError, ValueError, BadBase64) as error:
            raise Unreadable(f"not the JSON of a push: {error!r}") from None
        if not all(isinstance(text, str) for pair in attributes.items() for text in pair):
            raise Unreadable("not the JSON of a push: an attribute is no text")
        return cls(data, attributes)

    @classmethod
    def from_text(cls, text: str) -> "Message":
        kept = json.loads(text)
        return cls(kept["data"].encode(errors="surrogateescape"), kept["attributes"])

    @property
    def name(self) -> str:
        """The event's id, where it has one that a key can hold."""
        id = self.attributes.get("id", "")
        return id if ID.fullmatch(id) else f"unreadable-{self.digest}"

    @property
    def digest(self) -> str:
        """Names a message that does not name itself, also after Pub/Sub has added to it on its way."""
        own = {name: value for name, value in self.attributes.items() if not name.startswith(ADDED)}
        return sha256(Message(self.data, own).to_text().encode()).hexdigest()[:16]

    def to_text(self) -> str:
        """For people to read and for `from_text`."""
        data = self.data.decode(errors="surrogateescape")
        return json.dumps({"attributes": dict(self.attributes), "data": data})


def wrap(event: Event) -> Message:
    attributes = {
        "id": event.id,
        "type": event.type,
        "source": SOURCE,
        "specversion": SPEC_VERSION,
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": schema_id(event.type, event.version),
    }
    if event.causation_id:
        attributes["causationid"] = event.causation_id
    return Message(json.dumps(event.data, ensure_ascii=False).encode(), attributes)


def unwrap(message: Message) -> Event:
    """The event in its newest version. Raises Unreadable."""
    attributes = message.attributes
    try:
        event = Event(
            id=attributes["id"],
            type=attributes["type"],
            version=int(attributes["dataschema"].rsplit("/", 1)[1]),
            time=datetime.fromisoformat(attributes["time"]),
            data=json.loads(message.data),
            causation_id=attributes.get("causationid"),
        )
        if not ID.fullmatch(event.id) or event.time.tzinfo is None:
            raise ValueError("the id or the time is not of the form of ours")
        return newest(event)
    except (KeyError, IndexError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"not an event: {error!r}") from None
