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
    tell = tell_count(what)
    for number, item in enumerate(items):
        tell(number, len(items))
        yield item
    tell(len(items), len(items))


def tell_count(what: str) -> Callable[[int, int], None]:
    """
    Make what tells on a terminal, from the third second on, how many of a whole are done; at the end nothing is left.

    Args:
        what: What the command does, such as `proving invariants`.
    """
    start = time.monotonic()

    def tell(done: int, whole: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - start > PATIENCE:
            sys.stderr.write(_CLEARED if done == whole else f"{_CLEARED}{what}: {done} of {whole}")
            sys.stderr.flush()

    return tell


def tell_steps() -> Callable[[str], None]:
    """Make what tells the steps of a command on a terminal, from the third second on."""
    start = time.monotonic()

    def tell(step: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - start > PATIENCE:
            sys.stderr.write(f"kg-access: {step}\n")

    return tell
