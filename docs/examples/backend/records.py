"""What stands in a dossier; each field says which kind of data it holds, so that it can be left out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, Field

from kg_access.redaction import Category, NotPersonal


class Summary(BaseModel):
    """A dossier in a list."""

    number: Annotated[str, NotPersonal()] = Field(title="Number")
    family: Annotated[str, Category("identification")] = Field(title="Family")


class Visit(BaseModel):
    """One visit or examination."""

    day: Annotated[date, Category("health")] = Field(title="Day")
    weight: Annotated[float | None, Category("physical")] = Field(default=None, title="Weight in kg")
    remark: Annotated[str, Category("health")] = Field(title="Remark")


class Record(BaseModel):
    """The content of a dossier."""

    number: Annotated[str, NotPersonal()] = Field(title="Number")
    service: Annotated[str, NotPersonal()] = Field(title="Service")
    family: Annotated[str, Category("identification")] = Field(title="Family")
    born: Annotated[date | None, Category("identification")] = Field(default=None, title="Date of birth")
    address: Annotated[str | None, Category("identification")] = Field(default=None, title="Address")
    national_number: Annotated[str | None, Category("national_register_number")] = Field(
        default=None, title="National number"
    )
    language: Annotated[str | None, Category("personal_characteristics")] = Field(
        default=None, title="Language at home"
    )
    household: Annotated[str | None, Category("family_composition")] = Field(default=None, title="Household")
    home: Annotated[str | None, Category("housing")] = Field(default=None, title="Home")
    habits: Annotated[str | None, Category("lifestyle")] = Field(default=None, title="Habits")
    visits: Annotated[list[Visit], Category("health")] = Field(default_factory=list, title="Visits")
    income: Annotated[str | None, Category("financial")] = Field(default=None, title="Income")
    occupation: Annotated[str | None, Category("occupation")] = Field(default=None, title="Occupation")
    belief: Annotated[str | None, Category("religious_belief")] = Field(default=None, title="Belief")
    incident: Annotated[str | None, Category("complaints_incidents")] = Field(default=None, title="Incident")
    reported_by: Annotated[str | None, Category("complaints_incidents")] = Field(default=None, title="Reported by")
    court: Annotated[str | None, Category("judicial")] = Field(default=None, title="Court decision")


ABOUT_OTHERS: Final = frozenset({"reported_by"})
"""Fields about other people than the family, which a copy for the person concerned leaves out."""
