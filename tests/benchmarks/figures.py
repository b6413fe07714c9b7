"""What every benchmark shares: figures, sizes, the clock, and the requests that are measured."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import repeat
from time import perf_counter
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import attrs

from kg_access import AccessRequest, Assignment, Dossier, Guard, Obligation, Subject
from kg_access.scenarios import Case
from tests.oracle import ACCEPTANCE, suites

AT: Final = datetime(2019, 6, 17, 10, tzinfo=ZoneInfo("Europe/Brussels"))
MICRO: Final = 1e6
MILLI: Final = 1e3

Name = TypeVar("Name")


@attrs.frozen
class Scale:
    """
    How much is measured.

    Attributes:
        rounds: How often each measurement is repeated; the best counts.
        calls: How many calls one repetition of a fast measurement has.
        slow_calls: How many calls one repetition of a slow measurement has.
        sizes: Rows of the synthetic tables, smallest first; the middle one is held against a stock enforcer.
        stream: Requests of the random stream.
        dossiers: Dossiers of one list.
        rules: Rules of the generated policy.
        decisions: Decisions of the memory measurement.
        load_seconds: Seconds of each round under wrk; 0 for none.
        cases: How many cases are explained; `None` for all.
    """

    rounds: int
    calls: int
    slow_calls: int
    sizes: tuple[int, int, int]
    stream: int
    dossiers: int
    rules: int
    decisions: int
    load_seconds: int
    cases: int | None = None


USUAL: Final = Scale(7, 5_000, 5, (100, 1_000, 10_000), 20_000, 100_000, 10_000, 50_000, 2)
FULL: Final = attrs.evolve(USUAL, decisions=1_000_000)
TINY: Final = Scale(1, 3, 1, (5, 10, 20), 40, 30, 20, 50, 0, 2)


@attrs.frozen
class Figure:
    """
    One line of the table.

    Attributes:
        what: What was measured.
        measured: The figure.
        unit: Its unit.
        reference: What it is held against, in the same unit; `None` when only the goal counts.
        against: What the reference is.
        ratio: The figure that the goal speaks of; `None` when it speaks of the measured one or there is no goal.
        goal: The goal, in words; empty when there is none.
        met: Whether it is met; `None` when there is no goal.
    """

    what: str
    measured: float
    unit: str
    reference: float | None = None
    against: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def plain(what: str, measured: float, unit: str) -> Figure:
    """Make a figure without a goal."""
    return Figure(what, measured, unit)


def at_most(what: str, measured: float, unit: str, most: float) -> Figure:
    """Make a figure that should not exceed a goal."""
    return Figure(what, measured, unit, goal=f"at most {most:g} {unit}", met=measured <= most)


def within(what: str, measured: float, reference: float, unit: str, against: str, most: float) -> Figure:
    """Make a figure that should not exceed a multiple of a reference."""
    ratio = measured / reference
    return Figure(what, measured, unit, reference, against, ratio, f"at most {most:g} times", ratio <= most)


def faster(what: str, measured: float, reference: float, unit: str, against: str, least: float) -> Figure:
    """Make a figure that should be so many times smaller than a reference."""
    ratio = reference / measured
    return Figure(what, measured, unit, reference, against, ratio, f"{least:,.0f} times faster", ratio >= least)


def seconds_per_call(call: Callable[[], object], times: int) -> float:
    """Time a call that is repeated."""
    start = perf_counter()
    for _ in repeat(None, times):
        call()
    return (perf_counter() - start) / times


def side_by_side(calls: Mapping[Name, tuple[Callable[[], object], int]], rounds: int) -> dict[Name, float]:
    """
    Time several calls in turns, so that a busy machine slows them all.

    Args:
        calls: By name, what to call and how often in each round.
        rounds: How many rounds there are.

    Returns:
        The seconds of one call in the best round of each.
    """
    best = dict.fromkeys(calls, float("inf"))
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, (call, times) in calls.items():
                best[name] = min(best[name], seconds_per_call(call, times))
    finally:
        if enabled:
            gc.enable()
    return best


def nurse() -> Subject:
    """Make a nurse of the team in Ghent."""
    terms = {"role": "nurse", "service": "preventive_family_support", "team": "LT-GENT"}
    return Subject("nele", kind="staff", assignments=[Assignment(**terms)])


def dossier(name: str = "D1", **terms: Any) -> Dossier:
    """Make an active dossier of the team in Ghent."""
    usual = {"service": "preventive_family_support", "team": "LT-GENT", "use": [("2018-03-01", None)]}
    return Dossier(name, **{**usual, **terms})


def health() -> dict[str, Any]:
    """Give the rest of a question for the health data of a child."""
    return {
        "categories": frozenset({"health"}), "group": "child_and_family", "purpose": "preventive_family_support",
    }  # fmt: skip


def able_guard() -> Guard:
    """Make a guard with the shipped policy that can carry out every obligation."""
    return Guard.shipped(fulfils=Obligation)


def forget(guard: Guard) -> None:
    """Clear what a guard and its engine remember."""
    guard._current.memory.clear()
    for question in guard._current.point.engine._questions.values():
        question._answers.clear()


def cases() -> list[Case]:
    """Give the forty acceptance cases, or the shipped ones where those are not at hand."""
    found = suites()
    acceptance = [suite for suite in found if suite.path == ACCEPTANCE]
    return [case for suite in acceptance or found for case in suite.cases]


def arguments(request: AccessRequest) -> tuple[tuple[Subject, str, Dossier], dict[str, Any]]:
    """Turn a request into the arguments of `Guard.decide`."""
    named = {
        "categories": request.categories, "group": request.group, "purpose": request.purpose, "at": request.at,
        "mode": request.mode, "context": request.context,
    }  # fmt: skip
    return (request.subject, request.action, request.dossier), named
