"""Running cases: each is decided under the policy, with its own switches, and held against what it expects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import attrs

from kg_access.decision import Decision
from kg_access.errors import Finding, InvalidInput, ScenarioError, UnknownTerm
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.request import AccessRequest
from kg_access.scenarios.case import Case
from kg_access.scenarios.product import Product
from kg_access.scenarios.suite import Suite
from kg_access.vocabulary import Obligation, Reason


@attrs.frozen(repr=False)
class Result:
    """
    What became of a case.

    Attributes:
        suite: The file of the case.
        case: The case.
        decision: The decision.
        failures: What is not as expected; empty when the case passes.
    """

    suite: Suite
    case: Case
    decision: Decision
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.failures

    def __repr__(self) -> str:
        return f"<Result {self.case.id} {'passed' if self.passed else 'failed'}>"


class Runner:
    """
    Decides cases under one policy; it makes a guard for each set of switches once, and keeps it.

    Args:
        policy: The policy.
        known_rules: The ids that a case may name; those of the policy when left out. A policy that was changed to
            see whether a case fails passes those of the original.
    """

    def __init__(self, policy: Policy, *, known_rules: Collection[str] | None = None) -> None:
        self._policy = policy
        self._known_rules = policy.rules() if known_rules is None else known_rules
        self._guards: dict[tuple[bool | None, bool | None, frozenset[Obligation]], Guard] = {}

    def run(self, suites: Iterable[Suite]) -> list[Result]:
        """
        Decide the cases of some suites, and every cell of their products.

        Args:
            suites: The suites.

        Returns:
            A result for each, in the order of the files.

        Raises:
            ScenarioError: A case or a product holds a word that the policy does not know.
        """
        results: list[Result] = []
        findings: list[Finding] = []
        for suite in suites:
            for case in suite.cases:
                try:
                    results.append(self._result(suite, case))
                except InvalidInput as error:
                    findings.append(attrs.evolve(case.place, message=f"case `{case.id}`: {error}"))
            for product in suite.products:
                results += self._cells(suite, product, findings)
        if findings:
            raise ScenarioError(findings)
        return results

    def _cells(self, suite: Suite, product: Product, findings: list[Finding]) -> list[Result]:
        results: list[Result] = []
        unknown: set[str | None] = set()
        for cell in product.cells:
            request = cell.request
            if not unknown.isdisjoint((request.action, *request.categories, request.group, request.purpose)):
                continue
            try:
                results.append(self._result(suite, cell))
            except InvalidInput as error:
                word = error.term if isinstance(error, UnknownTerm) else ""
                place = product.words.get(word, product.place)
                findings.append(attrs.evolve(place, message=f"product `{product.id}`: {error}"))
                if word not in product.words:
                    break
                unknown.add(word)
        return results

    def _result(self, suite: Suite, case: Case) -> Result:
        for rule in sorted(case.expect.rules):
            if rule not in self._known_rules:
                raise UnknownTerm("rules", rule, self._known_rules)
        decision = ask(self._guard(case), case.request)
        return Result(suite, case, decision, tuple(failures(case, decision)))

    def _guard(self, case: Case) -> Guard:
        switches = (case.published, case.break_glass, case.fulfils)
        if switches not in self._guards:
            overlaid = self._policy.overlaid(published=case.published, break_glass=case.break_glass)
            self._guards[switches] = Guard(overlaid, fulfils=case.fulfils)
        return self._guards[switches]


def run(suites: Iterable[Suite], policy: Policy) -> list[Result]:
    """
    Decide the cases of some suites, and every cell of their products.

    Args:
        suites: The suites.
        policy: The policy.

    Returns:
        A result for each, in the order of the files.

    Raises:
        ScenarioError: A case or a product holds a word that the policy does not know.
    """
    return Runner(policy).run(suites)


def ask(guard: Guard, request: AccessRequest) -> Decision:
    """
    Put a request to a guard.

    Args:
        guard: The guard.
        request: The request.
    """
    return guard.decide(
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


def failures(case: Case, decision: Decision) -> Iterator[str]:
    """
    Tell what is not as a case expects.

    Args:
        case: The case.
        decision: The decision about its request.
    """
    expect = case.expect
    if decision.effect is not expect.effect:
        reasons = f" ({', '.join(decision.reasons)})" if decision.reasons else ""
        yield f"effect is {decision.effect}{reasons}, expected {expect.effect}"
    elif Reason.ENGINE_FAILURE in decision.reasons and Reason.ENGINE_FAILURE not in expect.reasons:
        yield f"effect is {decision.effect} for want of an answer ({', '.join(decision.reasons)})"
    if expect.phase is not None and decision.phase is not expect.phase:
        yield f"phase is {decision.phase}, expected {expect.phase}"
    for name, missing in (
        ("reasons", expect.reasons - set(decision.reasons)),
        ("obligations", expect.obligations - decision.obligations),
        ("rules", expect.rules - set(decision.rules)),
    ):
        if missing:
            has = ", ".join(sorted(getattr(decision, name))) or "none"
            yield f"{name} are {has}, expected also {', '.join(sorted(missing))}"
    if expect.redacted is not None and expect.redacted != set(decision.redacted):
        has = ", ".join(sorted(decision.redacted)) or "none"
        yield f"redacted are {has}, expected {', '.join(sorted(expect.redacted)) or 'none'}"
