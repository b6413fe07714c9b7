"""
From rules to rows: special words looked up, conditions turned into sets of values.

`own` is the service's own purpose; `profile` the categories of a role; `processors`, `recipients` and `register` the
entries of a register; `withheld` what a group's list leaves out; `!granted` what no allowing rule of the table grants
to the same role, organisation and service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

import attrs

from kg_access.errors import Finding, quoted
from kg_access.facts import MISSING
from kg_access.policy.model import model_text
from kg_access.policy.record import RegisterTerms, Row, Table, Vocabulary
from kg_access.policy.rules import GRANTED, REGISTER, Cell, Rule
from kg_access.vocabulary import Effect, Obligation, Reason

_SAME = ("standing", "role", "organisation", "service")

Conditions = Mapping[str, frozenset[str]]


@attrs.frozen
class _Variant:
    conditions: Conditions
    obligations: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()

    def having(self, **cells: frozenset[str]) -> _Variant:
        return attrs.evolve(self, conditions={**self.conditions, **cells})


def build_table(
    name: str,
    columns: tuple[str, ...],
    rules: Iterable[Rule],
    vocabulary: Vocabulary,
    registers: Mapping[str, Mapping[str, RegisterTerms]],
    domains: Mapping[str, tuple[str, ...]],
    findings: list[Finding],
    reshape: Callable[[Row], Row] | None = None,
) -> Table:
    """
    Build one table.

    Args:
        name: scope, need or limits.
        columns: The facts that it speaks of.
        rules: Its rules.
        vocabulary: The words of the policy.
        registers: What the entries of `processors` and `recipients` add to a rule.
        domains: Every value of every fact.
        findings: Where findings go.
        reshape: Changes each row before anything is derived from it; a row without a word for a fact goes.
    """
    expander = _Expander(name, columns, vocabulary, registers, domains, reshape)
    written = list(rules)
    allowing = [rule for rule in written if rule.effect == "allow"]
    if not allowing:
        findings.append(Finding(f"{name}/rules.csv", 0, 0, "no rule allows anything, so all would be denied"))
    expander.granted = [row for rule in allowing for row in expander.rows(rule)]
    rows: list[Row] = []
    for rule in written:
        own = expander.rows(rule)
        if not own:
            findings.append(rule.finding(f"{quoted(rule.id)} can never match", "its words stand for nothing"))
        for fact in sorted({fact for row in own for fact in row.conditions} - set(columns)):
            message = f"{quoted(rule.id)} has a word that depends on {quoted(fact)}, which is no column of this table"
            findings.append(rule.finding(message, "write the words out"))
        rows.extend(own)
    return Table(
        name=name,
        columns=columns,
        model=model_text(columns),
        rows=tuple(rows),
        domains={column: domains[column] for column in columns},
    )


def expand_conditions(
    when: Mapping[str, Cell],
    vocabulary: Vocabulary,
    registers: Mapping[str, Mapping[str, RegisterTerms]],
    domains: Mapping[str, tuple[str, ...]],
) -> list[Conditions]:
    """
    Turn conditions that stand outside a table into sets of values, as those of a rule that allows.

    Args:
        when: The conditions, as they are written.
        vocabulary: The words of the policy.
        registers: What the entries of `processors` and `recipients` stand for.
        domains: Every value of every fact.
    """
    expander = _Expander("", tuple(domains), vocabulary, registers, domains, None)
    rule = Rule(id="", effect="allow", reason=None, when=when, obligations=(), clauses=(), path="", line=0)
    return [row.conditions for row in expander.rows(rule)]


class _Expander:
    def __init__(
        self,
        name: str,
        columns: tuple[str, ...],
        vocabulary: Vocabulary,
        registers: Mapping[str, Mapping[str, RegisterTerms]],
        domains: Mapping[str, tuple[str, ...]],
        reshape: Callable[[Row], Row] | None,
    ) -> None:
        self.name = name
        self.reshape = reshape
        self.columns = columns
        self.vocabulary = vocabulary
        self.registers = registers
        self.domains = domains
        self.granted: list[Row] = []
        self._granted_rows: dict[tuple[tuple[str, str], ...], list[Row]] = {}
        self._granted_words: dict[tuple[object, ...], frozenset[str]] = {}

    def rows(self, rule: Rule) -> list[Row]:
        """Turn a rule into rows, none of which can be without a value for a fact that it names."""
        variants = [_Variant({fact: self._plain(rule, fact) for fact in rule.when})]
        for step in (self._registers, self._own_purpose, self._profiles, self._withheld, self._beyond):
            variants = [later for variant in variants for later in step(rule, variant)]
        rows = [
            Row(
                id=rule.id,
                table=self.name,
                effect=Effect.PERMIT if rule.effect == "allow" else Effect.DENY,
                reason=None if rule.reason is None else Reason(rule.reason),
                conditions=variant.conditions,
                obligations=tuple(map(Obligation, _joined(rule.obligations, variant.obligations))),
                clauses=_joined(rule.clauses, variant.clauses),
                path=rule.path,
                line=rule.line,
            )
            for variant in _merged(variants)
        ]
        if self.reshape is not None:
            rows = [self.reshape(row) for row in rows]
        return [row for row in rows if all(row.conditions.values())]

    def _plain(self, rule: Rule, fact: str) -> frozenset[str]:
        cell = rule.when[fact]
        words: set[str] = set()
        for word in cell.words:
            words |= set(self.registers[word]) if word in self.registers else {word}
        if fact == "category":
            words |= self.vocabulary.with_parts(frozenset(words))
        if cell.others and not cell.says(GRANTED):
            return frozenset(self.domains[fact]) - words
        return frozenset(words & set(self.domains[fact]))

    def _registers(self, rule: Rule, variant: _Variant) -> Iterator[_Variant]:
        cell = rule.when.get("organisation")
        named = [] if cell is None or cell.others else [word for word in cell.words if word in self.registers]
        if not named:
            yield variant
            return
        for register in named:
            for organisation, terms in self.registers[register].items():
                cells = {
                    fact: terms.cells.get(fact, frozenset())
                    for fact, other in rule.when.items()
                    if other.says(REGISTER)
                }
                if "category" in cells:
                    cells["category"] = self.vocabulary.with_parts(cells["category"])
                yield _Variant(
                    {**variant.conditions, **cells, "organisation": frozenset({organisation})},
                    terms.obligations if REGISTER in rule.obligations else (),
                    terms.clauses,
                )

    def _own_purpose(self, rule: Rule, variant: _Variant) -> Iterator[_Variant]:
        cell = rule.when.get("purpose")
        if cell is None or not cell.says("own"):
            yield variant
            return
        for name, service in self.vocabulary.services.items():
            if name in variant.conditions.get("service", self.vocabulary.services):
                purposes = variant.conditions["purpose"] | {service.own_purpose}
                if cell.others:
                    purposes = variant.conditions["purpose"] - {service.own_purpose}
                yield variant.having(service=frozenset({name}), purpose=purposes)

    def _profiles(self, rule: Rule, variant: _Variant) -> Iterator[_Variant]:
        cell = rule.when.get("category")
        if cell is None or not cell.says("profile"):
            yield variant
            return
        standings = variant.conditions.get("standing", frozenset(self.vocabulary.standings))
        everything = frozenset(self.vocabulary.categories)
        for name, role in self.vocabulary.roles.items():
            if role.standing not in standings or name not in variant.conditions.get("role", self.vocabulary.roles):
                continue
            for service in variant.conditions.get("service", self.vocabulary.services):
                whole = everything if role.profile is None else role.profile.get(service, frozenset())
                profile = self.vocabulary.with_parts(whole)
                categories = everything - profile if cell.others else profile
                yield variant.having(
                    standing=frozenset({role.standing}),
                    role=frozenset({name}),
                    service=frozenset({service}),
                    category=categories,
                )

    def _withheld(self, rule: Rule, variant: _Variant) -> Iterator[_Variant]:
        cell = rule.when.get("category")
        if cell is None or not cell.says("withheld"):
            yield variant
            return
        pairs = {
            (service, group)
            for row in self.granted
            for service in row.conditions.get("service", self.vocabulary.services)
            for group in row.conditions.get("group", self.vocabulary.groups)
            if group in self.vocabulary.groups
        }
        for service, group in sorted(pairs):
            listed = self._grants("category", {"service": service})
            withheld = listed - self.vocabulary.with_parts(self.vocabulary.groups[group])
            yield variant.having(service=frozenset({service}), group=frozenset({group}), category=withheld)

    def _beyond(self, rule: Rule, variant: _Variant) -> Iterator[_Variant]:
        beyond = [fact for fact, cell in rule.when.items() if cell.says(GRANTED)]
        if not beyond:
            yield variant
            return
        for owner in self._owners(variant):
            cells = {fact: frozenset(self.domains[fact]) - self._grants(fact, owner) - {MISSING} for fact in beyond}
            if "role" in owner:
                cells["standing"] = frozenset({self.vocabulary.roles[owner["role"]].standing})
            yield variant.having(**{fact: frozenset({word}) for fact, word in owner.items()}, **cells)

    def _owners(self, variant: _Variant) -> Iterator[Mapping[str, str]]:
        facts = [fact for fact in _SAME if fact in self.columns and fact != "standing"]
        facts = [fact for fact in facts if fact != "organisation" or fact in variant.conditions]
        choices = [sorted(variant.conditions.get(fact, self._owner_words(fact, variant))) for fact in facts]
        for words in product(*choices):
            yield dict(zip(facts, words, strict=True))

    def _owner_words(self, fact: str, variant: _Variant) -> Iterable[str]:
        if fact == "service":
            return self.vocabulary.services
        standings = variant.conditions.get("standing", frozenset(self.vocabulary.standings))
        return [name for name, role in self.vocabulary.roles.items() if role.standing in standings]

    def _grants(self, fact: str, owner: Mapping[str, str]) -> frozenset[str]:
        key = (fact, *sorted(owner.items()))
        if key not in self._granted_words:
            found: set[str] = set()
            for row in self._concerning(tuple(sorted(owner.items()))):
                found |= row.conditions.get(fact, frozenset(self.domains[fact]))
            self._granted_words[key] = frozenset(found)
        return self._granted_words[key]

    def _concerning(self, owner: tuple[tuple[str, str], ...]) -> list[Row]:
        """Find the grants that concern an owner, narrowing down one fact at a time."""
        if not owner:
            return self.granted
        if owner not in self._granted_rows:
            fact, word = owner[0]
            self._granted_rows[owner] = [row for row in self._concerning(owner[1:]) if self._concerns(row, fact, word)]
        return self._granted_rows[owner]

    def _concerns(self, row: Row, fact: str, word: str) -> bool:
        if fact == "role" and self.vocabulary.roles[word].standing not in row.conditions.get(
            "standing", self.vocabulary.standings
        ):
            return False
        return word in row.conditions.get(fact, (word,))


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in (*first, *second) if word != REGISTER))


def _merged(variants: Iterable[_Variant]) -> list[_Variant]:
    """Join variants that differ only in the service."""
    found: dict[object, _Variant] = {}
    for variant in variants:
        rest = frozenset((fact, values) for fact, values in variant.conditions.items() if fact != "service")
        key = (rest, "service" in variant.conditions, variant.obligations, variant.clauses)
        twin = found.get(key)
        if twin is not None and "service" in variant.conditions:
            variant = twin.having(service=twin.conditions["service"] | variant.conditions["service"])
        found[key] = variant
    return list(found.values())
