"""Random tables: a few columns of small domains, and rows of every shape over them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

import attrs

from kg_access import Effect, Reason
from kg_access.policy.model import model_text
from kg_access.policy.record import ANY, Point, Row, Table

NAMES: Final = ("kind", "role", "service", "phase", "action", "purpose", "category", "group", "channel")
STRANGER: Final = "stranger"
"""A word that no domain holds, as an unknown role or a missing purpose would be."""

SHAPES: Final = ("mixed", "mixed", "mixed", "mixed", "permits", "denials", "overlapping", "free")
"""What a table can be: anything; only permits; only denials; rows that differ little; rows free in every column."""


def random_table(random: Random, *, name: str = "need", most_rows: int = 40) -> Table:
    """Make a table; most are small, so that many fit in the time of a test."""
    columns = tuple(random.sample(NAMES, random.randint(3, 6)))
    domains = {
        column: tuple(f"{column}{number}" for number in range(random.choice((2, 3, 3, 4)))) for column in columns
    }
    shape = random.choice(SHAPES)
    count = random.randint(1, most_rows if random.random() < 0.1 else min(10, most_rows))
    rows = [_random_row(random, name, domains, shape, number) for number in range(count)]
    if shape == "overlapping":
        rows += [_nearly_the_same(random, domains, row) for row in rows[: most_rows - len(rows)]]
    if shape == "free":
        rows.insert(random.randrange(len(rows) + 1), _free_row(random, name))
    return Table(name=name, columns=columns, model=model_text(columns), rows=tuple(rows), domains=domains)


def random_row(random: Random, table: Table, effect: Effect | None = None) -> Row:
    """Make one more row for a table."""
    row = _random_row(random, table.name, table.domains, "mixed", len(table.rows))
    return row if effect is None else with_effect(row, effect)


def random_point(random: Random, table: Table) -> Point:
    """
    Make a point: near a row of the table more often than chance would, rarely with a word of no domain.

    A quarter of the points lie anywhere; the others satisfy a row, half of them but for one column.
    """
    values = {column: random.choice(table.domains[column]) for column in table.columns}
    if random.random() < 0.75:
        row = random.choice(table.rows)
        values |= {column: random.choice(sorted(words)) for column, words in row.conditions.items()}
        if random.random() < 0.5:
            column = random.choice(table.columns)
            values[column] = random.choice(table.domains[column])
    if random.random() < 0.05:
        values[random.choice(table.columns)] = random.choice((STRANGER, ANY, ""))
    return tuple(values[column] for column in table.columns)


def with_rows(table: Table, rows: list[Row]) -> Table:
    """Make a copy of a table with other rows."""
    return attrs.evolve(table, rows=tuple(rows))


def with_effect(row: Row, effect: Effect) -> Row:
    """Make a copy of a row with another effect."""
    return attrs.evolve(row, effect=effect, reason=None if effect is Effect.PERMIT else Reason.NO_TASK_NEED)


def _random_row(random: Random, name: str, domains: Mapping[str, tuple[str, ...]], shape: str, number: int) -> Row:
    free = random.choice((0.2, 0.5, 0.8))
    conditions = {
        column: frozenset(random.sample(words, min(len(words), random.choice((1, 1, 1, 1, 1, 2, 2, 3)))))
        for column, words in domains.items()
        if random.random() >= free
    }
    effect = {"permits": Effect.PERMIT, "denials": Effect.DENY}.get(shape)
    return _row(name, f"RD-{number}", effect or random.choice((Effect.PERMIT, Effect.PERMIT, Effect.DENY)), conditions)


def _nearly_the_same(random: Random, domains: Mapping[str, tuple[str, ...]], row: Row) -> Row:
    column = random.choice(sorted(domains))
    conditions = {**row.conditions, column: frozenset({random.choice(domains[column])})}
    return _row(row.table, f"{row.id}-B", random.choice((Effect.PERMIT, Effect.DENY)), conditions)


def _free_row(random: Random, name: str) -> Row:
    return _row(name, "RD-FREE", random.choice((Effect.PERMIT, Effect.PERMIT, Effect.DENY)), {})


def _row(name: str, row_id: str, effect: Effect, conditions: Mapping[str, frozenset[str]]) -> Row:
    return Row(
        id=row_id,
        table=name,
        effect=effect,
        reason=None if effect is Effect.PERMIT else Reason.NO_TASK_NEED,
        conditions=conditions,
        obligations=(),
        clauses=("choice",),
        path="random",
        line=0,
    )
