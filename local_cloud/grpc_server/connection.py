"""One client's connection: who reads from it, and who answers.

Whoever has read a call answers it and reads on: most take less time than it takes to wake another thread. Of
one that takes longer, or is a stream, he is relieved, and the next thread reads on (leader and followers);
and while one does, so may others, so each is read by another thread. None holds up the rest: one reads as
long as threads can be started, for an answer may have to wait for what it reads.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from io import BufferedReader

from local_cloud.faults import fault_of
from local_cloud.grpc_server.call import Call
from local_cloud.grpc_server.methods import Methods
from local_cloud.grpc_server.receiver import Receiver
from local_cloud.grpc_server.relief import Relief
from local_cloud.grpc_server.sender import ClientGone, Sender

READ_BYTES = 65_536


class Connection:
    """max_calls: that the client may make at once."""

    def __init__(
        self,
        client: socket.socket,
        name: str,
        methods: Methods,
        max_calls: int,
        max_request_bytes: int,
        relief: Relief,
    ) -> None:
        # The call that whoever reads answers himself.
        self.answering: Call | None = None
        self._socket = client
        self._file = BufferedReader(client.makefile("rb", buffering=0), READ_BYTES)
        self._sender = Sender(client)
        self._receiver = Receiver(self._file, self._sender, methods, max_calls, max_request_bytes)
        self._name = name
        self._relief = relief
        self._answered = threading.Condition()
        self._reading = threading.Lock()
        self._counting = threading.Lock()
        self._threads = 0
        self._readers = 0

    def start(self) -> None:
        with self._counting:
            self._add_thread()

    def leave(self) -> None:
        """Take no more calls."""
        self._receiver.is_leaving = True

    def close(self, until: float) -> None:
        """When the calls under way are answered, or at that time of the monotonic clock."""
        with self._answered:
            self._answered.wait_for(self._is_idle, max(0.0, until - time.monotonic()))
        self._hang_up()

    def relieve(self, call: Call) -> None:
        """Let another thread read on, if the one that reads still answers this call."""
        with self._counting:
            if self.answering is not call:
                return
            self.answering = None
            self._readers -= 1
            if not self._readers:
                # Without another thread this one reads on when it has answered.
                with suppress(RuntimeError):
                    self._add_thread()
            self._reading.release()

    def _is_idle(self) -> bool:
        return not any(call.has_begun for call in list(self._receiver.calls.values()))

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _add_thread(self) -> None:
        threading.Thread(target=self._work, name=self._name, daemon=True).start()
        self._threads += 1
        self._readers += 1

    def _work(self) -> None:
        try:
            with self._reading:
                while (call := self._receiver.next_call()) is not None:
                    self._answer_between(call)
        finally:
            self._hang_up()
            with self._counting:
                self._threads -= 1
                self._readers -= 1
                if not self._threads:
                    self._file.close()
                    self._socket.close()
                    self._relief.leave(self)

    def _answer_between(self, call: Call) -> None:
        """Afterwards this thread reads again; meanwhile another one may."""
        self.answering = call
        if call.method.is_stream or self._threads > self._readers:
            self.relieve(call)
        else:
            self._relief.begin()
        self._answer(call)
        with self._counting:
            if self.answering is call:
                self.answering = None
                return
            self._readers += 1
        self._reading.acquire()

    def _answer(self, call: Call) -> None:
        try:
            if call.method.is_stream:
                with closing(call.method.responses(call)) as responses:
                    for message in responses:
                        self._sender.send(call, message)
                self._sender.end(call)
            else:
                self._sender.send(call, call.method.response(call), is_last=True)
        except ClientGone:
            pass
        except Exception as error:
            with suppress(ClientGone):
                self._sender.refuse(call, fault_of(error))
        finally:
            call.end()
            with self._answered:
                del self._receiver.calls[call.stream]
                self._answered.notify_all()
