"""Where the web pages are served: HOST and PORT, whether they are free, and whether anybody answers there."""

import contextlib
import errno
import http.client
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address

from local_cloud.errors import CannotRun

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
MAX_PORT = 65535
EVENTS_OFFSET = 10_000
"""Far from the ports that people choose for the site."""

PORT_PATTERN = re.compile("[0-9]{1,5}")
HEALTH_PATH = "/health"
ANSWER_SECONDS = 1.0
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only bound when HOST asks for it
# Reserved for documentation: where there is a network, it has a route, by the interface that leads to others.
# No packet is sent.
SOMEWHERE_ELSE = ("192.0.2.1", 9)


@dataclass(frozen=True)
class Site:
    host: str
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Site":
        """Raises CannotRun when PORT is no port."""
        text = environment.get("PORT") or str(DEFAULT_PORT)
        if not (PORT_PATTERN.fullmatch(text) and 1 <= int(text) <= MAX_PORT):
            raise CannotRun(f"PORT must be a number from 1 to {MAX_PORT}, not {text!r}.")
        return cls(environment.get("HOST") or DEFAULT_HOST, int(text))

    @property
    def environment(self) -> dict[str, str]:
        """Of what serves it. ROOM_URL is empty where nobody else can open the site."""
        return {"HOST": self.host, "PORT": str(self.port), "ROOM_URL": self.network_url or ""}

    @property
    def own_host(self) -> str:
        """The address by which this machine reaches the site."""
        return EVERY_ADDRESS.get(self.host, self.host)

    @property
    def url(self) -> str:
        """Where to find the site on this machine."""
        return f"http://{_bracketed(self.own_host)}:{self.port}"

    @property
    def network_url(self) -> str | None:
        """Where others on the network find it; None where they cannot."""
        if self.is_for_this_machine_only:
            return None
        host = _address_on_the_network() if self.host in EVERY_ADDRESS else self.host
        return host and f"http://{_bracketed(host)}:{self.port}"

    @property
    def is_for_this_machine_only(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def check_free(self) -> None:
        """Raises CannotRun when the web server could not listen here."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise CannotRun(f"HOST {self.host} is not an address of this machine.") from None
        family, kind, protocol, _, address = found[0]
        try:
            with socket.socket(family, kind, protocol) as probe:
                # As the web server does: the remains of closed connections do not count.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            raise CannotRun(self._refusal(error)) from None

    def is_healthy(self) -> bool:
        # http.client and not urllib, which would ask the proxy that the environment names.
        connection = http.client.HTTPConnection(self.own_host, self.port, timeout=ANSWER_SECONDS)
        with contextlib.closing(connection):
            try:
                connection.request("GET", HEALTH_PATH)
                return connection.getresponse().status == HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False

    def _refusal(self, error: OSError) -> str:
        another = self.port + 1 if DEFAULT_PORT <= self.port < MAX_PORT else DEFAULT_PORT
        or_another = f"choose another: make run PORT={another}"
        if error.errno == errno.EADDRINUSE:
            return f"Port {self.port} on {self.host} is taken. Stop what uses it, or {or_another}"
        if error.errno == errno.EACCES:
            return f"Port {self.port} on {self.host} is not allowed for this user; {or_another}"
        return f"HOST {self.host} is not an address of this machine."


def free_port_beside(environment: Mapping[str, str]) -> int:
    """The site's plus EVENTS_OFFSET, if nobody listens there just now, else any on loopback.

    It is the same after every start, then: what Pub/Sub still has to push finds its way.
    """
    try:
        preferred = (Site.from_environment(environment).port + EVENTS_OFFSET) % MAX_PORT
    except CannotRun:
        # Whoever serves the site says what is wrong.
        preferred = 0
    for port in (preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((DEFAULT_HOST, port))
            return int(probe.getsockname()[1])
    raise CannotRun(f"There is no free port on {DEFAULT_HOST}.")


def _address_on_the_network() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE_ELSE)
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if ip_address(address).is_loopback else address


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
