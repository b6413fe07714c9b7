"""What a command gives back: the text to print and the exit code, so that a lost reader changes no verdict."""

from __future__ import annotations

from typing import Final, NamedTuple

OK: Final = 0
DENIED: Final = 1
USAGE: Final = 2
INVALID: Final = 3
FAILED: Final = 4
NARROWING: Final = 10
WIDENING: Final = 11
BOTH: Final = 12
LESSER: Final = 13


class Outcome(NamedTuple):
    """
    The result of a command.

    Attributes:
        text: What to print.
        code: The exit code.
    """

    text: str
    code: int = OK
