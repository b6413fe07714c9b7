"""Starlette and FastAPI: no way past the enforcement point, and answers that tell no more than they must."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router, WebSocketRoute

from kg_access import Category, InvalidInput, NotPersonal, exempt, requires, requires_each
from kg_access.enforcement.point import EnforcementPoint
from kg_access.integrations import fastapi as in_fastapi
from kg_access.integrations import starlette as in_starlette
from tests.backends import (
    DOSSIERS,
    HEALTH,
    HIDDEN,
    MALFORMED,
    OPEN,
    OVERSIZED,
    PAUSED,
    UNKNOWN,
    Notebook,
    World,
    ask,
    assert_says_nothing,
    talk,
)
from tests.servers import SERVERS, served

READ = {**HEALTH}
REDACTED = {**HEALTH, "categories": {"health", "financial"}, "mode": "redact"}


class Child(BaseModel):
    """A record of which a nurse may see some fields."""

    number: Annotated[str, NotPersonal()]
    allergies: Annotated[list[str], Category("health")]
    income: Annotated[int, Category("financial")] = Field(alias="yearlyIncome", default=0)


class Wage(BaseModel):
    """A record with a field of the same name as a child has, of another category."""

    kind: Annotated[str, NotPersonal()]
    number: Annotated[str, Category("financial")]


CHILD: dict[str, Any] = {"number": "C1", "allergies": ["nuts"], "yearlyIncome": 12345}


def starlette_app(world: World, **changes: Any) -> Starlette:
    """Make an application of Starlette with every kind of endpoint."""

    @requires("read", **READ)
    async def marked(request: Request) -> Response:
        world.ran.append("marked")
        return JSONResponse({"shown": str(in_starlette.access_of(request).decision is not None)})

    @requires("read", **READ)
    def synchronous(request: Request) -> Response:
        del request
        return PlainTextResponse("shown")

    async def forgotten(request: Request) -> Response:
        del request
        world.ran.append("forgotten")
        return PlainTextResponse("a leak")

    class View(HTTPEndpoint):
        @requires("read", **READ)
        async def get(self, request: Request) -> Response:
            del request
            return PlainTextResponse("shown")

        async def post(self, request: Request) -> Response:
            del request
            return PlainTextResponse("a leak")

    @requires("read", **READ)
    async def socket(websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text("shown")
        await websocket.close()

    async def open_socket(websocket: Any) -> None:
        await websocket.accept()
        await websocket.close()

    @requires("read", **REDACTED)
    async def careless(request: Request) -> Response:
        del request
        return JSONResponse(CHILD)

    @requires("read", **REDACTED, shape=Child)
    async def shaped(request: Request) -> Response:
        del request
        return JSONResponse(CHILD, headers={"etag": '"1"'})

    @requires("read", **REDACTED, shape=Child)
    async def chunks(request: Request) -> Response:
        del request
        text = json.dumps(CHILD)
        return StreamingResponse(iter([text[:9], text[9:]]), media_type="application/json")

    @requires("read", **REDACTED, shape=Child)
    async def broken(request: Request) -> Response:
        del request
        return Response("{no json", media_type="application/json")

    @requires("read", **READ)
    async def swallowing(request: Request) -> Response:
        del request
        return PlainTextResponse("shown")

    @requires_each("read", **READ)
    async def listing(request: Request) -> Response:
        found = await in_starlette.access_of(request).aselect(DOSSIERS.values())
        return JSONResponse(len(found))

    @requires_each("read", **READ)
    async def forgetting(request: Request) -> Response:
        del request
        return JSONResponse(len(DOSSIERS))

    @requires("read", **READ)
    async def asking_more(request: Request) -> Response:
        access = in_starlette.access_of(request)
        assert access.subject is not None
        access.point.guard.require(access.subject, "delete", DOSSIERS[OPEN], **HEALTH)
        return PlainTextResponse("deleted")

    @exempt("says that the server is there")
    async def alive(request: Request) -> Response:
        del request
        return PlainTextResponse("alive")

    inner = [Route("/d/{dossier_id}", marked), Route("/forgotten", forgotten)]
    app = Starlette(
        routes=[
            Route("/d/{dossier_id}", marked),
            Route("/sync/{dossier_id}", synchronous),
            Route("/view/{dossier_id}", View),
            Route("/forgotten", forgotten, methods=["GET", "OPTIONS"]),
            Route("/careless/{dossier_id}", careless),
            Route("/shaped/{dossier_id}", shaped),
            Route("/chunks/{dossier_id}", chunks),
            Route("/broken/{dossier_id}", broken),
            Route("/swallowing/{dossier_id}", swallowing),
            Route("/list", listing),
            Route("/forgetting", forgetting),
            Route("/more/{dossier_id}", asking_more),
            Route("/alive", alive),
            WebSocketRoute("/socket/{dossier_id}", socket),
            WebSocketRoute("/open-socket/{dossier_id}", open_socket),
            Mount("/inner", app=Router(inner)),
            Mount("/opaque", app=_opaque),
        ]
    )
    in_starlette.protect(app, world.point(**changes))
    return app


async def _opaque(scope: Any, receive: Any, send: Any) -> None:
    """An application of no framework, which nobody has marked."""
    await PlainTextResponse("a leak")(scope, receive, send)


def fastapi_app(world: World, **changes: Any) -> FastAPI:
    """Make an application of FastAPI with every kind of endpoint."""
    app = FastAPI()
    in_fastapi.protect(app, world.point(**changes))
    router = APIRouter()

    @app.get("/d/{dossier_id}")
    @requires("read", **READ)
    async def marked(dossier_id: str, access: in_fastapi.CurrentAccess) -> dict[str, str]:
        world.ran.append(dossier_id)
        return {"shown": str(access.decision is not None)}

    @requires("read", **READ)
    @app.get("/sync/{dossier_id}")
    def above(dossier_id: str) -> str:
        del dossier_id
        return "shown"

    @app.get("/forgotten")
    async def forgotten() -> str:
        world.ran.append("forgotten")
        return "a leak"

    @router.get("/d/{dossier_id}")
    @requires("read", **READ)
    async def included(dossier_id: str) -> str:
        return f"{len(dossier_id)}"

    @router.get("/forgotten")
    async def also_forgotten() -> str:
        return "a leak"

    @app.get("/shaped/{dossier_id}", response_model=Child)
    @requires("read", **REDACTED)
    async def shaped(dossier_id: str) -> dict[str, Any]:
        del dossier_id
        return CHILD

    @app.get("/shaped-list/{dossier_id}", response_model=list[Child])
    @requires("read", **REDACTED)
    def shaped_list(dossier_id: str) -> list[dict[str, Any]]:
        del dossier_id
        return [CHILD, CHILD]

    @app.get("/careless/{dossier_id}")
    @requires("read", **REDACTED)
    async def careless(dossier_id: str) -> dict[str, Any]:
        del dossier_id
        return CHILD

    @app.get("/list")
    @requires_each("read", **READ)
    async def listing(access: in_fastapi.CurrentAccess) -> int:
        return len(await access.aselect(DOSSIERS.values()))

    @app.get("/more/{dossier_id}")
    @requires("read", **READ)
    async def asking_more(dossier_id: str, access: in_fastapi.CurrentAccess) -> str:
        assert access.subject is not None
        access.point.guard.require(access.subject, "delete", DOSSIERS[dossier_id], **HEALTH)
        return "deleted"

    @app.websocket("/socket/{dossier_id}")
    @requires("read", **READ)
    async def socket(websocket: WebSocket, dossier_id: str) -> None:
        del dossier_id
        await websocket.accept()
        await websocket.send_text("shown")
        await websocket.close()

    @app.websocket("/open-socket/{dossier_id}")
    async def open_socket(websocket: WebSocket, dossier_id: str) -> None:
        del dossier_id
        await websocket.accept()

    app.include_router(router, prefix="/inner")
    return app


APPS: dict[str, Callable[..., Any]] = {"starlette": starlette_app, "fastapi": fastapi_app}


@pytest.fixture
def world() -> World:
    """An application world."""
    return World()


@pytest.fixture(params=list(APPS), ids=list(APPS))
def make(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """What makes the application, of each framework."""
    return APPS[request.param]


@pytest.fixture
def app(make: Callable[..., Any], world: World) -> Any:
    """The application, of each framework."""
    return make(world)


COMPRESSING = Middleware(GZipMiddleware, minimum_size=1)


class Cache(BaseHTTPMiddleware):
    """Middleware that answers some requests by itself."""

    async def dispatch(self, request: Request, call_next: Callable[..., Any]) -> Response:
        """Answer, or ask the application."""
        kept = {"kept": 200, "busy": 503}.get(request.url.path.rpartition("/")[2])
        return await call_next(request) if kept is None else PlainTextResponse("kept", kept)


def pointed(make: Callable[..., Any], world: World) -> tuple[Any, EnforcementPoint[Any]]:
    """Make an application, and give the enforcement point too, which counts alarms."""
    point = world.point()
    world.point = lambda **_: point  # type: ignore[method-assign]
    return make(world), point


class TestNoWayPast:
    """Whatever the request, it is decided or denied."""

    @pytest.mark.parametrize("path", ["/d", "/sync", "/inner/d"])
    def test_a_marked_endpoint_runs_for_those_who_may(self, app: Any, path: str) -> None:
        """Marks above and below the decorator, sync and async, included and mounted, let the nurse read her dossier."""
        assert ask(app, f"{path}/{OPEN}").status_code == 200
        assert ask(app, f"{path}/{HIDDEN}").status_code == 404
        assert ask(app, f"{path}/{OPEN}", None).status_code == 401

    @pytest.mark.parametrize("path", ["/forgotten", "/inner/forgotten"])
    def test_an_endpoint_without_a_mark_is_denied(self, app: Any, world: World, path: str) -> None:
        """It does not run, and the answer is 403."""
        assert ask(app, path).status_code == 403
        assert world.ran == []

    def test_a_mounted_application_without_a_mark_is_denied(self, world: World) -> None:
        """What nobody can look into is denied as a whole."""
        assert ask(starlette_app(world), "/opaque/x").status_code == 403

    def test_each_method_of_a_class_needs_its_mark(self, world: World) -> None:
        """The marked method runs, HEAD counts as GET, the other one is denied."""
        app = starlette_app(world)

        assert ask(app, f"/view/{OPEN}").text == "shown"
        assert ask(app, f"/view/{OPEN}", method="HEAD").status_code == 200
        assert ask(app, f"/view/{HIDDEN}", method="HEAD").status_code == 404
        assert ask(app, f"/view/{OPEN}", method="POST").status_code == 403

    def test_a_route_that_is_added_late_is_denied_or_decided(self, app: Any, world: World) -> None:
        """Routes that come after the first request are no way past either."""
        ask(app, f"/d/{OPEN}")

        async def late(request: Request) -> Response:
            del request
            world.ran.append("late")
            return PlainTextResponse("a leak")

        app.router.routes.insert(0, Route("/late", late))

        assert ask(app, "/late").status_code == 403
        assert "late" not in world.ran

    def test_a_route_that_is_replaced_is_denied_or_decided(self, app: Any, world: World) -> None:
        """A route that takes the place of another one after the first request, mounted or not, is no way past."""

        async def other(request: Request) -> Response:
            del request
            world.ran.append("other")
            return PlainTextResponse("a leak", 418)

        inner = Router([Route("/was", other)])
        app.router.routes[:0] = [Route("/was", other), Mount("/late", app=inner)]
        assert ask(app, "/was").status_code == ask(app, "/late/was").status_code == 403

        app.router.routes[0] = Route("/is", other)
        assert ask(app, "/is").status_code == 403
        inner.routes[0] = Route("/is", other)
        assert ask(app, "/late/is").status_code == 403
        assert world.ran == []

    @pytest.mark.parametrize("path", [f"/d/%2e%2e/{OPEN}", f"/x/../d/{HIDDEN}", f"/d/{quote('../' + OPEN, safe='')}"])
    def test_dot_segments_lead_nowhere(self, app: Any, path: str) -> None:
        """An encoded or literal dot segment is an unknown path or an unknown id."""
        assert ask(app, path).status_code == 404

    def test_a_root_path_changes_nothing(self, app: Any) -> None:
        """Behind a server that adds a prefix, the same requests get the same answers."""
        assert ask(app, f"/d/{OPEN}", root_path="/api").status_code == 200
        assert ask(app, f"/d/{HIDDEN}", root_path="/api").status_code == 404

    def test_options_passes_only_as_a_genuine_preflight(self, world: World) -> None:
        """A preflight is answered by the CORS layer; any other OPTIONS is denied like the endpoint itself."""
        app = starlette_app(world)
        app.add_middleware(CORSMiddleware, allow_origins=["http://front"])
        genuine = [("origin", "http://front"), ("access-control-request-method", "GET")]

        assert ask(app, "/forgotten", None, method="OPTIONS", headers=genuine).status_code == 200
        assert ask(app, "/forgotten", method="OPTIONS").status_code == 403
        assert world.ran == []

    def test_websockets_are_decided(self, app: Any) -> None:
        """A websocket is accepted for those who may; otherwise, and without a mark, it is closed before it opens."""
        assert [message["type"] for message in talk(app, f"/socket/{OPEN}")][:2] == [
            "websocket.accept",
            "websocket.send",
        ]
        for path, person in (
            (f"/socket/{HIDDEN}", "nele"),
            (f"/socket/{OPEN}", None),
            (f"/open-socket/{OPEN}", "nele"),
        ):
            sent = talk(app, path, person)
            assert "websocket.accept" not in [message["type"] for message in sent]
            assert_says_nothing(str(sent))

    def test_a_hidden_websocket_closes_like_an_unknown_one(self, app: Any) -> None:
        """Nothing tells a websocket of a hidden dossier from one of an unknown dossier."""
        assert talk(app, f"/socket/{HIDDEN}") == talk(app, f"/socket/{UNKNOWN}")

    def test_what_has_no_mark_is_listed(self, world: World) -> None:
        """The lists name each route without a mark, and refuse to say anything about an application without routes."""
        assert {"/forgotten", "/inner/forgotten"} <= set(in_starlette.unmarked(starlette_app(world)))
        assert {"/forgotten", "/inner/forgotten", "/docs"} <= set(in_fastapi.unmarked(fastapi_app(world)))
        with pytest.raises(LookupError):
            in_starlette.unmarked(Starlette())

    def test_protecting_too_late_is_refused(self, world: World) -> None:
        """FastAPI routes that are there already would stay open, so it is an error."""
        app = FastAPI()
        app.get("/early")(lambda: "a leak")
        with pytest.raises(InvalidInput, match="routes"):
            in_fastapi.protect(app, world.point())


class TestAnswers:
    """What the client is told."""

    def test_hidden_unknown_malformed_and_oversized_look_the_same(self, app: Any) -> None:
        """Status, headers and body of all four are those of an unknown id, byte for byte."""
        answers = [ask(app, f"/d/{name}") for name in (HIDDEN, UNKNOWN, MALFORMED, OVERSIZED)]

        assert {(answer.status_code, answer.content, str(answer.headers)) for answer in answers} == {
            (404, answers[0].content, str(answers[0].headers))
        }

    def test_hidden_and_unknown_take_the_same_course(self, make: Callable[..., Any], world: World) -> None:
        """Both ask the same resolvers in the same order, and both are on record."""
        trail = Notebook()
        app = make(world, trail=trail)
        ask(app, f"/d/{HIDDEN}")
        calls = list(world.calls)
        world.calls.clear()
        ask(app, f"/d/{UNKNOWN}")

        assert world.calls == calls
        assert [event.dossier for event in trail.events] == [HIDDEN, UNKNOWN]
        assert [event.decision.allowed for event in trail.events] == [False, False]

    def test_an_open_denial_is_a_problem_with_an_id_and_nothing_else(
        self, make: Callable[..., Any], world: World
    ) -> None:
        """A denial that the person may know is 403, with the id under which it is recorded."""
        trail = Notebook()
        answer = ask(make(world, trail=trail), f"/d/{PAUSED}")

        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "about:blank", "title": "Forbidden", "status": 403, "instance": f"urn:uuid:{trail.events[0].id}",
        }  # fmt: skip

    def test_a_header_that_says_twice_who_asks_is_not_believed(self, make: Callable[..., Any], world: World) -> None:
        """A repeated identity header is 401, and no resolver is asked."""
        app = make(world, identity_headers=["x-person"])
        answer = ask(app, f"/d/{OPEN}", headers=[("x-person", "joke")])

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert world.calls == []

    def test_a_fault_is_unavailable(self, make: Callable[..., Any], world: World) -> None:
        """A resolver that raises gives 503, whatever the dossier."""

        async def raising(*_: object) -> None:
            raise RuntimeError("secret")

        app = make(world, dossier=raising)

        assert {ask(app, f"/d/{name}").status_code for name in (OPEN, HIDDEN, UNKNOWN)} == {503}
        assert "secret" not in ask(app, f"/d/{OPEN}").text

    def test_a_denial_that_an_endpoint_raises_is_answered(self, app: Any) -> None:
        """`Guard.require` in an endpoint gives the answer that the enforcement point would give."""
        assert ask(app, f"/more/{OPEN}").status_code in {403, 404}

    def test_log_lines_say_nothing(self, app: Any, caplog: pytest.LogCaptureFixture) -> None:
        """No line at INFO or above names a rule, a role, a person or a dossier."""
        with caplog.at_level(logging.INFO):
            for path in (f"/d/{OPEN}", f"/d/{HIDDEN}", f"/d/{UNKNOWN}", "/forgotten", "/list"):
                ask(app, path)

        assert caplog.records
        for record in caplog.records:
            if record.name.startswith("kg_access"):
                assert_says_nothing(record.getMessage())


class TestTripwire:
    """What must not leave does not leave."""

    @pytest.fixture
    def plain(self, world: World) -> Starlette:
        """The application of Starlette."""
        return starlette_app(world)

    @pytest.mark.parametrize("path", [f"/careless/{OPEN}", "/forgetting", f"/broken/{OPEN}"])
    def test_a_response_that_forgot_something_is_stopped(
        self, plain: Starlette, path: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not redacted, not asked for each dossier, or not to be redacted: a 500 without content, and an alarm."""
        answer = ask(plain, path)

        assert answer.status_code == 500
        assert answer.json() == {"type": "about:blank", "title": "Internal Server Error", "status": 500}
        assert [record.levelname for record in caplog.records if "stopped" in record.getMessage()] == ["CRITICAL"]

    def test_a_refusal_that_is_swallowed_is_stopped(self, world: World) -> None:
        """An error handler that makes a success of a refusal is found out."""
        app = starlette_app(world)
        app.add_exception_handler(404, lambda *_: PlainTextResponse("all is well"))

        assert ask(app, f"/d/{HIDDEN}").status_code == 500

    @pytest.mark.parametrize("path", ["/shaped", "/chunks"])
    def test_a_response_is_redacted_by_its_shape(self, plain: Starlette, path: str) -> None:
        """A JSON response leaves without the fields that are not permitted, also in pieces; headers fit the new body."""
        answer = ask(plain, f"{path}/{OPEN}")

        assert answer.json() == {"number": "C1", "allergies": ["nuts"]}
        assert "12345" not in answer.text
        assert "etag" not in answer.headers
        assert int(answer.headers["content-length"]) == len(answer.content)

    def test_a_response_is_redacted_by_its_response_model(self, world: World) -> None:
        """FastAPI's response model is the shape, for one record and for lists, under its aliases."""
        app = fastapi_app(world)

        assert ask(app, f"/shaped/{OPEN}").json() == {"number": "C1", "allergies": ["nuts"]}
        assert ask(app, f"/shaped-list/{OPEN}").json() == [{"number": "C1", "allergies": ["nuts"]}] * 2
        assert ask(app, f"/careless/{OPEN}").status_code == 500

    def test_middleware_that_is_added_late_is_watched(self, make: Callable[..., Any], world: World) -> None:
        """Middleware that answers by itself, such as a cache, is stopped; it may still answer with an error."""
        app, point = pointed(make, world)
        app.add_middleware(Cache)

        assert ask(app, "/kept").status_code == 500
        assert "kept" not in ask(app, "/kept", None).text
        assert ask(app, "/busy").status_code == 503
        assert ask(app, f"/d/{OPEN}").status_code == 200
        assert point.alarms == 2

    def test_a_handler_of_every_error_is_watched(self, make: Callable[..., Any], world: World) -> None:
        """A handler of `Exception` that makes a success of an error without a decision is stopped."""
        app, point = pointed(make, world)
        app.add_exception_handler(Exception, lambda *_: PlainTextResponse("from a handler"))

        class Failing(BaseHTTPMiddleware):
            async def dispatch(self, request: Request, call_next: Callable[..., Any]) -> Response:
                del request, call_next
                raise ValueError

        app.add_middleware(Failing)
        stopped = ask(app, f"/d/{OPEN}", raising=False)

        assert (stopped.status_code, point.alarms) == (500, 1)
        assert "from a handler" not in stopped.text

    def test_what_leaves_something_out_is_watched_in_a_handler_of_errors(self, world: World) -> None:
        """An endpoint that fails owes what its permit leaves out; a handler that answers with it is stopped."""
        app, point = pointed(starlette_app, world)
        app.add_exception_handler(Exception, lambda *_: PlainTextResponse("12345"))

        @requires("read", **REDACTED)
        async def failing(request: Request) -> Response:
            del request
            raise ValueError

        app.router.routes.append(Route("/failing/{dossier_id}", failing))
        stopped = ask(app, f"/failing/{OPEN}", raising=False)

        assert (stopped.status_code, point.alarms) == (500, 1)
        assert "12345" not in stopped.text

    def test_a_mounted_application_is_watched_with_its_middleware(self, make: Callable[..., Any], world: World) -> None:
        """What the middleware of a mounted application answers by itself is stopped, protected itself or not."""
        for protect in (lambda *_: None, in_starlette.protect):
            app, _ = pointed(make, world)
            inner = Starlette(routes=[Route("/d/{dossier_id}", exempt("a page")(lambda _: PlainTextResponse("shown")))])
            protect(inner, world.point())
            inner.add_middleware(Cache)
            app.router.routes.insert(0, Mount("/mounted", app=inner))

            assert ask(app, "/mounted/kept").status_code == 500
            assert ask(app, f"/mounted/d/{OPEN}").text == "shown"

    @pytest.mark.parametrize("path", ["/shaped", "/chunks"])
    @pytest.mark.parametrize("late", [True, False])
    def test_a_response_is_redacted_before_it_is_compressed(self, world: World, path: str, *, late: bool) -> None:
        """Middleware that compresses, added before or after, gets what is left."""
        app = Starlette(routes=starlette_app(world).routes, middleware=[] if late else [COMPRESSING])
        in_starlette.protect(app, world.point())
        if late:
            app.add_middleware(GZipMiddleware, minimum_size=1)
        answer = ask(app, f"{path}/{OPEN}")

        assert answer.headers["content-encoding"] == "gzip"
        assert answer.json() == {"number": "C1", "allergies": ["nuts"]}

    def test_a_response_model_redacts_before_compression(self, world: World) -> None:
        """FastAPI's response model redacts what is compressed after."""
        app = fastapi_app(world)
        app.add_middleware(GZipMiddleware, minimum_size=1)

        assert ask(app, f"/shaped/{OPEN}").json() == {"number": "C1", "allergies": ["nuts"]}

    def test_the_application_starts_and_stops(self, world: World) -> None:
        """The tripwire leaves the lifespan alone."""

        @asynccontextmanager
        async def lifespan(_: Any) -> AsyncIterator[None]:
            world.ran.append("started")
            yield
            world.ran.append("stopped")

        made: list[tuple[Any, Any]] = [(Starlette, in_starlette), (FastAPI, in_fastapi)]
        for kind, framework in made:
            app = kind(lifespan=lifespan)
            framework.protect(app, world.point())
            coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
            sent: list[Any] = []
            asyncio.run(app({"type": "lifespan"}, _giving(coming), _keeping(sent)))
            assert [one["type"] for one in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert world.ran == ["started", "stopped"] * 2

    def test_an_application_that_serves_already_cannot_be_protected(self, world: World) -> None:
        """The tripwire would not stand around it, so it is an error."""
        made: list[tuple[Any, Any]] = [(Starlette(), in_starlette), (FastAPI(), in_fastapi)]
        for app, framework in made:
            ask(app, "/nowhere")
            with pytest.raises(InvalidInput, match="served requests already"):
                framework.protect(app, world.point())

    def test_an_unknown_path_is_no_alarm(self, app: Any) -> None:
        """Errors of the router pass without a decision."""
        assert ask(app, "/nowhere").status_code == 404
        assert ask(app, f"/d/{OPEN}", method="PUT").status_code == 405

    def test_a_list_shows_what_may_be_shown(self, app: Any) -> None:
        """The nurse sees the dossiers of her team, and somebody without a task sees none."""
        assert ask(app, "/list").json() == 2
        assert ask(app, "/list", "sara").json() == 0


class TestWithheld:
    """What is to be left out stays out, whatever the status and the kind of the response."""

    @pytest.fixture
    def plain(self, world: World) -> Starlette:
        """The application of Starlette."""
        return starlette_app(world)

    def answers(self, world: World, response: Any, **mark: Any) -> httpx.Response:
        """Ask an endpoint of Starlette that gives this response, or raises it."""

        @requires("read", **{**REDACTED, "shape": Child, **mark})
        async def endpoint(request: Request) -> Response:
            del request
            if isinstance(response, Exception):
                raise response
            return response  # type: ignore[no-any-return]

        app = Starlette(routes=[Route("/{dossier_id}", endpoint)])
        in_starlette.protect(app, world.point())
        return ask(app, f"/{OPEN}")

    @pytest.mark.parametrize("status", [409, 422, 300, 500])
    def test_a_record_is_redacted_at_every_status(self, world: World, status: int) -> None:
        """A JSON body leaves without what is not permitted, also with an error."""
        answer = self.answers(world, JSONResponse(CHILD, status))

        assert (answer.status_code, answer.json()) == (status, {"number": "C1", "allergies": ["nuts"]})

    @pytest.mark.parametrize(
        "response",
        [
            PlainTextResponse("number,income\nC1,12345", media_type="text/csv"),
            HTMLResponse(json.dumps(CHILD)),
            StreamingResponse(iter([json.dumps(CHILD)]), media_type="application/jsonl"),
        ],
    )
    def test_what_is_no_json_is_stopped(self, world: World, response: Response) -> None:
        """A shape cannot redact it, so that it is a 500, unless the endpoint has redacted."""
        assert self.answers(world, response).status_code == 500

    def test_what_the_endpoint_has_redacted_may_be_of_any_kind(self, world: World) -> None:
        """A page leaves when its endpoint has redacted, but a JSON response is redacted once more."""

        @requires("read", **REDACTED, shape=Child)
        async def endpoint(request: Request) -> Response:
            in_starlette.access_of(request).redact(CHILD)
            return JSONResponse(CHILD) if "json" in request.query_params else HTMLResponse("a page")

        app = Starlette(routes=[Route("/{dossier_id}", endpoint)])
        in_starlette.protect(app, world.point())

        assert ask(app, f"/{OPEN}").text == "a page"
        assert ask(app, f"/{OPEN}?json").json() == {"number": "C1", "allergies": ["nuts"]}

    @pytest.mark.parametrize("mark", [{}, {"shape": None}])
    @pytest.mark.parametrize(
        "response",
        [
            HTMLResponse(f"income {CHILD['yearlyIncome']}", 409, {"content-encoding": "identity"}),
            PlainTextResponse("12345", 404),
            JSONResponse({"detail": CHILD}, 400),
            JSONResponse([12345, "x"], 400),
            Response("{12345", 409, media_type="application/json"),
            HTTPException(403, "12345"),
            JSONResponse({"title": "x", "child": CHILD}, 400, media_type="application/problem+json"),
        ],
    )
    def test_an_error_that_cannot_be_redacted_keeps_its_status_only(
        self, world: World, response: Any, mark: dict[str, Any]
    ) -> None:
        """It becomes a problem document with its status, and its other headers stay."""
        answer = self.answers(world, response, **mark)

        assert answer.status_code == response.status_code
        assert "12345" not in answer.text
        if answer.text != "{}":
            assert answer.headers["content-type"] == "application/problem+json"
            assert set(answer.json()) == {"type", "title", "status"}
        assert "content-encoding" not in answer.headers

    @pytest.mark.parametrize(
        "response",
        [
            JSONResponse({"detail": "already closed"}, 409),
            JSONResponse({"title": "Closed", "status": 409}, 409, media_type="application/problem+json"),
            JSONResponse({"detail": [{"type": "missing", "loc": ["body"], "msg": "required", "input": {}}]}, 422),
        ],
    )
    def test_an_error_as_frameworks_write_it_leaves(self, world: World, response: JSONResponse) -> None:
        """A text and what is invalid about a request hold no record."""
        assert self.answers(world, response).content == response.body

    @pytest.mark.parametrize("mark", [{}, {"shape": None}])
    def test_redirects_and_empty_answers_leave(self, world: World, mark: dict[str, Any]) -> None:
        """What has no body has nothing to redact; the body of a redirect is dropped."""
        redirect = self.answers(world, HTMLResponse("12345", 303, {"location": "/elsewhere"}), **mark)

        assert (redirect.headers["location"], redirect.text) == ("/elsewhere", "")
        assert self.answers(world, Response(status_code=201), **mark).status_code == 201
        assert self.answers(world, Response(status_code=204), **mark).status_code == 204

    @pytest.mark.parametrize(
        ("record", "shown", "status"),
        [
            (None, CHILD, 500),
            ({}, CHILD, 500),
            (None, None, 200),
            ({}, {}, 200),
            ([], {"items": []}, 200),
            (CHILD, {"number": "C1"}, 200),
        ],
    )
    def test_to_redact_nothing_counts_for_nothing(self, world: World, record: Any, shown: Any, status: int) -> None:
        """What an endpoint shows is let through once it has redacted a record or a list, or shows nothing."""

        @requires("read", **REDACTED)
        async def endpoint(request: Request) -> Response:
            in_starlette.access_of(request).redact(record, shape=Child)
            return JSONResponse(shown)

        app = Starlette(routes=[Route("/{dossier_id}", endpoint)])
        in_starlette.protect(app, world.point())
        answer = ask(app, f"/{OPEN}")

        assert answer.status_code == status
        assert status == 500 or answer.json() == shown

    def test_to_redact_nothing_with_a_permit_counts_for_nothing(self, world: World) -> None:
        """The same holds for each dossier of a list."""

        @requires_each("read", **REDACTED)
        async def endpoint(request: Request) -> Response:
            for one in await in_starlette.access_of(request).aselect([DOSSIERS[OPEN]]):
                one.redact(None)
            return JSONResponse([CHILD])

        app = Starlette(routes=[Route("/", endpoint)])
        in_starlette.protect(app, world.point())

        assert ask(app, "/").status_code == 500

    @pytest.mark.parametrize("selected", [(), (HIDDEN,), (OPEN,), (OPEN, HIDDEN)])
    def test_a_list_shows_what_is_permitted_for_some_dossier(self, world: World, selected: tuple[str, ...]) -> None:
        """A list of no dossiers, or of hidden ones, leaves with what is of no category; permits open no more."""
        app = FastAPI()
        in_fastapi.protect(app, world.point())

        @app.get("/", response_model=list[Child])
        @requires_each("read", **REDACTED)
        async def listing(access: in_fastapi.CurrentAccess) -> Any:
            await access.aselect([DOSSIERS[name] for name in selected])
            return [CHILD]

        seen = {"number": "C1", "allergies": ["nuts"]} if OPEN in selected else {"number": "C1"}
        assert ask(app, "/").json() == [seen]

    @pytest.mark.parametrize("each", [True, False])
    def test_a_list_that_redacts_each_is_redacted_once_more(self, world: World, *, each: bool) -> None:
        """An endpoint that redacts each dossier and returns the records themselves shows no more than is permitted."""
        app = FastAPI()
        in_fastapi.protect(app, world.point())

        @app.get("/", response_model=list[Child])
        @requires_each("read", **REDACTED)
        async def listing(access: in_fastapi.CurrentAccess) -> Any:
            shown = [one.redact(CHILD, shape=Child) for one in await access.aselect([DOSSIERS[OPEN]])]
            return shown if each else [CHILD]

        assert ask(app, "/").json() == [{"number": "C1", "allergies": ["nuts"]}]

    @pytest.mark.parametrize("response", [JSONResponse(CHILD, 409), PlainTextResponse("12345", 404)])
    @pytest.mark.parametrize("mark", [{}, {"shape": Child}])
    def test_an_error_of_an_endpoint_that_did_not_ask_says_nothing(
        self, world: World, response: Response, mark: dict[str, Any]
    ) -> None:
        """An endpoint that has asked for no dossier may only say what kind of error it is."""

        @requires_each("read", **READ, **mark)
        async def endpoint(request: Request) -> Response:
            del request
            return response

        app = Starlette(routes=[Route("/", endpoint)])
        in_starlette.protect(app, world.point())
        answer = ask(app, "/")

        assert answer.status_code == response.status_code
        assert set(answer.json()) == {"type", "title", "status"}

    @pytest.mark.parametrize(
        ("model", "content", "shown"),
        [
            (dict[Annotated[str, NotPersonal()], Child], {"a": CHILD}, {"a": {"number": "C1", "allergies": ["nuts"]}}),
            (dict[str, Child], {"a": CHILD}, None),
            (dict[str, Annotated[int, Category("financial")]], {"a": 12345}, None),
            (tuple[int, list[Child]], [1, [CHILD]], None),
            (Child | Wage, {"kind": "wage", "number": "12345"}, {"kind": "wage"}),
            (Wage | Child, CHILD, {"number": "C1", "allergies": ["nuts"]}),
            (list[Child] | None, [CHILD], [{"number": "C1", "allergies": ["nuts"]}]),
            (Child | None, None, None),
        ],
    )
    def test_a_response_model_of_any_kind_is_redacted_or_stopped(
        self, world: World, model: Any, content: Any, shown: Any
    ) -> None:
        """Mappings and unions are redacted as a whole; what the model does not say enough about is a 500."""
        app = FastAPI()
        in_fastapi.protect(app, world.point())

        @app.get("/{dossier_id}", response_model=model)
        @requires("read", **READ)
        async def endpoint(dossier_id: str) -> Any:
            del dossier_id
            return content

        answer = ask(app, f"/{OPEN}")

        assert "12345" not in answer.text
        if shown is None and content is not None:
            assert answer.status_code == 500
        else:
            assert answer.json() == shown

    def test_a_stream_of_records_is_stopped(self, world: World) -> None:
        """FastAPI writes what an endpoint yields as JSON lines, which are not redacted."""
        app = FastAPI()
        in_fastapi.protect(app, world.point())

        @app.get("/{dossier_id}")
        @requires("read", **READ)
        async def endpoint(dossier_id: str) -> AsyncIterable[Child]:
            del dossier_id
            yield Child(**CHILD)

        assert ask(app, f"/{OPEN}").status_code == 500

    @pytest.mark.parametrize("framework", list(APPS))
    @pytest.mark.parametrize(
        ("shape", "message", "refuses"),
        [(None, json.dumps(CHILD), False), (None, "", True), (Child, "income 12345", False), (Child, "", True)],
    )
    def test_a_websocket_that_did_not_redact_is_closed(
        self,
        world: World,
        framework: str,
        shape: Any,
        message: str,
        caplog: pytest.LogCaptureFixture,
        *,
        refuses: bool,
    ) -> None:
        """Nothing leaves that was not redacted, no answer in the place of a websocket either, however it goes on."""
        went_on: list[bool] = []

        @requires("read", **REDACTED, shape=shape)
        async def socket(websocket: WebSocket) -> None:
            if refuses:
                await websocket.receive()
                await websocket.send_denial_response(JSONResponse(CHILD, 409))
            await websocket.accept()
            try:
                await websocket.send_text(message)
            except RuntimeError:
                await websocket.send_text(message)
            went_on.append(True)

        sent, alarms = self.sent(world, framework, socket)

        assert [message["type"] for message in sent] == ["websocket.accept"] * (not refuses) + ["websocket.close"]
        assert not went_on
        assert alarms == 1
        assert [record.levelname for record in caplog.records if "stopped" in record.getMessage()] == ["CRITICAL"]

    @pytest.mark.parametrize("framework", list(APPS))
    @pytest.mark.parametrize("mode", ["text", "binary"])
    def test_a_websocket_is_redacted_by_its_shape(self, world: World, framework: str, mode: str) -> None:
        """Each message in JSON leaves without what is not permitted, as a text or as bytes."""

        @requires("read", **REDACTED, shape=Child)
        async def socket(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_json(in_starlette.access_of(websocket).redact(CHILD), mode=mode)
            await websocket.send_json(CHILD, mode=mode)
            await websocket.close()

        sent, alarms = self.sent(world, framework, socket)

        said = [json.loads(message["text" if mode == "text" else "bytes"]) for message in sent[1:3]]
        assert said == [{"number": "C1", "allergies": ["nuts"]}] * 2
        assert sent[3]["type"] == "websocket.close"
        assert alarms == 0

    @pytest.mark.parametrize("framework", list(APPS))
    def test_a_websocket_that_redacts_may_send(self, world: World, framework: str) -> None:
        """What an endpoint without a shape has redacted leaves as it is."""

        @requires("read", **REDACTED)
        async def socket(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_json(in_starlette.access_of(websocket).redact(CHILD, shape=Child))
            await websocket.close()

        sent, alarms = self.sent(world, framework, socket)

        assert json.loads(sent[1]["text"]) == {"number": "C1", "allergies": ["nuts"]}
        assert alarms == 0

    def sent(self, world: World, framework: str, endpoint: Any) -> tuple[list[dict[str, Any]], int]:
        """Talk to a websocket; give what it sent, and how many alarms there were."""
        point = world.point()
        app: Any
        if framework == "fastapi":
            app = FastAPI()
            in_fastapi.protect(app, point)
            app.websocket("/{dossier_id}")(endpoint)
        else:
            app = Starlette(routes=[WebSocketRoute("/{dossier_id}", endpoint)])
            in_starlette.protect(app, point)
        sent: list[dict[str, Any]] = []
        with contextlib.suppress(RuntimeError):
            talk(app, f"/{OPEN}", sent=sent)
        return sent, point.alarms

    @pytest.mark.parametrize(
        "missing", [JSONResponse({"error": "none"}, 404), PlainTextResponse("none", 404), HTTPException(404)]
    )
    @pytest.mark.parametrize("mark", [{}, {"shape": Child}])
    def test_a_list_does_not_tell_hidden_from_unknown(self, world: World, missing: Any, mark: dict[str, Any]) -> None:
        """An endpoint that finds nothing to ask for answers as one to which the dossier was not permitted."""

        @requires_each("read", **READ, **mark)
        async def endpoint(request: Request) -> Response:
            dossier = DOSSIERS.get(request.query_params["of"])
            if dossier is None or not await in_starlette.access_of(request).aselect([dossier]):
                if isinstance(missing, Exception):
                    raise missing
                return missing  # type: ignore[no-any-return]
            return JSONResponse({})

        app = Starlette(routes=[Route("/", endpoint)])
        in_starlette.protect(app, world.point())
        hidden, unknown = (ask(app, f"/?of={name}") for name in (HIDDEN, UNKNOWN))

        assert (hidden.status_code, hidden.headers, hidden.content) == (404, unknown.headers, unknown.content)
        assert unknown.status_code == 404
        assert ask(app, f"/?of={OPEN}").status_code == 200

    def test_fastapi_still_says_what_is_invalid(self, world: World) -> None:
        """Validation errors and errors with a text leave whole, other details do not."""
        app = FastAPI()
        in_fastapi.protect(app, world.point())

        @app.get("/{dossier_id}", response_model=Child)
        @requires("read", **REDACTED)
        async def endpoint(dossier_id: str, number: int) -> Any:
            del dossier_id
            raise HTTPException(409, "closed" if number else CHILD)  # type: ignore[arg-type]

        assert ask(app, f"/{OPEN}?number=x").json()["detail"][0]["loc"] == ["query", "number"]
        assert ask(app, f"/{OPEN}?number=1").json() == {"detail": "closed"}
        assert ask(app, f"/{OPEN}?number=0").status_code == 409
        assert "12345" not in ask(app, f"/{OPEN}?number=0").text


def _giving(messages: list[Any]) -> Callable[[], Awaitable[Any]]:
    async def receive() -> Any:
        return messages.pop(0)

    return receive


def _keeping(messages: list[Any]) -> Callable[[Any], Awaitable[None]]:
    async def send(message: Any) -> None:
        messages.append(message)

    return send


def client_of(port: int) -> httpx.Client:
    """Open a client for a server on this machine, as the person who may."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-person": "nele"})


@pytest.mark.parametrize("server", list(SERVERS))
@pytest.mark.parametrize("framework", list(APPS))
def test_the_same_holds_over_http(framework: str, server: str) -> None:
    """Under uvicorn and hypercorn, a permit, a hidden, an unknown and an open denial, and a forgotten mark."""
    with served(server, APPS[framework](World())) as port, client_of(port) as client:
        answers = {name: client.get(f"/d/{name}") for name in (OPEN, HIDDEN, UNKNOWN, PAUSED, MALFORMED)}
        forgotten = client.get("/forgotten")
        head = client.request("HEAD", f"/d/{HIDDEN}")
    for answer in answers.values():
        assert_says_nothing(f"{answer.headers} {answer.text}")

    assert [answer.status_code for answer in answers.values()] == [200, 404, 404, 403, 404]
    assert answers[HIDDEN].content == answers[UNKNOWN].content
    without_date = [{k: v for k, v in answers[name].headers.items() if k != "date"} for name in (HIDDEN, UNKNOWN)]
    assert without_date[0] == without_date[1]
    assert forgotten.status_code == 403
    assert head.status_code in {404, 405}
