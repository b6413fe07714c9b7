"""Flask and plain WSGI: nothing leaves without a decision, in this process and through gunicorn."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.validate import validator

import pytest
from flask import Blueprint, Flask, Response, g, redirect, request
from flask.views import MethodView, View
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder, TestResponse

from kg_access.enforcement.marks import exempt, requires
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.step_up import Authentication, StepUp
from kg_access.errors import InvalidInput
from kg_access.integrations import flask, wsgi
from tests.backends import (
    DOSSIERS,
    HEALTH,
    HIDDEN,
    MALFORMED,
    NURSE,
    OPEN,
    OTHER,
    OVERSIZED,
    PAUSED,
    UNKNOWN,
    Notebook,
    World,
    assert_says_nothing,
    guard_for,
    kept,
)
from tests.people import UNHURRIED
from tests.servers import answer
from tests.wsgi_site import CHILD, Child, flask_app, plain_app, plain_routes, router

PROJECT: Final = Path(__file__).resolve().parent.parent
SEEN: Final = ("above", "below", "async", "shelf", "methods", "whole")
PREFLIGHT: Final = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "GET"}
PATIENCE: Final = 10.0


@pytest.fixture(autouse=True)
def nothing_personal(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No line of the log from INFO up names a rule, role, label, person or dossier, in any test of this module."""
    caplog.set_level(logging.INFO, "kg_access")
    yield
    for record in caplog.get_records("call"):
        if record.name.startswith("kg_access"):
            assert_says_nothing(record.getMessage())
            assert record.exc_info is None, "a traceback holds values"


@pytest.fixture
def world() -> World:
    """An application."""
    return World()


def ask(app: Any, path: str, person: str | None = "nele", *, method: str = "GET", **headers: str) -> TestResponse:
    """Send a request to an application in this process, and check that the answer says nothing that it should not."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    who = {} if person is None else {"X-Person": person}
    response = Client(app).open(path, method=method, headers=sent | who, buffered=True)
    assert_says_nothing(f"{response.headers} {response.get_data(as_text=True)}")
    return response


def whole(response: TestResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    """Give all that a client can compare of a response."""
    return response.status, sorted(response.headers), response.data


class TestFlask:
    """Where the mark stands, and which requests it decides about."""

    @pytest.mark.parametrize("view", SEEN)
    def test_a_permitted_view_runs(self, view: str, world: World) -> None:
        """A view runs when it is permitted, wherever its mark stands, and whatever kind of view it is."""
        response = ask(flask_app(world, world.point()), f"/{view}/{OPEN}")

        assert (response.status_code, response.text) == (200, "seen")
        assert world.ran == [{"methods": "get"}.get(view, view)]

    @pytest.mark.parametrize("view", SEEN)
    def test_a_refused_view_does_not_run(self, view: str, world: World) -> None:
        """Nobody, a person who may know, and one who may not each get their answer, and the view does not run."""
        point = world.point()
        app = flask_app(world, point)

        assert ask(app, f"/{view}/{OPEN}", None).status_code == 401
        assert ask(app, f"/{view}/{OPEN}", None).headers["WWW-Authenticate"] == "Bearer"
        assert ask(app, f"/{view}/{PAUSED}").status_code == 403
        assert ask(app, f"/{view}/{HIDDEN}").status_code == 404
        assert world.ran == []
        assert point.alarms == 0

    @pytest.mark.parametrize("person", ["nele", None])
    def test_a_view_without_a_mark_is_denied(self, person: str | None, world: World) -> None:
        """A view without a mark is denied for everybody, before anybody is looked up."""
        assert ask(flask_app(world, world.point()), f"/shelf/open/{OPEN}", person).status_code == 403
        assert world.ran == world.calls == []

    def test_each_method_of_a_class_has_its_own_mark(self, world: World) -> None:
        """HEAD counts as GET, another method is decided by its own mark, and one without a mark is denied."""
        app = flask_app(world, world.point())

        assert ask(app, f"/methods/{OPEN}", method="HEAD").status_code == 200
        assert world.ran == ["get"]
        assert ask(app, f"/methods/{OPEN}", method="DELETE").status_code in {403, 404}
        assert ask(app, f"/methods/{OPEN}", method="POST").status_code == 403
        assert ask(app, f"/methods/{HIDDEN}", method="HEAD").status_code == 404
        assert world.ran == ["get"]

    def test_options_is_free_for_a_genuine_preflight_only(self, world: World) -> None:
        """A CORS preflight gets the methods of the route and is not asked who it is; another OPTIONS is decided."""
        point = world.point()
        app = flask_app(world, point)

        assert ask(app, f"/above/{OPEN}", None, method="OPTIONS").status_code == 401
        assert ask(app, f"/above/{OPEN}", None, method="OPTIONS", Origin="https://elsewhere.test").status_code == 401
        world.calls.clear()
        free = ask(app, f"/above/{HIDDEN}", None, method="OPTIONS", **PREFLIGHT)
        assert (free.status_code, free.data) == (200, b"")
        assert world.calls == world.ran == []
        assert ask(app, f"/above/{OPEN}", None, **PREFLIGHT).status_code == 401
        assert ask(app, f"/above/{OPEN}", method="OPTIONS").status_code == 200
        assert point.alarms == 0

    def test_an_options_of_its_own_is_decided(self, world: World) -> None:
        """A view that answers OPTIONS itself is decided about, a preflight too."""
        app = flask_app(world, world.point())

        class Own(MethodView):
            def options(self, dossier_id: str) -> str:
                return dossier_id

        app.add_url_rule("/own-options/<dossier_id>", view_func=Own.as_view("own_options"))

        assert ask(app, "/own-options/x", None, method="OPTIONS", **PREFLIGHT).status_code == 403

    def test_routing_is_left_alone(self, world: World) -> None:
        """A wrong method and a missing slash get the framework's own answers."""
        point = world.point()
        app = flask_app(world, point)

        @app.route("/folder/")
        @exempt("a folder")
        def folder() -> str:
            return "folder"

        assert ask(app, f"/above/{OPEN}", method="PUT").status_code == 405
        assert ask(app, "/folder").status_code == 308
        assert ask(app, "/nowhere").status_code == 404
        assert ask(app, "/login", None).text == "seen"
        assert point.alarms == 0

    def test_the_view_finds_its_access(self, world: World) -> None:
        """A view finds the decision; outside of a protected request there is none."""
        app = flask_app(world, world.point())
        found = []

        @app.route("/look/<dossier_id>")
        @requires("read", **HEALTH)
        def look(dossier_id: str) -> str:
            found.extend([flask.access_of(), flask.access_of(request), g.kg_access])
            return str(flask.access_of().dossier_id == dossier_id)

        assert ask(app, f"/look/{OPEN}").text == "True"
        assert found[0].decision.allowed
        assert found[0] is found[1] is found[2]
        with Flask(__name__).test_request_context("/"), pytest.raises(LookupError, match="was not asked"):
            flask.access_of()

    def test_a_wrong_application_is_refused(self, world: World) -> None:
        """Something else than a Flask application is refused, and so is protecting one twice."""
        point = world.point()
        other: Any = object()

        with pytest.raises(InvalidInput, match="`app`: expected a Flask application, not a object"):
            flask.protect(other, point)
        with pytest.raises(InvalidInput, match="`app`: the application is protected already"):
            flask.protect(flask_app(world, point), point)


