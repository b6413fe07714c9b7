"""
Boxes: sets of points that a list of allowed words for each fact describes.

A box leaves out the facts that do not matter. Whatever holds of every point of a box is said once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod

Words = frozenset[str]
Box = Mapping[str, Words]
Domains = Mapping[str, tuple[str, ...]]


def inside(box: Box, other: Box) -> dict[str, Words] | None:
    """
    Find the points that two boxes share.

    Args:
        box: A box.
        other: Another one.

    Returns:
        The box of these points; `None` when there are none.
    """
    shared = dict(box)
    for fact, words in other.items():
        both = shared[fact] & words if fact in shared else words
        if not both:
            return None
        shared[fact] = both
    return shared


def outside(box: Box, other: Box, domains: Domains) -> Iterator[Box]:
    """
    Find the points of a box that lie outside another one.

    Args:
        box: A box.
        other: What to leave out.
        domains: Every word of every fact.

    Returns:
        Boxes without a common point.
    """
    if inside(box, other) is None:
        yield dict(box)
        return
    rest = dict(box)
    for fact, words in other.items():
        possible = rest.get(fact) or frozenset(domains[fact])
        left = possible - words
        if left:
            yield {**rest, fact: left}
        rest[fact] = possible & words


def without(boxes: Iterable[Box], others: Iterable[Box], domains: Domains) -> list[Box]:
    """
    Find the points of some boxes that lie in none of some others.

    Args:
        boxes: Boxes.
        others: What to leave out.
        domains: Every word of every fact.

    Returns:
        Boxes that have no common point when `boxes` have none.
    """
    left: list[Box] = list(boxes)
    for other in others:
        left = [piece for box in left for piece in outside(box, other, domains)]
    return left


def remainder(box: Box, others: Iterable[Box], domains: Domains) -> Box | None:
    """
    Find points of a box that lie in none of some others, without finding all of them.

    Args:
        box: The box.
        others: What to leave out.
        domains: Every word of every fact.

    Returns:
        A part of the box that none of the others touches; `None` when they cover it.
    """
    near = [other for other in others if inside(box, other) is not None]
    if not near:
        return box
    cutting = min(near, key=lambda other: len(other.keys() - box.keys()) + _narrowed(box, other))
    rest = [other for other in near if other is not cutting]
    pieces = (remainder(piece, rest, domains) for piece in outside(box, cutting, domains))
    return next((piece for piece in pieces if piece is not None), None)


def _narrowed(box: Box, other: Box) -> int:
    return sum(not box[fact] <= words for fact, words in other.items() if fact in box)


def exactly(point: Mapping[str, str]) -> Box:
    """
    Make the box of one point.

    Args:
        point: The word of each fact.
    """
    return {fact: frozenset({word}) for fact, word in point.items()}


def apart(boxes: Iterable[Box], domains: Domains) -> list[Box]:
    """
    Cut boxes so that none has a point of another one.

    Args:
        boxes: Boxes.
        domains: Every word of every fact.
    """
    pieces: list[Box] = []
    for box in boxes:
        pieces += without([box], list(pieces), domains)
    return pieces


def contains(box: Box, point: Mapping[str, str]) -> bool:
    """
    Tell whether a point lies in a box.

    Args:
        box: The box.
        point: The word of each fact.
    """
    return all(point[fact] in words for fact, words in box.items())


def size(box: Box, domains: Domains) -> int:
    """
    Count the points of a box.

    Args:
        box: The box.
        domains: Every word of every fact.
    """
    return prod(len(box.get(fact, words)) for fact, words in domains.items())
