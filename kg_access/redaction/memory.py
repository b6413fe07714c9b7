"""What is worked out once and remembered, up to a bound, from any number of threads."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """
    Answers by their key; the oldest goes first. Reading takes no lock.

    Args:
        most: How many answers are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: dict[Key, Value] = {}
        self.get = self._kept.get

    def keep(self, key: Key, value: Value) -> None:
        """
        Remember an answer.

        Args:
            key: Its key.
            value: The answer.
        """
        with self._lock:
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = value

    def forget(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
