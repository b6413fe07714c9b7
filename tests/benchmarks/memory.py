"""Memory: it stays flat over any number of people and dossiers."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

from kg_access import Assignment, Guard, Subject
from kg_access._snapshot import REMEMBERED
from tests.benchmarks.figures import AT, Figure, Scale, able_guard, at_most, dossier, health, plain
from tests.benchmarks.stream import requests

MEGABYTE = 1e6
KILOBYTE = 1e3
PAGE = 4096


def measure(scale: Scale) -> list[Figure]:
    """Decide about different dossiers for different people, and weigh what a guard remembers."""
    guard = able_guard()
    warm_up = max(1, scale.decisions // 10)
    decide(guard, 0, warm_up)
    before = resident()
    decide(guard, warm_up, scale.decisions)
    after = resident()
    each = remembered(scale)
    return [
        at_most(f"memory: growth over {scale.decisions:,} people and dossiers", after - before, "MB", 5),
        plain("memory: resident at the end", after, "MB"),
        plain("memory: a remembered decision with its answers", each * KILOBYTE, "kB"),
        plain(f"memory: {REMEMBERED:,} of them, the most that a guard keeps", each * REMEMBERED, "MB"),
    ]


def decide(guard: Guard, first: int, last: int) -> None:
    """Decide about dossiers, each for another person, every third of them of the person's own team."""
    asked = health()
    for number in range(first, last):
        team = f"T-{number}"
        terms = {"role": "nurse", "service": "preventive_family_support", "team": team}
        who = Subject(f"person-{number}", kind="staff", assignments=[Assignment(**terms)])
        file = dossier(f"dossier-{number}", team=team if number % 3 else "LT-GENT")
        guard.decide(who, "read", file, at=AT, **asked)


def resident() -> float:
    """Tell the megabytes of this process that lie in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / MEGABYTE


def remembered(scale: Scale) -> float:
    """Tell how many megabytes a guard keeps for one remembered decision."""
    guard = able_guard()
    asked = requests(3, scale.stream // 4)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for positional, named in asked:
        guard.decide(*positional, **named)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / MEGABYTE / len(guard._current.memory)
