"""
Any ASGI application: an endpoint that runs only when it is permitted, and the tripwire around the whole.

Pure ASGI: nothing travels upwards in context variables, the access of a request stands in its scope.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import Answer, Refusal, problem
from kg_access.enforcement.claims import repeated
from kg_access.enforcement.marks import Exemption, Mark
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.tripwire import TRIPPED, needs_redaction, objection, redacted_body, unredacted
from kg_access.errors import AccessDenied

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

ACCESS: Final = "kg_access.access"
START: Final = "http.response.start"
STALE: Final = frozenset({b"content-length", b"etag", b"content-md5", b"digest", b"content-digest", b"repr-digest"})
DESCRIBING: Final = frozenset({b"content-type", b"content-encoding", b"content-disposition", b"content-language"})
ANSWERING: Final = frozenset({"websocket.accept", "websocket.http.response.start"})
SENDFILE: Final = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
CLOSED: Final = "a websocket was stopped by the tripwire"
NOT_FOUND: Final = problem(HTTPStatus.NOT_FOUND)


def access_of(scope: Mapping[str, Any]) -> Access[Any]:
    """
    Give the access of a request.

    Args:
        scope: The scope of the request.

    Raises:
        LookupError: The enforcement point was not asked.
    """
    access = scope.get(ACCESS)
    if not isinstance(access, Access):
        raise LookupError("the enforcement point was not asked for this request")  # noqa: TRY004 - no type is wrong
    return access


def preflight(scope: Scope) -> bool:
    """
    Tell whether a request is a genuine CORS preflight, which carries no credentials and reaches no endpoint.

    Args:
        scope: The scope of the request.
    """
    if scope.get("method") != "OPTIONS":
        return False
    names = {name for name, _ in scope["headers"]}
    return b"origin" in names and b"access-control-request-method" in names


async def decided(
    point: EnforcementPoint[Any], mark: Mark | None, scope: Scope, request: Any, endpoint: object = None
) -> Access[Any]:
    """
    Decide about a request, and leave its access in the scope.

    Args:
        point: The enforcement point.
        mark: The mark of the endpoint.
        scope: The scope of the request.
        request: What the resolvers get.
        endpoint: The endpoint, to name it where it has no mark.
    """
    twice = repeated(scope["headers"], point.identity_headers)
    access = scope[ACCESS] = point.open(mark, request, endpoint=endpoint, claimed_twice=twice)
    await point.aenforce(access, scope.get("path_params", {}))
    return access


class Enforced:
    """
    An endpoint that runs only when the enforcement point lets it.

    Args:
        endpoint: The ASGI application of the endpoint.
        point: The enforcement point; its resolvers get what `as_request` makes, or the scope.
        mark_for: Finds the mark of the endpoint for a request.
        as_request: Makes what resolvers get, from the scope and `receive`.
        hidden: Answers as for an unknown id.
        marked: What carries the mark, to name it in the log; the endpoint itself when left out.
        shape: The record type by which a JSON response is redacted when the mark names none.

    A denial that the endpoint raises, from `Guard.require` or `Access.select`, is answered as well.
    """

    def __init__(
        self,
        endpoint: Application,
        point: EnforcementPoint[Any],
        *,
        mark_for: Callable[[Scope], Mark | None],
        as_request: Callable[[Scope, Receive], Any] = lambda scope, _: scope,
        hidden: Application | None = None,
        marked: object = None,
        shape: Any = None,
    ) -> None:
        self.endpoint = endpoint
        self.marked = endpoint if marked is None else marked
        self._shape = shape
        self._point = point
        self._mark_for = mark_for
        self._as_request = as_request
        self._hidden = _not_found if hidden is None else hidden

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.endpoint(scope, receive, send)
            return
        request = self._as_request(scope, receive)
        access = await decided(self._point, self._mark_for(scope), scope, request, self.marked)
        if access.shape is None and self._shape is not None and not isinstance(access.mark, Exemption):
            access.shape = self._shape
        if access.refusal is None:
            try:
                await self.endpoint(scope, receive, send)
            except AccessDenied as error:
                await self._point.adenied(access, error)
            else:
                return
        await self._refuse(access, scope, receive, send)

    async def _refuse(self, access: Access[Any], scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
        elif access.refusal is Refusal.HIDDEN:
            await self._hidden(scope, receive, send)
        else:
            await respond(access.answer() or NOT_FOUND, send)


class Tripwire:
    """
    The outermost layer of an application: nothing leaves without a decision, or with what it leaves out.

    Args:
        app: The application.
        point: The enforcement point, which hears of alarms.
    """

    def __init__(self, app: Application, point: EnforcementPoint[Any]) -> None:
        self.app = app
        self.point = point

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            send = _Wire(self, scope, send).send
        elif scope["type"] == "websocket":
            send = _Socket(self.point, scope, send).send
        try:
            await self.app(scope, receive, send)
        finally:
            scope.pop(ACCESS, None)  # it holds the request, which holds the scope: a cycle that costs time to collect

    def reached(self, scope: Scope) -> bool:
        """
        Tell whether a request has reached an endpoint.

        Args:
            scope: The scope of the request.
        """
        return "endpoint" in scope


class Redaction:
    """
    A layer next to the endpoints that redacts, before other layers compress a response or put it elsewhere.

    The tripwire, around it all, redacts what comes from elsewhere.

    Args:
        app: The application.
        point: The enforcement point, which hears of alarms.
    """

    def __init__(self, app: Application, point: EnforcementPoint[Any]) -> None:
        self.app = app
        self.point = point

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request."""
        return self.app(scope, receive, _Redacting(self.point, scope, send).send if scope["type"] == "http" else send)


