"""When an answer changes by itself: a use ends, a term runs out, an assignment or an authorisation begins or lapses."""

from __future__ import annotations

from datetime import date
from typing import Final

from kg_access.days import LAST_DAY, day_of
from kg_access.decision import Decision
from kg_access.decision_point import DecisionPoint
from kg_access.explain.record import Turn
from kg_access.explain.words import TURNS, long_day
from kg_access.fact_finder import FactFinder
from kg_access.request import AccessRequest

MOST_DAYS: Final = 40


def next_turn(
    point: DecisionPoint, finder: FactFinder, request: AccessRequest, decision: Decision, language: str
) -> Turn | None:
    """
    Find the first day on which the verdict or the phase is another one.

    Args:
        point: Where it was decided.
        finder: What finds the facts of another day.
        request: The request.
        decision: The decision on it.
        language: nl or en.
    """
    today = day_of(request.at)
    for day in sorted(edge for edge in _edges(finder, request) if today < edge < LAST_DAY)[:MOST_DAYS]:
        key = finder.key(
            request.subject, request.action, request.dossier, request.categories,
            request.group, request.purpose, day, request.mode, request.context,
        )  # fmt: skip
        later = point.decide(finder.facts(key))
        if (later.effect, later.phase) != (decision.effect, decision.phase):
            texts = TURNS[language]
            kind = str(later.effect) if later.effect is not decision.effect else f"still_{later.effect}"
            text = point.policy.vocabulary.facts["phase"].values[later.phase].in_(language)
            joint = TURNS[language]["still" if later.effect is decision.effect else "since"]
            phase = "" if later.phase is decision.phase else joint.format(text)
            on = date.fromordinal(day)
            text = texts[kind].format(day=long_day(on, language), phase=phase)
            return Turn(on, later.effect, later.phase, text)
    return None


def _edges(finder: FactFinder, request: AccessRequest) -> set[int]:
    words = finder.policy.vocabulary
    edges = set(request.dossier.timeline.days)
    for assignment in request.subject.assignments:
        edges |= {assignment.first, assignment.last + 1}
    for authorisation in request.subject.authorisations:
        edges |= {authorisation.first, authorisation.last + 1}
    for register in (words.processors, words.recipients):
        entry = register.get(request.subject.organisation or "")
        if entry is not None:
            edges |= {entry.first, entry.last + 1}
    for country in (request.context.destination_country, request.context.access_country):
        member = words.eea.get((country or "").upper())
        if member is not None:
            edges |= {member.first, member.last + 1}
    service = words.services.get(request.dossier.service)
    if service is not None and service.in_force_from is not None:
        edges.add(service.in_force_from.toordinal())
    return edges
