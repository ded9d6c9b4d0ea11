"""Proof that a subscriber has handled an event, written in the transaction of its effect."""

from dataclasses import dataclass
from datetime import datetime

from google.cloud.datastore import Entity, Key

from models.store import Store


@dataclass(frozen=True)
class Receipt:
    """`subscriber` with its version: `history@1`."""

    KIND = "Receipt"

    subscriber: str
    event: str

    def key(self, store: Store) -> Key:
        return store.key(self.KIND, f"{self.subscriber}-{self.event}")

    def to_entity(self, store: Store, event_time: datetime) -> Entity:
        key = self.key(store)
        return store.entity(self.KIND, key.name, {"event_time": event_time})
