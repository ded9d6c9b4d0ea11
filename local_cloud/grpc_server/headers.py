"""The headers of HTTP/2 that gRPC needs: those of a request, a response, a status.

Ours never enter the client's table of headers, so that blocks can be made once, and joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from hpack import Decoder, Encoder, NeverIndexedHeaderTuple

from local_cloud.faults import Fault

_UNITS = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
_TIMEOUT = re.compile(r"(\d{1,8})([HMSmun])")
# As it is sent: clients take 8 kB of all headers together.
_MAX_MESSAGE = 6_000
# Of a client, all together.
MAX_HEADER_BYTES = 65_536
_MAX_KNOWN = 64
# Printable ASCII stands as it is, but for the percent sign, and spaces, which might be lost at the end.
_PLAIN = "!\"#$&'()*+,/:;<=>?@[\\]^`{|}"


def _block(headers: Iterable[tuple[str, str]]) -> bytes:
    return Encoder().encode([NeverIndexedHeaderTuple(name, value) for name, value in headers])


# Begins with what a client may ask for that gives up its table of headers: that we use none (RFC 7541, 6.3).
RESPONSE = b"\x20" + _block([(":status", "200"), ("content-type", "application/grpc")])
OK = _block([("grpc-status", "0")])


def status_of(fault: Fault) -> bytes:
    message = fault.message
    while len(quoted := quote(message, safe=_PLAIN)) > _MAX_MESSAGE:
        message = message[: len(message) * _MAX_MESSAGE // len(quoted)]
    return _block([("grpc-status", str(fault.code.value)), ("grpc-message", quoted)])


class Request(NamedTuple):
    """seconds: how long the client waits; None: as long as it takes."""

    path: str
    encoding: str
    seconds: float | None


class RequestReader:
    """From blocks of headers to requests, of one client.

    It says the same again and again, which means the same as long as its table of headers stays as it is.
    """

    def __init__(self) -> None:
        self._decoder = Decoder(MAX_HEADER_BYTES)
        self._known: dict[bytes, Request] = {}

    def read(self, block: bytes) -> Request:
        """Raises HPACKError."""
        request = self._known.get(block)
        if request is None:
            before = self._table()
            request = _request_of(dict(self._decoder.decode(block, raw=True)))
            if self._table() != before:
                self._known.clear()
            else:
                self._remember(block, request)
        return request

    def _remember(self, block: bytes, request: Request) -> None:
        if len(self._known) == _MAX_KNOWN:
            self._known.clear()
        self._known[block] = request

    def _table(self) -> tuple[Any, ...]:
        table = self._decoder.header_table
        return table.maxsize, *table.dynamic_entries


def _request_of(fields: dict[bytes, bytes]) -> Request:
    path, encoding, timeout = (
        fields.get(name, b"").decode("utf-8", "replace")
        for name in (b":path", b"grpc-encoding", b"grpc-timeout")
    )
    match = _TIMEOUT.fullmatch(timeout)
    return Request(path, encoding, int(match[1]) * _UNITS[match[2]] if match else None)
