"""The pages: who may see them stands above each, and what they leave out is left out before it is shown."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from backend import questions
from backend.access_log import AccessLog
from backend.pages import HEADERS, page
from backend.people import PEOPLE, display_name
from backend.records import Record
from backend.services import PURPOSES
from backend.session import Sessions
from backend.shown import fields, left_out
from backend.store import Store
from kg_access.enforcement.access import Access
from kg_access.enforcement.marks import exempt, requires, requires_each
from kg_access.integrations.fastapi import CurrentAccess

router: Final = APIRouter()
STYLE: Final = (Path(__file__).parent / "style.css").read_bytes()


@router.get("/")
@exempt("leads on to the list")
async def start() -> Response:
    """Lead on to the list."""
    return RedirectResponse("/dossiers", 303, HEADERS)


@router.get("/health")
@exempt("tells nothing but that the backend runs")
async def health() -> Response:
    """Say that the backend runs."""
    return JSONResponse({"status": "ok"})


@router.get("/style.css")
@exempt("the style sheet")
async def style() -> Response:
    """Give the style sheet."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
@exempt("the login page")
async def login(request: Request) -> HTMLResponse:
    """Let the visitor choose whom to be."""
    store: Store = request.app.state.store
    offered = {person.id for person in PEOPLE}
    others = [(person, display_name(person)) for person in await asyncio.to_thread(store.person_ids)]
    return page(request, "login.html", people=PEOPLE, others=[other for other in others if other[0] not in offered])


@router.post("/login")
@exempt("logs in")
async def log_in(request: Request) -> Response:
    """Log somebody in; whoever is unknown chooses again."""
    store: Store = request.app.state.store
    person = (await questions.form_of(request)).get("person", "")
    if person not in await asyncio.to_thread(store.person_ids):
        return RedirectResponse("/login", 303, HEADERS)
    response = RedirectResponse("/dossiers", 303, HEADERS)
    sessions: Sessions = request.app.state.sessions
    sessions.begin(response, person)
    return response


@router.post("/logout")
@exempt("logs out")
async def log_out(request: Request) -> Response:
    """Log out."""
    response = RedirectResponse("/login", 303, HEADERS)
    sessions: Sessions = request.app.state.sessions
    sessions.end(response)
    return response


@router.get("/find")
@exempt("leads on to the page of a dossier, which decides")
async def find(number: str = "") -> Response:
    """Lead on to the page of a dossier."""
    name = number.strip()
    return RedirectResponse(f"/dossiers/{quote(name, safe='')}" if name else "/dossiers", 303, HEADERS)


@router.get("/dossiers")
@requires_each("read", categories={"identification"}, group=questions.listed_group, purpose=questions.listed_purpose)
async def dossiers(request: Request, access: CurrentAccess) -> HTMLResponse:
    """List the dossiers that somebody works on."""
    store: Store = request.app.state.store
    service = questions.listed_service(request)
    permitted = await access.aselect(await asyncio.to_thread(store.dossiers, service.name))
    shown = [one.redact(await asyncio.to_thread(store.summary, one.dossier.id)) for one in permitted]
    services = questions.services_of(access.subject)
    return page(request, "dossiers.html", dossiers=shown, service=service, services=services)


@router.get("/dossiers/{dossier_id}")
@requires("read", categories=questions.categories, group=questions.group, purpose=questions.purpose, mode="redact")
async def dossier(dossier_id: str, request: Request, access: CurrentAccess) -> HTMLResponse:
    """Show a dossier to whoever needs it for their daily work."""
    return await _dossier_page(request, access, dossier_id)


@router.get("/api/dossiers/{dossier_id}", response_model_exclude_unset=True)
@requires("read", categories=questions.categories, group=questions.group, purpose=questions.purpose, mode="redact")
async def dossier_as_json(dossier_id: str, request: Request, response: Response) -> Record:
    """Give a dossier to a program; the library redacts it by the type that is returned."""
    response.headers.update({"Cache-Control": "no-store", "Vary": HEADERS["Vary"]})
    return await _record(request, dossier_id)


@router.get("/open")
@exempt("an empty form")
async def opening(request: Request, number: str = "") -> HTMLResponse:
    """Ask what a dossier is needed for, and why."""
    return page(request, "open.html", purposes=PURPOSES, number=number, missing=False)


@router.post("/open")
@requires(
    "read",
    dossier=questions.dossier,
    categories=questions.categories,
    group=questions.group,
    purpose=questions.purpose,
    mode="redact",
)
async def open_dossier(request: Request, access: CurrentAccess) -> HTMLResponse:
    """Show a dossier to whoever needs it for a stated purpose."""
    return await _dossier_page(request, access, (await questions.asked(request)).number)


@router.get("/report")
@exempt("an empty form")
async def reporting(request: Request) -> HTMLResponse:
    """Ask about which dossier somebody wants to know who looked at it."""
    return page(request, "report_form.html")


@router.post("/report")
@requires(
    "disclose",
    dossier=questions.dossier,
    categories={"identification"},
    group=questions.group,
    purpose="data_subject_rights",
)
async def report(request: Request, access: CurrentAccess) -> HTMLResponse:
    """Show who looked at a dossier, for the person whom it is about."""
    del access
    log: AccessLog = request.app.state.log
    number = (await questions.asked(request)).number
    return page(request, "report.html", number=number, looks=await asyncio.to_thread(log.about, number))


async def _record(request: Request, number: str) -> Record:
    store: Store = request.app.state.store
    without_others = getattr(request.state, "without_others", False)
    return await asyncio.to_thread(store.record, number, without_others=without_others)


async def _dossier_page(request: Request, access: Access[Any], number: str) -> HTMLResponse:
    record = (await _record(request, number)).model_dump(mode="json", exclude_unset=True)
    shown = fields(access.redact(record, shape=Record))
    assert access.decision is not None  # noqa: S101 - `requires` has decided
    return page(
        request,
        "dossier.html",
        number=number,
        fields=shown,
        left_out=left_out(access.decision, access.point.guard.policy),
        without_others=getattr(request.state, "without_others", False),
        decision_id=access.id,
    )
