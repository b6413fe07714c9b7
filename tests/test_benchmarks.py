"""The benchmarks run: the smallest form of each gives finite figures; how fast it was is not tested here."""

from __future__ import annotations

import json
import math

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks.figures import TINY, Figure


@pytest.mark.parametrize("theme", list(benchmarks.THEMES))
def test_a_benchmark_gives_finite_figures(theme: str) -> None:
    """Run one theme with tiny counts."""
    figures = benchmarks.THEMES[theme](TINY)
    assert figures
    for figure in figures:
        assert figure.what
        assert figure.unit
        for value in (figure.measured, figure.reference, figure.ratio):
            assert value is None or math.isfinite(value)
        assert (figure.met is None) is (figure.goal == "")
        assert len(benchmarks.cells(figure)) == len(benchmarks.HEADER)


def test_the_table_and_the_json_hold_every_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run the command line on one theme that is not measured."""
    figures = [Figure("something", 1.5, "µs", 3.0, "another", 0.5, "at most 1 times", met=True)]
    monkeypatch.setattr(benchmarks, "THEMES", {"theme": lambda _: figures})
    assert benchmarks.main([]) == 0
    assert "| something | 1.5 µs | 3 µs, another | 0.5 | at most 1 times | yes |" in capsys.readouterr().out
    assert benchmarks.main(["--json", "theme"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["measured"] == 1.5
