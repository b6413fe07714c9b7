"""
Flask: a function before every request enforces, and the tripwire stands around the whole application.

The mark is that of the view function, or of the class and method behind it. A view without a mark is denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Answer
from kg_access.enforcement.marks import Exemption, Mark, mark_of
from kg_access.enforcement.point import EnforcementPoint
from kg_access.errors import AccessDenied, InvalidInput
from kg_access.integrations import asgi
from kg_access.integrations.wsgi import ACCESS, Tripwire, decided, marks_within, preflight

try:
    from flask import Blueprint, Flask, Request, Response, abort, current_app, g, request
    from werkzeug.exceptions import NotFound
    from werkzeug.routing import Rule
except ImportError as error:
    raise ImportError("Flask is not there; install `kg-access[flask]`") from error

EXTENSION: Final = "kg_access"
STATIC_VIEW: Final = "Flask.__init__.<locals>."
STATIC_FILES: Final = Exemption("static files")


def protect(app: Flask, point: EnforcementPoint[Any], *, open_static: bool = False) -> None:
    """
    Enforce on every view of an application, those that are added later included.

    Functions that run before a request run in the order in which they were registered: those from before this call run
    first, such as one that signs people in.

    Args:
        app: The application.
        point: The enforcement point; its resolvers get the `Request`.
        open_static: Whether everybody may read the static files of the application and its blueprints.

    Raises:
        InvalidInput: The application is none of Flask, or is protected already.
    """
    if not isinstance(app, Flask):
        raise InvalidInput("app", f"expected a Flask application, not a {type(app).__name__}")
    if EXTENSION in app.extensions:
        raise InvalidInput("app", "the application is protected already; protect it once")
    protection = app.extensions[EXTENSION] = _Protection(app, point, open_static=open_static)
    app.before_request(protection.enforce)
    app.register_error_handler(AccessDenied, denied)
    app.wsgi_app = AccessTripwire(app.wsgi_app, point)  # type: ignore[method-assign]


def access_of(request: Request | None = None) -> Access[Any]:
    """
    Give the access of a request to its view; it also stands in `g.kg_access`.

    Args:
        request: The request; the current one when left out.

    Raises:
        LookupError: The enforcement point was not asked.
    """
    return asgi.access_of(_current().environ if request is None else request.environ)


def unmarked(app: Flask) -> list[str]:
    """
    List the routes that carry no mark and are therefore denied, to be asserted empty in a test.

    Args:
        app: The application.

    Raises:
        LookupError: There is no route but that of static files, so that the list would say nothing.
    """
    protection = app.extensions.get(EXTENSION)
    rules = list(app.url_map.iter_rules())
    if all(_is_static(app.view_functions.get(rule.endpoint)) for rule in rules):
        raise LookupError("the application has no route, so nothing was inspected")
    return sorted({rule.rule for rule in rules if None in _marks(app, rule, protection)})


class AccessTripwire(Tripwire):
    """The tripwire of a Flask application; what runs before the enforcement point may redirect, but not answer."""

    def reached(self, environ: WSGIEnvironment) -> bool:
        """
        Tell whether a request has reached a view; without a decision, none has.

        Args:
            environ: The environment of the request.
        """
        return ACCESS in environ


class _Protection:
    """What enforces on the views of one application."""

    def __init__(self, app: Flask, point: EnforcementPoint[Any], *, open_static: bool) -> None:
        self._views = app.view_functions
        self._point = point
        self._open_static = open_static

    def enforce(self) -> Response | None:
        asked = _current()
        rule = asked.url_rule
        if rule is None:
            return None
        if getattr(rule, "provide_automatic_options", False) and preflight(asked.environ):
            return None  # Flask answers by itself, with the methods of the route
        view = self._views.get(rule.endpoint)
        mark = self.mark_for(view, asked.method)
        access = g.kg_access = decided(self._point, mark, asked.environ, asked, asked.view_args or {}, view)
        return None if access.refusal is None else _refused(access)

    def mark_for(self, view: Any, method: str) -> Mark | None:
        mark = mark_of(view)
        if mark is None and hasattr(view, "view_class"):
            mark = mark_of(view.view_class, method=method)
        if mark is None and self._open_static and _is_static(view):
            mark = STATIC_FILES
        return mark


def denied(error: AccessDenied) -> Any:
    """
    Answer a denial that a view raised, from `Guard.require` or `Access.select`.

    Args:
        error: The denial.
    """
    access = access_of()
    access.point.denied(access, error)
    answer = access.answer()
    return current_app.handle_user_exception(NotFound()) if answer is None else _as_response(answer)


def _refused(access: Access[Any]) -> Response:
    answer = access.answer()
    if answer is None:
        abort(404)
    return _as_response(answer)


def _as_response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, list(answer.headers))


def _marks(app: Flask, rule: Rule, protection: _Protection | None) -> Iterator[Mark | None]:
    """List the marks behind a route, one for each method of a class."""
    view: Any = app.view_functions.get(rule.endpoint)
    if protection is not None and (mark := protection.mark_for(view, "")) is not None:
        yield mark
    elif mark_of(view) is None and hasattr(view, "view_class"):
        yield from marks_within(view.view_class, map(str.lower, rule.methods or ()))
    else:
        yield mark_of(view)


def _is_static(view: Any) -> bool:
    """Tell whether a view is Flask's own for static files."""
    of_blueprint = getattr(view, "__func__", None) is Blueprint.send_static_file
    return of_blueprint or getattr(view, "__qualname__", "").startswith(STATIC_VIEW)


def _current() -> Request:
    """Give the current request itself, not what stands for it, so that it can go to another thread."""
    current: Request = request._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - documented
    return current
