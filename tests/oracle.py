"""The oracle: a stock Casbin enforcer, without index, compiled matcher or memory, on the lines of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import attrs
import casbin
from casbin.persist import Adapter

from kg_access import Policy
from kg_access._engine import Engine
from kg_access.policy.record import Line, Point, Row, Table
from kg_access.scenarios import Suite, find_scenarios, read_suite

PROJECT: Final = Path(__file__).resolve().parent.parent
ACCEPTANCE: Final = PROJECT.parent / "shared" / "acceptance" / "cases.yaml"


class Lines(Adapter):  # type: ignore[misc]
    """An adapter that hands lines to Casbin as they are."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = [list(line) for line in lines]

    def load_policy(self, model: Any) -> None:
        """Append the lines to the only policy of the model."""
        model.model["p"]["p"].policy.extend(self._lines)


def stock_enforcer(table: Table) -> Any:
    """Build an unmodified enforcer for a table."""
    return casbin.Enforcer(casbin.Enforcer.new_model(text=table.model), Lines(table.lines()))


def stock(table: Table) -> Callable[[Point], bool]:
    """Build what asks an unmodified enforcer about a point of a table."""
    enforcer = stock_enforcer(table)

    def ask(point: Point) -> bool:
        verdict = enforcer.enforce(*point)
        assert type(verdict) is bool
        return verdict

    return ask


def engine_for(policy: Policy, *tables: Table) -> Engine:
    """Build the engine of a policy whose only tables are these."""
    return Engine(attrs.evolve(policy, tables={table.name: table for table in tables}))


def matches(row: Row, columns: tuple[str, ...], point: Point) -> bool:
    """Tell whether a row matches a point, by its definition and nothing else."""
    return all(word in row.conditions.get(column, {word}) for column, word in zip(columns, point, strict=True))


def scenario_files() -> list[Path]:
    """Find every file of cases: those that come with the policy, and the acceptance cases where they are at hand."""
    return [*find_scenarios([PROJECT / "policies"]), *(path for path in [ACCEPTANCE] if path.is_file())]


def suites() -> list[Suite]:
    """Read every file of cases, without products, whose thousands of cells would keep a stock enforcer busy for long."""
    found = [attrs.evolve(read_suite(path), products=()) for path in scenario_files()]
    return [suite for suite in found if suite.cases]
