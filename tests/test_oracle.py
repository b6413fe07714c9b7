"""
The engine against its oracle: index, compiled matcher and memory give what a stock Casbin enforcer gives.

Engines are made through `Engine` itself, from the shipped policy with other tables (`attrs.evolve`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice, product
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kg_access import Dossier, Effect, Guard, Obligation, Policy, Reason
from kg_access import _engine as engine_module
from kg_access._engine import Answer, Engine
from kg_access.errors import EngineFailure
from kg_access.policy.record import Point, Row, Table
from kg_access.scenarios import run
from kg_access.subject import Assignment, Subject
from tests.oracle import engine_for, matches, stock, suites
from tests.random_policies import STRANGER, random_point, random_row, random_table, with_effect, with_rows

SHARDS = 4
POLICIES = 500
REQUESTS = 100

tables = st.integers(min_value=0, max_value=2**32 - 1).map(lambda seed: random_table(Random(seed), most_rows=12))
seeds = st.integers(min_value=0, max_value=2**32 - 1)
thorough = settings(max_examples=150, deadline=None)


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return Guard.shipped().policy


# --- The engine says what a stock enforcer says -------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_engine_says_what_a_stock_enforcer_says(shard: int, policy: Policy) -> None:
    """Ask both about 50,000 random points of 500 random tables in each shard, the remembered answers too."""
    random = Random(shard)
    permits = 0
    for _ in range(POLICIES):
        table = random_table(random)
        engine, ask = engine_for(policy, table), stock(table)
        for _ in range(REQUESTS):
            point = random_point(random, table)
            answer = engine.ask(table.name, point)
            assert answer.allowed is ask(point), (table.rows, point)
            assert_follows(answer, table, point)
            permits += answer.allowed
    assert 0.15 < permits / (POLICIES * REQUESTS) < 0.6, "the points are too easy to prove anything"


def assert_follows(answer: Answer, table: Table, point: Point) -> None:
    """Check that an answer names exactly the rows that match."""
    found = [row for row in table.rows if matches(row, table.columns, point)]
    assert list(answer.permits) == [row for row in found if row.effect is Effect.PERMIT]
    assert list(answer.denials) == [row for row in found if row.effect is Effect.DENY]


def test_the_random_tables_are_of_every_shape() -> None:
    """Check that the generator makes what the comparison is meant to cover."""
    made = [random_table(Random(seed)) for seed in range(400)]
    effects = [{row.effect for row in table.rows} for table in made]
    assert {Effect.PERMIT} in effects
    assert {Effect.DENY} in effects
    assert {Effect.PERMIT, Effect.DENY} in effects
    assert {len(table.columns) for table in made} == {3, 4, 5, 6}
    assert any(not row.conditions for table in made for row in table.rows)
    assert any(len(words) > 1 for table in made for row in table.rows for words in row.conditions.values())
    assert min(len(table.rows) for table in made) == 1
    assert max(len(table.rows) for table in made) >= 35


@pytest.mark.slow
def test_the_shipped_tables_say_what_a_stock_enforcer_says(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a stock enforcer about every point that a case reaches."""
    reached: dict[str, set[Point]] = {name: set() for name in policy.tables}
    verdicts: dict[tuple[str, Point], bool] = {}
    ask = Engine.ask

    def listening(self: Engine, table: str, point: Point) -> Answer:
        answer = ask(self, table, point)
        reached[table].add(point)
        verdicts[table, point] = answer.allowed
        return answer

    monkeypatch.setattr(Engine, "ask", listening)
    assert run(suites(), policy), "no case was found"
    for name, points in reached.items():
        assert points
        oracle = stock(policy.tables[name])
        for point in sorted(points):
            assert oracle(point) is verdicts[name, point], (name, point)


@pytest.mark.slow
def test_every_row_of_the_shipped_tables_says_what_a_stock_enforcer_says(policy: Policy) -> None:
    """Ask both about one point that satisfies each row, with random words where the row is free."""
    random = Random(7)
    engine = Engine(policy)
    for name, table in policy.tables.items():
        oracle = stock(table)
        for row in table.rows:
            point = tuple(
                random.choice(sorted(row.conditions.get(column, table.domains[column]))) for column in table.columns
            )
            answer = engine.ask(name, point)
            assert answer.allowed is oracle(point), (row.id, point)
            assert_follows(answer, table, point)


