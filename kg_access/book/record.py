"""What a policy book tells: the policy, and what was found out about it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from kg_access.policy.record import Label, fixed
from kg_access.policy.written import Written


@attrs.frozen(repr=False)
class Claim:
    """
    An invariant and what became of it.

    Attributes:
        id: Its id.
        label: What it says.
        clauses: The clauses that it rests on, or `choice`.
        place: File and line.
        holds: Whether it is proved; `None` when nobody tried.
    """

    id: str
    label: Label
    clauses: tuple[str, ...]
    place: str
    holds: bool | None


@attrs.frozen(repr=False)
class Trial:
    """
    A scenario case, or a product with its many requests, and what became of it.

    Attributes:
        id: Its id.
        title: What it is about, in English.
        rules: The rules that decided.
        clauses: The clauses of these rules.
        permitted: How many of its requests were permitted.
        denied: How many were denied.
        failed: How many got another answer than expected.
        place: File and line.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    clauses: tuple[str, ...]
    permitted: int
    denied: int
    failed: int
    place: str


@attrs.frozen(repr=False)
class Effect:
    """
    A group of requests that an older version answers otherwise.

    Attributes:
        topic: gained, lost, obligations or denials.
        what: Which obligations or reasons come (`+`) and go (`-`), or which word leads to other facts.
        where: For each fact that matters, the words for which the answer is another.
        example: The smallest request among them, in English; empty when none could be made.
        before: What the older version answered, in English.
        after: What this version answers, in English.
    """

    topic: str
    what: str
    where: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)
    example: str
    before: str
    after: str


@attrs.frozen(repr=False)
class Change:
    """
    What has changed since an older version.

    Attributes:
        previous: The older version.
        verdict: none, narrowing, widening, both or lesser.
        effects: What is answered otherwise.
        notes: What else is, one sentence in English each.
    """

    previous: Written
    verdict: str
    effects: tuple[Effect, ...]
    notes: tuple[str, ...]


@attrs.frozen(repr=False)
class Contents:
    """
    What one book tells.

    Attributes:
        version: The policy.
        claims: Its invariants.
        trials: Its scenario cases.
        shares: For each figure of coverage, how many count and of how many.
        chains: For each clause that decides, whether its chain of rule, invariant and case is whole.
        change: What has changed since an older version; `None` when there is none to compare with.
    """

    version: Written
    claims: tuple[Claim, ...]
    trials: tuple[Trial, ...]
    shares: Mapping[str, tuple[int, int]] = attrs.field(converter=fixed)
    chains: Mapping[str, bool] = attrs.field(converter=fixed)
    change: Change | None

    def case_anchors(self) -> list[tuple[str, Trial]]:
        """Give each case the id of its place in the book, in order."""
        seen: dict[str, int] = {}
        found: list[tuple[str, Trial]] = []
        for trial in self.trials:
            count = seen[trial.id] = seen.get(trial.id, 0) + 1
            found.append((f"case-{trial.id}" if count == 1 else f"case-{trial.id}-{count}", trial))
        return found
