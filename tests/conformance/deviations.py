"""Every known difference between the engines: where one is known to differ, its test is expected to fail there.

`docs/datastore-differences.md` is drawn from this table (`python -m docs.datastore_differences`).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.engines import Engine


@dataclass(frozen=True)
class Deviation:
    """`tests`: as file.py::test. `says`: what the engine does instead. `source`: of the rule that the test claims."""

    engine: Engine
    tests: tuple[str, ...]
    says: str
    source: str


DEVIATIONS: tuple[Deviation, ...] = ()
