"""
What cases exercise.

A rule counts when it decides in some case. A condition counts when some case has it hold with the whole row, and
another has it fail while the rest of the row holds, so that the condition alone makes the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from kg_access.policy.record import Policy, Row
from kg_access.report import Entry, Report, Section
from kg_access.scenarios import Asked, Result, Tried, Witnessed, Witnesses, tried
from kg_access.space import Box, Space, contains
from kg_access.vocabulary import Effect


@attrs.frozen
class Share:
    """
    A part of a whole.

    Attributes:
        part: How many count.
        whole: Of how many.
    """

    part: int
    whole: int

    @property
    def percent(self) -> float:
        """The part in percent; 100 of nothing."""
        return 100.0 if not self.whole else 100 * self.part / self.whole

    def __str__(self) -> str:
        return f"{self.part} of {self.whole} ({int(self.percent)} %)"


@attrs.frozen(eq=False)
class Condition:
    """
    A condition of a rule.

    Attributes:
        fact: The fact of which it speaks.
        seen: Whether cases show it both ways.
        possible: Whether some request has it fail while the rest of the row holds.
        needed: The smallest such request; `None` when a case has it, or when there is none.
    """

    fact: str
    seen: bool
    possible: bool
    needed: Witnessed | None


@attrs.frozen(eq=False)
class RuleCoverage:
    """
    What cases exercise of a rule.

    Attributes:
        id: The rule.
        path: Its file.
        line: Its line.
        rows: How many of its rows decide in some case.
        cases: In how many cases it decides.
        conditions: Its conditions.
        needed: The smallest request that it would decide; `None` when it decides some case, or can decide none.
    """

    id: str
    path: str
    line: int
    rows: Share
    cases: int
    conditions: tuple[Condition, ...]
    needed: Witnessed | None

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.path}:{self.line}"


@attrs.frozen(eq=False)
class Coverage:
    """
    What cases exercise of a policy.

    Attributes:
        rules: The rules, in the order of the files.
        regions: How many regions of what is permitted some case reaches.
        unasked: For each fact, the words that no case has.
        words: How many words of all facts some case has.
    """

    rules: tuple[RuleCoverage, ...]
    regions: Share
    unasked: Mapping[str, tuple[str, ...]]
    words: Share

    @property
    def deciding(self) -> Share:
        """How many rules decide in some case."""
        return Share(sum(rule.cases > 0 for rule in self.rules), len(self.rules))

    @property
    def rows(self) -> Share:
        """How many rows decide in some case."""
        return Share(sum(rule.rows.part for rule in self.rules), sum(rule.rows.whole for rule in self.rules))

    @property
    def conditions(self) -> Share:
        """How many conditions are seen both ways, of those that can be."""
        found = [condition for rule in self.rules for condition in rule.conditions]
        possible = [condition for condition in found if condition.possible]
        return Share(sum(condition.seen for condition in possible), len(possible))

    def shares(self) -> dict[str, Share]:
        """Name the figures."""
        return {
            "rules": self.deciding,
            "rows": self.rows,
            "conditions": self.conditions,
            "regions": self.regions,
            "words": self.words,
        }

    def needed(self) -> Iterator[tuple[RuleCoverage, str, Witnessed]]:
        """List what is not covered but could be: the rule, what is missing, and the smallest request that covers it."""
        for rule in self.rules:
            if rule.needed is not None:
                yield rule, "decides no case", rule.needed
        for rule in self.rules:
            for condition in rule.conditions:
                if condition.needed is not None:
                    yield rule, f"no case fails `{condition.fact}` alone", condition.needed

    def report(self) -> Report:
        """Make the report for readers."""
        idle = [rule for rule in self.rules if not rule.cases]
        rules = tuple(
            Entry(rule.place, f"{rule.id} decides no case", str(rule.needed or "none; no request leads to it"))
            for rule in idle
        )
        conditions = tuple(
            Entry(rule.place, f"{rule.id}: no case fails `{condition.fact}` alone", str(condition.needed))
            for rule in self.rules
            if rule.cases
            for condition in rule.conditions
            if condition.needed is not None
        )
        words = tuple(
            Entry("no case has", f"{fact}: {', '.join(missing)}") for fact, missing in self.unasked.items() if missing
        )
        return Report(
            "Coverage",
            tuple((name, f"{share}{_EXPLAINED[name]}") for name, share in self.shares().items()),
            (
                Section("rules that decide no case", rules),
                Section("conditions that are not seen both ways", conditions),
                Section("words of facts that no case has", words),
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain dicts, lists and texts, for JSON."""
        figures = {name: {"part": share.part, "whole": share.whole} for name, share in self.shares().items()}
        rules = [
            {
                "id": rule.id,
                "file": rule.path,
                "line": rule.line,
                "cases": rule.cases,
                "rows": {"part": rule.rows.part, "whole": rule.rows.whole},
                "request": None if rule.needed is None else str(rule.needed),
                "conditions": [
                    {
                        "fact": condition.fact,
                        "seen": condition.seen,
                        "request": None if condition.needed is None else str(condition.needed),
                    }
                    for condition in rule.conditions
                ],
            }
            for rule in self.rules
        ]
        unasked = {fact: list(words) for fact, words in self.unasked.items() if words}
        return {"figures": figures, "rules": rules, "unasked": unasked}


