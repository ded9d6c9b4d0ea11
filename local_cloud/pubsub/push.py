"""Push delivery: each push subscription has workers of its own, so none waits for another's endpoint."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from local_cloud.pubsub.backoff import PushFlow
from local_cloud.pubsub.catalogue import Subscription
from local_cloud.pubsub.deliveries import Holder, Taken
from local_cloud.pubsub.exchange import Exchange
from local_cloud.pubsub.post import Post, push_request
from local_cloud.pubsub.tokens import Signer

# Documented: exactly these acknowledge. 203, 206 and redirects do not.
ACKNOWLEDGING = frozenset({102, 200, 201, 202, 204})
STOP_GRACE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Pusher:
    """Pushes until it is retired, when what is under way is finished, or stopped."""

    def __init__(
        self,
        subscription: Subscription,
        exchange: Exchange,
        signer: Signer,
        clock: Callable[[], float],
        remind: Callable[[float], None],
    ) -> None:
        self._subscription = subscription
        self._exchange = exchange
        self._signer = signer
        self._clock = clock
        self._remind = remind
        self._holder = Holder()
        self._flow = PushFlow()
        self._is_retired = False
        self._is_stopped = False
        self._under_way: dict[str, Post] = {}
        self._workers: list[threading.Thread] = []

    def start(self) -> None:
        with self._subscription.backlog.changed:
            self._hire()

    def retire(self) -> None:
        """Take no more."""
        with self._subscription.backlog.changed:
            self._is_retired = True
            self._subscription.backlog.changed.notify_all()

    def abandon(self, ack_ids: Iterable[str]) -> None:
        """Hang up on the endpoint: their time is up."""
        with self._subscription.backlog.changed:
            posts = [self._under_way[ack_id] for ack_id in ack_ids if ack_id in self._under_way]
        for post in posts:
            post.abandon()

    def stop(self) -> None:
        """What is under way is neither acknowledged nor failed: it comes again."""
        self.retire()
        with self._subscription.backlog.changed:
            self._is_stopped = True
            posts = list(self._under_way.values())
        for post in posts:
            post.abandon()

    def join(self) -> None:
        for worker in self._workers:
            worker.join(STOP_GRACE_SECONDS)

    def _hire(self) -> None:
        """As many workers as the window is wide, each for good."""
        name = f"push-{self._subscription.id}"
        while len(self._workers) < self._flow.window:
            worker = threading.Thread(target=self._work, name=name, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while taken := self._next():
            try:
                is_acked = self._push(taken)
            except Exception:
                _log.exception("A push to %s failed", self._subscription.resource.push_config.push_endpoint)
                is_acked = False
            if self._is_stopped and not is_acked:
                return
            try:
                self._report(taken, is_acked)
            except Exception:
                # Not recorded: the message comes again when its lease ends.
                _log.exception("The outcome of a push to %s is lost", self._subscription.resource.name)

    def _next(self) -> Taken | None:
        """Waits for a message; None when there will be no more."""
        backlog = self._subscription.backlog
        with backlog.changed:
            while not self._is_retired:
                now = self._clock()
                if now < self._flow.paused_until:
                    self._remind(self._flow.paused_until)
                elif self._holder.messages < self._flow.window:
                    taken = backlog.take(self._holder, now, limit=1, one_per_key=True)
                    if taken:
                        return taken[0]
                backlog.changed.wait()
            return None

    def _push(self, taken: Taken) -> bool:
        subscription = self._subscription
        received = self._exchange.received(subscription, [taken])
        if not received:
            return True
        resource = subscription.resource
        token = self._signer.token_for(resource.push_config)
        post = Post(push_request(resource, received[0], token), subscription.backlog.rules.ack_deadline)
        with subscription.backlog.changed:
            if self._is_retired:
                return False
            self._under_way[taken.ack_id] = post
        try:
            return post.send() in ACKNOWLEDGING
        finally:
            with subscription.backlog.changed:
                del self._under_way[taken.ack_id]

    def _report(self, taken: Taken, is_acked: bool) -> None:
        with self._subscription.backlog.changed:
            if is_acked:
                self._flow.acked()
                self._hire()
            else:
                self._flow.nacked(self._clock())
        if is_acked:
            self._exchange.acknowledge(self._subscription, [taken.ack_id])
        else:
            self._exchange.postpone(self._subscription, [(taken.ack_id, 0)])


class Pushers:
    """One for each subscription that has an endpoint."""

    def __init__(
        self,
        exchange: Exchange,
        signer: Signer,
        clock: Callable[[], float],
        remind: Callable[[float], None],
    ) -> None:
        self._exchange = exchange
        self._signer = signer
        self._clock = clock
        self._remind = remind
        self._changing = threading.Lock()
        self._pushers: dict[int, Pusher] = {}

    def match(self, subscription: Subscription) -> None:
        """Begin or end pushing, as its configuration says now."""
        is_alive = subscription.backlog.closed is None
        is_push = is_alive and bool(subscription.resource.push_config.push_endpoint)
        with self._changing:
            pusher = self._pushers.get(subscription.id)
            if is_push and pusher is None:
                pusher = Pusher(subscription, self._exchange, self._signer, self._clock, self._remind)
                self._pushers[subscription.id] = pusher
                pusher.start()
            elif pusher is not None and not is_push:
                self._pushers.pop(subscription.id).retire()

    def remove(self, subscription: Subscription) -> None:
        with self._changing:
            pusher = self._pushers.pop(subscription.id, None)
        if pusher is not None:
            pusher.stop()

    def abandon(self, subscription: Subscription, ack_ids: Iterable[str]) -> None:
        """Their time is up."""
        with self._changing:
            pusher = self._pushers.get(subscription.id)
        if pusher is not None:
            pusher.abandon(ack_ids)

    def stop(self) -> None:
        with self._changing:
            pushers = list(self._pushers.values())
            self._pushers.clear()
        for pusher in pushers:
            pusher.stop()
        for pusher in pushers:
            pusher.join()
