"""A difference laid out in headings and entries, which every format draws in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from kg_access.difference.record import TOPICS, Change, Difference, Topic, Verdict
from kg_access.facts import NONE, UNLISTED
from kg_access.policy import Policy
from kg_access.scenarios import draft
from kg_access.space import Space
from kg_access.vocabulary import Effect, Kind

SHOWN: Final = 12
HEADLINES: Final[Mapping[Verdict, str]] = {
    Verdict.NONE: "no change in meaning",
    Verdict.NARROWING: "narrowing: less is permitted",
    Verdict.WIDENING: "widening: more is permitted",
    Verdict.BOTH: "both: more is permitted here, less there",
    Verdict.LESSER: "nobody gains or loses anything, but some answers are given otherwise",
}
_UNSAID: Final[Mapping[str, frozenset[str]]] = {
    "kind": frozenset({Kind.STAFF}),
    "organisation": frozenset({UNLISTED, NONE}),
}
"""Words that tell a reader nothing about who gains or loses."""


@attrs.frozen
class Entry:
    """
    One change.

    Attributes:
        title: What and how much.
        lines: Names with their texts.
        case: The example as a scenario file; empty when it was not asked for.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    case: str


@attrs.frozen
class Part:
    """
    Entries under one heading.

    Attributes:
        heading: The heading.
        entries: The entries.
        more: How many entries are left out.
    """

    heading: str
    entries: tuple[Entry, ...]
    more: int = 0


def headline(difference: Difference) -> str:
    """
    Say in one line what a change does.

    Args:
        difference: The difference.
    """
    gained, lost = (difference.points(topic) for topic in (Topic.GAINED, Topic.LOST))
    counts = f" ({gained:,} points gained, {lost:,} lost)" if gained or lost else ""
    return f"{HEADLINES[difference.verdict]}{counts}"


def sides(difference: Difference) -> tuple[tuple[str, str], ...]:
    """
    Name both policies.

    Args:
        difference: The difference.
    """
    return tuple((name, _policy(policy)) for name, policy in (("old", difference.old), ("new", difference.new)))


def parts(difference: Difference, *, cases: bool, everything: bool) -> Iterator[Part]:
    """
    Lay a difference out.

    Args:
        difference: The difference.
        cases: Whether to write examples as scenario files too.
        everything: Whether to list every change, not only the first of each topic.
    """
    layout = _Layout(difference, cases=cases)
    if difference.faults:
        yield Part("Fault: a guard contradicts the comparison", tuple(map(layout.entry, difference.faults)))
    for topic, heading in TOPICS.items():
        changes = difference.about(topic)
        if changes:
            shown = changes if everything else changes[:SHOWN]
            yield Part(heading, tuple(map(layout.entry, shown)), len(changes) - len(shown))
    if difference.finding:
        yield Part("Words and registers that lead to other facts", tuple(layout.findings()))
    if difference.notes:
        yield Part("What else changes", tuple(Entry(note, (), "") for note in difference.notes))


class _Layout:
    def __init__(self, difference: Difference, *, cases: bool) -> None:
        self.difference = difference
        self.cases = cases
        spaces = [Space(policy).domains for policy in (difference.old, difference.new)]
        self.domains = {fact: dict.fromkeys((*spaces[0][fact], *spaces[1][fact])) for fact in spaces[0]}
        self.count = 0

    def entry(self, change: Change) -> Entry:
        """Lay out a change."""
        return Entry(self._title(change), tuple(self._lines(change)), self._case(change))

    def findings(self) -> Iterator[Entry]:
        """Lay out what changes because words lead to other facts."""
        for lead, changes in self.difference.finding.items():
            lines = [("", "no verdict depends on it")] if not changes else []
            for change in changes:
                lines += [(change.topic.value, f"{change.points:,} points"), *self._lines(change)]
            yield Entry(lead, tuple(lines), "".join(map(self._case, changes)))

    def _title(self, change: Change) -> str:
        return f"{' '.join((*change.what, ''))}{change.points:,} {'point' if change.points == 1 else 'points'}"

    def _lines(self, change: Change) -> Iterator[tuple[str, str]]:
        for fact, words in change.who.items():
            if not set(words) <= _UNSAID.get(fact, frozenset()):
                yield fact, self._words(fact, words)
        if change.when:
            yield "only when", "; ".join(f"{fact}={self._words(fact, words)}" for fact, words in change.when.items())
        if change.example is not None:
            yield "example", change.example.told
            yield "old", change.example.old
            yield "new", change.example.new
        if change.fault:
            yield "FAULT", change.fault

    def _words(self, fact: str, words: tuple[str, ...]) -> str:
        others = [word for word in self.domains[fact] if word not in words]
        if len(others) * 2 < len(words):
            return f"any but {' | '.join(others)}"
        return " | ".join(words)

    def _case(self, change: Change) -> str:
        if not self.cases or change.example is None:
            return ""
        self.count += 1
        effect = change.example.effect or Effect.DENY
        return draft(f"DIFF-{self.count}", change.example.told, change.example.request, effect)


def content(difference: Difference) -> dict[str, Any]:
    """
    Write a difference as plain data, for JSON.

    Args:
        difference: The difference.
    """
    layout = _Layout(difference, cases=True)
    return {
        "verdict": difference.verdict,
        "old": _reference(difference.old),
        "new": _reference(difference.new),
        "points": {topic.value: difference.points(topic) for topic in Topic},
        "changes": [_plain(change, layout) for change in difference.changes],
        "finding": [
            {"lead": lead, "changes": [_plain(change, layout) for change in changes]}
            for lead, changes in difference.finding.items()
        ],
        "notes": list(difference.notes),
        "faults": len(difference.faults),
    }


def _plain(change: Change, layout: _Layout) -> dict[str, Any]:
    example = change.example
    return {
        "topic": change.topic,
        "what": list(change.what),
        "who": {fact: list(words) for fact, words in change.who.items()},
        "when": {fact: list(words) for fact, words in change.when.items()},
        "points": change.points,
        "example": None if example is None else {"told": example.told, "old": example.old, "new": example.new},
        "case": layout.entry(change).case,
        "fault": change.fault,
    }


def _policy(policy: Policy) -> str:
    return f"{policy.name} {policy.version} from {policy.effective_from} ({policy.digest[:12]})"


def _reference(policy: Policy) -> dict[str, str]:
    return {
        "name": policy.name,
        "version": policy.version,
        "effective_from": policy.effective_from.isoformat(),
        "digest": policy.digest,
    }
