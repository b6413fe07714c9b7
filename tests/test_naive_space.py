"""
The guard against the naive evaluator on the space of facts: a set of points in which every pair of words occurs.

The long run of `.ci/long` asks about the border as well: a point of every region, and all that differ in one fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from os import environ
from random import Random
from typing import Any, Final

import pytest

from kg_access.guard import Guard
from kg_access.request import AccessRequest
from kg_access.space import Space, exactly, smallest, witness
from kg_access.vocabulary import Obligation
from tests.naive import evaluate
from tests.test_naive import what_counts

LONG: Final = "KG_ACCESS_LONG" in environ


@cache
def guard() -> Guard:
    """Give a guard for the shipped policy with emergency access, so that its rows are reached as well."""
    policy = Guard.shipped().policy
    return Guard(policy.overlaid(published=None, break_glass=True), fulfils=Obligation)


@cache
def space() -> Space:
    """Give the space of that policy."""
    return Space(guard().policy)


def covering() -> Iterator[dict[str, str]]:
    """Give points in which every pair of words that can occur together does."""
    random = Random("pairs")
    domains = space().domains
    left = {
        ((fact, word), (other, second))
        for fact, other in combinations(domains, 2)
        for word in domains[fact]
        for second in domains[other]
    }
    for pair in sorted(left):
        if pair in left:
            box = next(iter(space().within([{fact: frozenset({word}) for fact, word in pair}])), None)
            if box is not None:
                point = {fact: random.choice(sorted(box.get(fact, words))) for fact, words in domains.items()}
                left -= set(combinations(point.items(), 2))
                yield point


def borders() -> Iterator[dict[str, str]]:
    """Give a point of every region, and every point that differs from it in one fact."""
    for region in space().permitted:
        point = smallest([region.box], space().domains)
        yield point
        for fact, words in space().domains.items():
            for word in words:
                if word != point[fact] and _reachable({**point, fact: word}):
                    yield {**point, fact: word}


def _reachable(point: Mapping[str, str]) -> bool:
    return bool(space().within([exactly(point)]))


def assert_both_say_the_same(request: AccessRequest) -> bool:
    """Put a request to both, and give the verdict."""
    asked: dict[str, Any] = {
        "categories": request.categories, "group": request.group, "purpose": request.purpose, "at": request.at,
        "mode": request.mode, "context": request.context,
    }  # fmt: skip
    decision = guard().decide(request.subject, request.action, request.dossier, **asked)
    verdict = evaluate(request.subject, request.action, request.dossier, **asked, break_glass=True)
    due = verdict.obligations if verdict.allowed else frozenset()
    expected = verdict._replace(reasons=frozenset(), obligations=due)
    assert what_counts(decision) == expected, (decision.facts, decision.reasons, verdict)
    return verdict.allowed


def test_both_agree_where_every_pair_of_words_occurs() -> None:
    """The guard and the naive evaluator agree on a set of requests that holds every possible pair of words."""
    count = 0
    for point in covering():
        request = witness(point, guard().policy)
        assert request is not None
        assert_both_say_the_same(request)
        count += 1
    assert count > 700, "fewer points than the two largest vocabularies have pairs"


def test_both_agree_on_a_request_of_every_region() -> None:
    """Each region that the rows permit is one that the readings permit, with the same obligations."""
    for region in space().permitted:
        request = witness(smallest([region.box], space().domains), guard().policy)
        assert request is not None
        assert assert_both_say_the_same(request)


@pytest.mark.skipif(not LONG, reason="part of the long run, see .ci/long")
def test_both_agree_along_the_whole_border() -> None:
    """Change each fact of each region's request to every other word: both still agree."""
    permits = 0
    for point in borders():
        request = witness(point, guard().policy)
        assert request is not None
        permits += assert_both_say_the_same(request)
    assert permits > 10_000, "the border was not walked"
