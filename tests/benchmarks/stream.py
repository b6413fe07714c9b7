"""A random stream of requests over the example organisation: how much of it is remembered, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any

from kg_access import Dossier, Subject
from tests.benchmarks.figures import AT, MICRO, Figure, Scale, able_guard, cases, plain
from tests.naive import GROUPS, LISTED, evaluate

Arguments = tuple[tuple[Subject, str, Dossier], dict[str, Any]]


def measure(scale: Scale) -> list[Figure]:
    """Measure one stream on a new guard, and a second one on the same guard, against the naive evaluator."""
    guard = able_guard()
    first, second = requests(1, scale.stream), requests(2, scale.stream)
    cold = per_decision(guard.decide, first)
    remembered = len(guard._current.memory)
    warm = per_decision(guard.decide, second)
    later = len(guard._current.memory) - remembered
    naive = per_decision(evaluate, second)
    return [
        plain(f"stream: first {scale.stream:,} requests, remembered", 100 * (1 - remembered / len(first)), "%"),
        plain(f"stream: next {scale.stream:,} requests, remembered", 100 * (1 - later / len(second)), "%"),
        plain("stream: a decision, new guard", cold, "µs"),
        Figure("stream: a decision, later", warm, "µs", naive, "naive evaluator", warm / naive),
    ]


def per_decision(decide: Any, asked: list[Arguments]) -> float:
    """Give the microseconds of one decision of a stream."""
    start = perf_counter()
    for positional, named in asked:
        decide(*positional, **named)
    return (perf_counter() - start) / len(asked) * MICRO


def requests(seed: int, count: int) -> list[Arguments]:
    """Draw requests: mostly reading, mostly one category of the service, mostly for its own purpose."""
    random = Random(seed)
    known = cases()
    people = list({case.request.subject.id: case.request.subject for case in known}.values())
    dossiers = list({case.request.dossier.id: case.request.dossier for case in known}.values())
    contexts = [None] * 3 * len(known) + [case.request.context for case in known]
    found = []
    for _ in range(count):
        dossier = random.choice(dossiers)
        service = dossier.service
        words = sorted(LISTED[service])
        named = {
            "categories": frozenset(random.sample(words, random.choice((1, 1, 1, 2, 3)))),
            "group": random.choice([name for name, (owner, _) in GROUPS.items() if owner == service]),
            "purpose": service if random.random() < 0.7 else random.choice([case.request.purpose for case in known]),
            "at": AT + timedelta(days=random.randint(-180, 180)),
            "context": random.choice(contexts),
        }
        action = random.choice(("read", "read", "read", "search", "update", "disclose", "communicate"))
        found.append(((random.choice(people), action, dossier), named))
    return found
