"""A list of dossiers: `decide_many` against `decide` in a loop."""

from __future__ import annotations

from random import Random
from typing import Any

from kg_access import Dossier
from tests.benchmarks.figures import (
    AT,
    MICRO,
    Figure,
    Scale,
    able_guard,
    dossier,
    health,
    nurse,
    side_by_side,
    within,
)


def measure(scale: Scale) -> list[Figure]:
    """Measure both over the same dossiers of fifty teams in every phase."""
    guard = able_guard()
    who, asked, files = nurse(), health(), dossiers(scale.dossiers)
    many = guard.decide_many(who, "read", files, at=AT, **asked)
    assert many == [guard.decide(who, "read", file, at=AT, **asked) for file in files]
    best = side_by_side(
        {
            "many": (lambda: guard.decide_many(who, "read", files, at=AT, **asked), 1),
            "loop": (lambda: [guard.decide(who, "read", file, at=AT, **asked) for file in files], 1),
        },
        min(scale.rounds, 5),
    )
    ours, theirs = (best[name] / len(files) * MICRO for name in ("many", "loop"))
    return [within(f"decide_many over {len(files):,}, each", ours, theirs, "µs", "decide in a loop", 0.5)]


def dossiers(count: int) -> list[Dossier]:
    """Make dossiers, one in fifty of the nurse's own team."""
    random = Random(count)
    uses: tuple[dict[str, Any], ...] = (
        {"use": [("2018-03-01", None)]},
        {"use": [("2014-05-01", "2017-05-01")], "retain_until": "2032-12-31"},
        {"use": [("1985-02-01", "1988-01-31")], "retain_until": "2018-12-31"},
        {"use": []},
    )
    teams = ["LT-GENT", *(f"LT-{number}" for number in range(49))]
    return [dossier(f"D{number}", **{**random.choice(uses), "team": random.choice(teams)}) for number in range(count)]
