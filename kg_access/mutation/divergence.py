"""
Where a mutant answers otherwise than the policy, exactly: as boxes of the space of facts.

Only what a case can expect counts: another effect, a reason or an obligation of a denial that is gone, and other
obligations of a permit. More reasons for a denial are no difference, since a case expects at least some; nor is the
reason of a denial for which no row gives one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg_access.mutation.kills import Changes
from kg_access.policy.record import Policy, Row
from kg_access.space import Box, Region, Space, inside, without
from kg_access.vocabulary import Effect


class Divergences:
    """
    What a policy answers, in a form that mutants are compared with.

    Args:
        policy: The policy; both settings of its switches count.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.space = Space(policy, any_switch=True)
        self.domains = self.space.domains

    def between(self, mutant: Policy, changes: Changes) -> Iterator[list[Box]]:
        """
        Find the points that some request leads to and about which a case could tell a mutant from the policy.

        Args:
            mutant: The policy with the mistake.
            changes: What differs in it.

        Returns:
            Boxes: of permits that are lost, of permits that are gained, and of reasons or obligations that differ.
        """
        found = (
            self._lost(mutant, changes),
            self._gained(mutant, changes),
            self._reasons(mutant, changes),
            self._obligations(mutant, changes),
        )
        for boxes in found:
            reached = self.space.within(boxes)
            if reached:
                yield reached

    def _boxes(self, rows: Iterable[Row], effect: Effect) -> list[tuple[Row, Box]]:
        pairs = ((row, self.space.box(row.conditions)) for row in rows if row.effect is effect)
        return [(row, box) for row, box in pairs if box is not None]

    def _lost(self, mutant: Policy, changes: Changes) -> Iterator[Box]:
        """Find what is permitted and would be no more: a denial is new, or the only row that permitted it is gone."""
        denials = self._boxes(changes.new, Effect.DENY)
        gone = {id(row) for row, _ in self._boxes(changes.gone, Effect.PERMIT)}
        others = self._boxes(_rows(mutant, changes), Effect.PERMIT) if gone else []
        for region in self.space.permitted:
            for _, denied in denials:
                shared = inside(region.box, denied)
                if shared is not None:
                    yield shared
            if gone and any(id(row) in gone for row in region.permits):
                yield from without([region.box], (box for _, box in others), self.domains)

    def _gained(self, mutant: Policy, changes: Changes) -> Iterator[Box]:
        """Find what is denied and would be permitted: a row that permits is new, or one that denied is gone."""
        space = Space(mutant, any_switch=True)
        starts = [box for _, box in self._boxes(changes.new, Effect.PERMIT)]
        starts += [box for _, box in self._boxes(changes.gone, Effect.DENY)]
        for start in starts:
            permitted = [box for region in self.space.permitted if (box := inside(region.box, start)) is not None]
            yield from without((region.box for region in space.permitted_in(start)), permitted, self.domains)

    def _reasons(self, mutant: Policy, changes: Changes) -> Iterator[Box]:
        """Find denials whose reason or obligation would be gone with a row."""
        denials = self._boxes((row for table in mutant.tables.values() for row in table.rows), Effect.DENY)
        for gone, whole in self._boxes(changes.gone, Effect.DENY):
            yield from without([whole], (box for row, box in denials if row.reason is gone.reason), self.domains)
            for due in gone.obligations:
                yield from without([whole], (box for row, box in denials if due in row.obligations), self.domains)

    def _obligations(self, mutant: Policy, changes: Changes) -> Iterator[Box]:
        """Find permits that would have other obligations."""
        gone = {id(row): row for row, _ in self._boxes(changes.gone, Effect.PERMIT) if row.obligations}
        new = [(row, box) for row, box in self._boxes(changes.new, Effect.PERMIT) if row.obligations]
        permits = self._boxes((row for table in mutant.tables.values() for row in table.rows), Effect.PERMIT)
        for region in self.space.permitted:
            for due in {due for row in region.permits if id(row) in gone for due in row.obligations}:
                yield from without([region.box], (box for row, box in permits if due in row.obligations), self.domains)
            yield from self._added(region, new)

    def _added(self, region: Region, new: Iterable[tuple[Row, Box]]) -> Iterator[Box]:
        for row, box in new:
            shared = inside(region.box, box)
            if shared is not None and not region.obligations.issuperset(row.obligations):
                yield shared


def _rows(mutant: Policy, changes: Changes) -> tuple[Row, ...]:
    """List the rows of the table that changed."""
    name = next(row.table for row in (*changes.gone, *changes.new))
    return mutant.tables[name].rows
