"""`kg-access test --mutate`: whether the cases of a policy notice a small mistake in any of its rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_access import load_policy
from kg_access._shipped import shipped
from kg_access.errors import ScenarioError
from kg_access.mutation import Mutation, mutants, mutate, read_acceptances
from kg_access.mutation.kills import Cases, Changes
from kg_access.mutation.survey import _Survey
from kg_access.policy.load import load_written
from kg_access.policy.written import Written
from kg_access.scenarios import Result, failures, find_scenarios, read_suite, read_suites, run, tried
from kg_access.scenarios.run import Runner
from tests.conftest import PROJECT
from tests.people import UNHURRIED

pytestmark = pytest.mark.slow


@cache
def written() -> Written:
    """Give the shipped policy with its rules."""
    return load_written(shipped("policies"), shipped("models"))


@cache
def results() -> tuple[Result, ...]:
    """Give the results of the shipped cases."""
    return tuple(run(read_suites(find_scenarios([PROJECT / "policies"])), written().policy))


def test_no_mistake_in_a_shipped_rule_goes_unnoticed() -> None:
    """Every mutant of the shipped policy is killed, is equivalent, or is accepted with a reason that is needed."""
    mutation = mutate(results(), written(), read_acceptances(PROJECT / "policies"))
    assert [(one.mutant.rule.id, one.mutant.change) for one in mutation.survivors] == []
    assert [(one.rule, one.change) for one in mutation.unused] == []
    assert mutation.killed > 800


def test_only_cases_that_a_change_concerns_need_asking() -> None:
    """For mutants all over the policy, asking all cases anew finds a failing one exactly if the measurement does."""
    policy = written().policy
    cases = Cases(tried(results(), policy), policy)
    suites = tuple(dict.fromkeys(result.suite for result in results()))
    for mutant in list(mutants(written()))[::120]:
        table = mutant.build()
        changed = attrs.evolve(policy, tables={**policy.tables, table.name: table})
        anew = Runner(changed, known_rules=policy.rules()).run(suites)
        killer = cases.killer(table, Changes.between(policy.tables[table.name], table))
        assert (killer is not None) is any(not result.passed for result in anew), mutant


@settings(UNHURRIED, max_examples=30)
@given(st.data())
def test_a_drafted_case_kills_what_it_is_drafted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Without any case a mutant survives; the case drafted from the survivor passes, and fails under the mutant."""
    mutant = data.draw(st.sampled_from(list(mutants(written()))))
    survey = _survey()
    table = mutant.build()
    changes = Changes.between(written().policy.tables[table.name], table)
    different, needed = survey._told_apart(table, changes)
    if not different:
        return
    assert needed is not None
    path = tmp_path_factory.mktemp("drafts") / "drafted.yaml"
    path.write_text(needed.drafted("drafted", "drafted"), encoding="utf-8")
    suite = read_suite(path)
    policy = written().policy
    assert all(result.passed for result in run([suite], policy))
    changed = attrs.evolve(policy, tables={**policy.tables, table.name: table})
    (result,) = Runner(changed, known_rules=policy.rules()).run([suite])
    assert not result.passed
    assert list(failures(result.case, result.decision)) == list(result.failures)


@cache
def _survey() -> _Survey:
    return _Survey((), written(), {})


def _mutated(folder: Path, keep: Callable[[str], bool]) -> Mutation:
    """Try the mutants of one rule of a copy."""
    own = load_written(folder / "policies", folder / "models")
    cases = run(read_suites(find_scenarios([folder / "policies"])), own.policy)
    survey = _Survey([case for case in cases if keep(case.case.id)], own, {})
    for mutant in mutants(own):
        if mutant.rule.id == "LM-OTHER-COUNTRY":
            survey.add(mutant)
    return survey.mutation()


def test_a_removed_case_leaves_a_survivor_with_its_place(folder: Path) -> None:
    """Dropping a rule survives once no case has it decide, and the survivor is named with file and line."""
    own = load_policy(folder / "policies", models=folder / "models")
    cases = run(read_suites(find_scenarios([folder / "policies"])), own)
    deciding = {result.case.id for result in cases if "LM-OTHER-COUNTRY" in result.decision.rules}
    assert _mutated(folder, lambda _: True).survivors == ()
    mutation = _mutated(folder, lambda name: name not in deciding)
    assert "drop the rule" in {one.mutant.change for one in mutation.survivors}
    text = mutation.report().text()
    line = own.rules()["LM-OTHER-COUNTRY"][0].line
    assert f"limits/rules.csv:{line}: LM-OTHER-COUNTRY: drop the rule" in text
    assert "smallest request: " in text


def test_an_acceptance_that_nothing_needs_is_a_finding(folder: Path) -> None:
    """What is accepted must be a survivor, must say why, and must stand there once."""
    path = folder / "policies" / "scenarios" / "survivors.yaml"
    path.write_text("survivors:\n- rule: LM-NO-LIMIT\n  change: drop the rule\n  why: to see\n")
    (acceptance,) = read_acceptances(folder / "policies")
    mutation = _Survey((), written(), {(acceptance.rule, acceptance.change): acceptance}).mutation()
    assert not mutation.passed
    assert "survivors.yaml:2: LM-NO-LIMIT: drop the rule is no survivor" in mutation.report().text()
    path.write_text("survivors:\n- rule: LM-NO-LIMIT\n  change: drop the rule\n")
    with pytest.raises(ScenarioError, match="why"):
        read_acceptances(folder / "policies")
