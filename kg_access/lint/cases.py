"""Clauses and rules that no case shows at work, and cases that cite what is not there."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from kg_access.errors import did_you_mean, quoted
from kg_access.lint.diagnostic import Diagnostic
from kg_access.lint.inspected import Inspected


def check_chains(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find clauses that decide and have lost the chain from rule to invariant and case (KGL004).

    Args:
        inspected: What lint looks at.
    """
    for clause, whole in inspected.trace.deciding.items():
        if whole:
            continue
        (entry,) = (entry for entry in inspected.trace.of("clauses") if entry.id == clause)
        rules = ", ".join(map(quoted, entry.links["rules"]))
        fix = f"cite it in a case that {rules} decide{'s' * (len(entry.links['rules']) == 1)}"
        if not entry.links["invariants"]:
            message = f"no invariant rests on {quoted(clause)}, which decides"
            fix = "claim in `invariants.yaml` what it makes true of every request"
        elif entry.links["cases"]:
            message = f"no case that cites {quoted(clause)} passes and is decided by a row that cites it"
        else:
            message = f"no case cites {quoted(clause)}, which decides"
        yield Diagnostic("KGL004", clause, inspected.at("clauses.yaml", (clause,), message, fix))


def check_cases(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find rules that decide no case (KGL005) and cases that cite an unknown clause (KGL006).

    Args:
        inspected: What lint looks at.
    """
    deciding = {rule for result in inspected.results for rule in result.decision.rules}
    for rule, rows in inspected.policy.rules().items():
        if rule not in deciding:
            message = f"no case is decided by {quoted(rule)}"
            fix = "write a case that it decides, and one beside it that it leaves alone"
            yield Diagnostic("KGL005", rule, inspected.at_rule(rows, message, fix))
    known = inspected.policy.clauses
    written = {(result.case.product or result.case.id, result.case.place): result.case for result in inspected.results}
    for (name, place), case in written.items():
        for clause in case.clauses:
            if clause not in known:
                message = f"the case {quoted(name)} cites the unknown clause {quoted(clause)}"
                hint = did_you_mean(clause, known) or "cite a clause of `clauses.yaml`"
                yield Diagnostic("KGL006", name, attrs.evolve(place, message=message, help=hint))
