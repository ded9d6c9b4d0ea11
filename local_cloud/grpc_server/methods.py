"""What a service offers: what answers the calls of each path."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from google.protobuf.message import DecodeError

from local_cloud.faults import invalid, unimplemented
from local_cloud.grpc_server.messages import framed

if TYPE_CHECKING:
    from local_cloud.grpc_server.call import Call


class Method:
    """Of a request and its call, `answer` makes a response; if it streams, of an iterator another one.

    What it raises that is no Fault becomes INTERNAL, and is logged.
    """

    def __init__(self, request: Any, answer: Callable[[Any, Call], Any], is_stream: bool = False) -> None:
        self.is_stream = is_stream
        self._request = request
        self._answer = answer

    def response(self, call: Call) -> bytes:
        message = next(call.messages(), None)
        if message is None:
            raise invalid("A call has one message.")
        return _message_of(self._answer(self._parsed(message), call))

    def responses(self, call: Call) -> Generator[bytes, None, None]:
        requests = (self._parsed(message) for message in call.messages())
        for response in self._answer(requests, call):
            yield _message_of(response)

    def _parsed(self, message: bytes) -> Any:
        try:
            return self._request.FromString(message)
        except DecodeError as error:
            raise invalid(f"The request cannot be parsed: {error}.") from error


# By path, like /google.datastore.v1.Datastore/Lookup.
Methods: TypeAlias = dict[str, Method]


def plain(request: Any, answer: Callable[[Any], Any]) -> Method:
    """Of a request alone: most answers need not know of the call."""

    def answer_call(request: Any, call: Call) -> Any:
        return answer(request)

    return Method(request, answer_call)


def unknown(path: str) -> Method:
    """Of any kind: it need not hear what the client sends."""

    def refuse(requests: Iterator[Any], call: Call) -> Iterator[Any]:
        raise unimplemented(path)

    return Method(None, refuse, is_stream=True)


def _message_of(response: Any) -> bytes:
    return framed(response.SerializeToString())
