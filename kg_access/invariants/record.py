"""What is claimed of a policy, and what became of each claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import attrs

from kg_access.decision import Decision
from kg_access.errors import quoted
from kg_access.policy.record import Label, fixed
from kg_access.request import AccessRequest
from kg_access.space import Box, Region, Space, inside, without
from kg_access.vocabulary import Effect, Obligation


class Claim(Protocol):
    """A claim about the points of some boxes."""

    def says(self, decision: Decision) -> str:
        """
        Tell what is wrong with a decision on a point that breaks the claim; empty when nothing is.

        Args:
            decision: The decision.
        """
        ...

    def broken(self, space: Space) -> Iterator[Box]:
        """
        Find the points that break it.

        Args:
            space: The space under the policy.
        """
        ...


def _permitted(boxes: Sequence[Box], space: Space) -> Iterator[tuple[Region, Box]]:
    spoken_of = space.boxes(boxes)
    for region in space.permitted:
        for box in spoken_of:
            shared = inside(region.box, box)
            if shared is not None:
                yield region, shared


@attrs.frozen
class Only:
    """
    What is permitted lies within some other boxes; without any, nothing is permitted.

    Attributes:
        boxes: The points that it speaks of.
        allowed: Where they may be permitted.
    """

    boxes: Sequence[Box]
    allowed: Sequence[Box]

    def says(self, decision: Decision) -> str:
        """
        Tell what is wrong with a decision on a point that breaks the claim; empty when nothing is.

        Args:
            decision: The decision.
        """
        return "permitted" if decision else ""

    def broken(self, space: Space) -> Iterator[Box]:
        """
        Find permitted points that lie nowhere in what is allowed.

        Args:
            space: The space under the policy.
        """
        for _, box in _permitted(self.boxes, space):
            yield from without([box], self.allowed, space.domains)


@attrs.frozen
class Carry:
    """
    What is permitted has to be done along with some obligations.

    Attributes:
        boxes: The points that it speaks of.
        obligations: The obligations.
    """

    boxes: Sequence[Box]
    obligations: frozenset[Obligation]

    def says(self, decision: Decision) -> str:
        """
        Tell what is wrong with a decision on a point that breaks the claim; empty when nothing is.

        Args:
            decision: The decision.
        """
        lacking = sorted(self.obligations - decision.obligations) if decision else []
        return f"permitted without {', '.join(map(quoted, lacking))}" if lacking else ""

    def broken(self, space: Space) -> Iterator[Box]:
        """
        Find permitted points that lack an obligation.

        Args:
            space: The space under the policy.
        """
        for region, box in _permitted(self.boxes, space):
            if not self.obligations <= region.obligations:
                yield box


@attrs.frozen
class AsWith:
    """
    What is permitted would be permitted as well if a fact had another word, so the own word grants nothing.

    Attributes:
        boxes: The points that it speaks of.
        fact: The fact.
        word: The other word.
    """

    boxes: Sequence[Box]
    fact: str
    word: str

    def says(self, decision: Decision) -> str:
        """
        Tell what is wrong with a decision on a point that breaks the claim; empty when nothing is.

        Args:
            decision: The decision.
        """
        return f"permitted, though not with `{self.fact}={self.word}`" if decision else ""

    def broken(self, space: Space) -> Iterator[Box]:
        """
        Find permitted points that would not be with the other word.

        Args:
            space: The space under the policy.
        """
        there = {self.fact: frozenset({self.word})}
        others = [box for region in space.permitted if (box := inside(region.box, there)) is not None]
        for _, permitted in _permitted(self.boxes, space):
            own = permitted.get(self.fact, frozenset(space.domains[self.fact]))
            moved: Box = {**permitted, **there}
            near = [other for other in others if inside(moved, other) is not None]
            yield from ({**left, self.fact: own} for left in without([moved], near, space.domains))


@attrs.frozen
class Always:
    """
    All points of some boxes that a request can lead to are permitted.

    Attributes:
        boxes: The points that it speaks of.
    """

    boxes: Sequence[Box]

    def says(self, decision: Decision) -> str:
        """
        Tell what is wrong with a decision on a point that breaks the claim; empty when nothing is.

        Args:
            decision: The decision.
        """
        return "" if decision else f"denied: {', '.join(decision.reasons)}"

    def broken(self, space: Space) -> Iterator[Box]:
        """
        Find points that are not permitted.

        Args:
            space: The space under the policy.
        """
        for box in space.within(space.boxes(self.boxes)):
            near = [region.box for region in space.permitted if inside(region.box, box) is not None]
            yield from without([box], near, space.domains)


@attrs.frozen
class Invariant:
    """
    What must hold of every version of a policy.

    Attributes:
        id: Its id, like `IV-PASSIVE`.
        label: What it says.
        clauses: The clauses that it rests on, or `choice`.
        boxes: The points that it speaks of.
        claims: What has to be proved of them.
        overrides: The tables whose denials must override whatever is granted elsewhere.
        path: The file in which it stands.
        line: The line on which it stands.
    """

    id: str
    label: Label
    clauses: tuple[str, ...]
    boxes: Sequence[Box]
    claims: tuple[Claim, ...]
    overrides: tuple[str, ...]
    path: str
    line: int


@attrs.frozen(repr=False)
class Counterexample:
    """
    A request that breaks an invariant.

    Attributes:
        request: The request.
        switches: `published` and `break_glass`, where they are not those of the policy.
        expected: What the effect should be.
        obligations: What the decision should oblige to.
        says: What is wrong with the decision.
    """

    request: AccessRequest
    switches: Mapping[str, bool] = attrs.field(converter=fixed)
    expected: Effect
    obligations: frozenset[Obligation]
    says: str

    def __repr__(self) -> str:
        return f"<Counterexample: {self.says}>"


@attrs.frozen
class Proof:
    """
    What became of an invariant.

    Attributes:
        invariant: The invariant.
        points: How many points that a request can lead to it speaks of.
        permitted: How many of them are permitted.
        counterexample: The smallest request that breaks it; `None` when it holds.
    """

    invariant: Invariant
    points: int
    permitted: int
    counterexample: Counterexample | None

    @property
    def holds(self) -> bool:
        """Whether it is proved, which a claim about nothing is not."""
        return self.counterexample is None and self.points > 0