class TestHidden:
    """Hidden and unknown are the same."""

    def plain(self, app: Flask) -> None:
        """Change nothing."""

    def with_page(self, app: Flask) -> None:
        """Give the application a page of its own for what is not found."""
        app.register_error_handler(404, lambda error: (f"<h1>{error.description}</h1>", 404, {"X-Page": "own"}))

    def with_cookie(self, app: Flask) -> None:
        """Let a function after every request add to the response."""

        def add(response: Response) -> Response:
            response.set_cookie("seen", "yes")
            return response

        app.after_request(add)

    @pytest.mark.parametrize("change", [plain, with_page, with_cookie])
    @pytest.mark.parametrize("view", [*SEEN, "shaped"])
    def test_a_hidden_dossier_is_answered_like_an_unknown_one(
        self, view: str, change: Callable[..., None], world: World
    ) -> None:
        """Status, headers and body are the same for hidden, unknown, malformed and oversized ids, and for no page."""
        app = flask_app(world, world.point())
        change(self, app)
        expected = whole(ask(app, "/nowhere"))

        for name in (HIDDEN, UNKNOWN, MALFORMED, OVERSIZED):
            assert whole(ask(app, f"/{view}/{name}")) == expected
        assert expected[0] == "404 NOT FOUND"

    def test_neither_takes_a_shorter_way(self, world: World) -> None:
        """The same functions of the application are called for hidden and unknown, and both are recorded."""
        trail = Notebook()
        app = flask_app(world, world.point(trail=trail))

        ask(app, f"/above/{HIDDEN}")
        hidden, world.calls = world.calls, []
        ask(app, f"/above/{UNKNOWN}")

        assert hidden == world.calls == ["subject", "dossier"]
        assert [event.dossier for event in trail.events] == [HIDDEN, UNKNOWN]

    def test_a_denial_that_a_view_raises_is_answered_alike(self, world: World) -> None:
        """A view that asks the guard by hand gives the same 404, and a problem with an id where one may know."""
        app = flask_app(world, world.point())

        assert ask(app, f"/inside/{OPEN}").status_code == 200
        assert whole(ask(app, f"/inside/{HIDDEN}")) == whole(ask(app, "/nowhere"))
        refused = ask(app, f"/inside/{PAUSED}")
        assert (refused.status_code, refused.content_type) == (403, "application/problem+json")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", refused.get_json()["instance"])

    def test_a_page_that_makes_success_of_it_is_stopped(self, world: World) -> None:
        """An application that turns every 404 into its start page sets off an alarm instead of showing it."""
        point = world.point()
        app = flask_app(world, point)
        app.register_error_handler(404, lambda _: "start page")

        assert ask(app, f"/above/{HIDDEN}").status_code == 500
        assert point.alarms == 1


