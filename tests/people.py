"""People, dossiers and questions that several test modules build on: a nurse, her team's dossier, and what she asks."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypedDict, Unpack
from zoneinfo import ZoneInfo

from hypothesis import settings

from kg_access.dossier import Dossier
from kg_access.guard import Guard
from kg_access.request import Context
from kg_access.subject import Assignment, Subject
from kg_access.vocabulary import Obligation, Phase

UNHURRIED: Final = settings(deadline=None)
"""For property tests: how long one example takes says more about the machine than about the library."""

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
SERVICE: Final = "preventive_family_support"
GROUP: Final = "child_and_family"
TEAM: Final = "LT-GENT"
DAY: Final = date(2019, 6, 17)
NOON: Final = datetime(2019, 6, 17, 12, tzinfo=BRUSSELS)

IN_PHASE: Final[dict[Phase, dict[str, Any]]] = {
    Phase.NOT_STARTED: {"use": [("2019-06-18", None)]},
    Phase.ACTIVE: {"use": [("2018-03-01", None)]},
    Phase.PASSIVE: {"use": [("2014-05-01", "2017-05-01")], "retain_until": "2032-12-31"},
    Phase.RETENTION_UNKNOWN: {"use": [("2012-01-01", "2015-01-31")]},
    Phase.EXPIRED: {"use": [("1985-02-01", "1988-01-31")], "retain_until": "2018-12-31"},
    Phase.PRESERVED: {
        "use": [("1994-01-01", "1996-12-31")],
        "retain_until": "2015-12-31",
        "preserved_for": "historical",
    },
}
"""What makes a dossier lie in each phase on `DAY`."""


class Asked(TypedDict, total=False):
    """The keyword arguments of a question to a guard."""

    categories: Any
    group: str | None
    purpose: str | None
    at: datetime | None
    mode: str
    context: Context | None


def health(**changes: Unpack[Asked]) -> Asked:
    """Give the keyword arguments of a nurse who asks for health data in the course of her work."""
    usual: Asked = {"categories": {"health"}, "group": GROUP, "purpose": SERVICE, "at": NOON}
    return {**usual, **changes}


def staff(role: str = "nurse", service: str = SERVICE, *, name: str = "nele", **terms: Any) -> Subject:
    """Make a member of staff with one assignment, by default a nurse of the team in Ghent."""
    terms.setdefault("team", TEAM)
    return Subject(name, kind="staff", assignments=[Assignment(role=role, service=service, **terms)])


def dossier(phase: Phase = Phase.ACTIVE, *, name: str = "D1", **changes: Any) -> Dossier:
    """Make a dossier of the team in Ghent that lies in a phase on `DAY`."""
    return Dossier(name, **{"service": SERVICE, "team": TEAM, **IN_PHASE[phase], **changes})


@cache
def able_guard() -> Guard:
    """Give one guard with the shipped policy, whose application carries out every obligation."""
    return Guard.shipped(fulfils=frozenset(Obligation))
