"""A decision whose facts were seen before, against the naive evaluator and a stock Casbin enforcer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from kg_access import Context, Guard, Subject
from kg_access.days import BRUSSELS
from kg_access.facts import Facts
from tests.benchmarks.figures import (
    AT,
    MICRO,
    Figure,
    Scale,
    able_guard,
    dossier,
    faster,
    health,
    nurse,
    side_by_side,
    within,
)
from tests.naive import evaluate
from tests.oracle import stock


def measure(scale: Scale) -> list[Figure]:
    """Measure a permit at a stated moment and now, a denial, and one with circumstances."""
    guard = able_guard()
    who, file, asked = nurse(), dossier(), health()
    elsewhere = dossier(team="LT-ANTW")
    office = Context(channel="teams", encrypted=True, key_holder="het agentschap", exceptional_case_ref="U-1")
    ours: dict[str, Any] = {
        "permit, at stated": lambda: guard.decide(who, "read", file, at=AT, **asked),
        "permit, at=None": lambda: guard.decide(who, "read", file, **asked),
        "denial, at stated": lambda: guard.decide(who, "read", elsewhere, at=AT, **asked),
        "permit with a context": lambda: guard.decide(who, "read", file, at=AT, context=office, **asked),
    }
    theirs: dict[str, Any] = {
        "permit, at stated": lambda: evaluate(who, "read", file, at=AT, **asked),
        "permit, at=None": lambda: evaluate(who, "read", file, at=datetime.now(BRUSSELS), **asked),
        "denial, at stated": lambda: evaluate(who, "read", elsewhere, at=AT, **asked),
        "permit with a context": lambda: evaluate(who, "read", file, at=AT, context=office, **asked),
    }
    for name, call in ours.items():
        assert call().allowed is theirs[name]().allowed is (not name.startswith("denial"))
    calls = {(name, "ours"): (call, scale.calls) for name, call in ours.items()}
    calls |= {(name, "naive"): (call, scale.calls) for name, call in theirs.items()}
    calls["three questions", "stock"] = (three_questions(guard, who), 1)
    best = side_by_side(calls, scale.rounds)
    figures = []
    for name in ours:
        mine = best[name, "ours"] * MICRO
        figures.append(within(f"remembered: {name}", mine, best[name, "naive"] * MICRO, "µs", "naive evaluator", 1.0))
    mine = best["permit, at stated", "ours"] * MICRO
    against = "stock enforcers, three questions"
    figures.append(
        faster("remembered: permit, at stated", mine, best["three questions", "stock"] * MICRO, "µs", against, 1_000)
    )
    return figures


def three_questions(guard: Guard, who: Subject) -> Any:
    """Make what asks stock enforcers the three questions of the permit, on the same rows."""
    facts = guard.decide(who, "read", dossier(), at=AT, **health()).facts
    assert isinstance(facts, Facts)
    values = guard._current.point.point(facts, facts.standings[0], "health")
    asks = [
        partial(stock(table), tuple(values[column] for column in table.columns))
        for table in guard.policy.tables.values()
    ]
    return lambda: tuple([ask() for ask in asks])
