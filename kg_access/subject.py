"""Who asks: a subject with assignments and, for a recipient, authorisations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

import attrs

from kg_access.days import read_period, span
from kg_access.errors import UnknownTerm
from kg_access.reading import (
    freeze,
    identifier,
    identifiers,
    member,
    members,
    optional_identifier,
    records,
    word,
    words,
)
from kg_access.vocabulary import Kind, Phase

ELSEWHERE: Final = "elsewhere"
NOBODY: Final = "nobody"


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


@attrs.frozen(init=False, repr=False)
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

    role: str
    service: str
    team: str | None
    dossier: str | None
    task: str | None
    on_behalf_of: str | None
    valid_from: date | None
    valid_until: date | None
    first: int = attrs.field(init=False, eq=False)
    last: int = attrs.field(init=False, eq=False)
    task_dossier: str | None = attrs.field(init=False, eq=False)
    by_team: Standing = attrs.field(init=False, eq=False)
    by_task: Standing = attrs.field(init=False, eq=False)
    without_link: Standing = attrs.field(init=False, eq=False)

    def __init__(
        self,
        *,
        role: str,
        service: str,
        team: str | None = None,
        dossier: str | None = None,
        task: str | None = None,
        on_behalf_of: str | None = None,
        valid_from: date | str | None = None,
        valid_until: date | str | None = None,
    ) -> None:
        first_day, last_day = read_period("valid_from", valid_from, "valid_until", valid_until)
        first, last = span(first_day, last_day)
        name = word("role", role)
        if name in {ELSEWHERE, NOBODY}:
            raise UnknownTerm("role", name, ())
        deputy = "no" if on_behalf_of is None else "yes"
        dossier_id = optional_identifier("dossier", dossier)
        freeze(
            self,
            role=name,
            service=word("service", service),
            team=optional_identifier("team", team),
            dossier=dossier_id,
            task=optional_identifier("task", task),
            on_behalf_of=optional_identifier("on_behalf_of", on_behalf_of),
            valid_from=first_day,
            valid_until=last_day,
            first=first,
            last=last,
            task_dossier=None if task is None else dossier_id,
            by_team=Standing(name, "team", deputy),
            by_task=Standing(name, "task", deputy),
            without_link=Standing(name, "none", deputy),
        )

    def __repr__(self) -> str:
        return f"<Assignment {self.role} in {self.service}>"


@attrs.frozen(init=False, repr=False)
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

    id: str
    service: str
    categories: frozenset[str]
    purpose: str
    phases: frozenset[Phase]
    valid_from: date | None
    valid_until: date | None
    first: int = attrs.field(init=False, eq=False)
    last: int = attrs.field(init=False, eq=False)

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the name that callers expect
        service: str,
        categories: Iterable[str],
        purpose: str,
        phases: Iterable[str] | None = None,
        valid_from: date | str | None = None,
        valid_until: date | str | None = None,
    ) -> None:
        first_day, last_day = read_period("valid_from", valid_from, "valid_until", valid_until)
        first, last = span(first_day, last_day)
        freeze(
            self,
            id=identifier("id", id),
            service=word("service", service),
            categories=words("categories", categories),
            purpose=word("purpose", purpose),
            phases=frozenset({Phase.ACTIVE}) if phases is None else members("phases", Phase, phases),
            valid_from=first_day,
            valid_until=last_day,
            first=first,
            last=last,
        )

    def __repr__(self) -> str:
        return f"<Authorisation for {self.purpose} in {self.service}>"


@attrs.frozen(init=False, repr=False)
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

    id: str
    kind: Kind
    assignments: tuple[Assignment, ...]
    organisation: str | None
    authorisations: tuple[Authorisation, ...]
    related_to: frozenset[str]

    def __init__(
        self,
        id: str,  # noqa: A002 - the name that callers expect
        *,
        kind: str,
        assignments: Iterable[Assignment] = (),
        organisation: str | None = None,
        authorisations: Iterable[Authorisation] = (),
        related_to: Iterable[str] = (),
    ) -> None:
        freeze(
            self,
            id=identifier("id", id),
            kind=member("kind", Kind, kind),
            assignments=records("assignments", Assignment, assignments),
            organisation=optional_identifier("organisation", organisation),
            authorisations=records("authorisations", Authorisation, authorisations),
            related_to=identifiers("related_to", related_to),
        )

    def __repr__(self) -> str:
        roles = ", ".join(sorted({assignment.role for assignment in self.assignments})) or "no role"
        return f"<Subject {self.kind}: {roles}>"
