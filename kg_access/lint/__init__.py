"""Lint: what is valid in a policy and still looks wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from kg_access.lint.acceptances import Acceptance, accept, read_acceptances, unneeded
from kg_access.lint.cases import check_cases, check_chains
from kg_access.lint.diagnostic import CODES, Diagnostic
from kg_access.lint.inspected import Inspected
from kg_access.lint.periods import check_authorisations, check_lists, check_registers
from kg_access.lint.roles import check_designations, check_roles
from kg_access.lint.rules import check_rules

__all__ = [
    "ABOUT_ORGANISATION",
    "CODES",
    "Acceptance",
    "Diagnostic",
    "Inspected",
    "lint",
    "read_acceptances",
    "whole_chains",
]

Check = Callable[[Inspected], Iterator[Diagnostic]]

CHECKS: Final[tuple[Check, ...]] = (
    check_rules,
    check_chains,
    check_cases,
    check_lists,
    check_authorisations,
    check_registers,
    check_roles,
    check_designations,
)
ABOUT_ORGANISATION: Final = frozenset({"KGL007", "KGL008"})
"""The codes of findings about people and authorisations, which are of one organisation."""


def lint(
    inspected: Inspected, acceptances: Iterable[Acceptance] = (), *, beyond: frozenset[str] = frozenset()
) -> list[Diagnostic]:
    """
    Look a policy over.

    Args:
        inspected: The policy with everything around it.
        acceptances: What is accepted on purpose.
        beyond: Codes whose acceptances are not missed when nothing needs them.

    Returns:
        What was found and what was accepted, in the order of files and lines.
    """
    accepted = list(acceptances)
    found = list(accept((diagnostic for check in CHECKS for diagnostic in check(inspected)), accepted))
    found.extend(unneeded(found, accepted, beyond))
    return sorted((each for each in found if each.due), key=lambda each: (each.finding, each.code))


def whole_chains(inspected: Inspected, acceptances: Iterable[Acceptance] = ()) -> list[Diagnostic]:
    """
    Look only whether every clause that decides has its chain from rule to case.

    Args:
        inspected: The policy with everything around it.
        acceptances: What is accepted on purpose.
    """
    return sorted(accept(check_chains(inspected), acceptances), key=lambda each: each.finding)
