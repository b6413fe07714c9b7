"""
FastAPI: a dependency of the whole application enforces, and JSON responses are redacted by their response model.

Routes that are none of FastAPI's own are wrapped as in Starlette, and the tripwire stands around it all, outside all
middleware and the handlers of errors.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Refusal
from kg_access.enforcement.marks import Exemption, exempt, mark_of
from kg_access.enforcement.point import EnforcementPoint
from kg_access.errors import AccessDenied, InvalidInput
from kg_access.integrations import asgi, starlette
from kg_access.integrations.asgi import decided

try:
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.exceptions import WebSocketException
    from fastapi.requests import HTTPConnection, Request
    from fastapi.responses import Response
    from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
except ImportError as error:
    raise ImportError("FastAPI is not there; install `kg-access[fastapi]`") from error

DOCUMENTATION: Final = frozenset({"openapi", "swagger_ui_html", "swagger_ui_redirect", "redoc_html"})


class Refused(Exception):  # noqa: N818 - what happened, not an error
    """
    Raised by the dependency of a protected application; its handler answers.

    Attributes:
        access: The access of the request.
    """

    def __init__(self, access: Access[Any]) -> None:
        super().__init__("refused")
        self.access = access


def protect(app: FastAPI, point: EnforcementPoint[Any], *, open_documentation: bool = False) -> None:
    """
    Enforce on every route of an application; call it right after making the application, before adding routes.

    Args:
        app: The application.
        point: The enforcement point; its resolvers get a `Request`, or a `WebSocket`.
        open_documentation: Whether everybody may read the generated documentation of the interface.

    Raises:
        InvalidInput: The application is none of FastAPI, or has routes of its own or has served requests already.
    """
    if not isinstance(app, FastAPI):
        raise InvalidInput("app", f"expected a FastAPI application, not a {type(app).__name__}")
    if any(
        isinstance(context.original_route, APIRoute | APIWebSocketRoute) for context in iter_route_contexts(app.routes)
    ):
        raise InvalidInput("app", "the application has routes already, which would stay open; protect it before")
    starlette.surround(app, point, _enforces)
    app.router.dependencies.append(Depends(_Enforcement(point)))
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(AccessDenied, starlette.denied)
    if open_documentation:
        for route in app.routes:
            endpoint = starlette.endpoint_of(route)
            if _is_documentation(endpoint) and mark_of(endpoint) is None:
                exempt("the documentation of the interface")(endpoint)


def current_access(connection: HTTPConnection) -> Access[Any]:
    """
    Give the access of a request to its endpoint, as a dependency.

    Args:
        connection: The request or websocket.

    Raises:
        LookupError: The enforcement point was not asked.
    """
    return asgi.access_of(connection.scope)


CurrentAccess: TypeAlias = Annotated[Access[Any], Depends(current_access)]
"""The type of a parameter through which an endpoint gets its access."""


def unmarked(app: FastAPI) -> list[str]:
    """
    List the routes that carry no mark and are therefore denied, to be asserted empty in a test.

    Args:
        app: The application.

    Raises:
        LookupError: There is no route at all, so that the list would say nothing.
    """
    survey = starlette.Survey(app.routes)
    if all(_is_documentation(starlette.endpoint_of(route)) for _, route, _ in survey.endpoints):
        raise LookupError("the application has no route of its own, so nothing was inspected")
    return survey.unmarked()


def _is_documentation(endpoint: Any) -> bool:
    return getattr(endpoint, "__name__", "") in DOCUMENTATION and endpoint.__module__ == FastAPI.__module__


def _enforces(route: Any) -> bool:
    """Tell whether a route has the dependency of a protected application."""
    return any(isinstance(one.dependency, _Enforcement) for one in getattr(route, "dependencies", ()))


class _Enforcement:
    """The dependency of a protected application."""

    def __init__(self, point: EnforcementPoint[Any]) -> None:
        self._point = point

    async def __call__(self, connection: HTTPConnection) -> None:
        scope = connection.scope
        endpoint = scope.get("endpoint")
        access = await decided(self._point, mark_of(endpoint), scope, connection, endpoint)
        if access.shape is None and not isinstance(access.mark, Exemption):
            access.shape = starlette.response_shape(scope.get("route"))
        if access.refusal is None:
            return
        if scope["type"] == "websocket":
            raise WebSocketException(1000)
        if access.refusal is Refusal.HIDDEN:
            raise HTTPException(404)
        raise Refused(access)


async def _refused(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, Refused)  # noqa: S101 - registered for nothing else
    answer = error.access.answer()
    if answer is None:
        raise HTTPException(404)
    return starlette.as_response(answer)
