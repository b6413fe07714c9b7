"""The same empty endpoint three times: plain, enforced, and with stock Casbin enforcers wired in by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg_access import Dossier, EnforcementPoint, Guard, Subject, requires
from kg_access.integrations.starlette import protect
from tests.benchmarks.figures import AT, dossier, health, nurse
from tests.oracle import stock

PATH = "/dossiers/{dossier_id}"
WHO, FILE = nurse(), dossier()


def plain() -> Starlette:
    """Make the application that checks nothing."""
    return Starlette(routes=[Route(PATH, _endpoint())])


def enforced() -> Starlette:
    """Make the application with our enforcement point."""
    app = Starlette(routes=[Route(PATH, requires("read", **health())(_endpoint()))])
    protect(app, EnforcementPoint(Guard.shipped(fulfils={"redact"}), subject=_subject, dossier=_dossier))
    return app


def by_hand() -> Starlette:
    """Make the application that asks a stock enforcer for each of the three tables."""
    guard = Guard.shipped()
    facts = guard.decide(WHO, "read", FILE, at=AT, **health()).facts
    assert facts is not None
    values = guard._current.point.point(facts, facts.standings[0], "health")
    asked = [
        (stock(table), tuple(values[column] for column in table.columns)) for table in guard.policy.tables.values()
    ]

    async def checked(request: Request) -> Response:
        del request
        return Response(status_code=200 if all(ask(point) for ask, point in asked) else 403)

    return Starlette(routes=[Route(PATH, checked)])


def _endpoint() -> Callable[[Request], Awaitable[Response]]:
    async def empty(request: Request) -> Response:
        del request
        return Response()

    return empty


async def _subject(request: Any) -> Subject:
    del request
    return WHO


async def _dossier(request: Any, name: str) -> Dossier | None:
    del request
    return FILE if name == FILE.id else None
