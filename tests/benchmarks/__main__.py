"""Measure every theme and print one table: `python -m tests.benchmarks [--full] [--json] [THEME ...]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from tests.benchmarks import (
    enforcing,
    explaining,
    lists,
    loading,
    memory,
    recording,
    redacting,
    remembered,
    starting,
    stream,
    unseen,
)
from tests.benchmarks.figures import FULL, USUAL, Figure, Scale

THEMES: Final[Mapping[str, Callable[[Scale], list[Figure]]]] = {
    "memory": memory.measure,
    "remembered": remembered.measure,
    "unseen": unseen.measure,
    "stream": stream.measure,
    "lists": lists.measure,
    "loading": loading.measure,
    "starting": starting.measure,
    "explaining": explaining.measure,
    "enforcing": enforcing.measure,
    "recording": recording.measure,
    "redacting": redacting.measure,
}
"""What is measured, memory first, while the process is young."""

HEADER: Final = ("what", "measured", "reference", "ratio", "goal", "met")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("themes", nargs="*", metavar="THEME", help=f"one of {', '.join(THEMES)}; all when left out")
    parser.add_argument("--full", action="store_true", help="a million decisions for the memory measurement")
    parser.add_argument("--json", action="store_true", help="print machine-readable results")
    options = parser.parse_args(arguments)
    unknown = set(options.themes) - set(THEMES)
    if unknown:
        parser.error(f"unknown theme: {', '.join(sorted(unknown))}")
    scale = FULL if options.full else USUAL
    figures: list[Figure] = []
    for name in options.themes or THEMES:
        sys.stderr.write(f"{name} ...\n")
        figures += THEMES[name](scale)
    text = json.dumps([attrs.asdict(figure) for figure in figures], indent=1) if options.json else table(figures)
    sys.stdout.write(f"{text}\n")
    return int(any(figure.met is False for figure in figures))


def table(figures: Iterable[Figure]) -> str:
    """Lay figures out as a table in Markdown."""
    lines = [HEADER, tuple("---" for _ in HEADER), *map(cells, figures)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(figure: Figure) -> tuple[str, ...]:
    """Write one line of the table."""
    reference = "" if figure.reference is None else f"{number(figure.reference)} {figure.unit}, {figure.against}"
    return (
        figure.what,
        f"{number(figure.measured)} {figure.unit}",
        reference,
        "" if figure.ratio is None else number(figure.ratio),
        figure.goal,
        "" if figure.met is None else "yes" if figure.met else "NO",
    )


def number(value: float) -> str:
    """Write a number with three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