class TestTripwireOfFlask:
    """What leaves although it should not."""

    def before(self, world: World, function: Callable[[], Any]) -> tuple[Flask, EnforcementPoint[Any]]:
        """Make an application with a function that runs before the enforcement point."""
        app, point = Flask(__name__, static_folder=None), world.point()
        app.before_request(function)
        flask.protect(app, point)

        @app.route("/read/<dossier_id>")
        @requires("read", **HEALTH)
        def read(dossier_id: str) -> str:
            return str(len(dossier_id))

        return app, point

    def test_what_answers_before_is_stopped(self, world: World) -> None:
        """A function that answers before the enforcement point was asked sets off an alarm."""
        app, point = self.before(world, lambda: "early")

        assert ask(app, f"/read/{OPEN}").status_code == 500
        assert ask(app, "/nowhere").status_code == 500
        assert point.alarms == 2

    def test_what_redirects_before_is_not(self, world: World) -> None:
        """A function that sends people to a login page first may do so, and one that refuses too."""
        app, point = self.before(world, lambda: redirect("/login"))
        assert ask(app, f"/read/{OPEN}").status_code == 302
        assert point.alarms == 0

    def test_what_only_looks_before_changes_nothing(self, world: World) -> None:
        """A function that finds out who is there may run before."""
        app, point = self.before(world, lambda: None)

        assert ask(app, f"/read/{OPEN}").status_code == 200
        assert ask(app, f"/read/{HIDDEN}").status_code == 404
        assert point.alarms == 0

    def test_a_list_must_ask_for_each(self, world: World) -> None:
        """A view that shows many dossiers shows what is permitted, and is stopped when it has not asked."""
        point = world.point()
        app = flask_app(world, point)

        assert ask(app, "/list").get_json() == {"count": 2}
        assert point.alarms == 0
        assert ask(app, "/list/forgetful").status_code == 500
        assert point.alarms == 1
        assert ask(app, "/list", None).status_code == 401

    def test_a_failing_view_is_the_applications_own(self, world: World) -> None:
        """A view that raises gives the framework's own 500, without an alarm."""
        point = world.point()

        response = ask(flask_app(world, point), f"/fails/{OPEN}")

        assert response.status_code == 500
        assert "Internal Server Error" in response.text
        assert point.alarms == 0


class TestRedaction:
    """What is left out of a response."""

    def test_a_json_response_is_redacted_by_its_shape(self, world: World) -> None:
        """Only what is permitted leaves, and the headers that spoke of the whole are gone or right."""
        response = ask(flask_app(world, world.point()), f"/shaped/{OPEN}")

        assert response.get_json() == {"weight": CHILD["weight"]}
        assert response.headers["Content-Length"] == str(len(response.data))
        assert "ETag" not in response.headers

    def test_head_tells_no_length_of_the_whole(self, world: World) -> None:
        """HEAD has no body, and no length or tag of what was left out."""
        response = ask(flask_app(world, world.point()), f"/shaped/{OPEN}", method="HEAD")

        assert (response.status_code, response.data) == (200, b"")
        assert not {"Content-Length", "ETag"} & set(response.headers.keys())

    def test_a_view_may_redact_by_itself(self, world: World) -> None:
        """A view that redacts is let through; one that forgets, or whose JSON is none, is stopped."""
        point = world.point()
        app = flask_app(world, point)

        assert ask(app, f"/own/{OPEN}").get_json() == {"weight": CHILD["weight"]}
        assert point.alarms == 0
        for path in ("forgetful", "hollow", "broken"):
            stopped = ask(app, f"/{path}/{OPEN}")
            assert (stopped.status_code, stopped.get_json()["title"]) == (500, "Internal Server Error")
            assert "3.4" not in stopped.text
        assert point.alarms == 3

    def test_a_list_of_which_nothing_is_permitted_shows_no_category(self, world: World) -> None:
        """A view that asked for no dossier, and shows records all the same, shows nothing of them."""
        assert ask(flask_app(world, world.point()), "/list/empty").get_json() == [{}]

    @pytest.mark.parametrize(
        ("kind", "status", "body"),
        [
            ("csv", 500, b"Internal Server Error"),
            ("text", 500, b"Internal Server Error"),
            ("conflict", 409, b'{"weight":"3.4 kg"}'),
            ("page", 409, b'{"type": "about:blank", "title": "Conflict", "status": 409}'),
            ("redirect", 302, b""),
            ("empty", 201, b""),
        ],
    )
    def test_a_shape_holds_for_every_status_and_kind(self, kind: str, status: int, body: bytes, world: World) -> None:
        """What is no JSON is stopped, an error is redacted or says nothing but its status, a redirect just leads on."""
        response = ask(flask_app(world, world.point()), f"/kinds/{kind}/{OPEN}")

        assert response.status_code == status
        assert body in response.data
        assert bool(body) is bool(response.data)
        assert b"2000" not in response.data


