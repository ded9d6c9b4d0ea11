"""A gRPC server for google.pubsub.v1 on loopback, from start() to stop().

Left out, and answered with UNIMPLEMENTED: schemas, IAM, DetachSubscription, UpdateSnapshot, exactly-once
delivery, ingestion, transforms, and subscriptions that write to BigQuery, Bigtable or Cloud Storage.
Different from Google: leases, attempts and back-off begin anew at a restart; no subscription expires for
being idle; an endpoint may be plain http; a subscription has at most LARGEST_WINDOW pushes under way.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from local_cloud.faults import Code, Fault
from local_cloud.grpc_server import GrpcServer
from local_cloud.grpc_server.server import HOST
from local_cloud.pubsub.alarm import Alarm
from local_cloud.pubsub.catalogue import Catalogue
from local_cloud.pubsub.exchange import Exchange
from local_cloud.pubsub.methods import publisher_methods, subscriber_methods
from local_cloud.pubsub.pull import Pulls
from local_cloud.pubsub.push import Pushers
from local_cloud.pubsub.replay import Replay
from local_cloud.pubsub.service import PublisherService, SubscriberService
from local_cloud.pubsub.storage import Storage
from local_cloud.pubsub.tokens import CertificateServer, Signer
from local_cloud.sqlite_file import SqliteFile

# Of one client: more than wait, so that those they wait for get through.
MAX_CALLS = 144
# Subscribers, of all clients. Each occupies a thread.
MAX_WAITING = 128
# 10 MB of messages, and what the other fields need around them.
MAX_REQUEST_BYTES = 11 * 1024 * 1024
STOP_GRACE_SECONDS = 1.0
PRUNE_SECONDS = 600.0


class PubSubServer:
    """Keeps its tables in that file, which is open; port 0: a free one."""

    def __init__(self, file: SqliteFile, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.address = ""
        self.certificates_url = ""
        self._port = port
        self._clock = clock
        self._file = file
        self._storage = Storage(file)
        self._alarm = Alarm(clock, self.wake)
        remind = self._alarm.at
        self._catalogue = Catalogue(self._storage, clock, remind)
        self._exchange = Exchange(self._storage, self._catalogue, clock)
        self._replay = Replay(self._storage, self._catalogue, clock)
        self._signer = Signer(self._storage, clock)
        self._pushers = Pushers(self._exchange, self._signer, clock, remind)
        self._certificates: CertificateServer | None = None
        self._server: GrpcServer | None = None
        self._next_prune = 0.0

    def start(self) -> None:
        """Once. Raises PortTaken or DataUnusable, each with one clear sentence."""
        try:
            with self._file.readable():
                self._storage.open()
                self._catalogue.load()
            server = self._grpc_server()
            server.start(self._port)
            self._server = server
            self.address = server.address
            self._certificates = CertificateServer(HOST, self._signer)
            self._certificates.start()
            self.certificates_url = self._certificates.url
            for subscription in self._catalogue.subscriptions():
                self._pushers.match(subscription)
            self._alarm.start()
            self._alarm.at(self._clock())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Idempotent. Pushes under way are abandoned: they come again."""
        self._catalogue.close(Fault(Code.UNAVAILABLE, "The local cloud stops."))
        self._alarm.stop()
        self._pushers.stop()
        if self._server is not None:
            self._server.stop(STOP_GRACE_SECONDS)
            self._server = None
        if self._certificates is not None:
            self._certificates.stop()
            self._certificates = None
        self._storage.close()

    def wake(self) -> None:
        """Do what time has brought: deadlines, back-off, retention.

        The alarm calls it; it is the door for tests that move their own clock.
        """
        for subscription in self._catalogue.subscriptions():
            self._pushers.abandon(subscription, self._exchange.tick(subscription))
        now = self._clock()
        if now >= self._next_prune:
            self._replay.prune()
            self._next_prune = now + PRUNE_SECONDS
        self._alarm.at(self._next_prune)

    def _grpc_server(self) -> GrpcServer:
        publisher = PublisherService(self._catalogue, self._exchange, self._replay)
        subscriber = SubscriberService(self._catalogue, self._exchange, self._replay, self._pushers)
        pulls = Pulls(self._catalogue, self._exchange, self._clock, MAX_WAITING)
        methods = publisher_methods(publisher) | subscriber_methods(subscriber, pulls)
        return GrpcServer("pubsub", methods, MAX_CALLS, MAX_REQUEST_BYTES)
