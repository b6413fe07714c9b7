"""
Starlette: every route of an application is wrapped once, and the tripwire stands around the whole.

It stands outside all middleware and the handlers of errors, whenever they are added.

A route without a mark, a mounted application without routes of its own included, is denied.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any, Final

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Answer
from kg_access.enforcement.marks import Mark, mark_of
from kg_access.enforcement.point import EnforcementPoint
from kg_access.errors import AccessDenied, InvalidInput
from kg_access.integrations import asgi
from kg_access.integrations.asgi import Enforced, Receive, Redaction, Scope, Send, Tripwire
from kg_access.redaction import is_shape

try:
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException, WebSocketException
    from starlette.middleware import Middleware
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute, Host, Mount
    from starlette.types import ASGIApp
except ImportError as error:
    raise ImportError("Starlette is not there; install `kg-access[starlette]`") from error

WRAPPED: Final = "__kg_access_wrapped__"
PROTECTED: Final = "__kg_access_protected__"
METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "query")


def protect(app: Starlette, point: EnforcementPoint[Any]) -> None:
    """
    Enforce on every route of an application, those that are added later included.

    Args:
        app: The application.
        point: The enforcement point; its resolvers get a `Request`, or an `HTTPConnection` for a websocket.

    Raises:
        InvalidInput: The application is none of Starlette, or has served requests already.
    """
    if not isinstance(app, Starlette):
        raise InvalidInput("app", f"expected a Starlette application, not a {type(app).__name__}")
    surround(app, point)
    app.add_exception_handler(AccessDenied, denied)


def surround(app: Starlette, point: EnforcementPoint[Any], apart: Callable[[Any], bool] = lambda _: False) -> None:
    """
    Put the tripwire around an application, outside its middleware and handlers of errors, and redaction inside them.

    Args:
        app: The application.
        point: The enforcement point.
        apart: Tells which routes have the enforcement point before them already.

    Raises:
        InvalidInput: The application has served requests already.
    """
    if app.middleware_stack is not None:
        raise InvalidInput("app", "the application has served requests already; protect it before")
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: AccessMiddleware(build(), point, apart)  # type: ignore[method-assign]
    app.user_middleware.append(Middleware(Redaction, point=point))
    setattr(app, PROTECTED, True)


def access_of(connection: HTTPConnection) -> Access[Any]:
    """
    Give the access of a request to its endpoint.

    Args:
        connection: The request or websocket.

    Raises:
        LookupError: The enforcement point was not asked.
    """
    return asgi.access_of(connection.scope)


def unmarked(app: Starlette) -> list[str]:
    """
    List the routes that carry no mark and are therefore denied, to be asserted empty in a test.

    Args:
        app: The application.

    Raises:
        LookupError: There is no route at all, so that the list would say nothing.
    """
    survey = Survey(app.routes)
    if not survey.endpoints:
        raise LookupError("the application has no route, so nothing was inspected")
    return survey.unmarked()


class Survey:
    """
    What is found in the routes of an application, those of mounted applications and included routers included.

    Args:
        routes: The routes.

    Attributes:
        endpoints: The path of each endpoint, its route, and whether the application that it lies in is protected itself.
        mounted: The applications on the way to endpoints, by identity.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self.endpoints: list[tuple[str, Any, bool]] = []
        self.mounted: dict[int, ASGIApp] = {}
        self._routes = routes
        self._seen: list[tuple[list[BaseRoute], list[BaseRoute]]] = []
        self._routers: list[tuple[Any, int]] = []
        self._visit(routes, "", protected=False)

    def covers(self, routes: list[BaseRoute]) -> bool:
        """
        Tell whether these are the routes that were looked at, and none has come or been replaced since.

        Args:
            routes: The routes of the application now.
        """
        if routes is not self._routes:
            return False
        for known, seen in self._seen:
            if len(known) != len(seen) or not all(map(is_, known, seen)):
                return False
        for router, version in self._routers:  # noqa: SIM110 - `all` takes twice as long, in every request
            if router._routes_version != version:  # noqa: SLF001 - FastAPI makes its routes anew by it
                return False
        return True

    def unmarked(self) -> list[str]:
        """List the paths of the endpoints that carry no mark, or for which one of their methods carries none."""
        return sorted(path for path, route, _ in self.endpoints if None in _marks(endpoint_of(route)))

    def _visit(self, routes: list[BaseRoute], prefix: str, *, protected: bool) -> None:
        self._seen.append((routes, [*routes]))
        for route in routes:
            self._visit_route(route, prefix, protected=protected)

    def _visit_route(self, route: Any, prefix: str, *, protected: bool) -> None:
        path = prefix + getattr(route, "path", "")
        app = _mounted(route)
        inner = inner_routes(route)
        if hasattr(route, "effective_route_contexts"):
            self._note(route.original_router)
            for context in route.effective_route_contexts():
                self._visit_route(context.starlette_route or context, prefix, protected=protected)
        elif inner is not None:
            self.mounted[id(route.app)] = route.app
            self._visit(inner, path, protected=protected or _is_protected(app))
        else:
            self.endpoints.append((path, route, protected))

    def _note(self, router: Any) -> None:
        """Note a router of FastAPI, which includes routers as they are when they are used."""
        self._seen.append((router.routes, [*router.routes]))
        if hasattr(router, "_routes_version"):
            self._routers.append((router, router._routes_version))  # noqa: SLF001 - see `covers`
        for route in router.routes:
            if hasattr(route, "original_router"):
                self._note(route.original_router)


