"""The whole measurement: which mutants a case notices, which nobody could, and which nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from kg_access.mutation.acceptance import Acceptance
from kg_access.mutation.divergence import Divergences
from kg_access.mutation.kills import Cases, Changes
from kg_access.mutation.mutants import Mutant, mutants
from kg_access.policy.record import Table
from kg_access.policy.written import Written
from kg_access.report import Entry, Report, Section
from kg_access.scenarios import Result, Witnessed, Witnesses, tried

Progress = Callable[[int, int], None]
TRIES = 50


@attrs.frozen(repr=False, eq=False)
class Survivor:
    """
    A mutant that no case notices.

    Attributes:
        mutant: The mutant.
        needed: The smallest request that tells it from the policy, with the answer of the policy.
    """

    mutant: Mutant
    needed: Witnessed | None

    def __repr__(self) -> str:
        return f"<Survivor {self.mutant.rule.id}: {self.mutant.change}>"


@attrs.frozen(eq=False)
class Mutation:
    """
    What became of the mutants of a policy.

    Attributes:
        killed: How many of them some case notices.
        survivors: Those that no case notices, and that are not accepted.
        accepted: Those that are accepted, each with the acceptance.
        equivalent: Those that differ from the policy at no point about which a case could tell.
        unused: The acceptances of something that is no survivor.
    """

    killed: int
    survivors: tuple[Survivor, ...]
    accepted: tuple[tuple[Mutant, Acceptance], ...]
    equivalent: tuple[Mutant, ...]
    unused: tuple[Acceptance, ...]

    @property
    def passed(self) -> bool:
        """Whether every mutant is noticed, equivalent or accepted, and every acceptance is needed."""
        return not self.survivors and not self.unused

    def report(self) -> Report:
        """Make the report for readers."""
        whole = self.killed + len(self.survivors) + len(self.accepted) + len(self.equivalent)
        survivors = tuple(
            Entry(_place(one.mutant), _named(one.mutant), "" if one.needed is None else str(one.needed))
            for one in self.survivors
        )
        unused = tuple(
            Entry(f"{entry.place.path}:{entry.place.line}", f"{entry.rule}: {entry.change} is no survivor")
            for entry in self.unused
        )
        accepted = tuple(Entry(_place(mutant), f"{_named(mutant)}; {entry.why}") for mutant, entry in self.accepted)
        equivalent = tuple(Entry(_place(mutant), _named(mutant)) for mutant in self.equivalent)
        figures = {
            "mutants": f"{whole}",
            "killed": f"{self.killed}",
            "survived": f"{len(self.survivors)}",
            "accepted": f"{len(self.accepted)}",
            "equivalent": f"{len(self.equivalent)} differ from the policy at no point about which a case could tell",
        }
        return Report(
            "Mutation",
            tuple(figures.items()),
            (
                Section("changes that no case notices", survivors),
                Section("accepted survivors that are none", unused),
                Section("changes that are accepted", accepted),
                Section("changes that are none", equivalent),
            ),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain dicts, lists and texts, for JSON."""
        return {
            "killed": self.killed,
            "survivors": [
                {**_plain(one.mutant), "request": None if one.needed is None else str(one.needed)}
                for one in self.survivors
            ],
            "accepted": [{**_plain(mutant), "why": entry.why} for mutant, entry in self.accepted],
            "equivalent": [_plain(mutant) for mutant in self.equivalent],
            "unused": [{"rule": entry.rule, "change": entry.change} for entry in self.unused],
        }


def _place(mutant: Mutant) -> str:
    return f"{mutant.rule.path}:{mutant.rule.line}"


def _named(mutant: Mutant) -> str:
    return f"{mutant.rule.id}: {mutant.change}"


def _plain(mutant: Mutant) -> dict[str, Any]:
    rule = mutant.rule
    return {"rule": rule.id, "file": rule.path, "line": rule.line, "change": mutant.change}


def mutate(
    results: Iterable[Result],
    written: Written,
    acceptances: Iterable[Acceptance] = (),
    progress: Progress = lambda done, whole: None,  # noqa: ARG005 - nobody looks
) -> Mutation:
    """
    Try every mutant of a policy against its cases.

    Args:
        results: The cases, all of which pass.
        written: The policy with its rules.
        acceptances: The survivors that are accepted.
        progress: Told after each mutant how many are done, and of how many.
    """
    survey = _Survey(results, written, {(entry.rule, entry.change): entry for entry in acceptances})
    every = list(mutants(written))
    for number, mutant in enumerate(every, start=1):
        survey.add(mutant)
        progress(number, len(every))
    return survey.mutation()


class _Survey:
    def __init__(
        self, results: Iterable[Result], written: Written, acceptances: dict[tuple[str, str], Acceptance]
    ) -> None:
        self.policy = written.policy
        self.acceptances = acceptances
        self.cases = Cases(tried(results, self.policy), self.policy)
        self.differences = Divergences(self.policy)
        self.witnesses = Witnesses(self.policy)
        self.killed = 0
        self.survivors: list[Survivor] = []
        self.accepted: list[tuple[Mutant, Acceptance]] = []
        self.equivalent: list[Mutant] = []

    def add(self, mutant: Mutant) -> None:
        table = mutant.build()
        changes = Changes.between(self.policy.tables[mutant.table], table)
        if self.cases.killer(table, changes) is not None:
            self.killed += 1
            return
        different, needed = self._told_apart(table, changes)
        acceptance = self.acceptances.get((mutant.rule.id, mutant.change))
        if not different:
            self.equivalent.append(mutant)
        elif acceptance is not None:
            self.accepted.append((mutant, acceptance))
        else:
            self.survivors.append(Survivor(mutant, needed))

    def _told_apart(self, table: Table, changes: Changes) -> tuple[bool, Witnessed | None]:
        """Find the smallest request that the mutant answers otherwise, and let a mutant with an engine confirm it."""
        if not changes.gone and not changes.new:
            return False, None
        mutant = attrs.evolve(self.policy, tables={**self.policy.tables, table.name: table})
        different = False
        for boxes in self.differences.between(mutant, changes):
            different = True
            for witnessed in self._candidates(boxes):
                if self.cases.tells(witnessed, table):
                    return True, witnessed
        return different, None

    def _candidates(self, boxes: list[Any]) -> Iterator[Witnessed]:
        domains = self.differences.domains
        first = self.witnesses.first(boxes, domains)
        if first is not None:
            yield first
        for box in boxes[:TRIES]:
            other = self.witnesses.first([box], domains)
            if other is not None:
                yield other

    def mutation(self) -> Mutation:
        used = {(mutant.rule.id, mutant.change) for mutant, _ in self.accepted}
        return Mutation(
            killed=self.killed,
            survivors=tuple(self.survivors),
            accepted=tuple(self.accepted),
            equivalent=tuple(self.equivalent),
            unused=tuple(entry for key, entry in self.acceptances.items() if key not in used),
        )
