"""From a point of the space of facts to a drafted case: the request that leads there, and what a policy answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import attrs

from kg_access.decision import Decision
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.request import AccessRequest
from kg_access.scenarios.draft import draft
from kg_access.scenarios.run import ask
from kg_access.space import Box, Domains, smallest, telling, witness
from kg_access.vocabulary import Obligation


@attrs.frozen(repr=False, eq=False)
class Witnessed:
    """
    A point, the request that leads to it, and the answer.

    Attributes:
        point: The word of each fact.
        request: The request.
        switches: `published` and `break_glass`, where the point asks for another setting than that of the policy.
        decision: What the policy answers.
    """

    point: Mapping[str, str]
    request: AccessRequest
    switches: Mapping[str, bool]
    decision: Decision

    def __str__(self) -> str:
        return "; ".join(f"{fact}={word}" for fact, word in telling(self.point).items())

    def drafted(self, name: str, title: str) -> str:
        """
        Write it as a scenario file, in which everything that is expected stands.

        Args:
            name: The id of the case.
            title: What it says, in one line.
        """
        decision = self.decision
        return draft(
            name,
            title,
            self.request,
            decision.effect,
            reasons=decision.reasons,
            obligations=decision.obligations,
            fulfils=decision.obligations if decision else None,
            switches=self.switches,
        )


class Witnesses:
    """
    Finds the requests of points and asks about them.

    Args:
        policy: The policy that answers.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._guard = cache(self._make)

    def _make(self, published: bool | None, break_glass: bool | None) -> Guard:  # noqa: FBT001 - settings
        return Guard(self._policy.overlaid(published=published, break_glass=break_glass), fulfils=Obligation)

    def first(self, boxes: Iterable[Box], domains: Domains) -> Witnessed | None:
        """
        Ask about the point of some boxes about which the least has to be told.

        Args:
            boxes: At least one box.
            domains: Every word of every fact.
        """
        return self.ask(smallest(boxes, domains))

    def ask(self, point: Mapping[str, str]) -> Witnessed | None:
        """
        Ask about a point.

        Args:
            point: The word of each fact.

        Returns:
            The request with the answer; `None` when there is no such request.
        """
        request = witness(point, self._policy)
        if request is None:
            return None
        switches: dict[str, bool] = {}
        if (point.get("published") == "yes") is not self._policy.published:
            switches["published"] = not self._policy.published
        if point["break_glass"] != "none" and (point["break_glass"] == "invoked") is not self._policy.break_glass:
            switches["break_glass"] = not self._policy.break_glass
        guard = self._guard(switches.get("published"), switches.get("break_glass"))
        decision = ask(guard, request)
        return Witnessed(point, request, switches, decision)
