"""The tables of the backend: people and dossiers, and what decisions ask to be kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The base of the tables."""


class PersonRow(Base):
    """Somebody who can log in."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    organisation: Mapped[str | None]
    related_to: Mapped[list[str]] = mapped_column(JSON)
    assignments: Mapped[list[AssignmentRow]] = relationship(lazy="selectin", order_by="AssignmentRow.id")


class AssignmentRow(Base):
    """What somebody works on."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    service: Mapped[str]
    team: Mapped[str | None]
    dossier: Mapped[str | None]
    task: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class DossierRow(Base):
    """A dossier: what the guard needs to know about it, and its content."""

    __tablename__ = "dossier"

    id: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str]
    team: Mapped[str | None]
    use: Mapped[list[list[str | None]]] = mapped_column(JSON)
    retain_until: Mapped[date | None]
    preserved_for: Mapped[str | None]
    country_of_origin: Mapped[str | None]
    reserved_for: Mapped[list[str]] = mapped_column(JSON)
    objection: Mapped[str | None]
    erasure: Mapped[str | None]
    controller: Mapped[str | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class CaseRow(Base):
    """An open case: somebody asks about their own data."""

    __tablename__ = "rights_case"

    number: Mapped[str] = mapped_column(primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossier.id"))


class JustificationRow(Base):
    """Why somebody needed a dossier, kept with the decision that asked for it."""

    __tablename__ = "justification"

    decision_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossier.id"))
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
    text: Mapped[str]


class FollowUpRow(Base):
    """Something that a decision asked to be done about a dossier, once for each dossier."""

    __tablename__ = "follow_up"

    obligation: Mapped[str] = mapped_column(primary_key=True)
    dossier_id: Mapped[str] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    decision_id: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))
