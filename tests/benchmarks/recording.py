"""What recording adds to a remembered decision, while a thread drains the queue into a sink that keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import time
from typing import Final
from uuid import uuid4

from kg_access.audit import AuditRecord, Event, Signer, Trail
from kg_access.decision import Decision
from kg_access.guard import Guard
from tests.benchmarks.figures import (
    AT,
    MICRO,
    Figure,
    Scale,
    able_guard,
    at_most,
    dossier,
    health,
    nurse,
    plain,
    side_by_side,
)

MOST: Final = 1.0
"""How many microseconds the queue may add to a decision."""


class Nowhere:
    """A sink that keeps nothing."""

    def open(self, signer: Signer | None) -> None:
        """Get ready for nothing."""

    def write(self, batch: Sequence[AuditRecord]) -> None:
        """Take records and forget them."""

    def close(self) -> None:
        """Let go of nothing."""


def measure(scale: Scale) -> list[Figure]:
    """Measure a decision alone, with the queue, and with the event made for it as well."""
    guard, subject, file = able_guard(), nurse(), dossier()
    with Trail(Nowhere(), capacity=2 * scale.rounds * scale.calls) as trail:
        made = event(decide(guard, subject, file))
        best = side_by_side(
            {
                "alone": (partial(decide, guard, subject, file), scale.calls),
                "queued": (lambda: (decide(guard, subject, file), trail.record(made)), scale.calls),
                "told": (lambda: trail.record(event(decide(guard, subject, file))), scale.calls),
            },
            scale.rounds,
        )
        assert trail.dropped == 0
        assert trail.flush()
    return [
        at_most("recording: the queue adds to a decision", (best["queued"] - best["alone"]) * MICRO, "µs", MOST),
        plain("recording: with the event that is put there", (best["told"] - best["alone"]) * MICRO, "µs"),
    ]


def decide(guard: Guard, subject: object, file: object) -> Decision:
    """Decide on facts that were seen before."""
    return guard.decide(subject, "read", file, at=AT, **health())  # type: ignore[arg-type]


def event(decision: Decision) -> Event:
    """Tell of a decision as an enforcement point does."""
    return Event(
        moment=time(),
        id=str(uuid4()),
        request_id=None,
        subject="nele",
        kind="staff",
        organisation=None,
        dossier="D1",
        service="preventive_family_support",
        action="read",
        categories=frozenset({"health"}),
        group="child_and_family",
        purpose="preventive_family_support",
        decision=decision,
    )
