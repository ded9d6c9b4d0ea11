"""Draws the known differences of the Datastore engines: `python -m docs.datastore_differences > FILE`."""

from collections.abc import Iterator

from tests.conformance.deviations import DEVIATIONS, Deviation
from tests.conformance.engines import Engine

HEADING = """# Differences between the Datastores

One suite of claims about Datastore, `tests/conformance`, is put to our local Datastore and to Google's own
engines: two emulators, where they are installed, and a stub, which the tests install by themselves. Where an
engine is known to differ, the claim's test is expected to fail there: when it passes one day, the suite says
so. This page is drawn from that table (`tests/conformance/deviations.py`) by `python -m
docs.datastore_differences > docs/datastore-differences.md`; a test fails when it is not.

A rule counts as settled when the documentation says it, or when Google's engines that have it agree. The
random comparison (`tests/conformance/test_random.py`) does not ask for what stands here.
"""

NAMES = {
    Engine.OURS: "Ours (`local_cloud/datastore`)",
    Engine.CLASSIC: "Google's Datastore emulator (`gcloud beta emulators datastore`)",
    Engine.FIRESTORE: "Google's Firestore emulator, in Datastore mode (`gcloud beta emulators firestore`)",
    Engine.APP_ENGINE: "The Datastore stub of Google's App Engine SDK (`appengine-python-standard`)",
}


def page() -> str:
    return "\n".join([HEADING, *(line for engine in Engine for line in _section(engine))])


def _section(engine: Engine) -> Iterator[str]:
    yield f"## {NAMES[engine]}\n"
    deviations = [deviation for deviation in DEVIATIONS if deviation.engine is engine]
    if not deviations:
        yield "No known difference.\n"
        return
    yield "| what it does | who is right | where the rule stands | claims |"
    yield "|---|---|---|---|"
    yield from map(_row, deviations)
    yield ""


def _row(deviation: Deviation) -> str:
    claims = "; ".join(_claim(test) for test in deviation.tests)
    return f"| {deviation.says} | {deviation.right} | {deviation.source} | {claims} |"


def _claim(test: str) -> str:
    """test_keys.py::test_a_key_is_one -> a key is one."""
    file, _, name = test.partition("::")
    return name.removeprefix("test_").replace("_", " ") if name else f"all of `{file}`"


if __name__ == "__main__":
    print(page(), end="")
