"""Points put together by who may do what: a few lines instead of hundreds of boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kg_access.difference.boxes import Index, beyond, form, merged
from kg_access.difference.points import GROUPING
from kg_access.space import Box, Domains, Words, inside, size
from kg_access.vocabulary import Kind


class Group(NamedTuple):
    """
    Points of the same people, doing the same.

    Attributes:
        who: The words of the facts by which changes are grouped.
        when: The words of the other facts without which nothing changes.
        points: How many points.
        boxes: These points.
    """

    who: Mapping[str, tuple[str, ...]]
    when: Mapping[str, tuple[str, ...]]
    points: int
    boxes: tuple[Box, ...]


def grouped(boxes: Iterable[Box], usual: Iterable[Box], domains: Domains) -> list[Group]:
    """
    Group points by who may do what.

    Args:
        boxes: The points, as boxes without a common one.
        usual: All that these people are permitted, by one policy or the other; what holds of all of it goes unsaid.
        domains: Every word of every fact.

    Returns:
        The groups, those of staff first and the biggest of each kind of people before the others.
    """
    changed, known = Index(boxes, domains), Index(usual, domains)
    groups = [
        _group(who, _shared(who, changed), [known.boxes[number] for number in known.near(who)], domains)
        for who in _people(changed.boxes, domains)
    ]
    return sorted(groups, key=lambda group: (_outsiders(group), -group.points, str(group.who)))


def _outsiders(group: Group) -> int:
    """Put people of other organisations, whose purposes make for many points, behind the staff."""
    kinds = [str(kind) for kind in Kind]
    return max(kinds.index(kind) for kind in group.who.get("kind", (Kind.STAFF,)))


def _people(boxes: Iterable[Box], domains: Domains) -> list[Box]:
    """Say in few boxes, without a common point, who does what, whatever the circumstances."""
    seen = {form({fact: words for fact, words in box.items() if fact in GROUPING}) for box in boxes}
    whole = merged(sorted((dict(who) for who in seen), key=str), GROUPING, domains)
    apart: list[Box] = []
    for who in sorted(whole, key=lambda box: -size(box, domains)):
        apart += beyond([who], apart, domains)
    return merged(apart, GROUPING, domains)


def _shared(who: Box, index: Index) -> tuple[Box, ...]:
    shared = (inside(index.boxes[number], who) for number in index.near(who))
    return tuple(box for box in shared if box is not None)


def _group(who: Box, boxes: tuple[Box, ...], near: list[Box], domains: Domains) -> Group:
    usual = [other for other in near if inside(who, other) is not None]
    when = {
        fact: words
        for fact in domains
        if fact not in GROUPING and len(words := _possible(fact, boxes, domains)) < len(_possible(fact, usual, domains))
    }
    return Group(
        {fact: _ordered(fact, who[fact], domains) for fact in reversed(GROUPING) if fact in who},
        {fact: _ordered(fact, words, domains) for fact, words in when.items()},
        sum(size(box, domains) for box in boxes),
        boxes,
    )


def _possible(fact: str, boxes: Iterable[Box], domains: Domains) -> Words:
    return frozenset[str]().union(*(box.get(fact, domains[fact]) for box in boxes))


def _ordered(fact: str, words: Words, domains: Domains) -> tuple[str, ...]:
    return tuple(str(word) for word in domains[fact] if word in words)
