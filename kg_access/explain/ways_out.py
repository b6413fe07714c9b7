"""
The ways out of a denial: smallest sets of facts that would flip it, each tried by deciding again.

The search goes from denial to denial: it takes a row that stands in the way, changes one of its facts to a value that
somebody can bring about (or that nobody can, which is worth knowing too), decides again, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from kg_access.decision_point import DecisionPoint, Trial, nearest_trials
from kg_access.facts import SHARED, Facts
from kg_access.subject import ELSEWHERE, NOBODY
from kg_access.vocabulary import Effect

MOST_STEPS: Final = 4
MOST_WAYS: Final = 5
MOST_TRIES: Final = 60

Changes = tuple[tuple[str, str], ...]


def ways_out(point: DecisionPoint, facts: Facts) -> list[Changes]:
    """
    Find what would turn a denial into a permit.

    Args:
        point: Where it was decided.
        facts: The facts of the denial.

    Returns:
        Sets of facts with the values that help, the smallest first; each has been tried, and none has a smaller part
        that helps as well.
    """
    found: list[Changes] = []
    waiting: list[Changes] = [()]
    seen: set[Changes] = {()}
    tries = 0
    while waiting and len(found) < MOST_WAYS and tries < MOST_TRIES:
        changes = waiting.pop(0)
        if any(set(way) <= set(changes) for way in found):
            continue
        tries += 1
        changed = applied(facts, changes)
        trials = point.trials(changed)
        if point.conclude(changed, trials):
            found.append(changes)
        elif len(changes) < MOST_STEPS:
            for step in _steps(point, changed, trials, dict(changes)):
                longer = tuple(sorted((*changes, step)))
                if longer not in seen:
                    seen.add(longer)
                    waiting.append(longer)
    return found


def applied(facts: Facts, changes: Changes) -> Facts:
    """
    Make the facts that would hold after some changes.

    Args:
        facts: The facts.
        changes: Facts with their new values; `link` and `deputy` change in every standing that has a role,
            `authorisation` for every category.
    """
    shared: dict[str, Any] = {fact: value for fact, value in changes if fact in SHARED}
    new = dict(changes)
    standings = tuple(
        sorted(
            {
                standing
                if standing.role in {ELSEWHERE, NOBODY}
                else standing._replace(link=new.get("link", standing.link), deputy=new.get("deputy", standing.deputy))
                for standing in facts.standings
            }
        )
    )
    authorised = facts.categories if new.get("authorisation") == "valid" else facts.authorised
    return attrs.evolve(facts, **shared, standings=standings, authorised=authorised)


def without_refused(point: DecisionPoint, facts: Facts) -> frozenset[str]:
    """
    Find the categories that remain when those that are refused are not asked.

    Args:
        point: Where it was decided.
        facts: The facts of the denial.
    """
    kept = frozenset(
        category
        for category, trials in point.trials(facts).items()
        if any(trial.allowed for trial in trials) and category in facts.categories
    )
    if kept and kept != facts.categories:
        fewer = attrs.evolve(facts, categories=kept, authorised=facts.authorised & kept)
        if point.decide(fewer):
            return kept
    return frozenset()


def _steps(
    point: DecisionPoint, facts: Facts, trials: Mapping[str, list[Trial]], changed: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    helps = point.policy.vocabulary.facts
    for tried in trials.values():
        if any(trial.allowed for trial in tried):
            continue
        for trial in nearest_trials(tried):
            for fact, keeping_out in _in_the_way(point, facts, trial):
                for value in helps[fact].helps:
                    before = helps[fact].only_from.get(value)
                    now = point.point(facts, trial.standing, trial.category)[fact]
                    if fact in changed or value in keeping_out or (before is not None and now not in before):
                        continue
                    if _can_change(point, fact, trial):
                        yield fact, value
        return


def _in_the_way(point: DecisionPoint, facts: Facts, trial: Trial) -> Iterator[tuple[str, frozenset[str]]]:
    """Give the facts that keep a trial from a permit, each with the values that would still keep it out."""
    values = point.point(facts, trial.standing, trial.category)
    if trial.denials():
        row = trial.denials()[0]
        for fact in row.conditions:
            yield fact, row.conditions[fact] | {values[fact]}
        return
    columns = point.policy.tables["need"].columns
    for row, failing in point.engine.nearly("need", tuple(values[column] for column in columns), MOST_STEPS):
        if row.effect is Effect.PERMIT:
            for fact in failing:
                yield fact, frozenset({values[fact]})


def _can_change(point: DecisionPoint, fact: str, trial: Trial) -> bool:
    if fact == "break_glass":
        return point.policy.break_glass
    return fact not in {"link", "deputy"} or trial.standing.role not in {ELSEWHERE, NOBODY}
