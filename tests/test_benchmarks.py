import importlib
import pkgutil

import pytest

import benchmarks


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(benchmarks.__path__)])
def test_a_benchmark_finds_what_it_measures(name: str) -> None:
    """They run for minutes, so here they are only loaded."""
    assert importlib.import_module(f"benchmarks.{name}").__doc__
