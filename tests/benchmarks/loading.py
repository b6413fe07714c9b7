"""Loading and checking: the shipped policy, and one of ten thousand rules."""

from __future__ import annotations

import shutil
import tempfile
import tracemalloc
from itertools import islice, product
from pathlib import Path

from kg_access import Action, Guard, Policy, load_policy
from kg_access.policy.record import Vocabulary
from tests.benchmarks.figures import Figure, Scale, at_most, plain, side_by_side
from tests.oracle import PROJECT

MEGABYTE = 1e6


def measure(scale: Scale) -> list[Figure]:
    """Measure both policies, and the guards that are made of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shipped = load_policy(PROJECT / "policies", models=PROJECT / "models")
        generate(folder, shipped.vocabulary, scale.rules)
        generated = load(folder)
        rounds = min(scale.rounds, 3)
        best = side_by_side(
            {
                "shipped": (lambda: load(PROJECT), 1),
                "shipped guard": (lambda: Guard(shipped), 1),
                "generated": (lambda: load(folder), 1),
                "generated guard": (lambda: Guard(generated), 1),
            },
            rounds,
        )
        kept, peak = memory(folder)
    rules = f"{scale.rules:,} rules"
    return [
        at_most("load and check the shipped policy", best["shipped"], "s", 0.5),
        plain("make a guard of it", best["shipped guard"], "s"),
        at_most(f"load and check {rules}", best["generated"], "s", 2),
        at_most(f"{rules}: memory kept", kept, "MB", 40),
        plain(f"{rules}: memory at most, while reading", peak, "MB"),
        plain(f"make a guard of {rules}", best["generated guard"], "s"),
    ]


def load(folder: Path) -> Policy:
    """Load the policy of a folder."""
    return load_policy(folder / "policies", models=folder / "models")


def memory(folder: Path) -> tuple[float, float]:
    """Tell how many megabytes a policy keeps, and how many its reading takes at most."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    policy = load(folder)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert policy.tables
    return (after - before) / MEGABYTE, (peak - before) / MEGABYTE


def generate(folder: Path, words: Vocabulary, count: int) -> None:
    """Copy the shipped policy and add rules to its second table, each with another meaning, half of them denials."""
    for name in ("policies", "models"):
        shutil.copytree(PROJECT / name, folder / name)
    path = folder / "policies" / "need" / "rules.csv"
    written = path.read_text(encoding="utf-8")
    # Few actions, purposes and categories, so that there is still something that no rule grants.
    meanings = product(
        words.roles, words.services, list(words.purposes)[:4], list(Action)[:2], list(words.categories)[:17]
    )
    lines = [
        f"{'GX' if number % 2 else 'GA'}-{number},{'deny,no_task_need' if number % 2 else 'allow,'},"
        f"kind=staff; role={role}; service={service}; phase=active; purpose={purpose}; action={action}; "
        f"category={category}; caller=verified,,choice,"
        for number, (role, service, purpose, action, category) in enumerate(islice(meanings, count))
    ]
    assert len(lines) == count
    path.write_text(written.rstrip("\n") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