_EXPLAINED = {
    "rules": " decide in some case",
    "rows": " decide in some case",
    "conditions": " are seen both ways",
    "regions": " of what is permitted are reached",
    "words": " of all facts are asked about",
}


def measure(results: Iterable[Result], policy: Policy) -> Coverage:
    """
    Measure what cases exercise.

    Args:
        results: The cases as they were decided.
        policy: The policy under which they were.
    """
    return _Measure(tried(results, policy), policy).coverage()


class _Measure:
    def __init__(self, cases: list[Tried], policy: Policy) -> None:
        self.cases = cases
        self.policy = policy
        self.space = Space(policy, any_switch=True)
        self.witnesses = Witnesses(policy)
        self.asked = {name: Asked(table, cases) for name, table in policy.tables.items()}
        self.deciding: dict[int, set[int]] = {}
        for number, case in enumerate(cases):
            for row in case.decided():
                self.deciding.setdefault(id(row), set()).add(number)

    def coverage(self) -> Coverage:
        seen: dict[str, set[str]] = {fact: set() for fact in self.space.domains}
        for point in self._points(permitted=False):
            for fact, words in seen.items():
                words.add(point[fact])
        unasked = {
            fact: tuple(word for word in words if word not in seen[fact]) for fact, words in self.space.domains.items()
        }
        whole = sum(map(len, self.space.domains.values()))
        return Coverage(
            rules=tuple(self._rule(name, rows) for name, rows in self.policy.rules().items()),
            regions=self._regions(),
            unasked=unasked,
            words=Share(whole - sum(map(len, unasked.values())), whole),
        )

    def _points(self, *, permitted: bool) -> Iterator[Mapping[str, str]]:
        for case in self.cases:
            for category, trials in case.trials.items():
                for trial, point in zip(trials, case.points[category], strict=True):
                    if trial.allowed or not permitted:
                        yield point

    def _regions(self) -> Share:
        regions = Space(self.policy).permitted
        points = {tuple(point.items()): point for point in self._points(permitted=True)}.values()
        reached = sum(any(contains(region.box, point) for point in points) for region in regions)
        return Share(reached, len(regions))

    def _rule(self, name: str, rows: tuple[Row, ...]) -> RuleCoverage:
        cases = set[int]().union(*(self.deciding.get(id(row), set()) for row in rows))
        facts = dict.fromkeys(fact for row in rows for fact in row.conditions)
        return RuleCoverage(
            id=name,
            path=rows[0].path,
            line=rows[0].line,
            rows=Share(sum(id(row) in self.deciding for row in rows), len(rows)),
            cases=len(cases),
            conditions=tuple(self._condition(fact, rows) for fact in facts),
            needed=None if cases else self._witnessed(self._decided(rows)),
        )

    def _condition(self, fact: str, rows: tuple[Row, ...]) -> Condition:
        asked = self.asked[rows[0].table]
        having = [row for row in rows if fact in row.conditions]
        if any(asked.failing(row, fact) for row in having):
            holds = any(id(row) in self.deciding for row in rows)
            return Condition(fact, seen=holds, possible=True, needed=None)
        needed = self._witnessed(self._missing(fact, having))
        return Condition(fact, seen=False, possible=needed is not None, needed=needed)

    def _missing(self, fact: str, rows: Iterable[Row]) -> Iterator[Box]:
        """Find the points at which only one condition of a row fails."""
        for row in rows:
            others = frozenset(self.space.domains[fact]) - row.conditions[fact]
            box = self.space.box({**row.conditions, fact: others})
            if box is not None:
                yield box

    def _decided(self, rows: Iterable[Row]) -> Iterator[Box]:
        """Find the points that a row would decide."""
        wanted = {id(row) for row in rows}
        for row in rows:
            box = self.space.box(row.conditions)
            if row.effect is Effect.DENY and box is not None:
                yield box
        for region in self.space.permitted:
            if any(id(row) in wanted for row in region.permits):
                yield region.box

    def _witnessed(self, boxes: Iterable[Box]) -> Witnessed | None:
        reached = self.space.within(boxes)
        return self.witnesses.first(reached, self.space.domains) if reached else None
