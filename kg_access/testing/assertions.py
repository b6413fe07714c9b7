"""Assertions about decisions, whose messages explain what was decided."""

from __future__ import annotations

from kg_access.decision import Decision
from kg_access.reading import member
from kg_access.vocabulary import Reason


def assert_permitted(decision: Decision) -> None:
    """
    Assert that access is allowed.

    Args:
        decision: What the guard decided.

    Raises:
        AssertionError: Access is denied; the message is the explanation.
    """
    __tracebackhide__ = True
    if not decision:
        raise AssertionError(f"expected a permit, got a denial\n\n{_explained(decision)}")


def assert_denied(decision: Decision, *reasons: str) -> None:
    """
    Assert that access is denied, for some reasons at least.

    Args:
        decision: What the guard decided.
        reasons: Codes that must be among the reasons; a denial by a fault of the engine must be named to be accepted.

    Raises:
        AssertionError: Access is allowed, or a reason is missing; the message is the explanation.
        UnknownTerm: A reason is not in the vocabulary.
    """
    __tracebackhide__ = True
    expected = [member("reasons", Reason, reason) for reason in reasons]
    if decision:
        raise AssertionError(f"expected a denial, got a permit\n\n{_explained(decision)}")
    missing = [reason for reason in expected if reason not in decision.reasons]
    if missing:
        has = ", ".join(decision.reasons)
        raise AssertionError(f"denied for {has}, expected also {', '.join(missing)}\n\n{_explained(decision)}")
    if Reason.ENGINE_FAILURE in decision.reasons and Reason.ENGINE_FAILURE not in expected:
        raise AssertionError(f"denied for want of an answer\n\n{_explained(decision)}")


def _explained(decision: Decision) -> str:
    try:
        return decision.explain().text()
    except LookupError:
        return repr(decision)
