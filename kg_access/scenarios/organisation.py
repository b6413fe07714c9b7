"""An organisation from a YAML file: the people and dossiers that scenarios and the command line speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from kg_access.documents import Document, Key, read_yaml
from kg_access.dossier import Dossier
from kg_access.errors import Finding, InvalidInput, ScenarioError, did_you_mean, quoted
from kg_access.scenarios import schema
from kg_access.shapes import check
from kg_access.subject import Assignment, Authorisation, Subject

Record = TypeVar("Record")

_WRITTEN: Final = {"valid_from": "from", "valid_until": "until"}
"""What the fields of records are called in these files."""


@attrs.frozen(repr=False)
class Organisation:
    """
    People and dossiers by id.

    Attributes:
        subjects: The people.
        dossiers: The dossiers.
        refused: The ids of those that could not be read, which a finding tells.
    """

    subjects: Mapping[str, Subject]
    dossiers: Mapping[str, Dossier]
    refused: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<Organisation: {len(self.subjects)} subjects, {len(self.dossiers)} dossiers>"

    def subject(self, name: str) -> Subject:
        """
        Look a person up.

        Args:
            name: The id.

        Raises:
            InvalidInput: There is no such person in the organisation.
        """
        return _found("subject", name, self.subjects)

    def dossier(self, name: str) -> Dossier:
        """
        Look a dossier up.

        Args:
            name: The id.

        Raises:
            InvalidInput: There is no such dossier in the organisation.
        """
        return _found("dossier", name, self.dossiers)


def _found(field: str, name: str, known: Mapping[str, Record]) -> Record:
    if name not in known:
        hint = did_you_mean(name, known)
        raise InvalidInput(field, f"the organisation has no {field} {quoted(name)}" + (f"; {hint}" if hint else ""))
    return known[name]


def read_organisation(path: Path) -> Organisation:
    """
    Read an organisation.

    Args:
        path: A YAML file with `subjects`, `dossiers` and `authorisations`.

    Raises:
        ScenarioError: The file is missing or something in it is wrong; it lists every finding.
    """
    findings: list[Finding] = []
    document = read_document(path, findings)
    organisation = None if document is None else build_organisation(document, (), findings)
    if findings or organisation is None:
        raise ScenarioError(findings)
    return organisation


def read_document(path: Path, findings: list[Finding]) -> Document | None:
    """
    Read a YAML file.

    Args:
        path: The file.
        findings: Where findings go.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        findings.append(Finding(str(path), 0, 0, f"cannot be read: {(error.strerror or 'unknown fault').lower()}"))
        return None
    return read_yaml(str(path), data, findings, strict=False)


def build_organisation(document: Document, keys: tuple[Key, ...], findings: list[Finding]) -> Organisation | None:
    """
    Build an organisation from a document or from a part of it.

    Args:
        document: The file.
        keys: The path of keys to the organisation.
        findings: Where findings go.
    """
    part = document.part(keys)
    shape = check(schema.ORGANISATION, part, findings)
    if shape is None:
        return None
    authorisations: dict[str, list[Authorisation]] = {}
    for index, entry in enumerate(shape.authorisations):
        authorisation = _record(part, ("authorisations", index), findings, partial(_authorisation, entry))
        if authorisation is not None:
            authorisations.setdefault(entry.recipient, []).append(authorisation)
    subjects: dict[str, Subject | None] = {}
    for name, person in shape.subjects.items():
        assignments = [
            _record(part, ("subjects", name, "assignments", index), findings, partial(_assignment, entry))
            for index, entry in enumerate(person.assignments)
        ]
        held = [assignment for assignment in assignments if assignment is not None]
        make = partial(_subject, name, person, held, authorisations.get(person.organisation or "", []))
        subject = _record(part, ("subjects", name), findings, make)
        subjects[name] = subject if len(held) == len(assignments) else None
    dossiers = {
        name: _record(part, ("dossiers", name), findings, partial(_dossier, name, file))
        for name, file in shape.dossiers.items()
    }
    return Organisation(
        {name: subject for name, subject in subjects.items() if subject is not None},
        {name: dossier for name, dossier in dossiers.items() if dossier is not None},
        frozenset(name for records in (subjects, dossiers) for name, record in records.items() if record is None),
    )


def _record(
    document: Document, keys: tuple[Key, ...], findings: list[Finding], make: Callable[[], Record]
) -> Record | None:
    try:
        return make()
    except InvalidInput as error:
        field = _WRITTEN.get(error.field, error.field)
        message = error.message
        for name, written in _WRITTEN.items():
            message = message.replace(f"`{name}`", f"`{written}`")
        findings.append(document.finding((*keys, *field.split()), f"`{field}`: {message}"))
        return None


def _period(shape: schema.Period) -> dict[str, Any]:
    return {"valid_from": shape.first, "valid_until": shape.last}


def _authorisation(shape: schema.AuthorisationShape) -> Authorisation:
    return Authorisation(
        id=shape.id,
        service=shape.service,
        categories=shape.categories,
        purpose=shape.purpose,
        phases=shape.phases,
        **_period(shape),
    )


def _assignment(shape: schema.AssignmentShape) -> Assignment:
    return Assignment(
        role=shape.role,
        service=shape.service,
        team=shape.team,
        dossier=shape.dossier,
        task=shape.task,
        on_behalf_of=shape.on_behalf_of,
        **_period(shape),
    )


def _subject(
    name: str, shape: schema.SubjectShape, assignments: list[Assignment], authorisations: list[Authorisation]
) -> Subject:
    return Subject(
        name,
        kind=shape.kind,
        assignments=assignments,
        organisation=shape.organisation,
        authorisations=authorisations,
        related_to=shape.related_to,
    )


def _dossier(name: str, shape: schema.DossierShape) -> Dossier:
    return Dossier(
        name,
        service=shape.service,
        team=shape.team,
        use=[(period.first, period.last) for period in shape.use],
        retain_until=shape.retain_until,
        preserved_for=shape.preserved_for,
        country_of_origin=shape.country_of_origin,
        reserved_for=shape.reserved_for,
        objection=shape.objection,
        erasure=shape.erasure,
        controller=shape.controller,
    )
