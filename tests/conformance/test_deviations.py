"""The table of differences names what there is, and the page of differences is that of the table."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from docs import datastore_differences
from tests.conformance.deviations import DEVIATIONS
from tests.conformance.engines import Engine

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "datastore-differences.md"
TESTS = sorted({test for deviation in DEVIATIONS for test in deviation.tests})


@pytest.mark.parametrize("test", TESTS)
def test_a_difference_belongs_to_a_claim(test: str) -> None:
    file, _, name = test.partition("[")[0].partition("::")
    assert (HERE / file).exists()
    assert not name or hasattr(import_module(f"tests.conformance.{file.removesuffix('.py')}"), name)


def test_a_claim_differs_for_one_reason_at_an_engine() -> None:
    named = [(deviation.engine, test) for deviation in DEVIATIONS for test in deviation.tests]
    assert len(named) == len(set(named))


def test_the_page_of_differences_is_that_of_the_table() -> None:
    assert PAGE.read_text() == datastore_differences.page(), "python -m docs.datastore_differences"


def test_every_engine_has_its_section() -> None:
    assert set(datastore_differences.NAMES) == set(Engine)
