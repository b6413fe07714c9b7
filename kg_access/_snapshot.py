"""All that belongs to one policy version in use; a guard swaps it as a whole, so that no lock is needed to read it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from threading import Lock
from typing import Final

from kg_access.days import day_of
from kg_access.decision import Decision
from kg_access.decision_point import DecisionPoint
from kg_access.dossier import Dossier
from kg_access.errors import EngineFailure, InvalidInput
from kg_access.explain import Explanation, explain_decision
from kg_access.fact_finder import FactFinder, Key
from kg_access.policy import Policy
from kg_access.request import Context
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation, Phase

REMEMBERED: Final = 32_768

log = logging.getLogger("kg_access.decisions")


class Snapshot:
    """
    One policy version with what finds facts, what decides on them, and the decisions that are remembered.

    Args:
        policy: The policy.
        fulfils: The obligations that the application carries out.

    Attributes:
        finder: What finds facts.
        point: What decides on them.
        memory: The remembered decisions, at most `REMEMBERED`, by the facts of their requests.
    """

    def __init__(self, policy: Policy, fulfils: frozenset[Obligation]) -> None:
        self.finder = FactFinder(policy)
        self.point = DecisionPoint(policy, fulfils, self.explain)
        self.memory: dict[Key, Decision] = {}
        self._lock = Lock()

    def answer(
        self,
        subject: Subject,
        action: str,
        dossier: Dossier,
        categories: Iterable[str] | None,
        group: str | None,
        purpose: str | None,
        day: int,
        mode: str,
        context: Context | None,
    ) -> Decision:
        """
        Answer a request, from memory if equal facts were decided before; a fault denies.

        Args:
            subject: Who asks.
            action: What the subject wants to do.
            dossier: The dossier asked about.
            categories: The kinds of data asked for.
            group: The group that they are about.
            purpose: What they are for.
            day: The number of the Brussels calendar day.
            mode: all or redact.
            context: The circumstances.

        Raises:
            InvalidInput: An argument has the wrong type.
            UnknownTerm: A word is not in the vocabulary of the policy.
        """
        try:
            key = self.finder.key(subject, action, dossier, categories, group, purpose, day, mode, context)
            decision = self.memory.get(key)
            return self.decide(key) if decision is None else decision
        except InvalidInput:
            raise
        except Exception as error:
            return self.fault(error, dossier, day)

    def decide(self, key: Key) -> Decision:
        """
        Decide on a request that is not remembered, and remember the answer; a fault denies and is not remembered.

        Args:
            key: The facts of the request, as the finder describes them.

        Raises:
            UnknownTerm: A word is not in the vocabulary of the policy.
        """
        facts = self.finder.facts(key)
        try:
            decision = self.point.decide(facts)
        except Exception as error:
            _report(error)
            return self.point.failure(Phase(facts.phase), facts)
        with self._lock:
            if len(self.memory) >= REMEMBERED:
                del self.memory[next(iter(self.memory))]
            self.memory[key] = decision
        return decision

    def fault(self, error: Exception, dossier: Dossier, day: int) -> Decision:
        """
        Deny because facts could not be found.

        Args:
            error: What went wrong.
            dossier: The dossier asked about.
            day: The number of the Brussels calendar day.
        """
        _report(error)
        return self.point.failure(dossier.timeline.phase(day))

    def failure(self, dossier: Dossier | None) -> Decision:
        """
        Deny because of a fault elsewhere.

        Args:
            dossier: The dossier asked about; `None` when it is not known.
        """
        return self.point.failure(Phase.RETENTION_UNKNOWN if dossier is None else dossier.timeline.phase(day_of(None)))

    def explain(self, decision: Decision, *, language: str, audience: str) -> Explanation:
        """
        Explain a decision from its facts.

        Args:
            decision: The decision.
            language: nl or en.
            audience: staff or subject.
        """
        return explain_decision(self.point, decision, language, audience)


def logged(decision: Decision) -> Decision:
    """
    Log a decision, without people or values, if anybody listens.

    Args:
        decision: The decision.
    """
    if log.isEnabledFor(logging.INFO):
        log.info("%r under %s", decision, decision.policy)
    return decision


def _report(error: Exception) -> None:
    what = str(error) if isinstance(error, EngineFailure) else type(error).__name__
    log.error("a fault while deciding denies: %s", what)
