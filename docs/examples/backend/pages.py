"""How pages are made, and what somebody gets who is refused: a page in a browser, a problem document elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import attrs
from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler
from fastapi.requests import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from backend.people import display_name
from backend.questions import asked
from backend.services import PURPOSES
from backend.session import Sessions
from kg_access import AccessDenied, Decision, InvalidInput, Obligation
from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Refusal
from kg_access.integrations import starlette
from kg_access.integrations.asgi import access_of
from kg_access.integrations.fastapi import Refused

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Cookie",
    "X-Content-Type-Options": "nosniff",
}
ASK: Final = {
    "requester": "You can do this yourself",
    "team_lead": "Ask your team lead",
    "privacy_office": "Ask the Privacy Office",
    "policy_officer": "Ask the policy officer",
    "application": "Ask whoever looks after this application",
    "nobody": "Nobody can change this",
}
OTHER_REFUSALS: Final = {
    400: (
        "That could not be read",
        "Something in the address or the form is not as it should be. Go back and try again.",
    ),
    401: ("Log in first", "You are not logged in, or your session is over."),
    404: ("There is nothing here", "No page or dossier of this name can be shown. Check the number that you typed."),
    503: ("Access could not be checked", "When in doubt nothing is shown. Try again in a moment."),
}


@attrs.frozen
class Told:
    """
    What a member of staff is told about a refusal.

    Attributes:
        headline: What was refused, in one sentence.
        reasons: Why.
        helps: What would help, each with whom to ask.
        contact: Where to turn with questions.
    """

    headline: str
    reasons: tuple[str, ...]
    helps: tuple[tuple[str, str], ...]
    contact: str


def told(decision: Decision) -> Told:
    """
    Put a denial into words, without any word of the rules behind it.

    Args:
        decision: The denial.
    """
    explanation = decision.explain(language="en", audience="staff")
    steps = [step for way in explanation.ways_out if way.possible for step in way.steps]
    helps = [(ASK[step.by], step.how) for step in steps] or [(ASK[why.by], why.remedy) for why in explanation.why]
    return Told(
        headline=explanation.headline,
        reasons=tuple(why.reason.text for why in explanation.why),
        helps=tuple(dict.fromkeys(helps)),
        contact=explanation.contact,
    )


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """
    Make a page.

    Args:
        request: The request.
        template: The file in `templates/`.
        status: The status code.
        values: What the template needs.
    """
    sessions: Sessions = request.app.state.sessions
    person = sessions.person(request)
    who = None if person is None else display_name(person)
    return HTMLResponse(TEMPLATES.get_template(template).render(who=who, **values), status, HEADERS)


def add_refusals(app: FastAPI) -> None:
    """
    Let browsers get pages instead of problem documents; call it after `protect`.

    Args:
        app: The application.
    """
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(AccessDenied, _denied)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(InvalidInput, _unreadable)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a request that the enforcement point refused."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for nothing else
    return await _answer(request, error.access)


async def _denied(request: Request, error: Exception) -> Response:
    """Answer a denial that an endpoint raised; the library writes it down in the access of the request."""
    answer = await starlette.denied(request, error)
    return await _answer(request, access_of(request.scope)) if _wants_a_page(request) else answer


async def _failed(request: Request, error: Exception) -> Response:
    """Answer an unknown page, and with the very same an unknown or hidden dossier."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if not _wants_a_page(request):
        return _vary(await http_exception_handler(request, error))
    title, text = OTHER_REFUSALS.get(error.status_code, ("That did not work", "Go back and try again."))
    return page(request, "refused.html", error.status_code, title=title, text=text)


async def _unreadable(request: Request, error: Exception) -> Response:
    """Answer a form or a query that cannot be read."""
    del error
    return await _failed(request, HTTPException(400))


async def _answer(request: Request, access: Access[Any]) -> Response:
    answer = access.answer()
    if answer is None:
        raise HTTPException(404)
    if not _wants_a_page(request):
        return _vary(starlette.as_response(answer))
    if access.refusal is Refusal.UNAUTHENTICATED:
        return RedirectResponse("/login", 303, HEADERS)
    decision = access.decision
    if decision is not None and Obligation.RECORD_JUSTIFICATION in decision.unsupported:
        number = (await asked(request)).number
        return page(request, "open.html", 422, purposes=PURPOSES, number=number, missing=True)
    if decision is not None and access.refusal in {Refusal.FORBIDDEN, Refusal.IDENTITY}:
        return page(request, "denied.html", answer.status, told=told(decision), decision_id=access.id)
    title, text = OTHER_REFUSALS[answer.status]
    return page(request, "refused.html", answer.status, title=title, text=text)


def _wants_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _vary(response: Response) -> Response:
    response.headers["Vary"] = HEADERS["Vary"]
    return response