class TestStatic:
    """The files that Flask serves by itself."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder with a file."""
        folder = tmp_path / "static"
        folder.mkdir()
        (folder / "style.css").write_text("p {}", "utf-8")
        return folder

    def app(self, world: World, folder: Path, *, open_static: bool) -> Flask:
        """Make an application with static files of its own and of a blueprint."""
        app = flask_app(world, world.point(), static_folder=str(folder), open_static=open_static)
        pages = Blueprint("pages", __name__, static_folder=str(folder), url_prefix="/pages")
        app.register_blueprint(pages)
        return app

    def test_they_are_closed(self, world: World, folder: Path) -> None:
        """Without being told, static files are denied like any view without a mark."""
        app = self.app(world, folder, open_static=False)

        assert ask(app, "/static/style.css").status_code == 403
        assert ask(app, "/pages/static/style.css").status_code == 403
        assert {"/static/<path:filename>", "/pages/static/<path:filename>"} < set(flask.unmarked(app))

    def test_they_can_be_opened(self, world: World, folder: Path) -> None:
        """Opened, everybody reads them, and nothing else is opened along."""
        app = self.app(world, folder, open_static=True)

        assert ask(app, "/static/style.css", None).text == "p {}"
        assert ask(app, "/pages/static/style.css", None).text == "p {}"
        assert ask(app, "/static/../above/x", None).status_code in {401, 404}
        assert ask(app, f"/shelf/open/{OPEN}", None).status_code == 403
        assert not [path for path in flask.unmarked(app) if "static" in path]

    def test_a_view_of_that_name_is_not_opened(self, world: World) -> None:
        """A view of the application that is called `static` needs a mark, also when static files are open."""
        app = flask_app(world, world.point(), open_static=True)
        app.add_url_rule("/files/<name>", "static", lambda name: name)

        assert ask(app, "/files/x").status_code == 403


class TestUnmarked:
    """The list of routes without a mark."""

    def test_it_lists_them(self, world: World) -> None:
        """It names the routes without a mark, and those of a class of which one method has none."""
        assert flask.unmarked(flask_app(world, world.point())) == ["/methods/<dossier_id>", "/shelf/open/<dossier_id>"]

    def test_it_looks_at_classes_as_requests_do(self, world: World) -> None:
        """A view class with a mark is not listed, one without is."""
        app = Flask(__name__, static_folder=None)
        flask.protect(app, world.point())

        class Page(View):
            def dispatch_request(self) -> str:
                return "page"

        @exempt("a page")
        class Closed(Page):
            pass

        class Own(MethodView):
            @exempt("a page")
            def get(self) -> str:
                return "page"

            def options(self) -> str:
                return "options"

        app.add_url_rule("/own", view_func=Own.as_view("own"))
        app.add_url_rule("/open", view_func=Page.as_view("open"))
        app.add_url_rule("/closed", view_func=Closed.as_view("closed"))

        assert flask.unmarked(app) == ["/open", "/own"]
        assert ask(app, "/open").status_code == 403
        assert ask(app, "/closed").text == "page"

    @pytest.mark.parametrize("static_folder", [None, "static"])
    def test_it_does_not_pass_for_want_of_routes(self, static_folder: str | None, world: World) -> None:
        """An application without routes of its own is an error, not an empty list."""
        app = Flask(__name__, static_folder=static_folder)
        flask.protect(app, world.point(), open_static=True)

        with pytest.raises(LookupError, match="nothing was inspected"):
            flask.unmarked(app)


def raising(*arguments: Any) -> Any:
    """Fail with a text that nobody may read."""
    raise OSError(*arguments, OPEN)


def slow(*arguments: Any) -> Any:
    """Answer too late."""
    del arguments
    time.sleep(0.02)
    return DOSSIERS[OPEN]


async def asleep(*arguments: Any) -> Any:
    """Answer too late, asynchronously."""
    del arguments
    await asyncio.sleep(5)


