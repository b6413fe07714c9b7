"""Rules that never decide: unreachable, left nothing by others, or the same as another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from kg_access.errors import quoted
from kg_access.lint.diagnostic import Diagnostic
from kg_access.lint.inspected import Inspected
from kg_access.lint.permits import Ground
from kg_access.policy import Row, Table
from kg_access.space import inside
from kg_access.vocabulary import Effect

Rows = tuple[Row, ...]


def check_rules(inspected: Inspected) -> Iterator[Diagnostic]:
    """
    Find rules that never decide (KGL001, KGL002) and rules that mean the same (KGL003).

    Args:
        inspected: What lint looks at.
    """
    for table in inspected.policy.tables.values():
        rules = {name: rows for name, rows in inspected.policy.rules().items() if rows[0].table == table.name}
        unreachable = {name for name, rows in rules.items() if all(_unreachable(inspected.ground, row) for row in rows)}
        living = {name: rows for name, rows in rules.items() if name not in unreachable}
        twins = dict(_twins(inspected.ground, living))
        for name in unreachable:
            yield _unreachable_rule(inspected, rules[name])
        for later, first in twins.items():
            message = f"{quoted(later)} means the same as {quoted(first)}: the same effect on the same requests"
            fix = "keep one of them, with the clauses of both"
            yield Diagnostic("KGL003", later, inspected.at_rule(rules[later], message, fix))
        for name, rows in living.items():
            if name not in twins:
                same = {name, *(later for later, first in twins.items() if first == name)}
                yield from _shadowed_rule(inspected, table, rows, same)


def _unreachable(ground: Ground, row: Row) -> bool:
    return ground.left(row.conditions) is None


def _unreachable_rule(inspected: Inspected, rows: Rows) -> Diagnostic:
    """Name the fewest conditions of the first row that no request has together."""
    ground, row = inspected.ground, rows[0]
    conditions = dict(row.conditions)
    for fact in row.conditions:
        fewer = {name: words for name, words in conditions.items() if name != fact}
        if ground.left(fewer) is None:
            conditions = fewer
    clash = " with ".join(f"`{fact}={'|'.join(sorted(words))}`" for fact, words in conditions.items())
    message = f"{quoted(row.id)} can never be reached: no request has {clash}"
    return Diagnostic(
        "KGL002", row.id, inspected.at_rule(rows, message, "correct one of these conditions or remove it")
    )


def _twins(ground: Ground, rules: dict[str, Rows]) -> Iterator[tuple[str, str]]:
    """Give each rule that means the same as an earlier one, with the first of them."""
    found: set[str] = set()
    for first, later in combinations(rules, 2):
        if later not in found and first not in found and _same(ground, rules[first], rules[later]):
            found.add(later)
            yield later, first


def _same(ground: Ground, first: Rows, second: Rows) -> bool:
    if {_outcome(row) for row in first} != {_outcome(row) for row in second}:
        return False
    return _within(ground, first, second) and _within(ground, second, first)


def _within(ground: Ground, rows: Rows, others: Rows) -> bool:
    def covering(row: Row) -> list[Row]:
        return [other for other in others if _outcome(other) == _outcome(row)]

    return all(_covered(ground, row, covering(row)) for row in rows)


def _outcome(row: Row) -> tuple[object, ...]:
    return row.effect, row.reason, frozenset(row.obligations)


def _covered(ground: Ground, row: Row, others: Iterable[Row]) -> bool:
    return ground.left(row.conditions, *(other.conditions for other in others)) is None


def _shadowed_rule(inspected: Inspected, table: Table, rows: Rows, same: set[str]) -> Iterator[Diagnostic]:
    """Report a rule without which every request that it matches is decided the same, obligations and all."""
    ground = inspected.ground
    others = [row for row in table.rows if row.id not in same]
    if rows[0].effect is Effect.PERMIT:
        others += [row for row in ground.space.denials() if row.table != table.name]
    touching = [row for row in others if any(inside(row.conditions, own.conditions) is not None for own in rows)]
    if not all(_idle(ground, row, touching) for row in rows):
        return
    names = _needed(dict.fromkeys(row.id for row in touching), lambda some: _idle_beside(ground, rows, touching, some))
    message = f"{quoted(rows[0].id)} never decides: {_and(names)} decide{'s' * (len(names) == 1)} all that it matches"
    fix = "remove it, or correct the condition that makes it too narrow or another rule too wide"
    yield Diagnostic("KGL001", rows[0].id, inspected.at_rule(rows, message, fix))


def _idle_beside(ground: Ground, rows: Rows, touching: Sequence[Row], names: set[str]) -> bool:
    beside = [row for row in touching if row.id in names]
    return all(_idle(ground, row, beside) for row in rows)


def _idle(ground: Ground, row: Row, others: Sequence[Row]) -> bool:
    """Tell whether a row adds nothing to others: no verdict, no reason of a denial, no obligation."""
    denials = [other for other in others if other.effect is Effect.DENY]
    if row.effect is Effect.DENY:
        over: list[Row] = []
        like = [other for other in denials if other.reason is row.reason]
    else:
        over, denials = denials, [other for other in others if other.effect is Effect.PERMIT]
        like = denials
    return _covered(ground, row, [*over, *like]) and all(
        _covered(ground, row, [*over, *(other for other in denials if duty in other.obligations)])
        for duty in row.obligations
    )


def _needed(names: Iterable[str], enough: Callable[[set[str]], bool]) -> list[str]:
    """Leave out every name without which the others are still enough."""
    kept = list(names)
    for name in tuple(kept):
        fewer = [other for other in kept if other != name]
        if enough(set(fewer)):
            kept = fewer
    return kept


def _and(names: Sequence[str]) -> str:
    words = [quoted(name) for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"
