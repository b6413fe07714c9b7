"""Words for a decision: what held, what failed, which rules decided, what would help, and when it changes."""

from __future__ import annotations

from kg_access.decision import Decision
from kg_access.decision_point import DecisionPoint
from kg_access.explain.foresight import next_turn
from kg_access.explain.reasoning import at_fault, explained
from kg_access.explain.record import (
    Citation,
    Explanation,
    Question,
    Sentence,
    Step,
    Turn,
    WayOut,
    Why,
)
from kg_access.fact_finder import FactFinder
from kg_access.reading import member
from kg_access.request import AccessRequest
from kg_access.vocabulary import Audience, Language

__all__ = [
    "Citation",
    "Explanation",
    "Question",
    "Sentence",
    "Step",
    "Turn",
    "WayOut",
    "Why",
    "explain_decision",
    "explain_request",
]


def explain_decision(point: DecisionPoint, decision: Decision, language: str, audience: str) -> Explanation:
    """
    Explain a decision from its facts.

    Args:
        point: Where it was decided.
        decision: The decision.
        language: nl or en.
        audience: staff or subject.

    Raises:
        UnknownTerm: The language or the audience is unknown.
    """
    return explained(
        point, decision, None, member("language", Language, language), member("audience", Audience, audience)
    )


def explain_request(
    point: DecisionPoint,
    finder: FactFinder,
    request: AccessRequest,
    decision: Decision,
    language: str,
    audience: str,
) -> Explanation:
    """
    Explain a decision on a request, also when it will change by itself.

    Args:
        point: Where it was decided.
        finder: What finds the facts of another day.
        request: The request.
        decision: The decision on it.
        language: nl or en.
        audience: staff or subject.

    Raises:
        UnknownTerm: The language or the audience is unknown.
    """
    spoken, reader = member("language", Language, language), member("audience", Audience, audience)
    turn = None
    if reader is Audience.STAFF and not at_fault(decision):
        turn = next_turn(point, finder, request, decision, spoken)
    return explained(point, decision, turn, spoken, reader)
