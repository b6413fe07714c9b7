"""
Proving invariants: by reasoning over the rows, and by asking the guard about every witness that comes of it.

The reasoning is exact; the guard, with Casbin behind it, has the last word. Where the two disagree there is no proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg_access.decision import Decision
from kg_access.errors import EngineFailure
from kg_access.guard import Guard
from kg_access.invariants.record import Always, Carry, Claim, Counterexample, Invariant, Proof
from kg_access.policy.record import Policy, Row
from kg_access.request import AccessRequest
from kg_access.scenarios import ask
from kg_access.space import Box, Space, apart, exactly, inside, smallest, witness
from kg_access.vocabulary import Effect, Obligation


class Prover:
    """
    Proves invariants of one policy, as if it were published.

    Args:
        policy: The policy.

    Attributes:
        space: The space under it.
        asked: How many requests were put to the guard.
    """

    def __init__(self, policy: Policy) -> None:
        self.space = Space(policy.overlaid(published=True))
        self.asked = 0
        self._guard = Guard(self.space.policy, fulfils=Obligation)

    def prove(self, invariant: Invariant) -> Proof:
        """
        Prove an invariant, or find the smallest request that breaks it.

        Args:
            invariant: The invariant.

        Raises:
            EngineFailure: The guard does not confirm what follows from the rows.
        """
        boxes = self.space.within(apart(invariant.boxes, self.space.domains))
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
            decision, _ = self._ask(region.box)
            if not decision or set(decision.rules) != {row.id for row in region.permits}:
                raise EngineFailure("proof", f"the guard does not permit by {', '.join(_ids(region.permits))}")

    def _broken(self, claim: Claim) -> Counterexample | None:
        boxes = list(claim.broken(self.space))
        if not boxes:
            return None
        decision, request = self._ask(exactly(smallest(boxes, self.space.domains)))
        says = claim.says(decision)
        if not says:
            raise EngineFailure("proof", "the guard does not confirm what follows from the rows")
        effect = Effect.PERMIT if isinstance(claim, Always | Carry) else Effect.DENY
        due = claim.obligations if isinstance(claim, Carry) else frozenset[Obligation]()
        return Counterexample(request, effect, due, says)

    def _denied_yet_permitted(self, boxes: Sequence[Box], table: str) -> Counterexample | None:
        """Ask about a request of every grant that each denial of a table meets."""
        for row in self.space.denials():
            denial = self.space.box(row.conditions)
            if row.table != table or denial is None:
                continue
            for box in self._meeting(denial, boxes):
                decision, request = self._ask(box)
                if decision:
                    return Counterexample(request, Effect.DENY, frozenset(), f"permitted, though {row.id} denies it")
                if row.id not in decision.rules:
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

    def _ask(self, box: Box) -> tuple[Decision, AccessRequest]:
        request = witness(smallest([box], self.space.domains), self.space.policy)
        if request is None:
            raise EngineFailure("proof", "no request leads to a point that counts as reachable")
        self.asked += 1
        return ask(self._guard, request), request


def _ids(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(sorted({row.id for row in rows}))
