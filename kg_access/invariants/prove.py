"""
Proving invariants: by reasoning over the rows, and by asking the guard about every witness that comes of it.

The reasoning is exact; the guard, with Casbin behind it, has the last word. Where the two disagree there is no proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg_access.errors import EngineFailure
from kg_access.invariants.record import Always, Carry, Claim, Counterexample, Invariant, Proof
from kg_access.policy.record import Policy, Row
from kg_access.scenarios import Witnessed, Witnesses
from kg_access.space import Box, Space, apart, astray, exactly, inside, smallest
from kg_access.vocabulary import Effect, Obligation


class Prover:
    """
    Proves invariants of one policy, whatever its switches say.

    Args:
        policy: The policy.

    Attributes:
        space: The space under it.
        asked: How many requests were put to the guard.
    """

    def __init__(self, policy: Policy) -> None:
        self.space = Space(policy, any_switch=True)
        self.asked = 0
        self._witnesses = Witnesses(policy)

    def prove(self, invariant: Invariant) -> Proof:
        """
        Prove an invariant, or find the smallest request that breaks it.

        Args:
            invariant: The invariant.

        Raises:
            EngineFailure: The guard does not confirm what follows from the rows.
        """
        boxes = self.space.within(apart(self.space.boxes(invariant.boxes), self.space.domains))
        broken = [self._broken(claim) for claim in invariant.claims]
        overridden = [self._denied_yet_permitted(boxes, name) for name in invariant.overrides]
        found = [counterexample for counterexample in (*broken, *overridden) if counterexample is not None]
        permitted = (inside(region.box, box) for region in self.space.permitted for box in boxes)
        return Proof(
            invariant=invariant,
            points=self.space.points(boxes),
            permitted=self.space.points(box for box in permitted if box is not None),
            counterexample=found[0] if found else None,
        )

    def confirm(self) -> None:
        """
        Ask the guard about a request of every region that follows from the rows.

        Raises:
            EngineFailure: The guard denies it, or permits it by other rows.
        """
        for region in self.space.permitted:
            decision = self._ask(region.box).decision
            if not decision or set(decision.rules) != {row.id for row in region.permits}:
                raise EngineFailure("proof", f"the guard does not permit by {', '.join(_ids(region.permits))}")

    def _broken(self, claim: Claim) -> Counterexample | None:
        boxes = list(claim.broken(self.space))
        if not boxes:
            return None
        found = self._ask(exactly(smallest(boxes, self.space.domains)))
        says = claim.says(found.decision)
        if not says:
            raise EngineFailure("proof", "the guard does not confirm what follows from the rows")
        effect = Effect.PERMIT if isinstance(claim, Always | Carry) else Effect.DENY
        due = claim.obligations if isinstance(claim, Carry) else frozenset[Obligation]()
        return _counterexample(found, effect, due, says)

    def _denied_yet_permitted(self, boxes: Sequence[Box], table: str) -> Counterexample | None:
        """Ask about a request of every grant that each denial of a table meets."""
        for row in self.space.denials():
            denial = self.space.box(row.conditions)
            if row.table != table or denial is None:
                continue
            for box in self._meeting(denial, boxes):
                found = self._ask(box)
                if found.decision:
                    says = f"permitted, though {row.id} denies it"
                    return _counterexample(found, Effect.DENY, frozenset(), says)
                if row.id not in found.decision.rules:
                    raise EngineFailure("proof", f"the guard does not deny by {row.id}")
        return None

    def _meeting(self, denial: Box, boxes: Sequence[Box]) -> Iterator[Box]:
        seen: set[tuple[str, ...]] = set()
        for region in self.space.granted:
            ids = _ids(region.permits)
            shared = None if ids in seen else inside(region.box, denial)
            if shared is not None:
                parts = [part for box in boxes if (part := inside(shared, box)) is not None]
                if parts:
                    seen.add(ids)
                    yield parts[0]

    def _ask(self, box: Box) -> Witnessed:
        point = smallest([box], self.space.domains)
        found = self._witnesses.ask(point)
        if found is None:
            raise EngineFailure("proof", "no request could be made for a point that counts as reachable")
        self.asked += 1
        wrong = [] if found.decision.facts is None else astray(found.decision.facts, point)
        if wrong:
            raise EngineFailure("proof", f"the request that was made for a point has another {', '.join(wrong)}")
        return found


def _counterexample(found: Witnessed, effect: Effect, due: frozenset[Obligation], says: str) -> Counterexample:
    return Counterexample(found.request, found.switches, effect, due, says)


def _ids(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(sorted({row.id for row in rows}))
