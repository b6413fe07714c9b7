"""
Mutants: every small mistake in a rule, each as the table that it would have led to.

A rule is dropped, its effect flipped, and each of its conditions is removed, or has one word more or one word less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import attrs

from kg_access.facts import MISSING
from kg_access.policy.record import Row, Table
from kg_access.policy.rules import GRANTED, REGISTER, REGISTERS, Cell, Rule
from kg_access.policy.written import Written
from kg_access.vocabulary import Effect, Reason

DROPPED: Final = "drop the rule"
_DERIVED: Final = frozenset({*REGISTERS, REGISTER, "profile", "withheld", GRANTED})
_OF_DENIALS: Final = frozenset({"withheld", GRANTED})
_OTHER_EFFECT: Final = {"allow": "deny", "deny": "allow"}
Reshape = Callable[[Row], Row]


@attrs.frozen(repr=False, eq=False)
class Mutant:
    """
    A mistake in a rule.

    Attributes:
        rule: The rule as it is written.
        table: The name of its table.
        change: What is changed, such as `phase + passive`, by which the rule covers more.
    """

    rule: Rule
    table: str
    change: str
    _build: Callable[[], Table]

    def __repr__(self) -> str:
        return f"<Mutant of {self.rule.id}: {self.change}>"

    def build(self) -> Table:
        """Build the table with the mistake; whatever other rules derive from this one follows it."""
        return self._build()


def mutants(written: Written) -> Iterator[Mutant]:
    """
    List the mutants of every rule, in the order of the files.

    Args:
        written: The policy with its rules.
    """
    for name, rules in written.rules.items():
        for number, rule in enumerate(rules):
            before, after = rules[:number], rules[number + 1 :]
            for change, other in _rewritten(rule, written.domains):
                among = (*before, *(() if other is None else (other,)), *after)
                yield Mutant(rule, name, change, partial(written.table, name, among))
            rows = [row for row in written.policy.tables[name].rows if row.id == rule.id]
            for change, reshape in _reshaped(rule, rows, written.domains):
                yield Mutant(rule, name, change, partial(written.table, name, rules, reshape))


def _rewritten(rule: Rule, domains: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Rule | None]]:
    """Change a rule where the result can be written down."""
    yield DROPPED, None
    if not _only_denies(rule):
        flipped = _OTHER_EFFECT[rule.effect]
        reason = None if flipped == "allow" else str(Reason.ACTION_NOT_GRANTED)
        yield f"{rule.effect} -> {flipped}", attrs.evolve(rule, effect=flipped, reason=reason)
    for fact, cell in rule.when.items():
        if not _is_anchor(fact, rule):
            rest = {name: other for name, other in rule.when.items() if name != fact}
            yield f"without {fact}", attrs.evolve(rule, when=rest)
        if not _is_derived(cell):
            for step, word, is_added in _steps(cell, domains[fact]):
                sign = "+" if is_added is not cell.others else "-"
                yield f"{fact} {sign} {word}", attrs.evolve(rule, when={**rule.when, fact: step})


def _only_denies(rule: Rule) -> bool:
    return any(not _OF_DENIALS.isdisjoint(cell.words) for cell in rule.when.values())


def _is_derived(cell: Cell) -> bool:
    """Tell whether the words stand elsewhere, and no other word may stand beside them."""
    return not _DERIVED.isdisjoint(cell.words) and not (cell.others and not REGISTERS.isdisjoint(cell.words))


def _is_anchor(fact: str, rule: Rule) -> bool:
    """Tell whether other conditions lose their meaning without this one."""
    return fact == "organisation" and any(cell.says(REGISTER) for cell in rule.when.values())


def _steps(cell: Cell, domain: tuple[str, ...]) -> Iterator[tuple[Cell, str, bool]]:
    """Leave out each written word, unless none would be left; add the neighbouring one, unless it would be the last."""
    if len(cell.words) > 1:
        for word in cell.words:
            yield attrs.evolve(cell, words=tuple(other for other in cell.words if other != word)), word, False
    listed = frozenset(cell.words)
    more = _neighbour(listed, domain)
    if more is not None and len(set(domain) - listed) > 1:
        yield attrs.evolve(cell, words=(*cell.words, more)), more, True


def _neighbour(words: frozenset[str], domain: tuple[str, ...]) -> str | None:
    """Find the next word in the order of the vocabulary that is not among some words."""
    last = max((number for number, word in enumerate(domain) if word in words), default=-1)
    turned = (*domain[last + 1 :], *domain[: last + 1])
    return next((word for word in turned if word not in words and word != MISSING), None)


def _reshaped(rule: Rule, rows: list[Row], domains: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Reshape]]:
    """Change the rows of a rule where the change cannot be written down, since the words stand elsewhere."""
    if _only_denies(rule):
        yield f"{rule.effect} -> {_OTHER_EFFECT[rule.effect]}", partial(_flipped, rule.id)
    for fact, cell in rule.when.items():
        if _is_anchor(fact, rule):
            yield f"without {fact}", partial(_loose, rule.id, fact)
        if _is_derived(cell):
            for word in _derived_words(rule, fact, rows, domains[fact]):
                yield f"{fact} - {word}", partial(_less, rule.id, fact, word)
            yield f"{fact} + neighbour", partial(_more, rule.id, fact, domains[fact])


def _derived_words(rule: Rule, fact: str, rows: list[Row], domain: tuple[str, ...]) -> list[str]:
    """List the words for which a cell stands: all of a grant; one of a denial, which only words its reason by them."""
    words = frozenset[str]().union(*(row.conditions[fact] for row in rows))
    found = [word for word in domain if word in words]
    if len(found) < 2:  # noqa: PLR2004 - without its only word, nothing is left of the rule
        return []
    return found if rule.effect == "allow" else found[-1:]


def _flipped(rule: str, row: Row) -> Row:
    if row.id != rule:
        return row
    effect = Effect.PERMIT if row.effect is Effect.DENY else Effect.DENY
    return attrs.evolve(row, effect=effect, reason=None)


def _loose(rule: str, fact: str, row: Row) -> Row:
    rest = {name: words for name, words in row.conditions.items() if name != fact}
    return row if row.id != rule else attrs.evolve(row, conditions=rest)


def _less(rule: str, fact: str, word: str, row: Row) -> Row:
    return row if row.id != rule else _having(row, fact, row.conditions[fact] - {word})


def _more(rule: str, fact: str, domain: tuple[str, ...], row: Row) -> Row:
    more = _neighbour(row.conditions[fact], domain) if row.id == rule else None
    return row if more is None else _having(row, fact, row.conditions[fact] | {more})


def _having(row: Row, fact: str, words: frozenset[str]) -> Row:
    return attrs.evolve(row, conditions={**row.conditions, fact: words})
