"""One policy version as it is used: immutable, checked, with a digest of the text it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import Any, Final

import attrs

from kg_access.vocabulary import Disclosure, Effect, Language, Obligation, Reason


def fixed(mapping: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """
    Copy a mapping into one that nobody can change.

    Args:
        mapping: The mapping.
    """
    return MappingProxyType(dict(mapping))


@attrs.frozen
class Label:
    """
    A text in the languages of the policy.

    Attributes:
        nl: Dutch.
        en: English.
    """

    nl: str
    en: str

    def in_(self, language: str) -> str:
        """
        Give the text in a language.

        Args:
            language: nl or en.
        """
        return self.nl if language == Language.NL else self.en


@attrs.frozen
class Remedy:
    """
    Who can do something about a denial, and what.

    Attributes:
        by: requester, team_lead, privacy_office, policy_officer, application or nobody.
        text: What they can do.
    """

    by: str
    text: Label


@attrs.frozen
class ReasonText:
    """
    What a reason code says.

    Attributes:
        text: The sentence for staff.
        clauses: The clauses on which it rests, or `choice`.
        disclosure: Whether the denial may show that the dossier exists.
        remedy: What helps.
    """

    text: Label
    clauses: tuple[str, ...]
    disclosure: Disclosure
    remedy: Remedy


@attrs.frozen
class Clause:
    """
    A clause of the privacy statement.

    Attributes:
        place: Where it stands in the statement.
        level: decides, obliges or informs.
        summary: What it says, in our own words.
    """

    place: str
    level: str
    summary: Label


@attrs.frozen
class Role:
    """
    A role.

    Attributes:
        label: Its name.
        standing: What it amounts to.
        profile: The categories that belong to it, by service; `None` for the whole list of every service.
    """

    label: Label
    standing: str
    profile: Mapping[str, frozenset[str]] | None = attrs.field(converter=attrs.converters.optional(fixed))


@attrs.frozen
class Service:
    """
    A service of the agency.

    Attributes:
        label: Its name.
        own_purpose: The purpose that is its own.
        in_force_from: The first day on which it exists; `None` for always.
    """

    label: Label
    own_purpose: str
    in_force_from: date | None


@attrs.frozen
class Register:
    """
    One entry of the registers: a processor or a recipient, or a country of the EEA.

    Attributes:
        label: Its name.
        first: The number of the first day on which it counts.
        last: The number of the last day on which it counts.
    """

    label: Label
    first: int
    last: int

    def counts(self, day: int) -> bool:
        """
        Tell whether the entry counts on a day.

        Args:
            day: The number of the calendar day.
        """
        return self.first <= day <= self.last


@attrs.frozen
class FactText:
    """
    The words for one fact.

    Attributes:
        label: Its name.
        template: The sentence for a word of the policy, with `{word}` in it; `None` when values have sentences.
        values: The sentence of each value.
        helps: For values that would help: who can bring them about, and how.
        only_from: For values that can only follow some others, those.
    """

    label: Label
    template: Label | None
    values: Mapping[str, Label] = attrs.field(converter=fixed)
    helps: Mapping[str, Remedy] = attrs.field(converter=fixed)
    only_from: Mapping[str, frozenset[str]] = attrs.field(converter=fixed)


@attrs.frozen
class Vocabulary:
    """
    The words of one policy: what they are called and what belongs to them.

    Attributes:
        parts: For a category that is part of another, the other one.
        channels: For each channel, what it counts as.
        microsoft: Texts that a name of Microsoft as the holder of a key contains.
        microsoft_names: Whole names of Microsoft.
        unknown_holders: Texts that say that nobody knows who holds it.
        labels: What each word is called, by fact.
    """

    services: Mapping[str, Service] = attrs.field(converter=fixed)
    roles: Mapping[str, Role] = attrs.field(converter=fixed)
    standings: Mapping[str, Label] = attrs.field(converter=fixed)
    categories: Mapping[str, Label] = attrs.field(converter=fixed)
    parts: Mapping[str, str] = attrs.field(converter=fixed)
    groups: Mapping[str, frozenset[str]] = attrs.field(converter=fixed)
    purposes: Mapping[str, Label] = attrs.field(converter=fixed)
    channels: Mapping[str, str] = attrs.field(converter=fixed)
    recipient_types: Mapping[str, Label] = attrs.field(converter=fixed)
    processors: Mapping[str, Register] = attrs.field(converter=fixed)
    recipients: Mapping[str, Register] = attrs.field(converter=fixed)
    eea: Mapping[str, Register] = attrs.field(converter=fixed)
    microsoft: tuple[str, ...]
    microsoft_names: frozenset[str]
    unknown_holders: frozenset[str]
    facts: Mapping[str, FactText] = attrs.field(converter=fixed)
    obligations: Mapping[str, Label] = attrs.field(converter=fixed)
    labels: Mapping[str, Mapping[str, Label]] = attrs.field(converter=fixed)

    def with_parts(self, categories: frozenset[str]) -> frozenset[str]:
        """
        Add to a set of categories those that are part of one of them.

        Args:
            categories: Words of the policy.
        """
        return categories | {part for part, whole in self.parts.items() if whole in categories}


@attrs.frozen
class Row:
    """
    One row of a table: if all conditions hold, its effect counts.

    Attributes:
        id: The id of the rule in `rules.csv`; a rule of profiles or of a register gives several rows.
        table: scope, need or limits.
        effect: permit or deny.
        reason: The reason that a denial gives; `None` for a permit.
        conditions: For each fact that matters, the values that it may have.
        obligations: What must be done along with it.
        clauses: The clauses that it implements, or `choice`.
        path: The file in which the rule stands.
        line: The line on which it stands.
    """

    id: str
    table: str
    effect: Effect
    reason: Reason | None
    conditions: Mapping[str, frozenset[str]] = attrs.field(converter=fixed)
    obligations: tuple[Obligation, ...]
    clauses: tuple[str, ...]
    path: str
    line: int

    def failing(self, point: Mapping[str, str]) -> tuple[str, ...]:
        """
        List the facts that keep this row from matching.

        Args:
            point: The value of each fact.
        """
        return tuple(fact for fact, values in self.conditions.items() if point[fact] not in values)


Line = tuple[str, ...]
Point = tuple[str, ...]

ANY: Final = "*"
CASBIN_EFFECT: Final[Mapping[Effect, str]] = {Effect.PERMIT: "allow", Effect.DENY: "deny"}


@attrs.frozen(repr=False)
class Table:
    """
    One question to Casbin: a reviewed model and its rows.

    Attributes:
        name: scope, need or limits.
        columns: The facts that it speaks of, in the order of the model.
        model: The model, in the form in which Casbin reads it.
        rows: The rows.
        domains: Every value that each column can have.
    """

    name: str
    columns: tuple[str, ...]
    model: str
    rows: tuple[Row, ...]
    domains: Mapping[str, tuple[str, ...]] = attrs.field(converter=fixed)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self.rows)} rows>"

    def lines(self) -> Iterator[Line]:
        """Write every line of every row, as a stock Casbin enforcer reads them."""
        for row in self.rows:
            words = [sorted(row.conditions.get(column, {ANY})) for column in self.columns]
            for combination in product(*words):
                yield (row.id, *combination, CASBIN_EFFECT[row.effect])


@attrs.frozen(repr=False)
class Policy:
    """
    One version of the policy.

    Attributes:
        name: Its name.
        version: Its version.
        published_on: The day on which it was announced (KG-CHG-2).
        effective_from: The day from which it counts.
        published: Whether it was announced before it takes effect, and had taken effect when it was read.
        break_glass: Whether emergency access is switched on.
        controller: The organisation responsible for the dossiers.
        contact: Where staff can turn with a denial.
        list_sizes: How many people a list may hold.
        vocabulary: Its words.
        reasons: The reason codes, most specific first.
        clauses: The clauses of the statement.
        registers: What the entries of `processors` and `recipients` add to a rule that speaks of them.
        tables: scope, need and limits.
        digest: SHA-256 of the files from which it was read.
        source: Where they were read from.
    """

    name: str
    version: str
    published_on: date | None
    effective_from: date
    published: bool
    break_glass: bool
    controller: str
    contact: str
    list_sizes: Mapping[str, int] = attrs.field(converter=fixed)
    vocabulary: Vocabulary
    reasons: Mapping[str, ReasonText] = attrs.field(converter=fixed)
    clauses: Mapping[str, Clause] = attrs.field(converter=fixed)
    registers: Mapping[str, Mapping[str, RegisterTerms]] = attrs.field(converter=fixed)
    tables: Mapping[str, Table] = attrs.field(converter=fixed)
    digest: str
    source: str

    def __repr__(self) -> str:
        return f"<Policy {self.name} {self.version} {self.digest[:12]}>"

    @property
    def announced(self) -> bool:
        """Whether it was announced before the day from which it counts (KG-CHG-2)."""
        return self.published_on is not None and self.published_on <= self.effective_from

    def overlaid(self, *, published: bool | None = None, break_glass: bool | None = None) -> Policy:
        """
        Make a copy with a switch set otherwise, as a scenario does.

        Args:
            published: Whether it counts as announced in time; `None` leaves it.
            break_glass: Whether emergency access is on; `None` leaves it.
        """
        return attrs.evolve(
            self,
            version=self.version if published is None and break_glass is None else f"{self.version}+overlay",
            published=self.published if published is None else published,
            break_glass=self.break_glass if break_glass is None else break_glass,
        )

    def rules(self) -> Mapping[str, tuple[Row, ...]]:
        """Give the rows of every rule by its id, in the order of the files."""
        found: dict[str, tuple[Row, ...]] = {}
        for table in self.tables.values():
            for row in table.rows:
                found[row.id] = (*found.get(row.id, ()), row)
        return found


@attrs.frozen
class RegisterTerms:
    """
    What an entry of a register adds to the rule that speaks of it.

    Attributes:
        cells: For each fact, the values that `register` stands for.
        obligations: Obligations of this entry.
        clauses: Clauses of this entry.
    """

    cells: Mapping[str, frozenset[str]] = attrs.field(converter=fixed)
    obligations: tuple[str, ...]
    clauses: tuple[str, ...]
