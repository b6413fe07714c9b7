"""
The chain from a clause to its rules, its invariants and its cases, read in both directions.

A clause that decides has a whole chain when an invariant rests on it, and some case cites it, passes, and is decided by
a row that cites it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from kg_access.errors import InvalidInput, did_you_mean, quoted
from kg_access.invariants import Invariant
from kg_access.policy import Policy
from kg_access.policy.record import fixed
from kg_access.scenarios import Result

DECIDES: Final = "decides"
KINDS: Final = ("clauses", "rules", "invariants", "cases")


@attrs.frozen
class Entry:
    """
    A clause, rule, invariant or case with what it is linked to.

    Attributes:
        kind: clauses, rules, invariants or cases.
        id: Its id.
        text: What it says: a clause in English, a rule as its table and effect, a case as its title.
        place: The file and line, or for a clause its place in the statement; empty for an invariant.
        links: The ids of each other kind that it is linked to, in the order of the files.
    """

    kind: str
    id: str
    text: str
    place: str
    links: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)


@attrs.frozen(repr=False)
class Trace:
    """
    The links of one policy.

    Attributes:
        entries: Everything that is linked, by kind, in the order of the files.
        deciding: The clauses that decide, each with whether its chain is whole.
    """

    entries: tuple[Entry, ...]
    deciding: Mapping[str, bool] = attrs.field(converter=fixed)

    def __repr__(self) -> str:
        return f"<Trace of {len(self.entries)} entries>"

    def of(self, kind: str) -> tuple[Entry, ...]:
        """
        List the entries of one kind.

        Args:
            kind: clauses, rules, invariants or cases.
        """
        return tuple(entry for entry in self.entries if entry.kind == kind)

    def about(self, word: str) -> tuple[Entry, ...]:
        """
        Look something up by its id.

        Args:
            word: The id of a clause, rule, invariant or case.

        Raises:
            InvalidInput: Nothing has this id.
        """
        found = tuple(entry for entry in self.entries if entry.id == word)
        if not found:
            hint = did_you_mean(word, {entry.id for entry in self.entries})
            message = f"no clause, rule, invariant or case is called {quoted(word)}"
            raise InvalidInput("trace", f"{message}; {hint}" if hint else message)
        return found


def trace(
    policy: Policy,
    results: Iterable[Result],
    *,
    folder: Path,
    invariants: Iterable[Invariant] = (),
) -> Trace:
    """
    Link the clauses of a policy to its rules, its invariants and its cases.

    Args:
        policy: The policy.
        results: What became of its cases.
        folder: Where the policy lies, for places.
        invariants: What is claimed of it.
    """
    rules = {
        rule: tuple(dict.fromkeys(clause for row in rows for clause in row.clauses if clause in policy.clauses))
        for rule, rows in policy.rules().items()
    }
    claimed = list(invariants)
    resting = {invariant.id: invariant.clauses for invariant in claimed}
    found = list(_shown(results))
    entries = [
        *(_clause(policy, name, rules, resting, found) for name in policy.clauses),
        *(_rule(policy, name, clauses, resting, found, folder) for name, clauses in rules.items()),
        *(_invariant(invariant, rules, folder) for invariant in claimed),
        *(_case(shown, resting) for shown in found),
    ]
    deciding = {
        name: any(name in shown.clauses and name in shown.cited for shown in found)
        and any(name in clauses for clauses in resting.values())
        for name, clause in policy.clauses.items()
        if clause.level == DECIDES
    }
    return Trace(tuple(entries), deciding)


@attrs.frozen
class _Shown:
    """A case, or all cells of a product; `cited` are the clauses of the rows that decided it, when it passes."""

    id: str
    title: str
    place: str
    clauses: tuple[str, ...]
    rules: tuple[str, ...]
    cited: frozenset[str]


def _shown(results: Iterable[Result]) -> Iterator[_Shown]:
    together: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        case = result.case
        together.setdefault((case.place.path, case.product or case.id), []).append(result)
    for (path, name), own in together.items():
        first = own[0].case
        decisions = [result.decision for result in own if result.decision.rules]
        passed = all(result.passed for result in own)
        yield _Shown(
            name,
            first.title,
            f"{path}:{first.place.line}",
            first.clauses,
            tuple(dict.fromkeys(rule for decision in decisions for rule in decision.rules)),
            frozenset(clause for decision in decisions for clause in decision.clauses if passed),
        )


def _clause(
    policy: Policy,
    name: str,
    rules: Mapping[str, tuple[str, ...]],
    invariants: Mapping[str, tuple[str, ...]],
    cases: Iterable[_Shown],
) -> Entry:
    clause = policy.clauses[name]
    return Entry(
        "clauses",
        name,
        clause.summary.en,
        clause.place,
        {
            "rules": tuple(rule for rule, clauses in rules.items() if name in clauses),
            "invariants": tuple(invariant for invariant, clauses in invariants.items() if name in clauses),
            "cases": tuple(case.id for case in cases if name in case.clauses),
        },
    )


def _rule(
    policy: Policy,
    name: str,
    clauses: tuple[str, ...],
    invariants: Mapping[str, tuple[str, ...]],
    cases: Iterable[_Shown],
    folder: Path,
) -> Entry:
    row = policy.rules()[name][0]
    effect = row.effect if row.reason is None else f"{row.effect} {row.reason}"
    return Entry(
        "rules",
        name,
        f"{row.table}: {effect}",
        f"{folder / row.path}:{row.line}",
        {
            "clauses": clauses,
            "invariants": _sharing(clauses, invariants),
            "cases": tuple(case.id for case in cases if name in case.rules),
        },
    )


def _invariant(invariant: Invariant, rules: Mapping[str, tuple[str, ...]], folder: Path) -> Entry:
    return Entry(
        "invariants",
        invariant.id,
        invariant.label.en,
        f"{folder / invariant.path}:{invariant.line}",
        {"clauses": invariant.clauses, "rules": _sharing(invariant.clauses, rules)},
    )


def _case(case: _Shown, invariants: Mapping[str, tuple[str, ...]]) -> Entry:
    return Entry(
        "cases",
        case.id,
        case.title,
        case.place,
        {"clauses": case.clauses, "rules": case.rules, "invariants": _sharing(case.clauses, invariants)},
    )


def _sharing(clauses: Iterable[str], others: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """List those of the others that rest on one of the clauses."""
    own = set(clauses)
    return tuple(name for name, cited in others.items() if own & set(cited))
