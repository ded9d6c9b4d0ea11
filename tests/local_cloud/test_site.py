import socket

import pytest

from local_cloud.errors import CannotRun
from local_cloud.site import Site


def test_nothing_said_means_port_8080_for_this_machine_only() -> None:
    for environment in ({}, {"HOST": "", "PORT": ""}):
        assert Site.from_environment(environment) == Site("127.0.0.1", 8080)


@pytest.mark.parametrize("port", ["abc", "0", "-1", "65536", "80.5", "8080 ", "²", "1" * 5000])
def test_a_bad_port_is_refused_with_the_limits(port: str) -> None:
    with pytest.raises(CannotRun, match="PORT must be a number from 1 to 65535"):
        Site.from_environment({"PORT": port})


def test_a_taken_port_names_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"Port {port} on 127.0.0.1 is taken. .* make run PORT="):
            Site("127.0.0.1", port).check_free()


def test_every_address_is_taken_when_one_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotRun, match="taken"):
        Site("0.0.0.0", taken.getsockname()[1]).check_free()


def test_a_port_is_free_again_after_its_last_connection_was_closed_by_the_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as client:
            server.accept()[0].close()
            client.recv(1)
    Site(*address).check_free()


@pytest.mark.parametrize("host", ["bad..host", "192.0.2.7"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(CannotRun, match=f"HOST {host} is not an address of this machine"):
        Site(host, 8080).check_free()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8081"),
        ("localhost", "http://localhost:8081"),
        ("0.0.0.0", "http://127.0.0.1:8081"),
        ("::1", "http://[::1]:8081"),
        ("::", "http://[::1]:8081"),
    ],
)
def test_a_site_has_a_url_for_this_machine(host: str, url: str) -> None:
    assert Site(host, 8081).url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_others_cannot_open_a_loopback_address(host: str) -> None:
    assert Site(host, 8081).is_for_this_machine_only
    assert Site(host, 8081).network_url is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_of_every_address_others_open_the_one_by_which_this_machine_reaches_them(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_cloud.site._address_on_the_network", lambda: "192.168.1.5")
    assert Site(host, 8081).network_url == "http://192.168.1.5:8081"


def test_others_open_the_address_that_was_asked_for() -> None:
    assert Site("192.168.1.5", 8081).network_url == "http://192.168.1.5:8081"
    assert Site("fd00::5", 8081).network_url == "http://[fd00::5]:8081"


def test_without_a_network_there_is_no_address_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where nothing but loopback has a route.
    monkeypatch.setattr("local_cloud.site.SOMEWHERE_ELSE", ("127.0.0.1", 9))
    assert not Site("0.0.0.0", 8081).is_for_this_machine_only
    assert Site("0.0.0.0", 8081).network_url is None


def test_a_site_without_a_server_is_not_healthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert not Site("127.0.0.1", port).is_healthy()
