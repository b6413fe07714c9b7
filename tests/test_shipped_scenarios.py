"""The scenarios that come with the policy pass, and together they leave no rule unwatched."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import attrs
import pytest

from kg_access import Guard, load_policy
from kg_access.decision import Decision
from kg_access.explain import Explanation
from kg_access.policy import Policy
from kg_access.scenarios import Case, Product, Result, Suite, find_scenarios, read_suite, run
from kg_access.vocabulary import Obligation

PROJECT = Path(__file__).resolve().parent.parent
ACCEPTANCE = PROJECT.parent / "shared" / "acceptance" / "cases.yaml"

ONLY_ADD_OBLIGATIONS = frozenset({"LM-TRANSFER", "LM-ADOPTION-TRANSFER", "LM-OFFICE365-EXCEPTION", "ND-STATISTICS"})
"""Rules beside a permit that stands without them: what counts is that a case expects their obligations."""

POLICY = load_policy(PROJECT / "policies", models=PROJECT / "models")
SHIPPED = tuple(read_suite(path) for path in find_scenarios([PROJECT / "policies"]))
PRODUCTS = tuple(product for suite in SHIPPED for product in suite.products)
ACCEPTED = tuple(read_suite(path) for path in [ACCEPTANCE] if path.is_file())

Named = tuple[Suite, Case]
Switches = tuple[bool | None, bool | None, frozenset[Obligation]]


def _named(suites: Iterable[Suite]) -> list[Named]:
    return [(suite, case) for suite in suites for case in suite.cases]


def _id(named: Named) -> str:
    suite, case = named
    return f"{suite.path.parent.name}/{case.id}"


@cache
def _results() -> dict[str, Result]:
    results = run([*SHIPPED, *ACCEPTED], POLICY)
    return {_id((result.suite, result.case)): result for result in results}


def _switches(case: Case) -> Switches:
    return case.published, case.break_glass, case.fulfils


@cache
def _guard(switches: Switches) -> Guard:
    published, break_glass, fulfils = switches
    return Guard(POLICY.overlaid(published=published, break_glass=break_glass), fulfils=fulfils)


def _explained(case: Case) -> Explanation:
    request = case.request
    return _guard(_switches(case)).explain(
        request.subject,
        request.action,
        request.dossier,
        categories=request.categories,
        group=request.group,
        purpose=request.purpose,
        at=request.at,
        mode=request.mode,
        context=request.context,
    )


def _expects_obligations_of(rule: str, case: Case, decision: Decision) -> bool:
    added = {obligation for row in POLICY.rules()[rule] for obligation in row.obligations}
    return decision.allowed and rule in decision.rules and added <= case.expect.obligations


def _deciding(case: Case) -> set[str]:
    explanation = _explained(case)
    decision = explanation.decision
    assert decision is not None
    deciding = {citation.rule for citation in explanation.rules if citation.deciding}
    return deciding | {rule for rule in ONLY_ADD_OBLIGATIONS if _expects_obligations_of(rule, case, decision)}


def _without(rule: str) -> Policy:
    tables = {
        name: attrs.evolve(table, rows=tuple(row for row in table.rows if row.id != rule))
        for name, table in POLICY.tables.items()
    }
    return attrs.evolve(POLICY, tables=tables)


@pytest.mark.parametrize("named", _named([*SHIPPED, *ACCEPTED]), ids=_id)
def test_case_passes(named: Named) -> None:
    """A case gets the decision that it expects."""
    assert _results()[_id(named)].failures == ()


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.id)
def test_product_passes(product: Product) -> None:
    """In a product, what is listed as permitted is permitted, and everything else is denied."""
    results = run([Suite(PROJECT, (), (product,))], POLICY)
    assert [result.case.id for result in results if not result.passed] == []
    assert 0 < sum(result.decision.allowed for result in results) < len(results)


def test_every_role_of_staff_is_in_a_product() -> None:
    """The products ask for each role that somebody of the staff, a volunteer or an auditor can have."""
    asked = {
        assignment.role
        for product in PRODUCTS
        for cell in product.cells
        for assignment in cell.request.subject.assignments
    }
    outside = {role for role, entry in POLICY.vocabulary.roles.items() if entry.standing in {"processor", "recipient"}}
    assert set(POLICY.vocabulary.roles) - outside <= asked


def test_ids_are_unique_across_files() -> None:
    """An id names one shipped case or product, whichever file it stands in."""
    ids = [*(case.id for _, case in _named(SHIPPED)), *(product.id for product in PRODUCTS)]
    assert sorted(ids) == sorted(set(ids))


def test_every_rule_decides_a_case() -> None:
    """Every rule decides at least one shipped case, or adds obligations that one expects."""
    decided = {rule for _, case in _named(SHIPPED) for rule in _deciding(case)}
    undecided = [rule for rule in POLICY.rules() if rule not in decided]
    assert undecided == []


@pytest.mark.parametrize("suite", SHIPPED, ids=lambda suite: suite.path.parent.name)
def test_denials_stand_beside_the_table_that_decides_them(suite: Suite) -> None:
    """A denial for want of anything but obligations cites a rule of the table that its file stands beside."""
    table = suite.path.parent.name
    misplaced = [
        case.id
        for case in suite.cases
        if not (decision := _results()[_id((suite, case))].decision)
        and not decision.unsupported
        and not {row.id for row in POLICY.tables[table].rows} & set(decision.rules)
    ]
    assert misplaced == []


@pytest.mark.parametrize("rule", POLICY.rules())
def test_no_rule_can_be_dropped_unnoticed(rule: str) -> None:
    """Without a rule, some shipped case that cites it fails."""
    reduced = _without(rule)
    citing: dict[Switches, list[Case]] = {}
    for suite, case in _named(SHIPPED):
        if rule in _results()[_id((suite, case))].decision.rules:
            citing.setdefault(_switches(case), []).append(case)
    suites = [Suite(PROJECT, tuple(cases)) for cases in sorted(citing.values(), key=len, reverse=True)]
    assert any(not result.passed for suite in suites for result in run([suite], reduced))
