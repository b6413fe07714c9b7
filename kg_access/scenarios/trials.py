"""What cases ask of the tables: the trials behind their decisions, each with its point of the space of facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from kg_access.decision_point import DecisionPoint, Trial
from kg_access.facts import Facts
from kg_access.policy import Policy
from kg_access.policy.record import Row, Table
from kg_access.scenarios.run import Result

Point = Mapping[str, str]
Words = tuple[str, ...]


@attrs.frozen(repr=False, eq=False)
class Tried:
    """
    A case that was decided, with the trials behind it.

    Attributes:
        result: What became of the case.
        facts: The facts on which it was decided.
        trials: The trials of each category, one for each standing.
        points: The points of these trials, in the same order.
    """

    result: Result
    facts: Facts
    trials: Mapping[str, list[Trial]]
    points: Mapping[str, list[Point]]

    def decided(self) -> Iterable[Row]:
        """List the rows that decided: what permits where it is permitted, what denies where it is denied."""
        for trials in self.trials.values():
            allowed = [trial for trial in trials if trial.allowed]
            for trial in allowed or trials:
                yield from trial.permits() if allowed else trial.denials()


def tried(results: Iterable[Result], policy: Policy) -> list[Tried]:
    """
    Find the trials of cases.

    Args:
        results: The cases as they were decided; one whose decision failed is left out.
        policy: The policy under which they were.
    """
    decision_point = DecisionPoint(policy)
    found: list[Tried] = []
    for result in results:
        facts = result.decision.facts
        if facts is None:
            continue
        trials = decision_point.trials(facts)
        points: dict[str, list[Point]] = {
            category: [decision_point.point(facts, trial.standing, category) for trial in some]
            for category, some in trials.items()
        }
        found.append(Tried(result, facts, trials, points))
    return found


class Asked:
    """
    The points of one table that cases ask about; a set of them is a number with a bit for each.

    Args:
        table: The table.
        tried: The cases.
    """

    def __init__(self, table: Table, tried: Iterable[Tried]) -> None:
        self._cases: dict[Words, list[Tried]] = {}
        for case in tried:
            for points in case.points.values():
                for point in points:
                    cases = self._cases.setdefault(tuple(point[column] for column in table.columns), [])
                    if not cases or cases[-1] is not case:
                        cases.append(case)
        self._points = tuple(self._cases)
        self.all = (1 << len(self._points)) - 1
        self._having: dict[tuple[str, str], int] = {}
        for number, words in enumerate(self._points):
            for pair in zip(table.columns, words, strict=True):
                self._having[pair] = self._having.get(pair, 0) | 1 << number

    def matching(self, rows: Iterable[Row]) -> int:
        """
        Find the points that at least one of some rows matches.

        Args:
            rows: Rows of the table.
        """
        found = 0
        for row in rows:
            bits = self.all & ~found
            for fact in row.conditions:
                bits = bits and bits & self._holding(row, fact)
            found |= bits
        return found

    def failing(self, row: Row, fact: str) -> int:
        """
        Find the points at which one condition of a row fails and all others hold.

        Args:
            row: A row of the table.
            fact: The fact of the condition.
        """
        bits = self.all & ~self._holding(row, fact)
        for other in row.conditions:
            if other != fact:
                bits = bits and bits & self._holding(row, other)
        return bits

    def _holding(self, row: Row, fact: str) -> int:
        some = 0
        for word in row.conditions[fact]:
            some |= self._having.get((fact, word), 0)
        return some

    def points(self, bits: int) -> Iterator[Words]:
        """
        List points, each with the word of every column of the table.

        Args:
            bits: The set of them.
        """
        while bits:
            lowest = bits & -bits
            yield self._points[lowest.bit_length() - 1]
            bits ^= lowest

    def cases(self, bits: int) -> Iterable[Tried]:
        """
        List the cases that ask about some points.

        Args:
            bits: The set of points.
        """
        return {id(case): case for point in self.points(bits) for case in self._cases[point]}.values()
