"""Automatic ids: scattered, 16 digits, below 2^53 so that JavaScript reads them whole, never given twice.

A counter goes through a one-to-one scattering, so that uniqueness needs no look at what was given before.
"""

from __future__ import annotations

import threading

from local_cloud.datastore.keys import encode_key
from local_cloud.datastore.messages import Key
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.writer import Writer

LOWEST_ID = 10**15
HIGHEST_ID = 2**53 - 1
# How many ids are taken from the file at once; those left over when the process ends are lost.
BLOCK = 1_000

_SPAN = HIGHEST_ID - LOWEST_ID + 1
# Odd and no multiple of the span's other factors (a test keeps it so): the step visits every id once.
_STEP = 5_570_193_308_531_903


def scattered(number: int) -> int:
    return LOWEST_ID + (number + 1) * _STEP % _SPAN


class Ids:
    """Gives ids to keys that have none."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._allocating = threading.Lock()
        self._next = 0
        self._end = 0

    def complete(self, keys: list[Key]) -> None:
        """Give the last element of every key a free id, in place."""
        if not keys:
            return
        with self._allocating:
            try:
                with self._storage.writing() as writer:
                    for key in keys:
                        self._complete(key, writer)
            except BaseException:
                # Nothing was written, so a block taken just now is not ours.
                self._next = self._end = 0
                raise

    def reserve(self, keys: list[Key]) -> None:
        with self._storage.writing() as writer:
            for key in keys:
                writer.reserve(encode_key(key))

    def _complete(self, key: Key, writer: Writer) -> None:
        while True:
            if self._next == self._end:
                self._next = writer.counter("id")
                self._end = self._next + BLOCK
                writer.set_counter("id", self._end)
            key.path[-1].id = scattered(self._next)
            self._next += 1
            if not writer.is_taken(encode_key(key)):
                return