class AccessMiddleware(Tripwire):
    """
    The tripwire of an application; it also puts the enforcement point before the endpoints that lack it.

    Args:
        app: The application.
        point: The enforcement point.
        apart: Tells which routes have the enforcement point before them already.
    """

    def __init__(self, app: Any, point: EnforcementPoint[Any], apart: Callable[[Any], bool] = lambda _: False) -> None:
        super().__init__(app, point)
        self._apart = apart
        self._survey = Survey([])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if "app" in scope and not self._survey.covers(scope["app"].router.routes):
            self._survey = Survey(scope["app"].router.routes)
            for _, route, protected in self._survey.endpoints:
                if not protected and not self._apart(route):
                    wrap(route, self.point)
        await super().__call__(scope, receive, send)

    def reached(self, scope: Scope) -> bool:
        """
        Tell whether a request has reached an endpoint, and not only an application on the way to one.

        Args:
            scope: The scope of the request.
        """
        return "endpoint" in scope and id(scope["endpoint"]) not in self._survey.mounted


def wrap(route: Any, point: EnforcementPoint[Any]) -> None:
    """
    Put the enforcement point before the endpoint of a route, once.

    Args:
        route: The route, or whatever else the framework hands a request to.
        point: The enforcement point.
    """
    if hasattr(route, WRAPPED):
        return
    place = "handle" if getattr(route, "app", None) is None else "app"
    shape = response_shape(route)
    setattr(route, place, _enforced(getattr(route, place), endpoint_of(route), point, shape))
    setattr(route, WRAPPED, True)


def response_shape(route: Any) -> Any:
    """
    Tell by which annotation the responses of a route are redacted: its response model, or that of a stream.

    Args:
        route: A route; only one of FastAPI has a response model.

    Returns:
        The annotation, such as `Child` or `list[Child]`; `None` when it speaks of no categories.
    """
    for name in ("response_model", "stream_item_type"):
        model = getattr(route, name, None)
        if model is not None and is_shape(model):
            return model
    return None


async def denied(connection: HTTPConnection, error: Exception) -> Response:
    """
    Answer a denial that an endpoint raised, from `Guard.require` or `Access.select`.

    Args:
        connection: The request or websocket.
        error: The `AccessDenied`.
    """
    assert isinstance(error, AccessDenied)  # noqa: S101 - registered for nothing else
    access = access_of(connection)
    await access.point.adenied(access, error)
    if connection.scope["type"] == "websocket":
        raise WebSocketException(1000)
    answer = access.answer()
    if answer is None:
        raise HTTPException(404)
    return as_response(answer)


def as_response(answer: Answer) -> Response:
    """
    Turn an answer into a response.

    Args:
        answer: The answer.
    """
    return Response(answer.body, answer.status, dict(answer.headers))


def _enforced(app: ASGIApp, endpoint: Any, point: EnforcementPoint[Any], shape: Any) -> ASGIApp:
    fixed = mark_of(endpoint)

    def mark_for(scope: Scope) -> Mark | None:
        return mark_of(endpoint, method=scope.get("method")) if isinstance(endpoint, type) else fixed

    return Enforced(app, point, mark_for=mark_for, as_request=_as_request, hidden=_hidden, marked=endpoint, shape=shape)


def _as_request(scope: Scope, receive: Receive) -> HTTPConnection:
    return Request(scope, receive) if scope["type"] == "http" else HTTPConnection(scope)


async def _hidden(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send
    raise HTTPException(404)


def inner_routes(route: Any) -> list[BaseRoute] | None:
    """
    Give the routes of a mounted application; `None` for a route, and for an application whose routes are not known.

    Args:
        route: A route or a mount.
    """
    routes = getattr(_mounted(route), "routes", None)
    if not isinstance(routes, list) or not all(isinstance(one, BaseRoute) for one in routes):
        return None
    return routes


def endpoint_of(route: Any) -> Any:
    """
    Give what carries the mark of a route.

    Args:
        route: The route, or whatever else the framework hands a request to.
    """
    endpoint = getattr(route, "endpoint", None) or _mounted(route) or getattr(route, "app", None) or route
    return endpoint.marked if isinstance(endpoint, Enforced) else endpoint


def _mounted(route: Any) -> Any:
    return getattr(route, "_base_app", route.app) if isinstance(route, Mount | Host) else None


def _is_protected(app: Any) -> bool:
    return hasattr(app, PROTECTED)


def _marks(endpoint: Any) -> list[Mark | None]:
    methods = [name for name in METHODS if isinstance(endpoint, type) and hasattr(endpoint, name)]
    return [mark_of(endpoint, method=name) for name in methods] or [mark_of(endpoint)]
