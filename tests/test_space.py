"""The finite space of facts: what the rows permit in it is what the guard permits, and every point has a request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_access.decision import Decision
from kg_access.guard import Guard
from kg_access.scenarios import ask, draft, read_suite, run
from kg_access.space import Box, Space, contains, exactly, inside, outside, remainder, size, smallest, without, witness
from kg_access.vocabulary import Effect, Obligation
from tests.people import UNHURRIED, able_guard

SMALL: Final[Mapping[str, tuple[str, ...]]] = {"a": ("1", "2", "3"), "b": ("x", "y"), "c": ("p", "q", "r", "s")}


@cache
def space(*, break_glass: bool = False) -> Space:
    """Give the space of the shipped policy."""
    return Space(guard(break_glass=break_glass).policy)


@cache
def guard(*, break_glass: bool = False) -> Guard:
    """Give a guard for the shipped policy."""
    return Guard(able_guard().policy.overlaid(published=None, break_glass=break_glass), fulfils=Obligation)


def found(guard: Guard, decision: Decision) -> dict[str, str]:
    """Give the one point on which a decision about one assignment and at most one category rests."""
    facts = decision.facts
    assert facts is not None
    (standing,), (category,) = facts.standings, facts.asked()
    return guard._current.point.point(facts, standing, category)


@pytest.mark.parametrize("break_glass", [False, True])
def test_what_the_rows_permit_is_permitted_by_the_same_rows(*, break_glass: bool) -> None:
    """Each region has a request with exactly its facts, and the guard permits it by the rows of the region."""
    for region in space(break_glass=break_glass).permitted:
        point = smallest([region.box], space(break_glass=break_glass).domains)
        request = witness(point, guard(break_glass=break_glass).policy)
        assert request is not None
        decision = ask(guard(break_glass=break_glass), request)
        assert found(guard(break_glass=break_glass), decision) == point
        assert decision, decision.reasons
        assert set(decision.rules) == {row.id for row in region.permits}
        assert decision.obligations == region.obligations


def test_every_part_of_the_reachable_space_has_a_request() -> None:
    """No point that counts as reachable is without people, a dossier and circumstances that lead to it."""
    for box in space().reachable:
        point = smallest([box], space().domains)
        request = witness(point, space().policy)
        assert request is not None
        assert found(guard(), ask(guard(), request)) == point


def test_no_point_is_counted_twice() -> None:
    """Regions have no common point, so that a count of points is one."""
    regions = space().permitted
    random = Random(0)
    for _ in range(50_000):
        one, other = random.sample(regions, 2)
        assert inside(one.box, other.box) is None


def near(random: Random, *, break_glass: bool) -> dict[str, str]:
    """Draw a point close to the border between what is permitted and what is not."""
    domains = space(break_glass=break_glass).domains
    box = random.choice(space(break_glass=break_glass).permitted).box
    point = {fact: random.choice(sorted(box.get(fact, words))) for fact, words in domains.items()}
    for fact in random.sample(sorted(domains), random.choice([0, 1, 1, 2, 3])):
        point[fact] = random.choice(domains[fact])
    return point


@UNHURRIED
@given(random=st.randoms(use_true_random=False), break_glass=st.booleans())
def test_the_guard_and_the_rows_agree_on_every_point(*, random: Random, break_glass: bool) -> None:
    """Whatever point a request leads to, the guard permits it exactly when it lies in a region."""
    for _ in range(20):
        point = near(random, break_glass=break_glass)
        if not space(break_glass=break_glass).within([exactly(point)]):
            continue
        request = witness(point, guard(break_glass=break_glass).policy)
        assert request is not None
        decision = ask(guard(break_glass=break_glass), request)
        assert found(guard(break_glass=break_glass), decision) == point
        listed = any(contains(region.box, point) for region in space(break_glass=break_glass).permitted)
        assert bool(decision) is listed, (point, decision.reasons)


def test_an_unpublished_policy_permits_nothing() -> None:
    """Without publication there is no region at all (KG-CHG-2)."""
    assert Space(able_guard().policy.overlaid(published=False, break_glass=None)).permitted == []


def test_what_no_request_leads_to_has_no_witness() -> None:
    """A service that always existed is never without force, and nobody else belongs to a processor's entry."""
    point = smallest(space().reachable, space().domains)
    for change in (
        {"service": "childcare", "service_in_force": "no"},
        {"kind": "staff", "organisation": "gobiquity"},
    ):
        assert space().within([exactly({**point, **change})]) == []
        assert witness({**point, **change}, space().policy) is None


@UNHURRIED
@given(st.integers(0, 10**9))
def test_a_draft_of_a_case_says_exactly_the_request(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """A request written as a scenario file is read back as the same request, and passes."""
    random = Random(seed)
    region = random.choice(space().permitted)
    point = {fact: random.choice(sorted(region.box.get(fact, words))) for fact, words in space().domains.items()}
    request = witness(point, space().policy)
    assert request is not None
    file = Path(tmp_path_factory.mktemp("draft") / "case.yaml")
    file.write_text(draft("X-1", "what a walk found", request, Effect.PERMIT), encoding="utf-8")
    suite = read_suite(file)
    assert suite.cases[0].request == request
    assert run([suite], space().policy)[0].failures == ()


# -- the algebra, against counting one by one --------------------------------------------------------------------------

BOXES = st.fixed_dictionaries(
    {}, optional={fact: st.sets(st.sampled_from(words), min_size=1).map(frozenset) for fact, words in SMALL.items()}
)
POINTS: Final = [dict(zip(SMALL, words, strict=True)) for words in product(*SMALL.values())]


def listed(box: Box) -> list[dict[str, str]]:
    """List the points of a small box."""
    return [point for point in POINTS if contains(box, point)]


@given(BOXES, BOXES)
def test_boxes_are_cut_without_loss(one: Box, other: Box) -> None:
    """What two boxes share and what one has beyond the other are all of its points, each once."""
    shared = inside(one, other)
    pieces = [*outside(one, other, SMALL), *([] if shared is None else [shared])]
    points = [point for piece in pieces for point in listed(piece)]
    assert sorted(points, key=str) == sorted(listed(one), key=str)
    assert size(one, SMALL) == len(listed(one))


@given(BOXES, st.lists(BOXES, max_size=4))
def test_what_is_left_is_what_lies_in_no_other(one: Box, others: list[Box]) -> None:
    """Taking boxes away leaves the points that lie in none of them."""
    left = [point for piece in without([one], others, SMALL) for point in listed(piece)]
    expected = [point for point in listed(one) if not any(contains(other, point) for other in others)]
    assert sorted(left, key=str) == sorted(expected, key=str)


@given(BOXES, st.lists(BOXES, max_size=4))
def test_a_remainder_is_found_exactly_when_something_is_left(one: Box, others: list[Box]) -> None:
    """Some part is found exactly when a point of the box lies in no other, and all of the part lies in none."""
    free = [point for point in listed(one) if not any(contains(other, point) for other in others)]
    left = remainder(one, others, SMALL)
    assert (left is not None) is bool(free)
    if left is not None:
        assert listed(left)
        assert all(point in free for point in listed(left))
