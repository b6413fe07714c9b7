"""Explaining a denial, with ways out that are each verified."""

from __future__ import annotations

from statistics import median

from kg_access import Guard
from kg_access.scenarios import Case
from tests.benchmarks.figures import MILLI, Figure, Scale, able_guard, arguments, at_most, cases, forget, plain
from tests.benchmarks.unseen import timed


def measure(scale: Scale) -> list[Figure]:
    """Explain every denial among the cases, with nothing remembered and with everything remembered."""
    guard = able_guard()
    denied = [case for case in cases() if not decided(guard, case)][: scale.cases]
    rounds = min(scale.rounds, 5)
    unseen = {case.id: best_of(guard, case, rounds, remembering=False) * MILLI for case in denied}
    seen = {case.id: best_of(guard, case, rounds, remembering=True) * MILLI for case in denied}
    worst = max(unseen, key=lambda name: unseen[name])
    return [
        at_most("explain a denial, facts not seen before, median", median(unseen.values()), "ms", 5),
        at_most(f"explain a denial, facts not seen before, worst ({worst})", unseen[worst], "ms", 5),
        at_most("explain a denial, remembered, worst", max(seen.values()), "ms", 5),
        plain("explain a denial, remembered, median", median(seen.values()), "ms"),
    ]


def decided(guard: Guard, case: Case) -> bool:
    """Tell whether a case is permitted."""
    positional, named = arguments(case.request)
    return bool(guard.decide(*positional, **named))


def best_of(guard: Guard, case: Case, rounds: int, *, remembering: bool) -> float:
    """Give the best time of an explanation."""
    positional, named = arguments(case.request)
    times = []
    for _ in range(rounds + remembering):
        if not remembering:
            forget(guard)
        times.append(timed(lambda: guard.explain(*positional, **named)))
    return min(times)
