"""What a developer writes beside a field: of which categories it is, or that it is not personal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from kg_access.errors import InvalidInput
from kg_access.reading import freeze, word


@attrs.frozen(init=False, repr=False)
class Category:
    """
    Marks a field with the categories of its data, in `Annotated[str, Category("health")]`.

    The field is shown when all of them are permitted.

    Args:
        words: Words of the policy, at least one.

    Attributes:
        words: Those words, each once.

    Raises:
        InvalidInput: There is no word, or one is empty or no text.
    """

    words: frozenset[str]

    def __init__(self, *words: str) -> None:
        if not words:
            raise InvalidInput("Category", 'give at least one word of the policy, as in `Category("health")`')
        freeze(self, words=frozenset(word("Category", written) for written in words))

    def __repr__(self) -> str:
        return f"Category({', '.join(map(repr, sorted(self.words)))})"


@attrs.frozen
class NotPersonal:
    """Marks a field that tells nothing about anybody, in `Annotated[int, NotPersonal()]`; it is always shown."""


def marks_among(metadata: Iterable[Any]) -> list[Category | NotPersonal]:
    """
    Pick the marks out of what stands in an `Annotated`.

    Args:
        metadata: What stands there beside the type.
    """
    return [one for one in metadata if isinstance(one, Category | NotPersonal)]


def words_of(marks: Iterable[Category | NotPersonal]) -> frozenset[str]:
    """
    Join the categories of some marks; a category counts even beside `NotPersonal`.

    Args:
        marks: The marks.
    """
    return frozenset().union(*(mark.words for mark in marks if isinstance(mark, Category)))
