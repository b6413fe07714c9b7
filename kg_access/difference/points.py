"""The points that two policies answer otherwise: permitted by one only, with other obligations, for other reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kg_access.difference.boxes import Index, beyond
from kg_access.difference.joint import Joint
from kg_access.difference.record import Topic
from kg_access.space import Box, Domains, Region, contains, inside, outside, size, smallest

GROUPING = ("action", "category", "purpose", "phase", "role", "service", "organisation", "kind")
"""The facts by which changes are grouped; what is read best as a list comes first."""

Found = tuple[Topic, tuple[str, ...], list[Box]]


def differing(joint: Joint) -> list[Found]:
    """
    Find the points that only one of two policies permits, or that both permit with other obligations.

    Args:
        joint: The space of the two policies.

    Returns:
        For each topic, and for the obligations that come or go, the points as boxes without a common one.
    """
    old, new = (_comparable(regions, joint) for regions in joint.permitted)
    old_boxes, new_boxes = ([region.box for region in regions] for regions in (old, new))
    gained = beyond(new_boxes, old_boxes, joint.domains)
    lost = beyond(old_boxes, new_boxes, joint.domains)
    others = _other_obligations(old, new, joint)
    return [
        (Topic.GAINED, (), gained),
        (Topic.LOST, (), lost),
        *((Topic.OBLIGATIONS, what, boxes) for what, boxes in others.items()),
    ]


def _comparable(regions: Iterable[Region], joint: Joint) -> list[Region]:
    return [Region(box, region.permits) for region in regions for box in joint.compared([region.box])]


def _other_obligations(old: list[Region], new: list[Region], joint: Joint) -> dict[tuple[str, ...], list[Box]]:
    index = Index((region.box for region in old), joint.domains)
    found: dict[tuple[str, ...], list[Box]] = {}
    for region in new:
        for number in index.near(region.box):
            before, after = old[number].obligations, region.obligations
            shared = None if before == after else inside(region.box, old[number].box)
            if shared is not None:
                found.setdefault(_steps(before, after), []).append(shared)
    return found


def _steps(before: frozenset[str], after: frozenset[str]) -> tuple[str, ...]:
    return (*(f"+{word}" for word in sorted(after - before)), *(f"-{word}" for word in sorted(before - after)))


def other_answers(joint: Joint, changed: Sequence[Box]) -> Iterator[tuple[str, int, Box]]:
    """
    Find where a reason or an obligation of denials comes or goes.

    Args:
        joint: The space of the two policies.
        changed: The points that only one of them permits, which are left out, as boxes without a common one.

    Returns:
        Each reason or obligation after `+` or `-`, the number of points, and some of them.
    """
    old, new = _answers(joint, 0), _answers(joint, 1)
    for word in sorted(old.keys() | new.keys()):
        for sign, some, others in (("+", new, old), ("-", old, new)):
            apart: list[Box] = []
            for box in joint.compared(beyond(some.get(word, ()), others.get(word, ()), joint.domains)):
                apart += beyond([box], apart, joint.domains)
            denied = joint.reachable(apart)
            shared = (inside(box, other) for box in denied for other in changed)
            taken = sum(size(box, joint.domains) for box in shared if box is not None)
            points = sum(size(box, joint.domains) for box in denied) - taken
            if points:
                yield f"{sign}{word}", points, _some(denied, changed, joint.domains)


def _some(boxes: Sequence[Box], others: Sequence[Box], domains: Domains) -> Box:
    """Find some points of boxes that lie in none of some others: the plainest one if it will do."""
    plainest = smallest(boxes, domains)
    if not any(contains(other, plainest) for other in others):
        return {fact: frozenset({word}) for fact, word in plainest.items()}
    waiting = [(box, 0) for box in boxes]
    while True:
        box, start = waiting.pop()
        number = next((n for n in range(start, len(others)) if inside(box, others[n]) is not None), None)
        if number is None:
            return box
        waiting += [(piece, number + 1) for piece in outside(box, others[number], domains)]


def _answers(joint: Joint, side: int) -> Mapping[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    space = joint.spaces[side]
    for row in space.denials():
        box = space.box(row.conditions)
        if box is not None:
            for word in (str(row.reason), *row.obligations):
                found.setdefault(word, []).extend(joint.real(box, side))
    return found


def sliced(regions: Iterable[Region], fact: str, word: str | None, within: Box) -> list[Box]:
    """
    Find the permitted points with a word of one fact, seen without that fact.

    Args:
        regions: What a policy permits.
        fact: The fact.
        word: The word; `None` for one that the policy does not know, so that it permits nothing.
        within: The points that count.
    """
    if word is None:
        return []
    wanted = {**within, fact: frozenset({word})}
    found = (inside(region.box, wanted) for region in regions)
    return [{name: words for name, words in box.items() if name != fact} for box in found if box is not None]
