"""What `import kg_access` adds to the start of an interpreter."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.figures import Figure, Scale, at_most, plain, side_by_side


def measure(scale: Scale) -> list[Figure]:
    """Start interpreters with and without it, in turns."""
    best = side_by_side(
        {"import": (lambda: start("import kg_access"), 1), "bare": (lambda: start("pass"), 1)}, scale.rounds
    )
    return [
        at_most("import kg_access", best["import"] - best["bare"], "s", 0.25),
        plain("a bare interpreter", best["bare"], "s"),
    ]


def start(code: str) -> None:
    """Run some code in a new interpreter."""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