# --- Properties that always hold ----------------------------------------------------------------


def points_of(table: Table, seed: int) -> list[Point]:
    """Draw some points of a table."""
    random = Random(seed)
    return [random_point(random, table) for _ in range(40)]


@thorough
@given(tables, seeds)
def test_the_order_of_rows_does_not_matter(policy: Policy, table: Table, seed: int) -> None:
    """Shuffle the rows: the same verdict, for the same rows."""
    shuffled = list(table.rows)
    Random(seed).shuffle(shuffled)
    one, other = engine_for(policy, table), engine_for(policy, with_rows(table, shuffled))
    for point in points_of(table, seed):
        first, second = one.ask(table.name, point), other.ask(table.name, point)
        assert first.allowed is second.allowed
        assert sorted(row.id for row in first.permits) == sorted(row.id for row in second.permits)
        assert sorted(row.id for row in first.denials) == sorted(row.id for row in second.denials)


@thorough
@given(tables, seeds)
def test_duplicate_rows_do_not_matter(policy: Policy, table: Table, seed: int) -> None:
    """Repeat some rows: the same verdict."""
    random = Random(seed)
    repeated = [*table.rows, *random.choices(table.rows, k=random.randint(1, 5))]
    one, other = engine_for(policy, table), engine_for(policy, with_rows(table, repeated))
    for point in points_of(table, seed):
        assert one.ask(table.name, point).allowed is other.ask(table.name, point).allowed


@thorough
@given(tables, seeds)
def test_adding_a_limit_never_widens(policy: Policy, table: Table, seed: int) -> None:
    """Add a denying row: whatever is allowed now was allowed before, and what it matches is denied."""
    random = Random(seed)
    limit = random_row(random, table, Effect.DENY)
    rows = list(table.rows)
    rows.insert(random.randrange(len(rows) + 1), limit)
    before, after = engine_for(policy, table), engine_for(policy, with_rows(table, rows))
    for point in points_of(table, seed):
        allowed = after.ask(table.name, point).allowed
        assert allowed <= before.ask(table.name, point).allowed
        assert not (allowed and matches(limit, table.columns, point))


@thorough
@given(tables, seeds)
def test_dropping_a_permit_never_widens(policy: Policy, table: Table, seed: int) -> None:
    """Drop a permitting row, or turn it into a denial: whatever is allowed now was allowed before."""
    random = Random(seed)
    permits = [row for row in table.rows if row.effect is Effect.PERMIT]
    assume(permits)
    gone = random.choice(permits)
    fewer = [row for row in table.rows if row is not gone] or [with_effect(gone, Effect.DENY)]
    turned = [with_effect(row, Effect.DENY) if row is gone else row for row in table.rows]
    before = engine_for(policy, table)
    for rows in (fewer, turned):
        after = engine_for(policy, with_rows(table, rows))
        for point in points_of(table, seed):
            assert after.ask(table.name, point).allowed <= before.ask(table.name, point).allowed


