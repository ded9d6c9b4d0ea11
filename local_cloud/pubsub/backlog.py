"""What one subscription still has to deliver: a state machine in memory, time is an argument.

Only messages and acknowledgements are on disk; leases, attempts and back-off begin anew at a restart.
With ordering, all of a key that is out at once left in one go, and what follows waits until that is settled:
an acknowledgement that overtakes an earlier message counts only when the earlier one is acknowledged too.
"""

from __future__ import annotations

import heapq
import itertools
import math
import threading
from bisect import insort
from collections.abc import Callable, Iterable

from local_cloud.faults import Fault
from local_cloud.pubsub.backoff import retry_delay
from local_cloud.pubsub.deliveries import Arrival, Entry, Holder, Lane, Rules, Taken, parse_ack_id, tokens


class Backlog:
    """Its methods want the lock of `changed`, which is notified when there may be something to take."""

    def __init__(self, rules: Rules, remind: Callable[[float], None]) -> None:
        """`remind` is told of each moment at which tick() should be called."""
        self.rules = rules
        self.changed = threading.Condition()
        self.closed: Fault | None = None
        self._remind = remind
        self._entries: dict[int, Entry] = {}
        self._lanes: dict[str, Lane] = {}
        self._waiting: list[tuple[float, int]] = []
        self._leases: list[tuple[float, int]] = []
        self._dead: list[int] = []

    def close(self, fault: Fault) -> None:
        """Everyone who waits here is answered with that."""
        self.closed = fault
        self.changed.notify_all()

    def numbers(self) -> set[int]:
        return set(self._entries)

    def add(self, arrivals: Iterable[Arrival], now: float) -> None:
        for arrival in arrivals:
            entry = Entry(arrival, now, next(tokens))
            self._entries[arrival.number] = entry
            if arrival.key:
                insort(self._lanes.setdefault(arrival.key, Lane()).numbers, arrival.number)
            self._schedule(entry)
        self.changed.notify_all()

    def remove(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if entry := self._entries.get(number):
                self._drop(entry)
        self.changed.notify_all()

    def take(
        self,
        holder: Holder,
        now: float,
        limit: int,
        size_limit: float = math.inf,
        seconds: float | None = None,
        one_per_key: bool = False,
    ) -> list[Taken]:
        """What is due, oldest first, leased for that long (None: as the subscription says)."""
        deadline = now + (self.rules.ack_deadline if seconds is None else seconds)
        taken: list[Taken] = []
        while len(taken) < limit and (entry := self._next_due(now)):
            if taken and size_limit < entry.arrival.size:
                break
            for follower in self._run(entry, limit - len(taken), one_per_key):
                if taken and size_limit < follower.arrival.size:
                    break
                taken.append(self._lease(follower, holder, deadline))
                size_limit -= follower.arrival.size
        self._remind_of_waiting(now)
        return taken

    def acknowledge(self, ack_ids: Iterable[str]) -> list[int]:
        """The numbers of the messages that are settled by it. Late is better than never."""
        settled: list[int] = []
        for ack_id in ack_ids:
            entry, token = self._find(ack_id)
            if entry is None or (entry.arrival.key and not entry.is_out_as(token)):
                continue
            self._release(entry)
            entry.is_acked = True
            settled += self._settle(entry)
        self.changed.notify_all()
        return settled

    def postpone(self, ack_id: str, seconds: float, now: float) -> None:
        """Set the deadline of a message that is out; 0 gives it back at once (a nack)."""
        entry, token = self._find(ack_id)
        if entry is None or not entry.is_out_as(token):
            return
        if seconds == 0:
            self._fail(entry, now)
        else:
            self._await_deadline(entry, now + seconds)

    def tick(self, now: float) -> list[str]:
        """Deadlines that have passed are nacks: the ack ids they had."""
        expired: list[str] = []
        while self._leases and self._leases[0][0] <= now:
            deadline, number = heapq.heappop(self._leases)
            entry = self._entries.get(number)
            if entry is not None and entry.deadline == deadline:
                expired.append(entry.ack_id)
                self._fail(entry, now)
        if self._leases:
            self._remind(self._leases[0][0])
        self._remind_of_waiting(now)
        self.changed.notify_all()
        return expired

    def take_dead(self) -> list[tuple[int, int]]:
        """Number and attempts of what failed too often, once: to be removed, or revived."""
        dead = [self._entries[number] for number in self._dead if number in self._entries]
        self._dead.clear()
        return [(entry.arrival.number, entry.failures) for entry in dead]

    def revive(self, number: int) -> None:
        """Its dead-letter topic would not have it: deliver it as before."""
        if entry := self._entries.get(number):
            entry.is_dead = False
            self._schedule(entry)
            self.changed.notify_all()

    def _next_due(self, now: float) -> Entry | None:
        while self._waiting and self._waiting[0][0] <= now:
            due, number = self._waiting[0]
            entry = self._entries.get(number)
            if entry is None or entry.due != due or not self._may_leave(entry):
                heapq.heappop(self._waiting)
            elif entry.arrival.published + self.rules.retention <= now:
                self._drop(entry)
            else:
                return entry
        return None

    def _may_leave(self, entry: Entry) -> bool:
        if entry.deadline is not None or entry.is_dead:
            return False
        lane = self._lanes.get(entry.arrival.key)
        return lane is None or (lane.leased == 0 and lane.numbers[0] == entry.arrival.number)

    def _run(self, entry: Entry, limit: int, one_per_key: bool) -> list[Entry]:
        """The entry and what follows it in its lane."""
        lane = self._lanes.get(entry.arrival.key)
        if lane is None or one_per_key:
            return [entry]
        entries = (self._entries[number] for number in lane.numbers[:limit])
        return list(itertools.takewhile(lambda follower: not follower.is_dead, entries))

    def _lease(self, entry: Entry, holder: Holder, deadline: float) -> Taken:
        entry.token = next(tokens)
        entry.holder = holder
        holder.messages += 1
        holder.size += entry.arrival.size
        if lane := self._lanes.get(entry.arrival.key):
            lane.leased += 1
        self._await_deadline(entry, deadline)
        return Taken(entry.arrival.number, entry.ack_id, entry.failures + 1)

    def _await_deadline(self, entry: Entry, deadline: float) -> None:
        entry.deadline = deadline
        heapq.heappush(self._leases, (deadline, entry.arrival.number))
        self._remind(deadline)

    def _release(self, entry: Entry) -> None:
        if entry.deadline is None:
            return
        if entry.holder is not None:
            entry.holder.messages -= 1
            entry.holder.size -= entry.arrival.size
        entry.deadline = entry.holder = None
        if lane := self._lanes.get(entry.arrival.key):
            lane.leased -= 1

    def _settle(self, entry: Entry) -> list[int]:
        """Drop what is acknowledged, in order: nothing while an earlier one of its key is not."""
        lane = self._lanes.get(entry.arrival.key)
        if lane is None:
            self._drop(entry)
            return [entry.arrival.number]
        settled: list[int] = []
        while lane.numbers and self._entries[lane.numbers[0]].is_acked:
            settled.append(lane.numbers[0])
            self._drop(self._entries[lane.numbers[0]])
        self._schedule_lane(lane)
        return settled

    def _fail(self, entry: Entry, now: float) -> None:
        self._release(entry)
        entry.failures += 1
        rules = self.rules
        entry.due = now + retry_delay(entry.failures, rules.shortest_backoff, rules.longest_backoff)
        if rules.max_attempts and entry.failures >= rules.max_attempts:
            entry.is_dead = True
            self._dead.append(entry.arrival.number)
        if lane := self._lanes.get(entry.arrival.key):
            for number in lane.numbers[lane.numbers.index(entry.arrival.number) + 1 :]:
                follower = self._entries[number]
                self._release(follower)
                follower.is_acked = False
            self._schedule_lane(lane)
        else:
            self._schedule(entry)
        self.changed.notify_all()

    def _drop(self, entry: Entry) -> None:
        self._release(entry)
        del self._entries[entry.arrival.number]
        if lane := self._lanes.get(entry.arrival.key):
            lane.numbers.remove(entry.arrival.number)
            if not lane.numbers:
                del self._lanes[entry.arrival.key]
            self._schedule_lane(lane)

    def _schedule_lane(self, lane: Lane) -> None:
        if lane.numbers and lane.leased == 0:
            self._schedule(self._entries[lane.numbers[0]])

    def _schedule(self, entry: Entry) -> None:
        if self._may_leave(entry):
            heapq.heappush(self._waiting, (entry.due, entry.arrival.number))
            if entry.failures:
                self._remind(entry.due)

    def _remind_of_waiting(self, now: float) -> None:
        # What is due already waits for someone to take it, not for time.
        if self._waiting and self._waiting[0][0] > now:
            self._remind(self._waiting[0][0])

    def _find(self, ack_id: str) -> tuple[Entry | None, int]:
        """None if the message is settled already, or was delivered before a restart or a seek."""
        number, token = parse_ack_id(ack_id)
        entry = self._entries.get(number)
        return (entry if entry is not None and token > entry.born else None), token
