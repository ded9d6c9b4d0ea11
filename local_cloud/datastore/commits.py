"""Commit: a set of mutations under locks, in one write.

The locks come before the write begins, so that waiting for a transaction holds up nobody else's write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from local_cloud.datastore.concurrency import Concurrency, Owner, Target, Targets
from local_cloud.datastore.ids import Ids
from local_cloud.datastore.indexes import Index, index_rows
from local_cloud.datastore.keys import Database
from local_cloud.datastore.messages import CommitRequest, CommitResponse, Entity, set_time
from local_cloud.datastore.mutations import Change, apply, check_together, parse_mutation
from local_cloud.datastore.reader import Reader
from local_cloud.datastore.storage import Storage
from local_cloud.datastore.transactions import Transaction, Transactions
from local_cloud.datastore.writer import Writer
from local_cloud.faults import Fault, invalid

_NON_TRANSACTIONAL = 2
_READ_ONLY = "Cannot modify entities in a read-only transaction."


class _Look(NamedTuple):
    """What is going to be written, and of which versions and composite indexes that is true."""

    targets: Targets
    versions: Mapping[bytes, int | None]
    composites: Mapping[str, Sequence[Index]]


class Commits:
    def __init__(
        self, storage: Storage, concurrency: Concurrency, transactions: Transactions, ids: Ids
    ) -> None:
        self._storage = storage
        self._concurrency = concurrency
        self._transactions = transactions
        self._ids = ids

    def commit(self, request: CommitRequest, database: Database) -> CommitResponse:
        transactional = request.mode != _NON_TRANSACTIONAL
        selector = request.WhichOneof("transaction_selector")
        if transactional and selector is None:
            raise invalid("transactional commit requires a transaction")
        if not transactional and selector is not None:
            raise invalid("non-transactional commit cannot have a transaction")
        if selector == "transaction":
            with self._transactions.using(request.transaction, database) as transaction:
                return self._commit_transaction(request, database, transaction)
        if request.mutations and request.single_use_transaction.WhichOneof("mode") == "read_only":
            raise invalid(_READ_ONLY)
        self._transactions.expire()
        return self._write(request, database, object(), transactional)

    def _commit_transaction(
        self, request: CommitRequest, database: Database, transaction: Transaction
    ) -> CommitResponse:
        try:
            if request.mutations and transaction.is_read_only:
                raise invalid(_READ_ONLY)
            response = self._write(request, database, transaction.id, transactional=True)
        except Fault as fault:
            self._transactions.fail(transaction, fault)
            raise
        self._transactions.end(transaction)
        return response

    def _write(
        self, request: CommitRequest, database: Database, owner: Owner, transactional: bool
    ) -> CommitResponse:
        response = CommitResponse()
        if not request.mutations:
            set_time(response.commit_time, self._storage.now())
            return response
        changes = [parse_mutation(mutation, database) for mutation in request.mutations]
        self._ids.complete([change.key for change in changes if change.needs_id])
        check_together(changes, transactional)
        while True:
            look = self._look(changes)
            with self._concurrency.writing(owner, look.targets) as tell_written:
                with self._storage.writing() as writer:
                    if self._is_outdated(look, writer):
                        continue
                    fault = _apply_all(changes, writer, response, transactional)
                    set_time(response.commit_time, writer.commit_time())
                    response.index_updates = writer.index_updates
                if writer.has_changed:
                    tell_written()
            if fault is not None:
                raise fault
            return response

    def _look(self, changes: Sequence[Change]) -> _Look:
        if not self._concurrency.has_regions():
            return _Look({change.place.key: Target(change.place.kind) for change in changes}, {}, {})
        targets: dict[bytes, Target] = {}
        versions: dict[bytes, int | None] = {}
        composites = {change.place.kind: self._storage.composites(change.place.kind) for change in changes}
        with self._storage.reading() as reader:
            for change in changes:
                key, kind = change.place.key, change.place.kind
                before = reader.get(key)
                versions[key] = before.version if before else None
                entities = [Entity.FromString(before.entity)] if before else []
                rows = targets[key].rows if key in targets else frozenset()
                if rows is not None and change.is_whole:
                    entities += [change.entity] if change.operation != "delete" else []
                    rows = rows.union(*(index_rows(entity, composites[kind]) for entity in entities))
                targets[key] = Target(kind, rows if change.is_whole else None)
        return _Look(targets, versions, composites)

    def _is_outdated(self, look: _Look, writer: Writer) -> bool:
        """Others may have written between the look and the lock; or a query may have made an index."""
        return any(_version(writer, key) != version for key, version in look.versions.items()) or any(
            self._storage.composites(kind) != indexes for kind, indexes in look.composites.items()
        )


def _version(reader: Reader, key: bytes) -> int | None:
    stored = reader.get(key)
    return stored.version if stored else None


def _apply_all(
    changes: Sequence[Change], writer: Writer, response: CommitResponse, transactional: bool
) -> Fault | None:
    """Outside of a transaction what came before a failure stays: then the failure is returned, not raised."""
    for change in changes:
        try:
            apply(change, writer, response.mutation_results.add())
        except Fault as fault:
            if transactional:
                raise
            return fault
    return None
