"""The example organisation goes into an empty database, with its dates moved so that it happens today."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.database import AssignmentRow, CaseRow, DossierRow, PersonRow
from backend.invention import content
from backend.services import SERVICES
from kg_access import Dossier, Subject
from kg_access.scenarios import read_organisation

EXAMPLE_DAY: Final = date(2019, 6, 17)
"""The day on which the organisation is written to be looked at."""

CASES: Final = {"2024-017": "D2", "2024-018": "D1", "2024-019": "D11"}
"""The open cases: somebody asks about their own data in a dossier."""


def seed(session: Session, organisation: Path) -> None:
    """
    Fill the database, when nobody is in it yet.

    Args:
        session: A session; it is left to be committed.
        organisation: The file of the example organisation.
    """
    if session.scalar(select(PersonRow.id).limit(1)) is not None:
        return
    today = datetime.now(ZoneInfo("Europe/Brussels")).date()
    found = read_organisation(organisation)
    shift = today - EXAMPLE_DAY
    session.add_all(_person(subject, shift) for subject in found.subjects.values())
    session.add_all(_dossier(dossier, order, today) for order, dossier in enumerate(found.dossiers.values()))
    session.flush()
    session.add_all(CaseRow(number=number, dossier_id=dossier) for number, dossier in CASES.items())


def _moved(day: date | None, shift: timedelta) -> date | None:
    return None if day is None else day + shift


def _person(subject: Subject, shift: timedelta) -> PersonRow:
    assignments = [
        AssignmentRow(
            role=assignment.role,
            service=assignment.service,
            team=assignment.team,
            dossier=assignment.dossier,
            task=assignment.task,
            on_behalf_of=assignment.on_behalf_of,
            valid_from=_moved(assignment.valid_from, shift),
            valid_until=_moved(assignment.valid_until, shift),
        )
        for assignment in subject.assignments
    ]
    return PersonRow(
        id=subject.id,
        kind=subject.kind,
        organisation=subject.organisation,
        related_to=sorted(subject.related_to),
        assignments=assignments,
    )


def _dossier(dossier: Dossier, order: int, today: date) -> DossierRow:
    shift = today - EXAMPLE_DAY
    return DossierRow(
        id=dossier.id,
        service=dossier.service,
        team=dossier.team,
        use=[[None if day is None else f"{day + shift}" for day in interval] for interval in dossier.use],
        retain_until=_moved(dossier.retain_until, shift),
        preserved_for=dossier.preserved_for,
        country_of_origin=dossier.country_of_origin,
        reserved_for=sorted(dossier.reserved_for),
        objection=dossier.objection,
        erasure=dossier.erasure,
        controller=dossier.controller,
        content=content(dossier.id, order, SERVICES[dossier.service], today),
    )
