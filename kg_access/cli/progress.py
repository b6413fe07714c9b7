"""Telling how far a long command is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

PATIENCE: Final = 2.0
"""How many seconds a command may take in silence."""

_CLEARED: Final = "\r\x1b[K"


def with_progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """
    Go through items, and from the third second on tell on a terminal how many are done.

    Args:
        items: What the command goes through.
        what: What it does, such as `proving invariants`.
    """
    start = time.monotonic()
    told = False
    for number, item in enumerate(items):
        if sys.stderr.isatty() and time.monotonic() - start > PATIENCE:
            told = True
            sys.stderr.write(f"{_CLEARED}{what}: {number} of {len(items)}")
            sys.stderr.flush()
        yield item
    if told:
        sys.stderr.write(_CLEARED)
        sys.stderr.flush()


def tell_steps() -> Callable[[str], None]:
    """Make what tells the steps of a command on a terminal, from the third second on."""
    start = time.monotonic()

    def tell(step: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - start > PATIENCE:
            sys.stderr.write(f"kg-access: {step}\n")

    return tell
