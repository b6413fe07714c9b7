"""Who asks: a subject with assignments and, for a recipient, authorisations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, TypeVar

import attrs

from kg_access.days import read_day, read_period, span
from kg_access.errors import InvalidInput
from kg_access.reading import identifier, many, member, optional, word
from kg_access.vocabulary import Kind, Phase

Record = TypeVar("Record")


class Standing(NamedTuple):
    """
    What one assignment proves about a subject and a dossier; it never mixes with another assignment's.

    Attributes:
        role: The role, or `elsewhere` or `nobody` when no current assignment counts.
        link: team, task or none.
        deputy: yes or no.
    """

    role: str
    link: str
    deputy: str


def _set(record: Any, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(record, name, value)


def _records(field: str, kind: type[Record], value: object) -> tuple[Record, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput(field, f"expected a list of {kind.__name__}, not a {type(value).__name__}")
    records = tuple(value)
    for record in records:
        if not isinstance(record, kind):
            raise InvalidInput(field, f"expected {kind.__name__} objects, not a {type(record).__name__}")
    return records


def _phases(value: object) -> frozenset[Phase]:
    if value is None:
        return frozenset({Phase.ACTIVE})
    return frozenset(map(member("phases", Phase), many("phases", word("phases"))(value)))


@attrs.frozen(kw_only=True, repr=False)
class Assignment:
    """
    What somebody is assigned to: one role in one service, from a first to a last day (KG-GEN-3, KG-RET-7).

    Attributes:
        role: The role, a word of the policy.
        service: The service in which it is held, or `all`.
        team: The team through which it links to the dossiers of that team.
        dossier: The one dossier to which a task links; counts together with `task`.
        task: The id of that task.
        on_behalf_of: The id of the colleague for whom a deputy stands in.
        valid_from: The first day, a date or a text like `2019-06-17`; `None` for always.
        valid_until: The last day, inclusive; `None` for ever.

    Raises:
        InvalidInput: A field has the wrong type, or the last day comes before the first.
    """

    role: str = attrs.field(converter=word("role"))
    service: str = attrs.field(converter=word("service"))
    team: str | None = attrs.field(default=None, converter=optional(identifier("team")))
    dossier: str | None = attrs.field(default=None, converter=optional(identifier("dossier")))
    task: str | None = attrs.field(default=None, converter=optional(identifier("task")))
    on_behalf_of: str | None = attrs.field(default=None, converter=optional(identifier("on_behalf_of")))
    valid_from: date | None = attrs.field(default=None, converter=lambda day: read_day("valid_from", day))
    valid_until: date | None = attrs.field(default=None, converter=lambda day: read_day("valid_until", day))
    first: int = attrs.field(init=False, eq=False)
    last: int = attrs.field(init=False, eq=False)
    task_dossier: str | None = attrs.field(init=False, eq=False)
    by_team: Standing = attrs.field(init=False, eq=False)
    by_task: Standing = attrs.field(init=False, eq=False)
    without_link: Standing = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Work out once what every decision asks."""
        first, last = span(*read_period("valid_from", self.valid_from, "valid_until", self.valid_until))
        deputy = "no" if self.on_behalf_of is None else "yes"
        _set(
            self,
            first=first,
            last=last,
            task_dossier=None if self.task is None else self.dossier,
            by_team=Standing(self.role, "team", deputy),
            by_task=Standing(self.role, "task", deputy),
            without_link=Standing(self.role, "none", deputy),
        )

    def __repr__(self) -> str:
        return f"<Assignment {self.role} in {self.service}>"


@attrs.frozen(kw_only=True, repr=False)
class Authorisation:
    """
    What a recipient may be given, and until when (KG-REC-2).

    Attributes:
        id: The id of the authorisation.
        service: The service whose dossiers it covers.
        categories: The categories that it names.
        purpose: The purpose that it names.
        phases: The phases of a dossier in which it counts; by default active only.
        valid_from: The first day, a date or a text like `2018-07-01`; `None` for always.
        valid_until: The last day, inclusive; `None` for ever.

    Raises:
        InvalidInput: A field has the wrong type, or the last day comes before the first.
        UnknownTerm: A phase is unknown.
    """

    id: str = attrs.field(converter=identifier("id"))
    service: str = attrs.field(converter=word("service"))
    categories: frozenset[str] = attrs.field(converter=many("categories", word("categories")))
    purpose: str = attrs.field(converter=word("purpose"))
    phases: frozenset[Phase] = attrs.field(default=None, converter=_phases)
    valid_from: date | None = attrs.field(default=None, converter=lambda day: read_day("valid_from", day))
    valid_until: date | None = attrs.field(default=None, converter=lambda day: read_day("valid_until", day))
    first: int = attrs.field(init=False, eq=False)
    last: int = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Work out once what every decision asks."""
        first, last = span(*read_period("valid_from", self.valid_from, "valid_until", self.valid_until))
        _set(self, first=first, last=last)

    def __repr__(self) -> str:
        return f"<Authorisation for {self.purpose} in {self.service}>"


@attrs.frozen(repr=False)
class Subject:
    """
    The person who asks.

    Attributes:
        id: Any text without control characters.
        kind: staff, volunteer, processor, recipient or auditor.
        assignments: What the person is assigned to.
        organisation: For a processor or recipient, the entry of the register to which the person belongs.
        authorisations: For a recipient, what it may be given.
        related_to: The ids of the dossiers of the person's own family.

    Raises:
        InvalidInput: A field has the wrong type.
        UnknownTerm: The kind is unknown.
    """

    id: str = attrs.field(converter=identifier("id"))
    kind: Kind = attrs.field(kw_only=True, converter=member("kind", Kind))
    assignments: tuple[Assignment, ...] = attrs.field(
        kw_only=True, default=(), converter=lambda value: _records("assignments", Assignment, value)
    )
    organisation: str | None = attrs.field(
        kw_only=True, default=None, converter=optional(identifier("organisation"))
    )
    authorisations: tuple[Authorisation, ...] = attrs.field(
        kw_only=True, default=(), converter=lambda value: _records("authorisations", Authorisation, value)
    )
    related_to: frozenset[str] = attrs.field(
        kw_only=True, default=frozenset(), converter=many("related_to", identifier("related_to"))
    )

    def __repr__(self) -> str:
        roles = ", ".join(sorted({assignment.role for assignment in self.assignments})) or "no role"
        return f"<Subject {self.kind}: {roles}>"
