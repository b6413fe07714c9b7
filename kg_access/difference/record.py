"""The result of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from kg_access.policy import Policy
from kg_access.policy.record import fixed
from kg_access.request import AccessRequest
from kg_access.space import Box
from kg_access.vocabulary import Effect


class Verdict(StrEnum):
    """What a change of policy does, in one word."""

    NONE = "none"
    NARROWING = "narrowing"
    WIDENING = "widening"
    BOTH = "both"
    LESSER = "lesser"


class Topic(StrEnum):
    """What differs in a group of points."""

    GAINED = "gained"
    LOST = "lost"
    OBLIGATIONS = "obligations"
    DENIALS = "denials"


TOPICS: Final[Mapping[Topic, str]] = {
    Topic.GAINED: "Gained",
    Topic.LOST: "Lost",
    Topic.OBLIGATIONS: "Permitted as before, with other obligations",
    Topic.DENIALS: "Denied as before, with another answer",
}
"""The heading of each topic."""


@attrs.frozen
class Example:
    """
    The smallest request that shows a change, as a guard of each policy answers it.

    Attributes:
        request: The request.
        told: What it asks, in one line.
        effect: What the new policy makes of it; `None` when it has an unknown word there.
        old: The answer of the old policy, in words.
        new: The answer of the new policy, in words.
    """

    request: AccessRequest
    told: str
    effect: Effect | None
    old: str
    new: str


@attrs.frozen
class Change:
    """
    Points that change in the same way.

    Attributes:
        topic: What changes.
        what: Which obligations or reasons come (`+`) and go (`-`), or which word leads to another fact.
        who: The words of kind, organisation, role, service, phase, action, category and purpose; those left out do
            not matter.
        when: The words of other facts without which nothing changes.
        points: How many points.
        boxes: These points.
        example: The smallest request among them; `None` when no request could be made.
        fault: What a guard answered against the comparison; empty when both confirm it.
    """

    topic: Topic
    what: tuple[str, ...]
    who: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)
    when: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)
    points: int
    boxes: tuple[Box, ...]
    example: Example | None
    fault: str = ""


@attrs.frozen
class Difference:
    """
    What a change of policy does.

    Attributes:
        old: The old policy.
        new: The new policy.
        changes: The changes over the words that both policies find facts with, staff first and the biggest first in each topic.
        finding: The changes of words and registers that lead to facts, each with what is gained and lost by it.
        notes: What else is answered differently, one sentence each.
    """

    old: Policy
    new: Policy
    changes: tuple[Change, ...]
    finding: Mapping[str, tuple[Change, ...]] = attrs.field(converter=fixed)
    notes: tuple[str, ...]

    def about(self, topic: Topic) -> tuple[Change, ...]:
        """
        List the changes of one topic.

        Args:
            topic: The topic.
        """
        return tuple(change for change in self.changes if change.topic is topic)

    def points(self, topic: Topic) -> int:
        """
        Count the points of one topic.

        Args:
            topic: The topic.
        """
        return sum(change.points for change in self.about(topic))

    @property
    def faults(self) -> tuple[Change, ...]:
        """The changes that a guard does not confirm."""
        return tuple(change for change in self._all() if change.fault)

    @property
    def verdict(self) -> Verdict:
        """What the change does, in one word."""
        topics = {change.topic for change in self._all()}
        gained, lost = Topic.GAINED in topics, Topic.LOST in topics
        if gained or lost:
            return Verdict.BOTH if gained and lost else Verdict.WIDENING if gained else Verdict.NARROWING
        return Verdict.LESSER if topics or self.finding or self.notes else Verdict.NONE

    def _all(self) -> tuple[Change, ...]:
        return (*self.changes, *(change for changes in self.finding.values() for change in changes))
