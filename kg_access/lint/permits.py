"""What a policy can permit at all: points that all three tables permit, and no denial touches."""

from __future__ import annotations

from functools import cached_property

from kg_access.policy import Policy
from kg_access.space import Box, Space, inside, remainder
from kg_access.vocabulary import Effect


class Ground:
    """
    The rows of a policy as boxes of the space of its facts, whatever its switches say at present.

    Args:
        policy: The policy.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.space = Space(policy, any_switch=True)
        self.impossible = self.space.impossible

    def left(self, box: Box, *others: Box) -> Box | None:
        """
        Find points of a box that a request can lead to and that lie in none of some others.

        Args:
            box: The box.
            others: What to leave out.
        """
        return remainder(box, [*self.impossible, *others], self.space.domains)

    def permitted(self, conditions: Box) -> Box | None:
        """
        Find requests under some conditions that are permitted: by every table, with no denial.

        Args:
            conditions: For each fact that matters, the words that it may have.

        Returns:
            A box of them, or `None` when there are none.
        """
        found: list[Box] = [conditions]
        for permits in self._permits:
            found = [shared for box in found for permit in permits if (shared := inside(box, permit)) is not None]
        return next((left for box in found if (left := self.left(box, *self._denials)) is not None), None)

    def permitted_words(self, fact: str, words: frozenset[str], conditions: Box) -> frozenset[str]:
        """
        List the words of a fact with which a request under some conditions can be permitted.

        Args:
            fact: The fact.
            words: The words to try.
            conditions: For each other fact that matters, the words that it may have.
        """
        found: set[str] = set()
        while words - found and (box := self.permitted({**conditions, fact: words - found})) is not None:
            found |= box[fact]
        return frozenset(found)

    @cached_property
    def _permits(self) -> list[list[Box]]:
        return [
            [row.conditions for row in self.policy.tables[table].rows if row.effect is Effect.PERMIT]
            for table in ("need", "scope", "limits")
        ]

    @cached_property
    def _denials(self) -> list[Box]:
        return [row.conditions for row in self.space.denials()]
