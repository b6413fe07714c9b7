"""Invented content for the dossiers of the example organisation: nobody in it exists."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from backend.records import Record, Visit
from backend.services import Service
from kg_access.redaction import Category, NotPersonal

FAMILIES: Final = (
    "Peeters", "Amrani", "Claes", "Wouters", "Yilmaz", "De Smet", "Okafor", "Goossens", "Nowak", "Maes", "Benali",
)  # fmt: skip
STREETS: Final = ("Lindenstraat", "Molenweg", "Kerkplein", "Veldlaan", "Oude Vaart", "Zonnehof", "Beukendreef")
LANGUAGES: Final = ("Dutch", "Dutch and Arabic", "Turkish", "Polish", "Dutch and English")
HOUSEHOLDS: Final = ("two parents, one child", "one parent, two children", "two parents, three children")
HOMES: Final = ("flat on the third floor, no lift", "terraced house with a garden", "two rooms, damp walls")
HABITS: Final = ("sleeps through the night", "nobody smokes indoors", "eats little fruit")
REMARKS: Final = (
    "hearing test repeated, both ears fine",
    "vaccinated today, no fever since",
    "light eczema on the arms",
)
INCOMES: Final = ("one wage and a benefit", "two wages", "replacement income")
OCCUPATIONS: Final = ("baker and bus driver", "teacher", "looking for work")
INCIDENTS: Final = ("fell at the consultation office, no harm done", "complained about a long wait")
OBSERVERS: Final = ("the neighbour at number 12", "an aunt", "a teacher of the eldest")
COURTS: Final = ("youth court follows the family since last year", "custody shared between both parents")


def content(number: str, order: int, service: Service, today: date) -> dict[str, Any]:
    """
    Invent the content of a dossier, always the same for the same place in the organisation.

    Args:
        number: The number of the dossier.
        order: Its place among the dossiers.
        service: The service that it belongs to.
        today: The day on which the demo is first started.

    Returns:
        A record as JSON, with room only for what the service keeps.
    """
    born = today - timedelta(days=500 + 97 * order)
    visits = [
        Visit(
            day=born + timedelta(days=days),
            weight=round(4.2 + days / 60, 1),
            remark=REMARKS[(order + days) % len(REMARKS)],
        )
        for days in (28, 84, 168)
    ]
    record = Record(
        number=number,
        service=service.title,
        family=FAMILIES[order % len(FAMILIES)],
        born=born,
        address=f"{STREETS[order % len(STREETS)]} {order + 3}, 9000 Gent",
        national_number=f"{born:%y.%m.%d}-{100 + order:03}.{order + 10:02}",
        language=LANGUAGES[order % len(LANGUAGES)],
        household=HOUSEHOLDS[order % len(HOUSEHOLDS)],
        home=HOMES[order % len(HOMES)],
        habits=HABITS[order % len(HABITS)],
        visits=visits,
        income=INCOMES[order % len(INCOMES)],
        occupation=OCCUPATIONS[order % len(OCCUPATIONS)],
        belief="stated by the family",
        incident=INCIDENTS[order % len(INCIDENTS)],
        reported_by=OBSERVERS[order % len(OBSERVERS)],
        court=COURTS[order % len(COURTS)],
    )
    return record.model_dump(mode="json", include=_room(service))


def _room(service: Service) -> set[str]:
    """Name the fields of the kinds of data that a service keeps, and those that are not personal."""
    return {
        name
        for name, field in Record.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, NotPersonal) or (isinstance(mark, Category) and mark.words <= service.kept)
    }
