"""The smallest request of a group, put to a guard of each policy: the rows reason, the guards confirm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from kg_access.decision import Decision
from kg_access.difference.joint import Joint
from kg_access.difference.leads import Lead
from kg_access.difference.record import Example, Topic
from kg_access.difference.told import told
from kg_access.errors import UnknownTerm
from kg_access.guard import Guard
from kg_access.request import AccessRequest
from kg_access.scenarios import ask
from kg_access.space import Box, smallest, witness

Answers = tuple[Decision | None, Decision | None]


class Examples:
    """
    Makes requests and asks the guards of both policies.

    Args:
        joint: The space of the two policies.
        guards: A guard of each.
    """

    def __init__(self, joint: Joint, guards: tuple[Guard, Guard]) -> None:
        self.joint = joint
        self.guards = guards

    def example(
        self, topic: Topic, what: Sequence[str], boxes: Iterable[Box], lead: Lead | None = None
    ) -> tuple[Example | None, str]:
        """
        Make the smallest request that shows a change.

        Args:
            topic: What changes.
            what: Which obligations or reasons come and go.
            boxes: The points.
            lead: The word by which the points are reached.

        Returns:
            The request with both answers, and what is wrong with them; empty when the guards confirm the change.
        """
        found: list[tuple[AccessRequest, Answers]] = []
        for side in (0, 1) if topic is Topic.LOST else (1, 0):
            point = smallest(boxes, self.joint.domains)
            request = self._request(point, side, lead)
            if request is not None:
                answers = self._ask(request, 0), self._ask(request, 1)
                found.append((request, answers))
                if _confirmed(topic, what, answers):
                    return self._example(request, answers), ""
        if not found:
            return None, "no request leads to these points"
        request, answers = found[0]
        return self._example(request, answers), "the guards do not confirm it"

    def _request(self, point: Mapping[str, str], side: int, lead: Lead | None) -> AccessRequest | None:
        """Make a request whose facts under one policy are a point, as far as that policy has words for it."""
        policy = self.guards[side].policy
        day: date | None = None
        if lead is not None:
            word = lead.words[side]
            if word is None:
                return None
            point, day = {**point, lead.fact: word}, lead.day
        if point["service"] not in policy.vocabulary.services:
            return None
        request = witness(point, policy, day)
        return request if request is None or lead is None else lead.patch(request)

    def _ask(self, request: AccessRequest, side: int) -> Decision | None:
        """Ask a guard; `None` when the request has a word that its policy does not know."""
        try:
            return ask(self.guards[side], request)
        except UnknownTerm:
            return None

    def _example(self, request: AccessRequest, answers: Answers) -> Example:
        old, new = answers
        policies = [guard.policy for guard in self.guards]
        effect = None if new is None else new.effect
        return Example(request, told(request, policies), effect, _words(old), _words(new))


def _confirmed(topic: Topic, what: Sequence[str], answers: Answers) -> bool:
    old, new = answers
    match topic:
        case Topic.GAINED:
            return not old and bool(new)
        case Topic.LOST:
            return bool(old) and not new
        case Topic.OBLIGATIONS:
            return bool(old and new) and set(what) == set(_steps(answers))
        case Topic.DENIALS:
            return not (old or new) and set(what) <= set(_steps(answers))


def _steps(answers: Answers) -> Iterator[str]:
    """List the reasons and obligations that come and go from one answer to the other."""
    before, after = (
        {*decision.reasons, *decision.obligations} if decision is not None else set() for decision in answers
    )
    yield from (f"+{word}" for word in after - before)
    yield from (f"-{word}" for word in before - after)


def _words(decision: Decision | None) -> str:
    if decision is None:
        return "refused, a word is unknown"
    if decision:
        return f"permitted by {', '.join(decision.rules)}"
    return f"denied, {', '.join(decision.reasons)}"
