"""What is possible, exactly: the permitted points of the space of facts, looked at from two of their facts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import attrs

from kg_access.policy.record import Policy, fixed
from kg_access.space import Space

Pair = tuple[str, str]


@attrs.frozen(repr=False, eq=False)
class Matrices:
    """
    What a policy makes possible, taken as announced.

    Attributes:
        domains: Every word of every fact.
        access: For each phase, role and category, the actions with the purposes for which somebody may.
        scope: For each service, group and category that anybody may reach, the circumstances in which they may, as
            words of the facts in `circumstances`.
        circumstances: What else scope depends on.
    """

    domains: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)
    access: Mapping[tuple[str, str, str], frozenset[Pair]] = attrs.field(converter=fixed)
    scope: Mapping[tuple[str, str, str], frozenset[tuple[str, ...]]] = attrs.field(converter=fixed)
    circumstances: tuple[str, ...]


def matrices(policy: Policy) -> Matrices:
    """
    Look at everything that a policy permits.

    Args:
        policy: The policy.
    """
    space = Space(policy.overlaid(published=True))
    circumstances = tuple(
        fact for fact in policy.tables["scope"].columns if fact not in {"service", "group", "category"}
    )
    return Matrices(
        domains=space.domains,
        access=_seen(space, ("phase", "role", "category"), ("action", "purpose")),
        scope=_seen(space, ("service", "group", "category"), circumstances),
        circumstances=circumstances,
    )


def _seen(
    space: Space, where: tuple[str, ...], what: tuple[str, ...]
) -> dict[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """Project the permitted points on some facts, and say for each which words of some others go with it."""
    found: dict[tuple[frozenset[str], ...], set[tuple[frozenset[str], ...]]] = {}
    everything = {fact: frozenset(words) for fact, words in space.domains.items()}
    for region in space.permitted:
        box = {**everything, **region.box}
        found.setdefault(tuple(box[fact] for fact in where), set()).add(tuple(box[fact] for fact in what))
    cells: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for places, contents in found.items():
        points = {point for content in contents for point in product(*content)}
        for place in product(*places):
            cells.setdefault(place, set()).update(points)
    return {place: frozenset(points) for place, points in cells.items()}
