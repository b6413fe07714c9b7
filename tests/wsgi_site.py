"""A Flask application and a plain WSGI one, with endpoints of every kind; a server loads them from here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, TypedDict
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, request
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Request

from kg_access.enforcement.marks import exempt, requires, requires_each
from kg_access.enforcement.point import EnforcementPoint
from kg_access.integrations import flask, wsgi
from kg_access.redaction import Category
from tests.backends import DOSSIERS, HEALTH, NURSE, World

WIDE: Final[dict[str, Any]] = {**HEALTH, "categories": {"health", "financial"}, "mode": "redact"}
"""What the nurse asks for when she may see only a part of it."""


class Child(TypedDict):
    """A child, as it stands in a response."""

    weight: Annotated[str, Category("health")]
    income: Annotated[str, Category("financial")]


CHILD: Final[Child] = {"weight": "3.4 kg", "income": "EUR 2000"}


def flask_app(world: World, point: EnforcementPoint[Any], **options: Any) -> Flask:
    """
    Make a Flask application.

    Args:
        world: Notes which views ran.
        point: The enforcement point.
        options: What `protect` gets besides.
    """
    app = Flask(__name__, static_folder=options.pop("static_folder", None))
    flask.protect(app, point, **options)
    _functions(app, world)
    _classes(app, world)
    _answers(app)
    return app


def _functions(app: Flask, world: World) -> None:
    shelf = Blueprint("shelf", __name__, url_prefix="/shelf")

    @requires("read", **HEALTH)
    @app.route("/above/<dossier_id>")
    def above(dossier_id: str) -> Response:
        return _seen(world, "above", dossier_id)

    @app.route("/below/<dossier_id>")
    @requires("read", **HEALTH)
    def below(dossier_id: str) -> Response:
        return _seen(world, "below", dossier_id)

    @app.route("/async/<dossier_id>")
    @requires("read", **HEALTH)
    async def later(dossier_id: str) -> Response:
        return _seen(world, "async", dossier_id)

    @shelf.route("/<dossier_id>")
    @requires("read", **HEALTH)
    def shelved(dossier_id: str) -> Response:
        return _seen(world, "shelf", dossier_id)

    @shelf.route("/open/<dossier_id>")
    def unmarked(dossier_id: str) -> Response:
        return _seen(world, "unmarked", dossier_id)

    @app.route("/login")
    @exempt("login page")
    def login() -> Response:
        return _seen(world, "login", "")

    app.register_blueprint(shelf)


def _classes(app: Flask, world: World) -> None:
    class Methods(MethodView):
        @requires("read", **HEALTH)
        def get(self, dossier_id: str) -> Response:
            return _seen(world, "get", dossier_id)

        @requires("delete", **HEALTH)
        def delete(self, dossier_id: str) -> Response:
            return _seen(world, "delete", dossier_id)

        def post(self, dossier_id: str) -> Response:
            return _seen(world, "post", dossier_id)

    @requires("read", **HEALTH)
    class Whole(MethodView):
        def get(self, dossier_id: str) -> Response:
            return _seen(world, "whole", dossier_id)

    app.add_url_rule("/methods/<dossier_id>", view_func=Methods.as_view("methods"))
    app.add_url_rule("/whole/<dossier_id>", view_func=Whole.as_view("whole"))


def _answers(app: Flask) -> None:
    @app.route("/shaped/<dossier_id>")
    @requires("read", **WIDE, shape=Child)
    def shaped(dossier_id: str) -> Response:
        del dossier_id
        response = jsonify(CHILD)
        response.set_etag("of-the-whole")
        return response

    @app.route("/kinds/<kind>/<dossier_id>")
    @requires("read", **WIDE, shape=Child)
    def kinds(kind: str, dossier_id: str) -> Any:
        del dossier_id
        if kind == "page":
            abort(409, "EUR 2000")
        answers: dict[str, Any] = {
            "csv": Response("weight,income\n3.4 kg,EUR 2000", mimetype="text/csv"),
            "text": json.dumps(CHILD),
            "conflict": (CHILD, 409),
            "redirect": redirect("/elsewhere"),
            "empty": ("", 201),
        }
        return answers[kind]

    @app.route("/broken/<dossier_id>")
    @requires("read", **WIDE, shape=Child)
    def broken(dossier_id: str) -> Response:
        del dossier_id
        return Response("{", content_type="application/json")

    @app.route("/own/<dossier_id>")
    @requires("read", **WIDE)
    def own(dossier_id: str) -> Any:
        del dossier_id
        return flask.access_of().redact(dict(CHILD), shape=Child)

    @app.route("/hollow/<dossier_id>")
    @requires("read", **WIDE)
    def hollow(dossier_id: str) -> Any:
        del dossier_id
        flask.access_of().redact(None)
        return CHILD

    @app.route("/list/empty")
    @requires_each("read", **WIDE, shape=list[Child])
    def emptied() -> Any:
        flask.access_of().select([])
        return [CHILD]

    @app.route("/forgetful/<dossier_id>")
    @requires("read", **WIDE)
    def forgetful(dossier_id: str) -> Any:
        del dossier_id
        return CHILD

    @app.route("/list")
    @requires_each("read", **HEALTH)
    def listed() -> Any:
        return {"count": len(flask.access_of().select(DOSSIERS.values()))}

    @app.route("/list/forgetful")
    @requires_each("read", **HEALTH)
    def unasked() -> Any:
        return {"count": len(DOSSIERS)}

    @app.route("/fails/<dossier_id>")
    @requires("read", **HEALTH)
    def fails(dossier_id: str) -> Any:
        raise RuntimeError(dossier_id)

    @app.route("/inside/<name>")
    @exempt("asks by itself")
    def inside(name: str) -> Any:
        access = flask.access_of(request)
        access.point.guard.require(NURSE, "read", DOSSIERS[name], **HEALTH)
        return {}


def _seen(world: World, view: str, dossier_id: str) -> Response:
    del dossier_id
    world.ran.append(view)
    return Response("seen")


def router(routes: Mapping[str, WSGIApplication]) -> WSGIApplication:
    """
    Make an application that goes by the first part of the path; the second is the id of a dossier.

    Args:
        routes: The endpoints.
    """

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        first, _, rest = environ["PATH_INFO"].lstrip("/").partition("/")
        if first not in routes:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no such page"]
        environ["wsgiorg.routing_args"] = ((), {"dossier_id": rest})
        return routes[first](environ, start_response)

    return app


def plain_routes(world: World) -> dict[str, Callable[..., Iterable[bytes]]]:
    """
    Make endpoints of plain WSGI.

    Args:
        world: Notes which endpoints ran.
    """

    @requires("read", **HEALTH)
    def read(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert wsgi.access_of(environ).decision
        world.ran.append("read")
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"seen"]

    def unmarked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        del environ
        world.ran.append("unmarked")
        start_response("200 OK", [])
        return [b"seen"]

    @requires("read", **WIDE, shape=Child)
    def shaped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        del environ
        body = json.dumps(CHILD).encode()
        start_response("200 OK", [("content-type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    @requires("read", **WIDE, shape=Child)
    def slowly(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        del environ
        start_response("200 OK", [("Content-Type", "application/json")])
        for letter in json.dumps(CHILD):
            yield letter.encode()

    return {"read": read, "unmarked": unmarked, "shaped": shaped, "slowly": slowly}


def plain_app(world: World, point: EnforcementPoint[Any]) -> WSGIApplication:
    """
    Make a plain WSGI application.

    Args:
        world: Notes which endpoints ran.
        point: The enforcement point.
    """
    routes = {
        name: wsgi.Enforced(endpoint, point, as_request=Request) for name, endpoint in plain_routes(world).items()
    }
    return wsgi.Tripwire(router(routes), point)


def served() -> WSGIApplication:
    """Make both applications for a server: the plain one below `/plain`."""
    world = World()
    headers = ["authorization", "x-person"]
    app = flask_app(world, world.point(identity_headers=headers))
    plain = plain_app(world, world.point(identity_headers=headers))
    return DispatcherMiddleware(app.wsgi_app, {"/plain": plain})
