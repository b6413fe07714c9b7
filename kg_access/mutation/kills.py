"""Which case fails under a mutant: only cases that ask about a point of a changed row are asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import attrs

from kg_access._engine import Answer, Engine
from kg_access.decision_point import DecisionPoint, Trial
from kg_access.policy.record import Policy, Row, Table
from kg_access.scenarios import Asked, Result, Tried, Witnessed, failures
from kg_access.vocabulary import Obligation

Words = tuple[str, ...]


@attrs.frozen(eq=False)
class Changes:
    """
    What differs between a table and its mutant.

    Attributes:
        gone: The rows that only the table has.
        new: The rows that only the mutant has.
    """

    gone: tuple[Row, ...]
    new: tuple[Row, ...]

    @classmethod
    def between(cls, table: Table, mutant: Table) -> Changes:
        """
        Compare two tables.

        Args:
            table: The table.
            mutant: The same one with a mistake.
        """
        before = {_meaning(row): row for row in table.rows}
        after = {_meaning(row): row for row in mutant.rows}
        return cls(
            tuple(row for meaning, row in before.items() if meaning not in after),
            tuple(row for meaning, row in after.items() if meaning not in before),
        )


def _meaning(row: Row) -> object:
    return row.id, row.effect, row.reason, frozenset(row.obligations), frozenset(row.conditions.items())


class Cases:
    """
    Cases that pass, in a form that finds those which a changed row concerns.

    Args:
        tried: The cases with their trials.
        policy: The policy under which they pass.
    """

    def __init__(self, tried: Iterable[Tried], policy: Policy) -> None:
        self._policy = policy
        self._tried = tuple(tried)
        self._asked = {name: Asked(table, self._tried) for name, table in policy.tables.items()}
        self._concluding = cache(self._decision_point)

    def _decision_point(self, fulfils: frozenset[Obligation]) -> DecisionPoint:
        return DecisionPoint(self._policy, fulfils)

    def killer(self, mutant: Table, changes: Changes) -> Result | None:
        """
        Find a case that fails under a mutant.

        Args:
            mutant: The table with the mistake.
            changes: What differs in it.
        """
        asked = self._asked[mutant.name]
        concerned = asked.matching([*changes.gone, *changes.new])
        if not concerned:
            return None
        rows = tuple(row for row in mutant.rows if asked.matching([row]) & concerned)
        engine = Engine(attrs.evolve(self._policy, tables={mutant.name: attrs.evolve(mutant, rows=rows)}))
        answers = {point: engine.ask(mutant.name, point) for point in asked.points(concerned)}
        for case in asked.cases(concerned):
            if self._fails(case, mutant, answers):
                return case.result
        return None

    def tells(self, witnessed: Witnessed, mutant: Table) -> bool:
        """
        Ask whether a case about a witness, with everything that it can expect, would fail under a mutant.

        Args:
            witnessed: The witness, with the answer of the policy.
            mutant: The table with the mistake.
        """
        before, facts = witnessed.decision, witnessed.decision.facts
        if facts is None:
            return False
        changed = attrs.evolve(self._policy, tables={**self._policy.tables, mutant.name: mutant})
        after = DecisionPoint(changed, before.obligations if before else frozenset(Obligation)).decide(facts)
        return (
            before.effect is not after.effect
            or not set(before.reasons) <= set(after.reasons)
            or not before.obligations <= after.obligations
        )

    def _fails(self, case: Tried, mutant: Table, answers: Mapping[Words, Answer]) -> bool:
        trials: dict[str, list[Trial]] = {}
        for category, before in case.trials.items():
            points = (tuple(point[column] for column in mutant.columns) for point in case.points[category])
            trials[category] = [
                _answering(trial, mutant.name, answers[point]) if point in answers else trial
                for trial, point in zip(before, points, strict=True)
            ]
        asked = case.result.case
        decision = self._concluding(asked.fulfils).conclude(case.facts, trials)
        return any(failures(asked, decision))


def _answering(trial: Trial, table: str, answer: Answer) -> Trial:
    answers: dict[str, Any] = {table: answer}
    return attrs.evolve(trial, **answers)
