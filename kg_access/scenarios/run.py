"""Running cases: each is decided under the policy, with its own switches, and held against what it expects."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from kg_access.decision import Decision
from kg_access.errors import Finding, InvalidInput, ScenarioError
from kg_access.guard import Guard
from kg_access.policy import Policy
from kg_access.request import AccessRequest
from kg_access.scenarios.suite import Case, Suite
from kg_access.vocabulary import Obligation


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


def run(suites: Iterable[Suite], policy: Policy) -> list[Result]:
    """
    Decide the cases of some suites.

    Args:
        suites: The suites.
        policy: The policy.

    Raises:
        ScenarioError: A case holds a word that the policy does not know.
    """
    guards: dict[tuple[bool | None, bool | None, frozenset[Obligation]], Guard] = {}
    results: list[Result] = []
    findings: list[Finding] = []
    for suite in suites:
        for case in suite.cases:
            switches = (case.published, case.break_glass, case.fulfils)
            if switches not in guards:
                overlaid = policy.overlaid(published=case.published, break_glass=case.break_glass)
                guards[switches] = Guard(overlaid, fulfils=case.fulfils)
            try:
                decision = ask(guards[switches], case.request)
            except InvalidInput as error:
                findings.append(attrs.evolve(case.place, message=f"case `{case.id}`: {error}"))
                continue
            results.append(Result(suite, case, decision, tuple(_failures(case, decision))))
    if findings:
        raise ScenarioError(findings)
    return results


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


def _failures(case: Case, decision: Decision) -> Iterable[str]:
    expect = case.expect
    if decision.effect is not expect.effect:
        reasons = f" ({', '.join(decision.reasons)})" if decision.reasons else ""
        yield f"effect is {decision.effect}{reasons}, expected {expect.effect}"
    if expect.phase is not None and decision.phase is not expect.phase:
        yield f"phase is {decision.phase}, expected {expect.phase}"
    for name, missing in (
        ("reasons", expect.reasons - set(decision.reasons)),
        ("obligations", expect.obligations - decision.obligations),
    ):
        if missing:
            has = ", ".join(sorted(getattr(decision, name))) or "none"
            yield f"{name} are {has}, expected also {', '.join(sorted(missing))}"
    if expect.redacted is not None and expect.redacted != set(decision.redacted):
        has = ", ".join(sorted(decision.redacted)) or "none"
        yield f"redacted are {has}, expected {', '.join(sorted(expect.redacted)) or 'none'}"
