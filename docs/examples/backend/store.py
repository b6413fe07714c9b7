"""What the backend reads from its database and writes to it; it knows nothing of who may see what."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.database import Base, CaseRow, DossierRow, FollowUpRow, JustificationRow, PersonRow
from backend.records import ABOUT_OTHERS, Record, Summary
from backend.seeding import seed
from kg_access import Assignment, Dossier, Subject


class Store:
    """
    The database of the backend.

    Args:
        url: An SQLAlchemy URL.
        organisation: The file of the organisation that an empty database is filled with.
    """

    def __init__(self, url: str, organisation: Path) -> None:
        self._engine = create_engine(url)
        Base.metadata.create_all(self._engine)
        with Session(self._engine) as session, session.begin():
            seed(session, organisation)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def person_ids(self) -> list[str]:
        """Name everybody who can log in."""
        with Session(self._engine) as session:
            return list(session.scalars(select(PersonRow.id).order_by(PersonRow.id)))

    def subject(self, person: str) -> Subject | None:
        """
        Find somebody.

        Args:
            person: The id.
        """
        with Session(self._engine) as session:
            row = session.get(PersonRow, person)
            return None if row is None else _subject(row)

    def dossier(self, number: str) -> Dossier | None:
        """
        Find a dossier, without its content.

        Args:
            number: The number.
        """
        with Session(self._engine) as session:
            row = session.get(DossierRow, number)
            return None if row is None else _dossier(row)

    def dossiers(self, service: str) -> list[Dossier]:
        """
        Find the dossiers of a service, without their content.

        Args:
            service: The service.
        """
        with Session(self._engine) as session:
            rows = session.scalars(select(DossierRow).where(DossierRow.service == service).order_by(DossierRow.id))
            return [_dossier(row) for row in rows]

    def record(self, number: str, *, without_others: bool = False) -> Record:
        """
        Read the content of a dossier.

        Args:
            number: The number.
            without_others: Whether to leave out what is about other people than the family.
        """
        with Session(self._engine) as session:
            row = session.get_one(DossierRow, number)
            left_out = ABOUT_OTHERS if without_others else frozenset()
            return Record.model_validate({name: value for name, value in row.content.items() if name not in left_out})

    def summary(self, number: str) -> Summary:
        """
        Read what a list shows of a dossier.

        Args:
            number: The number.
        """
        with Session(self._engine) as session:
            return Summary.model_validate(session.get_one(DossierRow, number).content)

    def has_case(self, case: str, number: str) -> bool:
        """
        Tell whether there is an open case about a dossier.

        Args:
            case: The number of the case.
            number: The number of the dossier.
        """
        with Session(self._engine) as session:
            row = session.get(CaseRow, case)
            return row is not None and row.dossier_id == number

    def keep_justification(self, decision: str, person: str, number: str, text: str) -> None:
        """
        Keep why somebody needed a dossier.

        Args:
            decision: The id of the decision.
            person: Who needed it.
            number: The number of the dossier.
            text: What they wrote.
        """
        with Session(self._engine) as session, session.begin():
            session.add(JustificationRow(decision_id=decision, person_id=person, dossier_id=number, text=text))

    def keep_follow_up(self, obligation: str, decision: str, number: str) -> None:
        """
        Keep what has to be done about a dossier, once.

        Args:
            obligation: What has to be done.
            decision: The id of the decision that asks for it.
            number: The number of the dossier.
        """
        row = FollowUpRow(obligation=obligation, dossier_id=number, decision_id=decision)
        with suppress(IntegrityError), Session(self._engine) as session, session.begin():
            if session.get(FollowUpRow, (obligation, number)) is None:
                session.add(row)  # another request may add it first, which the database refuses and is fine


def _subject(row: PersonRow) -> Subject:
    return Subject(
        row.id,
        kind=row.kind,
        organisation=row.organisation,
        related_to=row.related_to,
        assignments=[
            Assignment(
                role=assignment.role,
                service=assignment.service,
                team=assignment.team,
                dossier=assignment.dossier,
                task=assignment.task,
                on_behalf_of=assignment.on_behalf_of,
                valid_from=assignment.valid_from,
                valid_until=assignment.valid_until,
            )
            for assignment in row.assignments
        ],
    )


def _dossier(row: DossierRow) -> Dossier:
    return Dossier(
        row.id,
        service=row.service,
        team=row.team,
        use=[(str(first), last) for first, last in row.use],
        retain_until=row.retain_until,
        preserved_for=row.preserved_for,
        country_of_origin=row.country_of_origin,
        reserved_for=row.reserved_for,
        objection=row.objection,
        erasure=row.erasure,
        controller=row.controller,
    )
