"""Decisions and questions on facts not seen before, and how they grow with the number of rows."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from random import Random
from statistics import median
from time import perf_counter

from kg_access import Effect, Guard, Reason
from kg_access._engine import Engine
from kg_access.policy.model import model_text
from kg_access.policy.record import Point, Row, Table
from tests.benchmarks.figures import (
    MICRO,
    Figure,
    Scale,
    able_guard,
    arguments,
    at_most,
    cases,
    faster,
    forget,
    plain,
    within,
)
from tests.oracle import engine_for, stock

ROLES_OF_FIVE_ROWS = 5


def measure(scale: Scale) -> list[Figure]:
    """Measure decisions and questions on the shipped policy, then questions on tables of growing size."""
    guard = able_guard()
    return [*decisions(guard, scale), *questions(guard, scale), *growth(guard, scale)]


def decisions(guard: Guard, scale: Scale) -> list[Figure]:
    """Measure the decisions of the cases, each with nothing remembered."""
    requests = [arguments(case.request) for case in cases()[: scale.cases]]
    best = [float("inf")] * len(requests)
    for _ in range(scale.rounds):
        for number, (positional, named) in enumerate(requests):
            forget(guard)
            seconds = timed(lambda: guard.decide(*positional, **named))  # noqa: B023 - called at once
            best[number] = min(best[number], seconds)
    figures = sorted(seconds * MICRO for seconds in best)
    return [
        at_most("not seen before: a decision, median of the cases", median(figures), "µs", 100),
        plain("not seen before: a decision, worst of the cases", figures[-1], "µs"),
    ]


def questions(guard: Guard, scale: Scale) -> list[Figure]:
    """Measure the questions that the cases ask, each with nothing remembered."""
    engine = guard._current.point.engine
    found = []
    for name, points in points_asked(guard, scale).items():
        best = best_of(engine, name, points, scale.rounds)
        found.append(at_most(f"not seen before: a question, {name}", best * MICRO, "µs", 30))
    return found


def points_asked(guard: Guard, scale: Scale) -> dict[str, list[Point]]:
    """Collect the points at which the cases arrive."""
    for case in cases()[: scale.cases]:
        positional, named = arguments(case.request)
        guard.decide(*positional, **named)
    engine = guard._current.point.engine
    return {name: sorted(question._answers) for name, question in engine._questions.items()}


def best_of(engine: Engine, table: str, points: Iterable[Point], rounds: int) -> float:
    """Give the median over points of the best time of each, with nothing remembered."""
    answers = engine._questions[table]._answers
    best = []
    for point in points:
        times = []
        for _ in range(rounds):
            answers.clear()
            times.append(timed(lambda: engine.ask(table, point)))  # noqa: B023 - called at once
        best.append(min(times))
    return median(best)


def timed(call: Callable[[], object]) -> float:
    """Time one call, without the collector of garbage in between."""
    gc.disable()
    start = perf_counter()
    call()
    seconds = perf_counter() - start
    gc.enable()
    return seconds


def growth(guard: Guard, scale: Scale) -> list[Figure]:
    """Measure questions on synthetic tables of growing size, and a stock enforcer on the middle one."""
    small, middle, large = scale.sizes
    made = {size: synthetic_table(size) for size in scale.sizes}
    engines = {size: engine_for(guard.policy, table) for size, table in made.items()}
    points = {size: synthetic_points(table, 40) for size, table in made.items()}
    best = dict.fromkeys(scale.sizes, float("inf"))
    for _ in range(3):
        for size, engine in engines.items():
            best[size] = min(best[size], best_of(engine, made[size].name, points[size], scale.rounds))
    ask = stock(made[middle])
    theirs = min(timed(lambda: ask(point)) for point in points[middle][:10] for _ in range(scale.slow_calls))  # noqa: B023
    ours = {size: seconds * MICRO for size, seconds in best.items()}
    return [
        faster(f"a question on {middle:,} rows", ours[middle], theirs * MICRO, "µs", "stock enforcer", 100),
        within(f"a question on {large:,} rows", ours[large], ours[small], "µs", f"{small:,} rows", 1.5),
    ]


def synthetic_table(size: int) -> Table:
    """Make a table in which more rows mean more roles, with five rows each, as a growing organisation has."""
    random = Random(size)
    domains = {
        "role": tuple(f"role{number}" for number in range(max(1, size // ROLES_OF_FIVE_ROWS))),
        "service": tuple(f"service{number}" for number in range(4)),
        "phase": tuple(f"phase{number}" for number in range(6)),
        "action": tuple(f"action{number}" for number in range(9)),
        "purpose": tuple(f"purpose{number}" for number in range(20)),
        "category": tuple(f"category{number}" for number in range(20)),
    }
    rows = []
    for number in range(size):
        conditions = {"role": frozenset({domains["role"][number % len(domains["role"])]})}
        for column in ("service", "phase", "action", "purpose", "category"):
            if random.random() < 0.7:
                conditions[column] = frozenset({random.choice(domains[column])})
        effect = Effect.DENY if random.random() < 0.3 else Effect.PERMIT
        reason = None if effect is Effect.PERMIT else Reason.NO_TASK_NEED
        rows.append(Row(f"SY-{number}", "need", effect, reason, conditions, (), ("choice",), "synthetic", number))
    return Table("need", tuple(domains), model_text(tuple(domains)), tuple(rows), domains)


def synthetic_points(table: Table, count: int) -> list[Point]:
    """Draw points, half of them such that a row matches."""
    random = Random(count)
    points = []
    for number in range(count):
        row = random.choice(table.rows)
        known = row.conditions if number % 2 else {}
        points.append(tuple(min(known.get(column, {random.choice(table.domains[column])})) for column in table.columns))
    return points