class _Redacting:
    """Redacts the response of one request, which is held back until it is whole."""

    __slots__ = ("_body", "_point", "_scope", "_send", "_start", "_tripped")

    def __init__(self, point: EnforcementPoint[Any], scope: Scope, send: Send) -> None:
        self._point = point
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._tripped = False

    def send(self, message: Message) -> Awaitable[None]:
        """Send a message; no coroutine of its own for most of them, since that takes time in every request."""
        if self._start is None and not self._tripped and (message["type"] != START or self._is_plain()):
            return self._send(message)
        return self._handle(message)

    def _is_plain(self) -> bool:
        access = self._scope.get(ACCESS)
        return access is None or access.shape is None

    async def _handle(self, message: Message) -> None:
        if self._tripped:
            return
        if message["type"] == START:
            await self._begin(message)
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)
        elif self._start is not None and message["type"] in SENDFILE:
            await self._trip("a file cannot be redacted")
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        self._start, self._body = None, bytearray()
        access, status = self._scope.get(ACCESS), message["status"]
        refused = access is None or objection(access, status, matched=True) is not None
        if not refused and needs_redaction(access, status, _header(message, b"content-type")):
            self._start = message
            return
        wrong = self._wrong(access, message)
        if wrong is None:
            await self._send(message)
        else:
            await self._trip(wrong)

    def _wrong(self, access: Access[Any] | None, message: Message) -> str | None:
        """Say what is wrong with a response that is not redacted here; the tripwire knows."""
        del access, message
        return None

    async def _finish(self, start: Message) -> None:
        self._start = None
        kind = _header(start, b"content-type")
        try:
            left, body = redacted_body(self._scope[ACCESS], start["status"], kind, bytes(self._body))
        except Exception as error:
            await self._trip(f"a response could not be redacted: {type(error).__name__}")
            return
        stale = STALE if left == kind else STALE | DESCRIBING
        self._scope[ACCESS].shape = None
        headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() not in stale]
        if left and left != kind:
            headers.append((b"content-type", left.encode("latin-1")))
        if body or self._scope["method"] != "HEAD":
            headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def _trip(self, wrong: str) -> None:
        self._tripped = True
        self._start = None
        self._point.alarm(wrong)
        await respond(TRIPPED, self._send)


class _Wire(_Redacting):
    """Watches the response of one request, and redacts what has not been redacted."""

    __slots__ = ("_reached",)

    def __init__(self, wire: Tripwire, scope: Scope, send: Send) -> None:
        super().__init__(wire.point, scope, send)
        self._reached = wire.reached

    def _is_plain(self) -> bool:
        access = self._scope.get(ACCESS)
        return access is not None and access.clear

    def _wrong(self, access: Access[Any] | None, message: Message) -> str | None:
        status, reached = message["status"], self._reached(self._scope)
        empty = _header(message, b"content-length") == "0"
        wrong = objection(access, status, matched=reached) or unredacted(access, status, empty=empty)
        return None if access is None and not reached and preflight(self._scope) else wrong


def _header(message: Message, wanted: bytes) -> str:
    return b"".join(value for name, value in message.get("headers", ()) if name.lower() == wanted).decode("latin-1")


class _Socket:
    """Watches what one websocket sends; it is closed before anything leaves that should not."""

    __slots__ = ("_closed", "_point", "_scope", "_send")

    def __init__(self, point: EnforcementPoint[Any], scope: Scope, send: Send) -> None:
        self._point = point
        self._scope = scope
        self._send = send
        self._closed = False

    async def send(self, message: Message) -> None:
        if self._closed:
            raise RuntimeError(CLOSED)
        access = self._scope.get(ACCESS)
        wrong = _wrong_with(message, access)
        if wrong is None and access is not None and access.shape is not None and message["type"] == "websocket.send":
            try:
                message = _redacted_message(access, message)
            except Exception as error:
                wrong = f"a message could not be redacted: {type(error).__name__}"
        if wrong is None:
            await self._send(message)
            return
        self._closed = True
        self._point.alarm(wrong)
        await self._send({"type": "websocket.close", "code": 1000, "reason": ""})
        raise RuntimeError(CLOSED)


def _wrong_with(message: Message, access: Access[Any] | None) -> str | None:
    kind = message["type"]
    status = message["status"] if kind == "websocket.http.response.start" else HTTPStatus.OK
    if kind in ANSWERING and objection(access, status, matched=True):
        return "a websocket was accepted without a decision"
    if access is None or access.refusal is not None or kind not in {"websocket.send", "websocket.http.response.start"}:
        return None
    by_shape = access.shape is not None
    if (by_shape and kind != "websocket.send") or (access.owes_redaction and not by_shape):
        return "a websocket showed something without redacting; use `Access.redact`, or give its mark a `shape`"
    return None


def _redacted_message(access: Access[Any], message: Message) -> Message:
    text = message.get("text")
    body = message["bytes"] if text is None else text.encode()
    _, left = redacted_body(access, HTTPStatus.OK, "application/json", body)
    return {"type": "websocket.send", **({"bytes": left} if text is None else {"text": left.decode()})}


async def respond(answer: Answer, send: Send) -> None:
    """
    Send an answer.

    Args:
        answer: The answer.
        send: Where to send it.
    """
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await respond(NOT_FOUND, send)