class TestFaults:
    """Resolvers and handlers that misbehave, and what clients send."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"subject": raising},
            {"subject": lambda _: "nele"},
            {"dossier": raising},
            {"dossier": lambda *_: "a dossier"},
            {"dossier": slow, "limit": 0.01},
            {"dossier": asleep, "limit": 0.01},
            {"context": raising},
        ],
        ids=["subject raises", "no subject", "raises", "no dossier", "slow", "asleep", "context raises"],
    )
    def test_a_fault_denies(self, wrong: dict[str, Any], world: World) -> None:
        """A resolver that raises, returns something else or is slow gives 503, and the view does not run."""
        app = flask_app(world, world.point(**wrong))

        response = ask(app, f"/above/{OPEN}")

        assert (response.status_code, response.content_type) == (503, "application/problem+json")
        assert world.ran == []

    @given(name=st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=300))
    @settings(UNHURRIED, max_examples=40)
    def test_no_id_opens_anything(self, name: str) -> None:
        """Whatever stands in the path, what is no id of a dossier that the person may read gives 404."""
        world = World()
        app = flask_app(world, world.point())

        status = Client(app).get(f"/above/{quote(name, safe='')}", headers={"X-Person": "nele"}).status_code

        assert status == (200 if name in {OPEN, OTHER} else 404)
        assert bool(world.ran) is (status == 200)

    def test_a_header_that_says_twice_who_asks_is_believed_by_nobody(self, world: World) -> None:
        """An identity header that a server has joined from two is answered with 401."""
        app = flask_app(world, world.point(identity_headers=["authorization", "x-person"]))

        assert ask(app, f"/above/{OPEN}", "nele, sara").status_code == 401
        assert ask(app, f"/above/{OPEN}", Authorization="Bearer one, Bearer two").status_code == 401
        assert ask(app, f"/above/{OPEN}", Authorization="Bearer one").status_code == 200
        assert world.ran == ["above"]

    def test_obligations_of_a_denial_are_carried_out(self, world: World) -> None:
        """The handler of an obligation runs for a denial too; when it fails, the denial stays what it is."""
        decisions: list[Any] = []
        guard = guard_for("notify_dpo")
        assert (
            ask(
                flask_app(world, world.point(guard=guard, handlers={"notify_dpo": kept(decisions)})), f"/above/{PAUSED}"
            ).status_code
            == 403
        )
        assert [decision.allowed for decision in decisions] == [False]

        app = flask_app(world, world.point(guard=guard, handlers={"notify_dpo": raising}))
        assert ask(app, f"/above/{PAUSED}").status_code == 403

    def test_no_record_no_access(self, world: World) -> None:
        """A permit that must be recorded and cannot be is a 503, and the view does not run."""

        def fails() -> Future[None]:
            receipt: Future[None] = Future()
            receipt.set_exception(OSError("disk full"))
            return receipt

        assert ask(flask_app(world, world.point(trail=Notebook(fails))), f"/above/{OPEN}").status_code == 503
        assert world.ran == []

    @pytest.mark.parametrize(("minutes", "status"), [(1, 200), (9, 401)])
    def test_a_stale_proof_of_identity_is_asked_for_again(self, minutes: int, status: int, world: World) -> None:
        """Who authenticated too long ago gets the challenge of RFC 9470, and only who did lately gets in."""
        proof = Authentication(acr="high", at=datetime.now(UTC) - timedelta(minutes=minutes))
        app = flask_app(world, world.point(authentication=lambda _: proof))

        @app.route("/proved/<dossier_id>")
        @requires("read", **HEALTH, step_up=StepUp(acr_values=["high"], max_age=300))
        def proved(dossier_id: str) -> str:
            return str(len(dossier_id))

        response = ask(app, f"/proved/{OPEN}")

        assert response.status_code == status
        assert response.headers.get("WWW-Authenticate") == (
            None
            if status == 200
            else 'Bearer error="insufficient_user_authentication", acr_values="high", max_age="300"'
        )
        assert ask(app, f"/proved/{HIDDEN}").status_code == 404


def environ_of(path: str = "/", **changes: Any) -> WSGIEnvironment:
    """Make the environment of a request."""
    return {**EnvironBuilder(path, headers=[("X-Person", "nele")]).get_environ(), **changes}


class Body:
    """A body that knows whether it was closed."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """End the response."""
        self.closed += 1


def saying(body: bytes) -> WSGIApplication:
    """Make an application that always says the same."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        del environ
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body]

    return app


def marked(app: WSGIApplication, point: EnforcementPoint[Any], mark: Any = None) -> WSGIApplication:
    """Put an enforcement point before an endpoint, and the tripwire around it."""
    return wsgi.Tripwire(wsgi.Enforced((mark or exempt("a test"))(app), point), point)