@thorough
@given(tables, seeds, st.integers(min_value=1, max_value=8))
def test_the_remembered_verdict_equals_a_fresh_stock_enforcers(
    policy: Policy, table: Table, seed: int, remembered: int
) -> None:
    """Ask twice, also when the memory is too small: a fresh engine and a fresh stock enforcer say the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "REMEMBERED", remembered)
        old, fresh, oracle = engine_for(policy, table), engine_for(policy, table), stock(table)
        for point in points_of(table, seed):
            old.ask(table.name, point)
        for point in points_of(table, seed):
            again = old.ask(table.name, point)
            assert again == fresh.ask(table.name, point)
            assert again.allowed is oracle(point)
        assert len(old._questions[table.name]._answers) <= remembered


@thorough
@given(tables, seeds, st.integers(min_value=1, max_value=6))
def test_rows_that_nearly_match_fail_on_the_listed_facts(policy: Policy, table: Table, seed: int, failing: int) -> None:
    """Check each row that `nearly` lists, that it lists them all, and the nearest first."""
    engine = engine_for(policy, table)
    for point in points_of(table, seed)[:15]:
        near = engine.nearly(table.name, point, failing)
        values = dict(zip(table.columns, point, strict=True))
        for row, facts in near:
            assert 0 < len(facts) <= failing
            assert set(facts) == {fact for fact, words in row.conditions.items() if values[fact] not in words}
            assert not matches(row, table.columns, point)
            mended = {**values, **{fact: min(row.conditions[fact]) for fact in facts}}
            assert matches(row, table.columns, tuple(mended[column] for column in table.columns))
        assert [len(facts) for _, facts in near] == sorted(len(facts) for _, facts in near)
        wanted = [row for row in table.rows if 0 < wrong(row, values) <= failing]
        assert sorted(id(row) for row, _ in near) == sorted(id(row) for row in wanted)


def wrong(row: Row, values: dict[str, str]) -> int:
    """Count the facts on which a row fails."""
    return sum(values[fact] not in words for fact, words in row.conditions.items())


@thorough
@given(tables, seeds)
def test_without_a_rule_equals_a_table_without_it(policy: Policy, table: Table, seed: int) -> None:
    """Check that `Answer.without` says what an engine says whose table lacks the rule."""
    gone = Random(seed).choice(table.rows).id
    rest = [row for row in table.rows if row.id != gone]
    assume(rest)
    engine, fewer = engine_for(policy, table), engine_for(policy, with_rows(table, rest))
    for point in points_of(table, seed):
        assert engine.ask(table.name, point).without(gone) == fewer.ask(table.name, point)


# --- Whatever goes wrong in Casbin denies -------------------------------------------------------


NURSE = Subject(
    "nele", kind="staff", assignments=[Assignment(role="nurse", service="preventive_family_support", team="LT-GENT")]
)
DOSSIER = Dossier("D1", service="preventive_family_support", team="LT-GENT", use=[("2018-03-01", None)])


@pytest.fixture
def guard(policy: Policy) -> Guard:
    """A fresh guard, which permits what `decide` asks."""
    guard = Guard(policy, fulfils=Obligation)
    assert decide(guard).allowed
    guard._current.memory.clear()
    for question in guard._current.point.engine._questions.values():
        question._answers.clear()
    return guard


def decide(guard: Guard) -> Any:
    """Ask what a nurse of the team may read."""
    return guard.decide(
        NURSE,
        "read",
        DOSSIER,
        categories={"health"},
        group="child_and_family",
        purpose="preventive_family_support",
    )


def question_of(guard: Guard, table: str) -> Any:
    """Reach the part of the engine that answers for one table."""
    return guard._current.point.engine._questions[table]


def assert_denies_for_a_fault(guard: Guard, table: str) -> None:
    """Check that the engine fails, that the guard denies and says so, and that it does not remember the fault."""
    engine = guard._current.point.engine
    with pytest.raises(EngineFailure) as failure:
        engine.ask(table, permitted_point(guard, table))
    assert failure.value.table == table
    decision = decide(guard)
    assert not decision.allowed
    assert decision.reasons == (Reason.ENGINE_FAILURE,)
    assert Obligation.LOG in decision.obligations
    assert not guard._current.memory


def permitted_point(guard: Guard, table: str) -> Point:
    """Work out the point that `decide` asks a table about."""
    current = guard._current
    facts = current.finder.facts(
        current.finder.key(
            NURSE, "read", DOSSIER, {"health"}, "child_and_family", "preventive_family_support", 737000, "all", None
        )
    )
    point = current.point.point(facts, facts.standings[0], "health")
    return tuple(point[column] for column in guard.policy.tables[table].columns)


TABLES = ("scope", "need", "limits")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "error",
    [RuntimeError, ValueError, KeyError, TypeError, RecursionError, SystemError, MemoryError, AssertionError, OSError],
)
def test_an_exception_in_casbin_denies(
    guard: Guard, table: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let Casbin raise: the engine fails and the guard denies."""

    def broken(*_: str) -> bool:
        raise error

    monkeypatch.setattr(question_of(guard, table)._enforcer, "enforce", broken)
    assert_denies_for_a_fault(guard, table)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verdict", [1, 1.0, "True", [True], (True, []), object(), None, False, [], 0])
