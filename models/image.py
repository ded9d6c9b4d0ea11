"""Pictures of questions: kept under the hash of their content, so that their address may be kept for ever."""

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from google.cloud.datastore import Entity

from models.store import Store

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""What is served, by the name that Pillow has for the format."""


@dataclass(frozen=True)
class Picture:
    """What a question needs to show its picture: where it is, its size in pixels, its text alternative."""

    digest: str
    width: int
    height: int
    alt: str

    @classmethod
    def from_json(cls, text: str | None) -> Self | None:
        return cls(**json.loads(text)) if text else None

    def to_json(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False)


@dataclass(frozen=True)
class Image:
    """`content` as it was in the owner's file: at most 200 kB, so that it fits into an entity."""

    KIND = "Image"

    media_type: str
    content: bytes

    @classmethod
    def from_digest_or_none(cls, store: Store, digest: str) -> Self | None:
        entity = store.get(cls.KIND, digest)
        return cls(entity["media_type"], entity["content"]) if entity else None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def to_entity(self, store: Store) -> Entity:
        properties = {"media_type": self.media_type, "content": self.content}
        return store.entity(self.KIND, self.digest, properties)
