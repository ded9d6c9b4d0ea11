import pytest

from local_cloud.qr_code import qr_lines, width_of
from tests.qr import text_of

UPPER, LOWER = "▀█", "▄█"


@pytest.mark.parametrize(
    "url",
    ["http://192.168.178.123:8080", "http://[fd00::5]:8081", "http://10.0.0.1:80", "https://example.org"],
)
def test_a_phone_reads_the_address_from_the_terminal(url: str) -> None:
    lines = qr_lines(url)
    drawn = [line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m") for line in lines]
    assert {len(line) for line in drawn} == {width_of(lines)}
    dark = [
        (x, 2 * y + half)
        for y, line in enumerate(drawn)
        for x, character in enumerate(line)
        for half, blocks in enumerate((UPPER, LOWER))
        if character in blocks
    ]
    assert text_of(dark, side=width_of(lines)) == url


def test_it_fits_a_terminal_of_24_lines() -> None:
    assert len(qr_lines("http://192.168.178.123:8080")) <= 20