def test_an_answer_other_than_true_denies(
    guard: Guard, table: str, verdict: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let Casbin answer what is not `True`, where it should have been: the engine fails and the guard denies."""
    monkeypatch.setattr(question_of(guard, table)._enforcer, "enforce", lambda *_: verdict)
    assert_denies_for_a_fault(guard, table)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("enabled", [False, 0, 1, None, "yes"])
def test_a_switched_off_casbin_denies(guard: Guard, table: str, enabled: object) -> None:
    """Switch Casbin off, which makes it allow everything: the engine fails and the guard denies."""
    question_of(guard, table)._enforcer.enabled = enabled
    assert_denies_for_a_fault(guard, table)


@pytest.mark.parametrize("table", TABLES)
def test_a_true_where_no_row_permits_denies(guard: Guard, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Casbin allow what no row permits: the engine fails."""
    monkeypatch.setattr(question_of(guard, table)._enforcer, "enforce", lambda *_: True)
    nowhere = tuple("nowhere" for _ in guard.policy.tables[table].columns)
    engine = guard._current.point.engine
    if any(matches(row, guard.policy.tables[table].columns, nowhere) for row in guard.policy.tables[table].rows):
        nowhere = denied_point(guard.policy.tables[table])
    with pytest.raises(EngineFailure):
        engine.ask(table, nowhere)


def denied_point(table: Table) -> Point:
    """Make a point that a denying row matches."""
    row = next(row for row in table.rows if row.effect is Effect.DENY)
    return tuple(min(row.conditions.get(column, {"nowhere"})) for column in table.columns)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("effect", list(Effect))
def test_an_index_that_finds_rows_that_do_not_match_denies(
    guard: Guard, table: str, effect: Effect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the index find one row too many, at a point that it does not match: Casbin must notice."""
    question = question_of(guard, table)
    rows = guard.policy.tables[table].rows
    point = permitted_point(guard, table)
    strangers = [
        number
        for number, row in enumerate(rows)
        if row.effect is effect and not matches(row, guard.policy.tables[table].columns, point)
    ]
    found = question._matching(point)
    if effect is Effect.PERMIT:
        found = []
    if strangers:
        monkeypatch.setattr(question, "_matching", lambda _: sorted({*found, strangers[0]}))
        with pytest.raises(EngineFailure):
            question.ask(point)
        assert decide(guard).reasons == (Reason.ENGINE_FAILURE,)


Index = list[tuple[dict[str, int], int]]


def lies(index: Index, table: Table) -> Iterator[Index]:
    """Make every index that is wrong about one row and one word, or about one row and all other words."""
    for number, row in enumerate(table.rows):
        bit = 1 << number
        for place, column in enumerate(table.columns):
            values, otherwise = index[place]
            for word in table.domains[column]:
                changed = {**values, word: values.get(word, otherwise) ^ bit}
                yield [*index[:place], (changed, otherwise), *index[place + 1 :]]
            if column in row.conditions:
                yield [*index[:place], (values, otherwise ^ bit), *index[place + 1 :]]


def test_an_index_that_lies_never_gives_a_wrong_answer(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spoil the index of small tables in every way there is: each point gets the right answer or a failure."""
    made = (random_table(Random(seed), most_rows=4) for seed in count())
    for table in islice((table for table in made if len(table.columns) == 3), 8):
        honest = engine_module._index(table)
        points = list(product(*[(*table.domains[column], STRANGER) for column in table.columns]))
        for wrong_index in lies(honest, table):
            with monkeypatch.context() as patch:
                patch.setattr(engine_module, "_index", lambda _, wrong_index=wrong_index: wrong_index)
                with suppress(EngineFailure):
                    engine = engine_for(policy, table)
                    for point in points:
                        with suppress(EngineFailure):
                            assert_follows(engine.ask(table.name, point), table, point)


def test_a_row_that_casbin_cannot_read_makes_no_engine(policy: Policy) -> None:
    """Give a model that does not fit the rows: Casbin fails before anybody relies on it."""
    table = random_table(Random(3))
    with pytest.raises(Exception, match=r".+"):
        engine_for(policy, attrs.evolve(table, model=table.model.replace("p = id, ", "p = ")))