class TestWsgi:
    """Plain WSGI."""

    def test_an_endpoint_runs_when_it_is_permitted(self, world: World) -> None:
        """An endpoint runs when it is permitted, and not when it is not, or has no mark."""
        point = world.point()
        app = validator(plain_app(world, point))

        assert ask(app, f"/read/{OPEN}").text == "seen"
        assert ask(app, f"/read/{OPEN}", method="HEAD").status_code == 200
        assert ask(app, f"/read/{OPEN}", None).status_code == 401
        assert ask(app, f"/read/{PAUSED}").status_code == 403
        assert ask(app, f"/unmarked/{OPEN}").status_code == 403
        assert world.ran == ["read", "read"]
        assert point.alarms == 0

    def test_hidden_is_answered_like_unknown(self, world: World) -> None:
        """Status, headers and body are the same, with the answer of the library and with that of the application."""
        app = plain_app(world, world.point())
        expected = whole(ask(app, f"/read/{UNKNOWN}"))

        assert expected[0] == "404 Not Found"
        for name in (HIDDEN, MALFORMED, OVERSIZED):
            assert whole(ask(app, f"/read/{name}")) == expected

        def own(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            del environ
            start_response("404 Not Found", [("X-Page", "own")])
            return [b"no such page"]

        point = world.point()
        endpoint = wsgi.Enforced(plain_routes(world)["read"], point, as_request=_Headers, hidden=own)
        app = router({"read": endpoint})
        assert whole(ask(app, f"/read/{HIDDEN}")) == whole(ask(app, f"/read/{UNKNOWN}"))
        assert ask(app, f"/read/{HIDDEN}").headers["X-Page"] == "own"

    @pytest.mark.parametrize("endpoint", ["shaped", "slowly"])
    def test_a_json_response_is_redacted(self, endpoint: str, world: World) -> None:
        """Only what is permitted leaves, also of a response that comes letter by letter."""
        app = plain_app(world, world.point())
        response = ask(validator(app), f"/{endpoint}/{OPEN}")

        assert response.get_json() == {"weight": CHILD["weight"]}
        assert response.headers.getlist("Content-Length") == [str(len(response.data))]
        head = ask(app, f"/{endpoint}/{OPEN}", method="HEAD")
        assert head.data == b""
        assert head.headers["Content-Length"] == response.headers["Content-Length"]

    def test_an_endpoint_that_nobody_asked_for_is_stopped(self, world: World) -> None:
        """An application with a tripwire and an endpoint without an enforcement point gives 500, and closes the body."""
        point, body = world.point(), Body(b"leak")

        def leak(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            del environ
            write = start_response("200 OK", [])
            write(b"leak")
            return body

        app = wsgi.Tripwire(leak, point)
        response = ask(app, "/", person=None)

        assert (response.status_code, response.get_json()["status"]) == (500, 500)
        assert (point.alarms, body.closed) == (1, 1)
        assert ask(app, "/", method="HEAD").data == b""
        assert ask(app, "/", method="OPTIONS", **PREFLIGHT).status_code == 500

    def test_an_access_of_another_request_counts_for_nothing(self, world: World) -> None:
        """An access that stands in the environment before the request comes is dropped."""
        point = world.point()
        access = point.open(None, None)
        access.settled, access.refusal = True, None
        app = wsgi.Tripwire(saying(b"leak"), point)

        response = Client(app).open("/", environ_overrides={wsgi.ACCESS: access})

        assert response.status_code == 500

    def test_a_response_that_begins_late_is_looked_at(self, world: World) -> None:
        """An application that starts its response while it is read is stopped, or let through, all the same."""
        point = world.point()

        def late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
            del environ
            yield b""
            start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"one"
            yield b" two"

        assert ask(wsgi.Tripwire(late, point), "/").status_code == 500
        assert ask(marked(late, point), "/").text == "one two"
        assert point.alarms == 1

    def test_a_response_that_never_begins_is_an_error(self, world: World) -> None:
        """An application that never calls `start_response` is told so."""
        app = marked(lambda _, __: iter([b"x"]), world.point())

        with pytest.raises(RuntimeError, match="did not call `start_response`"):
            Client(app).get("/")

    def test_what_is_right_is_handed_on_as_it_is(self, world: World) -> None:
        """A body that needs no change reaches the server itself, so that it can send a file its own way."""
        body = Body(b"file")

        def send(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            del environ
            start_response("200 OK", [])(b"written ")
            return body

        written: list[bytes] = []
        got = marked(send, world.point())(environ_of(), lambda *_: written.append)

        assert got is body
        assert written == [b"written "]
        assert body.closed == 0

    def test_a_body_that_is_read_whole_is_closed(self, world: World) -> None:
        """A redacted response closes the body that it read, once, and so does one that begins late."""
        body = Body(b'{"weight": "1"}')

        def send(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            del environ
            start_response("200 OK", [("Content-Type", "application/json")])
            return body

        mark = requires("read", **{**HEALTH, "dossier": lambda _: DOSSIERS[OPEN]}, shape=Child)
        point = world.point(subject=lambda _: World().subject(_Headers(environ_of())))
        with_body = marked(send, point, mark)

        assert b"".join(with_body(environ_of(), lambda *_: len)) == b'{"weight":"1"}'
        assert body.closed == 1

        late = Body(b"x")
        with pytest.raises(RuntimeError):
            list(marked(lambda _, __: late, world.point())(environ_of(), lambda *_: len))
        begun = marked(lambda _, __: late, world.point())(environ_of(), lambda *_: len)
        begun.close()  # type: ignore[attr-defined]
        assert late.closed == 1

    def test_a_failing_body_fails_before_anything_is_sent(self, world: World) -> None:
        """An error while a response is being held back reaches the server, which has sent nothing yet."""

        def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
            del environ
            start_response("200 OK", [("Content-Type", "application/json")])
            yield b"{"
            raise OSError("no more")

        mark = requires("read", **{**HEALTH, "dossier": lambda _: DOSSIERS[OPEN]}, shape=Child)
        point = world.point(subject=lambda _: World().subject(_Headers(environ_of())))

        def never(*arguments: Any) -> Any:
            pytest.fail(f"sent {arguments}")

        with pytest.raises(OSError, match="no more"):
            list(marked(fail, point, mark)(environ_of(), never))

    def test_a_response_may_be_replaced_until_it_is_sent(self, world: World) -> None:
        """An error page replaces a response that was not sent; once it was, the error is raised again."""

        def replace(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
            start_response("200 OK", [])
            error = OSError("no more")
            failed: Any = (OSError, error, error.__traceback__)
            if environ["PATH_INFO"] == "/early":
                start_response("502 Bad Gateway", [], failed)
            yield b"sent"
            if environ["PATH_INFO"] == "/late":
                start_response("502 Bad Gateway", [], failed)
            if environ["PATH_INFO"] == "/twice":
                start_response("502 Bad Gateway", [])

        app = marked(replace, world.point())
        assert Client(app).get("/early").status_code == 502
        with pytest.raises(OSError, match="no more"):
            Client(app).get("/late", buffered=True)
        with pytest.raises(RuntimeError, match="twice"):
            Client(app).get("/twice", buffered=True)

    def test_a_denial_after_the_beginning_replaces_it(self, world: World) -> None:
        """An endpoint that starts its response and then asks the guard is answered as if it had not started."""
        point = world.point()

        @exempt("asks by itself")
        def inside(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/plain")])
            name = environ["PATH_INFO"].strip("/")
            point.guard.require(NURSE, "read", DOSSIERS[name], **HEALTH)
            return [b"seen"]

        app = validator(wsgi.Tripwire(wsgi.Enforced(inside, point), point))

        assert ask(app, f"/{OPEN}").text == "seen"
        assert ask(app, f"/{PAUSED}").status_code == 403
        assert whole(ask(app, f"/{HIDDEN}"))[0] == "404 Not Found"

    def test_a_preflight_that_no_endpoint_answers_may_leave(self, world: World) -> None:
        """A tripwire that knows that no endpoint was reached lets what answers preflights do so, and nothing else."""

        class Routed(wsgi.Tripwire):
            def reached(self, environ: WSGIEnvironment) -> bool:
                return "routed" in environ

        point = world.point()
        app = Routed(saying(b"page"), point)

        assert ask(app, "/", None, method="OPTIONS", **PREFLIGHT).status_code == 200
        assert ask(app, "/", None, method="OPTIONS").status_code == 500
        assert ask(app, "/", None, **PREFLIGHT).status_code == 500

    def test_a_class_can_carry_the_marks(self, world: World) -> None:
        """Where a class stands behind an endpoint, the mark is that of its method."""

        class Page:
            @requires("read", **HEALTH)
            def get(self) -> None:
                """Answer."""

            def post(self) -> None:
                """Answer."""

        point = world.point()
        endpoint = wsgi.Enforced(saying(b"page"), point, as_request=_Headers, marked=Page)
        app = wsgi.Tripwire(router({"page": endpoint}), point)

        assert ask(app, f"/page/{OPEN}").status_code == 200
        assert ask(app, f"/page/{OPEN}", method="POST").status_code == 403
        assert wsgi.unmarked({"/page": endpoint}) == ["/page"]

    def test_the_list_of_routes_without_a_mark(self, world: World) -> None:
        """It names endpoints without a mark or without an enforcement point, and is an error without any."""
        point = world.point()
        endpoints = plain_routes(world)
        routes: dict[str, Any] = {name: wsgi.Enforced(endpoint, point) for name, endpoint in endpoints.items()}

        assert wsgi.unmarked(routes) == ["unmarked"]
        assert wsgi.unmarked({**routes, "bare": endpoints["read"]}) == ["bare", "unmarked"]
        with pytest.raises(LookupError, match="nothing was inspected"):
            wsgi.unmarked({})
        with pytest.raises(LookupError, match="was not asked"):
            wsgi.access_of({})


class _Headers:
    """A request of plain WSGI, as the resolvers of the tests want it."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.headers = {"x-person": environ.get("HTTP_X_PERSON", "")}


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of gunicorn, which serves the Flask application, and the plain one below `/plain`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.set_inheritable(True)
        command = [sys.executable, "-W", "error", "-m", "gunicorn", "--workers", "1", "--threads", "2"]
        command += ["--log-level", "info", "--graceful-timeout", "1", "--no-control-socket"]
        command += ["--bind", f"fd://{listening.fileno()}", "tests.wsgi_site:served()"]
        log = tmp_path_factory.mktemp("gunicorn") / "log"
        with log.open("wb") as written:
            process = subprocess.Popen(command, cwd=PROJECT, stderr=written, pass_fds=[listening.fileno()])  # noqa: S603
        port: int = listening.getsockname()[1]
        try:
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)
    told = [line for line in log.read_text("utf-8").splitlines() if "denied" in line or "stopped" in line]
    assert told, "the server told nothing, so nothing was checked"
    for line in told:
        assert_says_nothing(line)


PERSON: Final = "X-Person: nele"


def over(port: int, target: str, *headers: str, method: str = "GET") -> bytes:
    """Send a request to a server, and check that the answer says nothing that it should not."""
    received = answer(port, method, target, *headers)
    assert_says_nothing(received.decode("latin-1"))
    return received


def status_of(received: bytes) -> int:
    """Give the status code of an answer."""
    return int(received.split(maxsplit=2)[1])


class TestGunicorn:
    """Over HTTP."""

    @pytest.mark.parametrize("prefix", ["/above", "/async", "/whole", "/plain/read"])
    def test_hidden_and_unknown_are_the_same_bytes(self, prefix: str, gunicorn: int) -> None:
        """What goes over the line is the same for a hidden, an unknown, a malformed and an oversized id."""
        expected = over(gunicorn, f"{prefix}/{UNKNOWN}", PERSON)

        assert status_of(expected) == 404
        for name in (HIDDEN, MALFORMED, OVERSIZED):
            assert over(gunicorn, f"{prefix}/{name}", PERSON) == expected
        assert status_of(over(gunicorn, f"{prefix}/{OPEN}", PERSON)) == 200

    @pytest.mark.parametrize("prefix", ["/above", "/plain/read"])
    def test_who_is_claimed_twice_is_nobody(self, prefix: str, gunicorn: int) -> None:
        """Two headers that say who asks give 401, in whichever order."""
        for headers in ([PERSON, "X-Person: sara"], ["X-Person: sara", PERSON], [PERSON, PERSON]):
            received = over(gunicorn, f"{prefix}/{OPEN}", *headers)
            assert status_of(received) == 401
            assert b"\r\nWWW-Authenticate: Bearer\r\n" in received

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "PURGE"])
    @pytest.mark.parametrize("target", [f"/shelf/open/{OPEN}", f"/plain/unmarked/{OPEN}"])
    def test_what_has_no_mark_never_answers(self, target: str, method: str, gunicorn: int) -> None:
        """An endpoint without a mark is denied by every method."""
        assert status_of(over(gunicorn, target, PERSON, method=method)) in {403, 405}

    @pytest.mark.parametrize(
        "target",
        [
            f"/above/%2e%2e/shelf/open/{OPEN}",
            f"/above/../shelf/open/{OPEN}",
            f"//shelf/open/{OPEN}",
            f"/shelf/open/{OPEN}%2f..%2f..%2flogin",
            f"/plain/../shelf/open/{OPEN}",
            f"/plain/%2e%2e/shelf/open/{OPEN}",
            f"/login/../shelf/open/{OPEN}",
        ],
    )
    def test_dots_and_slashes_lead_nowhere(self, target: str, gunicorn: int) -> None:
        """A path with dots or slashes in any spelling reaches no endpoint without a mark."""
        assert status_of(over(gunicorn, target, PERSON)) >= 300

    @pytest.mark.parametrize("target", ["/shaped", "/plain/shaped", "/plain/slowly"])
    def test_a_redacted_response_is_whole(self, target: str, gunicorn: int) -> None:
        """A redacted response has the length that it says, and HEAD has no body."""
        head, _, body = over(gunicorn, f"{target}/{OPEN}", PERSON).partition(b"\r\n\r\n")
        assert body == b'{"weight":"3.4 kg"}'
        assert f"\r\nContent-Length: {len(body)}".encode() in head
        assert over(gunicorn, f"{target}/{OPEN}", PERSON, method="HEAD").partition(b"\r\n\r\n")[2] == b""

    def test_a_stopped_response_says_nothing(self, gunicorn: int) -> None:
        """An endpoint that forgot to redact, and one that forgot to ask, give 500 and a problem."""
        for target in (f"/forgetful/{OPEN}", "/list/forgetful"):
            received = over(gunicorn, target, PERSON)
            assert status_of(received) == 500
            assert received.endswith(b'{"type": "about:blank", "title": "Internal Server Error", "status": 500}')
