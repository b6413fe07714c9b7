"""
Any WSGI application: an endpoint that runs only when it is permitted, and the tripwire around the whole.

The access of a request stands in its environment, under `kg_access.access`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import chain
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Answer, Refusal
from kg_access.enforcement.claims import joined
from kg_access.enforcement.marks import Mark, mark_of
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.tripwire import TRIPPED, needs_redaction, objection, redacted_body, unredacted
from kg_access.errors import AccessDenied
from kg_access.integrations import asgi
from kg_access.integrations.asgi import ACCESS, NOT_FOUND, access_of

STALE: Final = frozenset(name.decode() for name in asgi.STALE)
DESCRIBING: Final = frozenset(name.decode() for name in asgi.DESCRIBING)
METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
ROUTING: Final = "wsgiorg.routing_args"

__all__ = [
    "ACCESS",
    "DESCRIBING",
    "STALE",
    "Enforced",
    "Tripwire",
    "access_of",
    "decided",
    "marks_within",
    "preflight",
    "respond",
    "unmarked",
]


def preflight(environ: Mapping[str, Any]) -> bool:
    """
    Tell whether a request is a genuine CORS preflight, which carries no credentials and reaches no endpoint.

    Args:
        environ: The environment of the request.
    """
    asks = "HTTP_ORIGIN" in environ and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    return environ.get("REQUEST_METHOD") == "OPTIONS" and asks


def decided(
    point: EnforcementPoint[Any],
    mark: Mark | None,
    environ: WSGIEnvironment,
    request: Any,
    parameters: Mapping[str, Any],
    endpoint: object = None,
) -> Access[Any]:
    """
    Decide about a request, and leave its access in the environment.

    Args:
        point: The enforcement point.
        mark: The mark of the endpoint.
        environ: The environment of the request.
        request: What the resolvers get.
        parameters: The path parameters of the request.
        endpoint: The endpoint, to name it where it has no mark.
    """
    twice = joined(environ, point.identity_headers)
    access = environ[ACCESS] = point.open(mark, request, endpoint=endpoint, claimed_twice=twice)
    point.enforce(access, parameters)
    return access


def routing_arguments(environ: WSGIEnvironment) -> Mapping[str, Any]:
    """
    Give the path parameters of a request, as routers leave them under `wsgiorg.routing_args`.

    Args:
        environ: The environment of the request.
    """
    named: Mapping[str, Any] = environ.get(ROUTING, ((), {}))[1]
    return named


class Enforced:
    """
    An endpoint that runs only when the enforcement point lets it.

    Args:
        endpoint: The WSGI application of the endpoint.
        point: The enforcement point; its resolvers get what `as_request` makes, or the environment.
        as_request: Makes what resolvers get, from the environment.
        parameters: Finds the path parameters; those under `wsgiorg.routing_args` when left out.
        hidden: Answers as for an unknown id.
        marked: What carries the mark, a function or a class with a function for each method; the endpoint itself when
            left out.

    A denial that the endpoint raises, from `Guard.require` or `Access.select`, is answered as well.
    """

    def __init__(
        self,
        endpoint: WSGIApplication,
        point: EnforcementPoint[Any],
        *,
        as_request: Callable[[WSGIEnvironment], Any] = lambda environ: environ,
        parameters: Callable[[WSGIEnvironment], Mapping[str, Any]] = routing_arguments,
        hidden: WSGIApplication | None = None,
        marked: object = None,
    ) -> None:
        self.endpoint = endpoint
        self.marked = endpoint if marked is None else marked
        self._point = point
        self._as_request = as_request
        self._parameters = parameters
        self._hidden = _not_found if hidden is None else hidden

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        mark = mark_of(self.marked, method=environ["REQUEST_METHOD"])
        request, parameters = self._as_request(environ), self._parameters(environ)
        access = decided(self._point, mark, environ, request, parameters, self.marked)
        if access.refusal is None:
            try:
                return self.endpoint(environ, start_response)
            except AccessDenied as error:
                self._point.denied(access, error)
                start_response = _replacing(start_response, error)
        if access.refusal is Refusal.HIDDEN:
            return self._hidden(environ, start_response)
        return respond(access.answer() or NOT_FOUND, environ, start_response)


def unmarked(routes: Mapping[str, Any]) -> list[str]:
    """
    List the routes that carry no mark or have no enforcement point before them, to be asserted empty in a test.

    Args:
        routes: By path or name, the endpoints of the application, as its router has them.

    Raises:
        LookupError: There is no route at all, so that the list would say nothing.
    """
    if not routes:
        raise LookupError("the application has no route, so nothing was inspected")
    return sorted(
        name
        for name, endpoint in routes.items()
        if not isinstance(endpoint, Enforced) or None in marks_within(endpoint.marked)
    )


def marks_within(endpoint: Any, methods: Iterable[str] = METHODS) -> list[Mark | None]:
    """
    List the marks of an endpoint: one, or for a class one for each method that it serves.

    Args:
        endpoint: A function or a class.
        methods: The methods to look for, in lower case.
    """
    if not isinstance(endpoint, type):
        return [mark_of(endpoint)]
    served = [name for name in methods if hasattr(endpoint, name)]
    return [mark_of(endpoint, method=name) for name in served] or [mark_of(endpoint)]


class Tripwire:
    """
    The outermost layer of an application: nothing leaves without a decision, or with what it leaves out.

    Args:
        app: The application.
        point: The enforcement point, which hears of alarms.
    """

    def __init__(self, app: WSGIApplication, point: EnforcementPoint[Any]) -> None:
        self.app = app
        self.point = point

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        environ.pop(ACCESS, None)
        wire = _Wire(self, environ, start_response)
        body = self.app(environ, wire.start)
        return wire.answered(body) if wire.started else _Begun(wire, body)

    def reached(self, environ: WSGIEnvironment) -> bool:
        """
        Tell whether a request has reached an endpoint.

        Args:
            environ: The environment of the request.
        """
        del environ
        return True


class _Wire:
    """Watches the response of one request, which begins only once it is known to be right."""

    def __init__(self, wire: Tripwire, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self._wire = wire
        self._environ = environ
        self._start_response = start_response
        self._status, self._headers = "", [("", "")]
        self._written: list[bytes] = []
        self._write: Callable[[bytes], object] = self._written.append
        self._sent = False
        self.started = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        if self.started and exc_info is None:
            raise RuntimeError("the application called `start_response` twice")
        if self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._headers, self.started = status, headers, True
        return self._wrote

    def _wrote(self, data: bytes) -> object:
        return self._write(data)

    def answered(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Let a response leave, redacted where it has to be, or stop it."""
        access = self._environ.get(ACCESS)
        if access is not None and access.clear:
            return self._leave(body)
        status, reached = int(self._status[:3]), self._wire.reached(self._environ)
        wrong = objection(access, status, matched=reached)
        if wrong is not None and (access is not None or reached or not preflight(self._environ)):
            return self._trip(wrong, body)
        if access is not None and needs_redaction(access, status, self._header("content-type")):
            return self._redacted(access, status, body)
        wrong = unredacted(access, status, empty=self._header("content-length") == "0")
        return self._leave(body) if wrong is None else self._trip(wrong, body)

    def _leave(self, body: Iterable[bytes]) -> Iterable[bytes]:
        self._sent = True
        self._write = self._start_response(self._status, self._headers)
        for data in self._written:
            self._write(data)
        return body

    def _header(self, wanted: str) -> str:
        return "".join(value for name, value in self._headers if name.lower() == wanted)

    def _redacted(self, access: Access[Any], status: int, body: Iterable[bytes]) -> Iterable[bytes]:
        kind = self._header("content-type")
        try:
            content = b"".join(chain(self._written, body))
        finally:
            _close(body)
        try:
            left, content = redacted_body(access, status, kind, content)
        except Exception as error:
            return self._trip(f"a response could not be redacted: {type(error).__name__}", ())
        head = self._environ.get("REQUEST_METHOD") == "HEAD"
        stale = STALE if left == kind else STALE | DESCRIBING
        headers = [(name, value) for name, value in self._headers if name.lower() not in stale]
        if left and left != kind:
            headers.append(("Content-Type", left))
        if content or not head:
            headers.append(("Content-Length", str(len(content))))
        self._sent = True
        self._start_response(self._status, headers)
        return [] if head else [content]

    def _trip(self, wrong: str, body: Iterable[bytes]) -> Iterable[bytes]:
        self._sent = True
        self._write = len  # what is written later goes nowhere
        _close(body)
        self._wire.point.alarm(wrong)
        return respond(TRIPPED, self._environ, self._start_response)


class _Begun:
    """The response of an application that starts it only while it is read."""

    def __init__(self, wire: _Wire, body: Iterable[bytes]) -> None:
        self._wire = wire
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        chunks = iter(self._body)
        first: list[bytes] = []
        for chunk in chunks:
            first.append(chunk)
            if self._wire.started:
                break
        if not self._wire.started:
            raise RuntimeError("the application did not call `start_response`")
        yield from self._wire.answered(chain(first, chunks))

    def close(self) -> None:
        """End the response."""
        _close(self._body)


def respond(answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """
    Send an answer.

    Args:
        answer: The answer.
        environ: The environment of the request.
        start_response: Where to send it.
    """
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers))
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [answer.body]


def _replacing(start_response: StartResponse, error: AccessDenied) -> StartResponse:
    """Start another response in the place of one that may have begun."""
    failed: Any = (type(error), error, error.__traceback__)

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
        return start_response(status, headers, exc_info or failed)

    return start


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _not_found(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return respond(NOT_FOUND, environ, start_response)
