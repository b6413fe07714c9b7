"""
The space of two policies: one set of points, whatever words each of them knows.

A fact that a policy derives from its own words, such as the standing of a role, is left out, and a word that means
another one under a policy, such as an organisation that is not in its register, stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import attrs

from kg_access.difference.boxes import narrowed
from kg_access.facts import UNLISTED
from kg_access.policy import Policy
from kg_access.policy.record import Register
from kg_access.space import Box, Domains, Region, Space, Words, inside, without
from kg_access.subject import ELSEWHERE, NOBODY
from kg_access.vocabulary import Kind

DERIVED: Final = ("standing", "published")
INVOKED: Final = "invoked"
_OFF: Final = "not_enabled"


def announced(policy: Policy) -> Policy:
    """
    Take a policy as it will be from its first day on; one that was announced too late stays closed.

    Args:
        policy: The policy.
    """
    return attrs.evolve(policy, published=policy.announced)


def registers(policy: Policy) -> dict[Kind, dict[str, Register]]:
    """
    Give the register of each kind of organisation.

    Args:
        policy: The policy.
    """
    words = policy.vocabulary
    return {Kind.PROCESSOR: dict(words.processors), Kind.RECIPIENT: dict(words.recipients)}


class Joint:
    """
    The space of two policies.

    Args:
        old: The one.
        new: The other.

    Attributes:
        domains: Every word that one of them knows, for every fact that people and dossiers bring along.
    """

    def __init__(self, old: Policy, new: Policy) -> None:
        self.spaces = (Space(old), Space(new))
        self.domains: Domains = {
            fact: tuple(dict.fromkeys(word for space in self.spaces for word in _words(space, fact)))
            for fact in self.spaces[0].domains
            if fact not in DERIVED
        }

    @cached_property
    def permitted(self) -> tuple[list[Region], list[Region]]:
        """What each of the two permits."""
        return self._permitted(0), self._permitted(1)

    def _permitted(self, side: int) -> list[Region]:
        return [
            Region(box, region.permits) for region in self.spaces[side].permitted for box in self.real(region.box, side)
        ]

    @cached_property
    def comparable(self) -> list[Box]:
        """The points that mean the same request under both: without words and dates of one alone that lead to facts."""
        old, new = (space.policy.vocabulary for space in self.spaces)
        common: Box = {
            "recipient_type": frozenset(self.domains["recipient_type"])
            - (set(old.recipient_types) ^ set(new.recipient_types))
        }
        undated = [
            {"service": frozenset({name}), "service_in_force": frozenset({"no"})}
            for name in old.services.keys() & new.services.keys()
            if (old.services[name].in_force_from is None) != (new.services[name].in_force_from is None)
        ]
        return without([common], undated, self.domains)

    def compared(self, boxes: Iterable[Box]) -> list[Box]:
        """
        Keep of some boxes the points that mean the same request under both policies.

        Args:
            boxes: The boxes.
        """
        found = (inside(box, part) for box in boxes for part in self.comparable)
        return [narrowed(box, self.domains) for box in found if box is not None]

    def reachable(self, boxes: Iterable[Box]) -> list[Box]:
        """
        Keep of some boxes the points that some request leads to under both policies.

        Args:
            boxes: The boxes.
        """
        left = list(boxes)
        for side, space in enumerate(self.spaces):
            own = [cell for box in left if (cell := space.box(self._derived(box, space))) is not None]
            left = [real for box in space.within(own) for real in self.real(box, side)]
        return left

    def _derived(self, box: Box, space: Space) -> Box:
        """Say of a real box what it is under a policy."""
        if "break_glass" in box and not space.policy.break_glass:
            return {**box, "break_glass": frozenset(_OFF if word == INVOKED else word for word in box["break_glass"])}
        return box

    def real(self, box: Box, side: int) -> Iterator[Box]:
        """
        Turn a box of one policy into boxes of this space.

        Args:
            box: The box.
            side: 0 for the old policy, 1 for the new one.
        """
        space = self.spaces[side]
        cells = {fact: words for fact, words in box.items() if fact not in DERIVED}
        if "break_glass" in cells:
            cells["break_glass"] = frozenset(_real_word(word) for word in cells["break_glass"])
        if "standing" in box:
            held = _holding(box["standing"], space.policy)
            cells["role"] = held & cells.get("role", held)
        for fact in self.domains:
            cells.setdefault(fact, frozenset(_words(space, fact)))
        if all(cells.values()):
            for listed in self._unlisted(cells, side):
                yield narrowed(listed, self.domains)

    def _unlisted(self, box: dict[str, Words], side: int) -> Iterator[Box]:
        """Let what a register does not list stand for the organisations that only the other policy lists."""
        own, others = (registers(self.spaces[number].policy) for number in (side, 1 - side))
        rest = box["kind"]
        if UNLISTED in box["organisation"]:
            for kind, listed in own.items():
                strangers = others[kind].keys() - listed.keys()
                if strangers and kind in box["kind"]:
                    rest -= {kind}
                    yield {**box, "kind": frozenset({kind}), "organisation": box["organisation"] | strangers}
        if rest:
            yield {**box, "kind": rest}


def _holding(standings: Words, policy: Policy) -> Words:
    """List the roles that amount to standings."""
    roles = (name for name, role in policy.vocabulary.roles.items() if role.standing in standings)
    return frozenset((*roles, *(standings & {ELSEWHERE, NOBODY})))


def _words(space: Space, fact: str) -> tuple[str, ...]:
    return tuple(_real_word(word) if fact == "break_glass" else word for word in space.domains[fact])


def _real_word(word: str) -> str:
    return INVOKED if word == _OFF else word
