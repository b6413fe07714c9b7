"""Boxes of two policies: what one has beyond the other, and the same points in fewer boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from kg_access.space import Box, Domains, Words, without

Form = frozenset[tuple[str, Words]]

_INDEXED = ("role", "service")


def form(box: Box) -> Form:
    """
    Give a box a form in which boxes can be looked up.

    Args:
        box: The box.
    """
    return frozenset(box.items())


class Index:
    """
    Boxes that are found by their roles and services, so that only near ones are compared.

    Args:
        boxes: The boxes.
        domains: Every word of every fact.
    """

    def __init__(self, boxes: Iterable[Box], domains: Domains) -> None:
        self.boxes = list(boxes)
        self.domains = domains
        self._forms = {form(box) for box in self.boxes}
        self._near: dict[tuple[str, ...], list[int]] = {}
        for number, box in enumerate(self.boxes):
            for key in self._keys(box):
                self._near.setdefault(key, []).append(number)

    def _keys(self, box: Box) -> Iterator[tuple[str, ...]]:
        return product(*(box.get(fact, self.domains[fact]) for fact in _INDEXED))

    def holds(self, box: Box) -> bool:
        """
        Tell whether a box is one of these.

        Args:
            box: The box.
        """
        return form(box) in self._forms

    def near(self, box: Box) -> list[int]:
        """
        List the numbers of the boxes that can share points with a box.

        Args:
            box: The box.
        """
        return sorted({number for key in self._keys(box) for number in self._near.get(key, ())})


def beyond(boxes: Iterable[Box], others: Iterable[Box], domains: Domains) -> list[Box]:
    """
    Find the points of some boxes that lie in none of some others.

    Args:
        boxes: The boxes.
        others: What to leave out.
        domains: Every word of every fact.

    Returns:
        Boxes that have no common point when `boxes` have none.
    """
    index = Index(others, domains)
    return [
        piece
        for box in boxes
        if not index.holds(box)
        for piece in without([box], (index.boxes[number] for number in index.near(box)), domains)
    ]


def narrowed(box: Box, domains: Domains) -> dict[str, Words]:
    """
    Leave out of a box the facts that may have any word.

    Args:
        box: The box.
        domains: Every word of every fact.
    """
    return {fact: words for fact, words in box.items() if fact not in domains or len(words) < len(domains[fact])}


def merged(boxes: Iterable[Box], facts: Sequence[str], domains: Domains) -> list[Box]:
    """
    Join boxes that differ in one fact only, as long as there are any.

    Args:
        boxes: Boxes without a common point.
        facts: The facts in which they may differ, the first ones first.
        domains: Every word of every fact.
    """
    found = [narrowed(box, domains) for box in boxes]
    while True:
        before = len(found)
        for fact in facts:
            joined: dict[Form, Words] = {}
            for box in found:
                rest = frozenset(item for item in box.items() if item[0] != fact)
                joined[rest] = joined.get(rest, frozenset()) | box.get(fact, frozenset(domains[fact]))
            found = [narrowed({**dict(rest), fact: words}, domains) for rest, words in joined.items()]
        if len(found) == before:
            return list(found)
