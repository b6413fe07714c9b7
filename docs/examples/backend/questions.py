"""
What is asked of the guard: found out once for each request, and handed to the marks of the endpoints.

The group and the kinds of data follow from the service of the dossier; for a number that nobody knows they are those of
the first service, so that nothing tells it apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import attrs
from fastapi.requests import Request
from starlette.exceptions import HTTPException

from backend.services import FIRST, SERVICES, Service
from backend.session import Sessions
from backend.store import Store
from kg_access import Context, Dossier, IdentityProof, InvalidInput, Subject
from kg_access.integrations.fastapi import current_access

LONGEST: Final = 200


@attrs.frozen
class Asked:
    """
    What one request asks.

    Attributes:
        number: The number of the dossier, as it was typed.
        dossier: The dossier; `None` when there is none of that number.
        service: The service that keeps it.
        purpose: What it is needed for; the own purpose of the service unless a form says otherwise.
        case: The open case about this dossier, when there is one of the number in the form.
        justification: Why it is needed; empty when nobody wrote it.
        identity_checked: Whether the identity of the person concerned has been checked.
    """

    number: str
    dossier: Dossier | None
    service: Service
    purpose: str
    case: str | None
    justification: str
    identity_checked: bool


class Questions:
    """
    The resolvers of the enforcement point.

    Args:
        store: Where people and dossiers are.
        sessions: Who is logged in.
    """

    def __init__(self, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    async def subject(self, request: Request) -> Subject | None:
        """Find out who asks."""
        person = self._sessions.person(request)
        return None if person is None else await asyncio.to_thread(self._store.subject, person)

    async def dossier(self, request: Request, number: str) -> Dossier | None:
        """Find a dossier by the number in the path."""
        del number  # `asked` has looked it up
        return (await asked(request)).dossier

    async def context(self, request: Request) -> Context:
        """State the circumstances that the backend knows."""
        if request.method != "POST":
            return Context()
        found = await asked(request)
        proof = IdentityProof.VERIFIED if found.identity_checked else IdentityProof.CLAIMED
        return Context(case_ref=found.case, identity_proof=proof)

    async def read(self, request: Request) -> Asked:
        """Find out what a request asks."""
        form = await form_of(request)
        number = str(request.path_params.get("dossier_id") or form.get("dossier", "").strip())
        dossier = await asyncio.to_thread(self._store.dossier, number) if _can_be_one(number) else None
        case = form.get("case", "").strip()
        known = _can_be_one(case) and await asyncio.to_thread(self._store.has_case, case, number)
        service = FIRST if dossier is None else SERVICES[dossier.service]
        return Asked(
            number=number,
            dossier=dossier,
            service=service,
            purpose=form.get("purpose") or service.name,
            case=case if known else None,
            justification=form.get("justification", "").strip(),
            identity_checked=form.get("identity_checked") == "yes",
        )


async def asked(request: Request) -> Asked:
    """
    Tell what a request asks.

    Args:
        request: The request.
    """
    if not hasattr(request.state, "asked"):
        questions: Questions = request.app.state.questions
        request.state.asked = await questions.read(request)
    found: Asked = request.state.asked
    return found


async def dossier(request: Request) -> Dossier | None:
    """Give the dossier whose number is in the form."""
    return (await asked(request)).dossier


async def categories(request: Request) -> frozenset[str]:
    """Give the kinds of data that the dossier has room for."""
    return (await asked(request)).service.kept


async def group(request: Request) -> str:
    """Give the group that the dossier is about."""
    return (await asked(request)).service.group


async def purpose(request: Request) -> str:
    """Give what the dossier is needed for."""
    return (await asked(request)).purpose


def services_of(subject: Subject | None) -> list[Service]:
    """
    Name the services that somebody works for, the first service for those who work for all.

    Args:
        subject: Who asks.
    """
    named = {assignment.service for assignment in subject.assignments} if subject is not None else set()
    return [service for name, service in SERVICES.items() if name in named] or [FIRST]


def listed_service(request: Request) -> Service:
    """
    Tell of which service a list shows the dossiers: the one in the query, or the first that the person works for.

    Args:
        request: The request.

    Raises:
        InvalidInput: There is no such service.
    """
    name = request.query_params.get("service")
    if name is None:
        return services_of(current_access(request).subject)[0]
    if name not in SERVICES:
        raise InvalidInput("group", "the list is of a service that does not exist")
    return SERVICES[name]


async def listed_group(request: Request) -> str:
    """Give the group that the dossiers of the list are about."""
    return listed_service(request).group


async def listed_purpose(request: Request) -> str:
    """Give what the dossiers of the list are for."""
    return listed_service(request).name


async def form_of(request: Request) -> Mapping[str, str]:
    """
    Give the texts of the form that a request brings; none when it brings no form.

    Args:
        request: The request.

    Raises:
        InvalidInput: The form cannot be read.
    """
    if request.method != "POST":
        return {}
    try:
        fields: Mapping[str, Any] = await request.form(max_fields=20)
    except HTTPException:
        raise InvalidInput("group", "the form cannot be read") from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _can_be_one(number: str) -> bool:
    return number.isprintable() and 0 < len(number) <= LONGEST
