"""What became of cases, as lines for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from kg_access.errors import quoted
from kg_access.scenarios.run import Result

MOST_CELLS: Final = 10
"""How many failed cells of a product are shown; the rest is counted."""


def failed_lines(results: Iterable[Result]) -> Iterator[str]:
    """
    Tell what failed: place, id and title of each case, and below it what differs.

    Args:
        results: The results, also those that passed, in the order of the files.
    """
    for (_, product), group in groupby(results, key=lambda result: (result.suite.path, result.case.product)):
        failed = [result for result in group if not result.passed]
        shown = failed if product is None else failed[:MOST_CELLS]
        for result in shown:
            place = f"{result.case.place.path}:{result.case.place.line}"
            yield f"{place}: {result.case.id} {result.case.title}"
            yield from (f"    {failure}" for failure in result.failures)
        if len(failed) > len(shown):
            yield f"... and {len(failed) - len(shown)} more cells of {quoted(product)}"
