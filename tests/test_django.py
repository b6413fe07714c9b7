"""Django and Django REST framework: nothing leaves without a decision, under WSGI, ASGI and Django's own server."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import django
import httpx
import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import Http404, HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import path
from hypothesis import example, given
from hypothesis import strategies as st

from kg_access.enforcement.marks import exempt, requires, requires_each
from kg_access.enforcement.step_up import Authentication, StepUp
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
    PEOPLE,
    UNKNOWN,
    Notebook,
    World,
    assert_says_nothing,
    guard_for,
    kept,
    secrets,
)
from tests.people import UNHURRIED
from tests.servers import answer

PROJECT: Final = Path(__file__).resolve().parent.parent
APART: Final = frozenset({"DATABASES", "SECRET_KEY"})
PATIENCE: Final = 10.0
PREFLIGHT: Final = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "GET"}
SEEN: Final = ("function", "async", "found", "methods", "whole", "api/above", "api/below", "later")
PAGE: Final = (*SEEN, "shaped", "own", "api/shaped", "api/dropped", "inside")

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module", autouse=True)
def project() -> Iterator[None]:
    """The Django project, with a database in memory; whatever else in this process uses Django, gets its own back."""
    if not settings.configured:
        settings.configure(LOGGING_CONFIG=None, SECRET_KEY="of no use to anybody")  # noqa: S106 - a fake
    if not apps.ready:
        django.setup()
    stated = vars(importlib.import_module("tests.django_site.settings"))
    changes = {name: value for name, value in stated.items() if name.isupper() and name not in APART}
    database = connections.configure_settings(stated["DATABASES"])["default"]
    with pytest.MonkeyPatch.context() as patch, override_settings(**changes):
        patch.setitem(connections.settings, "default", database)
        connections["default"].close()
        del connections["default"]
        rows = importlib.import_module("tests.django_site.models")
        with connections["default"].schema_editor() as editor:
            editor.create_model(rows.Record)
            editor.create_model(rows.Loose)
        for name in DOSSIERS:
            rows.Record.objects.create(name=name, weight="3.4 kg", income="EUR 2000")
        rows.Loose.objects.create()
        yield
        BaseDatabaseWrapper.close(connections["default"])  # Django's own `close` keeps a database in memory open
        del connections["default"]


@pytest.fixture(autouse=True)
def nothing_personal(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """
    No line of the log from INFO up names a rule, role, label, person or dossier, in any test of this module.

    Django's own lines name the path that was asked for.
    """
    caplog.set_level(logging.INFO)
    yield
    ids = {*DOSSIERS, UNKNOWN, *(person.id for person in PEOPLE.values())}
    for record in caplog.get_records("call"):
        if record.name.startswith("kg_access"):
            assert_says_nothing(record.getMessage())
            assert record.exc_info is None, "a traceback holds values"
        assert not [word for word in secrets() - ids if word in record.getMessage()]


@pytest.fixture
def site() -> ModuleType:
    """The module of the project that enforces."""
    return importlib.import_module("tests.django_site.access")


@pytest.fixture
def world(site: ModuleType) -> World:
    """What was called in the project, and which views ran."""
    found: World = site.WORLD
    found.ran.clear()
    found.calls.clear()
    return found


def by_wsgi(method: str, target: str, headers: dict[str, str]) -> httpx.Response:
    """Ask as a synchronous server does."""
    with httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url="http://test") as client:
        return client.request(method, target, headers=headers)


def by_asgi(method: str, target: str, headers: dict[str, str]) -> httpx.Response:
    """Ask as an asynchronous server does."""
    application: Any = ASGIHandler()

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
            return await client.request(method, target, headers=headers)

    return asyncio.run(send())


def asker(send: Callable[..., httpx.Response]) -> Ask:
    """Make what sends a request to the project, and checks that the answer says nothing that it should not."""

    def ask(target: str, person: str | None = "nele", *, method: str = "GET", **headers: str) -> httpx.Response:
        who = {} if person is None else {"X-Person": person, "X-Token": person}
        response = send(method, target, {**{name.replace("_", "-"): text for name, text in headers.items()}, **who})
        assert_says_nothing(f"{response.headers} {response.text}")
        return response

    return ask


SERVERS: Final[dict[str, Callable[..., httpx.Response]]] = {"wsgi": by_wsgi, "asgi": by_asgi}


@pytest.fixture(params=SERVERS.values(), ids=list(SERVERS))
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask the project in this process, under WSGI and under ASGI."""
    return asker(request.param)


@pytest.fixture
def wsgi_ask() -> Ask:
    """Ask the project in this process, under WSGI."""
    return asker(by_wsgi)


def whole(response: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Give all that a client can compare of a response."""
    return response.status_code, sorted(response.headers.items()), response.content


def pages(*views: Any) -> tuple[Any, ...]:
    """Make a URL configuration of a few pages, each under the name of its view."""
    return tuple(path(f"{name}/<str:dossier_id>", view) for name, view in views)


class TestViews:
    """Where the mark stands, and which requests it decides about."""

    @pytest.mark.parametrize("view", SEEN)
    def test_a_permitted_view_runs(self, view: str, ask: Ask, world: World) -> None:
        """A view runs when it is permitted, wherever its mark stands, and whatever kind of view it is."""
        response = ask(f"/{view}/{OPEN}")

        assert response.status_code == 200
        assert "seen" in response.text
        assert world.ran == [{"methods": "get"}.get(view, view.removeprefix("api/"))]

    @pytest.mark.parametrize("view", SEEN)
    def test_a_refused_view_does_not_run(self, view: str, ask: Ask, world: World) -> None:
        """Nobody, a person who may know, and one who may not each get their answer; superusers are no exception."""
        nobody = ask(f"/{view}/{OPEN}", None)
        assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")
        refused = ask(f"/{view}/{PAUSED}")
        assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", refused.json()["instance"])
        assert ask(f"/{view}/{HIDDEN}").status_code == 404
        assert world.ran == []

    @pytest.mark.parametrize("view", ["unmarked", "api/unmarked", "other/open"])
    def test_a_view_without_a_mark_is_denied(self, view: str, ask: Ask, world: World) -> None:
        """A view without a mark is denied for everybody, before anybody is looked up."""
        for person in ("nele", None):
            assert ask(f"/{view}/{OPEN}", person).status_code == 403
        assert world.ran == world.calls == []

    def test_the_log_names_what_lacks_a_mark(self, wsgi_ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
        """The view is named as it was written, a function behind `api_view` too."""
        for view, method in (("unmarked", "GET"), ("api/unmarked", "GET"), ("methods", "POST")):
            wsgi_ask(f"/{view}/{OPEN}", method=method)

        lines = [record.getMessage() for record in caplog.records if "carries no mark" in record.getMessage()]
        assert [line.split("`")[1] for line in lines] == ["unmarked", "unmarked", "Methods"]

    def test_an_app_can_be_exempt_by_its_name(self, ask: Ask, world: World) -> None:
        """The views of an app that is named in the settings answer; what lies at such a path or namespace does not."""
        assert ask(f"/desk/open/{OPEN}", None).text == "seen"
        assert ask("/other/open/desk", None).status_code == 403
        assert ask("/login", None).text == "seen"
        assert ask("/away", None).status_code == 302
        assert world.calls == []

    def test_each_method_of_a_class_has_its_own_mark(self, ask: Ask, world: World) -> None:
        """HEAD counts as GET, another method is decided by its own mark, and one without a mark is denied."""
        assert ask(f"/methods/{OPEN}", method="HEAD").status_code == 200
        assert world.ran == ["get"]
        assert ask(f"/methods/{HIDDEN}", method="HEAD").status_code == 404
        for method in ("DELETE", "POST", "PUT", "OPTIONS", "TRACE", "PURGE"):
            assert ask(f"/methods/{OPEN}", method=method).status_code == 403
        assert world.ran == ["get"]

    def test_options_is_decided(self, ask: Ask) -> None:
        """OPTIONS, and what looks like a preflight, is no way round."""
        for headers in ({}, PREFLIGHT):
            assert ask(f"/whole/{OPEN}", None, method="OPTIONS", **headers).status_code == 401
            assert ask(f"/whole/{HIDDEN}", method="OPTIONS", **headers).status_code == 404
        assert ask(f"/whole/{OPEN}", method="OPTIONS").status_code == 200

    def test_routing_is_left_alone(self, ask: Ask, site: ModuleType) -> None:
        """A missing slash and an unknown page get the framework's own answers."""
        before = site.point.alarms
        assert ask("/slash").status_code == 301
        assert ask("/nowhere").status_code == 404
        assert ask(f"/nowhere/{OPEN}", None).status_code == 404
        assert site.point.alarms == before

    def test_there_is_no_access_without_the_middleware(self) -> None:
        """Outside of the middleware, a view that looks for its access gets an error that says so."""
        from kg_access.integrations.django import access_of  # noqa: PLC0415 - needs the project

        with pytest.raises(LookupError, match="is `AccessMiddleware` in use"):
            access_of(HttpRequest())

    def test_plain_functions_run_where_the_database_is(self, site: ModuleType, world: World) -> None:
        """Under ASGI, plain resolvers run in the thread of synchronous views, where connections belong."""
        views = []

        @requires("read", **HEALTH)
        def where(request: Any, dossier_id: str) -> HttpResponse:
            del request, dossier_id
            views.append(threading.get_ident())
            return HttpResponse("seen")

        site.THREADS.clear()
        with override_settings(ROOT_URLCONF=pages(("where", where))):
            assert asker(by_asgi)(f"/where/{OPEN}").status_code == 200
        assert set(views) == site.THREADS
        assert world.calls == ["subject", "dossier"]


class TestHidden:
    """Hidden and unknown are the same."""

    @pytest.mark.parametrize("view", PAGE)
    def test_a_hidden_dossier_is_answered_like_an_unknown_one(self, view: str, ask: Ask) -> None:
        """Status, headers and body are the same for hidden, unknown, malformed and oversized ids."""
        expected = whole(ask(f"/{view}/{UNKNOWN}"))

        assert expected[0] == 404
        for name in (HIDDEN, MALFORMED, OVERSIZED):
            assert whole(ask(f"/{view}/{name}")) == expected

    @pytest.mark.parametrize("view", ["function", "api/above", "later"])
    def test_neither_takes_a_shorter_way(self, view: str, ask: Ask, world: World, site: ModuleType) -> None:
        """The same functions of the application are called for hidden and unknown, and both are recorded."""
        trail = Notebook()
        with override_settings(KG_ACCESS_POINT=site.make_point(trail=trail)):
            ask(f"/{view}/{HIDDEN}")
            hidden = list(world.calls)
            world.calls.clear()
            ask(f"/{view}/{UNKNOWN}")

        assert hidden == world.calls
        assert len(trail.events) == 2
        assert [event.decision.allowed for event in trail.events] == [False, False]

    @pytest.mark.parametrize("view", ["detail", "api/records"])
    def test_rows_are_no_exception(self, view: str, wsgi_ask: Ask, site: ModuleType) -> None:
        """A row of a hidden dossier and one that does not exist are answered alike, and both are recorded."""
        end = "/" if view == "api/records" else ""
        trail = Notebook()
        with override_settings(KG_ACCESS_POINT=site.make_point(trail=trail)):
            assert whole(wsgi_ask(f"/{view}/{HIDDEN}{end}")) == whole(wsgi_ask(f"/{view}/{UNKNOWN}{end}"))
        assert [event.dossier for event in trail.events] == [HIDDEN, None]

    def test_nothing_that_a_refusal_says_is_shown(self, ask: Ask) -> None:
        """What a view says while it refuses does not reach the page for refusals."""
        response = ask(f"/says/{OPEN}")

        assert (response.status_code, response.text) == (403, "not allowed: ")

    def test_a_denial_that_a_view_raises_is_answered(self, ask: Ask) -> None:
        """A view that asks the guard by hand gets a problem with an id where one may know."""
        assert ask(f"/inside/{OPEN}").text == "seen"
        refused = ask(f"/inside/{PAUSED}")
        assert (refused.status_code, set(refused.json())) == (403, {"type", "title", "status", "instance"})


def early(get_response: Callable[[Any], Any]) -> Callable[[Any], HttpResponse]:
    """Answer before any view; a middleware."""
    del get_response
    return lambda request: HttpResponse("early", status=int(request.headers.get("x-status", 200)))


class TestTripwire:
    """What leaves although it should not."""

    @pytest.mark.parametrize(
        "page",
        [f"forgetful/{OPEN}", f"broken/{OPEN}", f"stream/{OPEN}", "list/forgetful", f"api/odd/{OPEN}"],
    )
    def test_a_view_that_forgot_something_is_stopped(self, page: str, ask: Ask, site: ModuleType) -> None:
        """A view that forgets to redact or to ask, or whose answer cannot be redacted, gives a 500 and an alarm."""
        point = site.make_point()
        with override_settings(KG_ACCESS_POINT=point):
            response = ask(f"/{page}")

        assert (response.status_code, response.json()["title"]) == (500, "Internal Server Error")
        assert "kg" not in response.text
        assert point.alarms == 1

    @pytest.mark.parametrize("page", ["forgotten/{}", "api/forgotten/{}"])
    @pytest.mark.parametrize("name", [OPEN, HIDDEN])
    def test_a_view_that_forgot_to_ask_for_its_object_is_stopped(
        self, page: str, name: str, wsgi_ask: Ask, site: ModuleType
    ) -> None:
        """A view that shows an object without having asked about it gives a 500 and an alarm."""
        point = site.make_point()
        with override_settings(KG_ACCESS_POINT=point):
            assert wsgi_ask(f"/{page.format(name)}").status_code == 500
        assert point.alarms == 1

    def test_a_middleware_that_answers_by_itself_is_stopped(self, ask: Ask, site: ModuleType) -> None:
        """A middleware that answers before any view is stopped; it may redirect, refuse, or answer a preflight."""
        point = site.make_point()
        middleware = [*settings.MIDDLEWARE, "tests.test_django.early"]
        with override_settings(KG_ACCESS_POINT=point, MIDDLEWARE=middleware):
            assert ask(f"/function/{OPEN}").status_code == 500
            assert ask("/login").status_code == 500
            assert point.alarms == 2
            assert ask("/login", X_Status="302").status_code == 302
            assert ask("/login", X_Status="403").status_code == 403
            assert ask("/login", None, method="OPTIONS", **PREFLIGHT).status_code == 200
            assert point.alarms == 2
            assert ask("/login", None, method="OPTIONS").status_code == 500

    def test_a_list_asks_for_each(self, ask: Ask) -> None:
        """A view that shows many dossiers shows those that are permitted."""
        assert ask("/list").json() == {"count": 2}
        assert ask("/alist").json() == {"count": 2}
        assert ask("/list", None).status_code == 401

    def test_a_failing_view_is_the_applications_own(self, site: ModuleType) -> None:
        """A view that raises gives the framework's own 500, without an alarm."""
        before = site.point.alarms
        response = by_wsgi("GET", f"/fails/{OPEN}", {"X-Person": "nele"})

        assert response.status_code == 500
        assert OPEN not in response.text
        assert site.point.alarms == before


class TestRedaction:
    """What is left out of a response."""

    @pytest.mark.parametrize("view", ["shaped", "own", "api/shaped"])
    def test_only_what_is_permitted_leaves(self, view: str, ask: Ask) -> None:
        """A response is redacted by its shape or by its view, and the headers that spoke of the whole are right."""
        response = ask(f"/{view}/{OPEN}")

        assert response.json() == {"weight": "3.4 kg"}
        assert response.headers["Content-Length"] == str(len(response.content))
        assert "of-the-whole" not in response.headers.get("ETag", "")

    def test_head_tells_no_length_of_the_whole(self, ask: Ask) -> None:
        """HEAD says the length that GET has."""
        assert ask(f"/shaped/{OPEN}", method="HEAD").headers["Content-Length"] == str(len('{"weight":"3.4 kg"}'))

    @pytest.mark.parametrize(
        ("kind", "status", "body"),
        [
            ("csv", 500, '"Internal Server Error"'),
            ("conflict", 409, '{"weight":"3.4 kg"}'),
            ("page", 409, '{"type": "about:blank", "title": "Conflict", "status": 409}'),
            ("redirect", 302, ""),
            ("empty", 201, ""),
        ],
    )
    def test_a_shape_holds_for_every_status_and_kind(self, kind: str, status: int, body: str, ask: Ask) -> None:
        """What is no JSON is stopped, an error is redacted or says nothing but its status, a redirect just leads on."""
        response = ask(f"/kinds/{kind}/{OPEN}")

        assert response.status_code == status
        assert body in response.text
        assert bool(body) is bool(response.text)
        assert "2000" not in response.text

    def test_a_row_is_redacted_with_its_permit(self, wsgi_ask: Ask) -> None:
        """A view with `AccessMixin` redacts its object with the permit that it got."""
        assert wsgi_ask(f"/detail/{OPEN}").json() == {"weight": "3.4 kg", "income": None}


def raising(*arguments: Any) -> Any:
    """Fail with a text that nobody may read."""
    raise OSError(*arguments, OPEN)


def slow(*arguments: Any) -> Any:
    """Answer too late."""
    del arguments
    time.sleep(0.03)
    return DOSSIERS[OPEN]


async def asleep(*arguments: Any) -> Any:
    """Answer too late, asynchronously."""
    del arguments
    await asyncio.sleep(5)


async def nele(request: Any) -> Any:
    """Find out who asks, asynchronously."""
    del request
    return NURSE


def later_nele(request: Any) -> Awaitable[Any]:
    """Promise to find out who asks."""
    return nele(request)


class TestFaults:
    """Resolvers and handlers that misbehave, and what clients send."""

    @pytest.mark.parametrize(
        "wrong",
        [
            {"subject": raising},
            {"subject": lambda _: "nele"},
            {"dossier": raising},
            {"dossier": lambda *_: "a dossier"},
            {"dossier": slow, "limit": 0.02},
            {"dossier": asleep, "limit": 0.02},
            {"context": raising},
        ],
        ids=["subject raises", "no subject", "raises", "no dossier", "slow", "asleep", "context raises"],
    )
    @pytest.mark.parametrize("view", ["function", "async", "api/above"])
    def test_a_fault_denies(self, view: str, wrong: dict[str, Any], ask: Ask, world: World, site: ModuleType) -> None:
        """A resolver that raises, returns something else or is slow gives 503, and the view does not run."""
        with override_settings(KG_ACCESS_POINT=site.make_point(**wrong)):
            response = ask(f"/{view}/{OPEN}")

        assert (response.status_code, response.headers["Content-Type"]) == (503, "application/problem+json")
        assert world.ran == []

    @pytest.mark.parametrize("resolver", [nele, later_nele])
    def test_resolvers_may_be_async(self, resolver: Any, ask: Ask, site: ModuleType) -> None:
        """An async resolver, or one that gives an awaitable, is waited for, under WSGI as under ASGI."""
        with override_settings(KG_ACCESS_POINT=site.make_point(subject=resolver)):
            for view in ("function", "async", "api/above", "later"):
                assert ask(f"/{view}/{OPEN}").status_code == 200

    @pytest.mark.parametrize("view", ["function", "api/above"])
    def test_a_header_that_says_twice_who_asks_is_believed_by_nobody(self, view: str, ask: Ask, world: World) -> None:
        """An identity header that a server has joined from two is answered with 401."""
        assert ask(f"/{view}/{OPEN}", "nele, sara").status_code == 401
        assert ask(f"/{view}/{OPEN}", Authorization="Bearer one, Bearer two").status_code == 401
        assert world.ran == world.calls == []
        assert ask(f"/{view}/{OPEN}", Authorization="Bearer one").status_code == 200

    def test_obligations_of_a_denial_are_carried_out(self, ask: Ask, site: ModuleType) -> None:
        """The handler of an obligation runs for a denial too; when it fails, the denial stays what it is."""
        decisions: list[Any] = []
        for handler in (kept(decisions), raising):
            point = site.make_point(guard=guard_for("notify_dpo"), handlers={"notify_dpo": handler})
            with override_settings(KG_ACCESS_POINT=point):
                assert ask(f"/function/{PAUSED}").status_code == 403
        assert [decision.allowed for decision in decisions] == [False]

    @pytest.mark.parametrize(
        "view", [f"function/{OPEN}", f"later/{OPEN}", f"later/{UNKNOWN}", "list", f"api/above/{OPEN}"]
    )
    def test_no_record_no_access(self, view: str, ask: Ask, world: World, site: ModuleType) -> None:
        """What must be recorded and cannot be is a 503, and no view shows anything."""

        def fails() -> Future[None]:
            receipt: Future[None] = Future()
            receipt.set_exception(OSError("disk full"))
            return receipt

        with override_settings(KG_ACCESS_POINT=site.make_point(trail=Notebook(fails))):
            assert ask(f"/{view}").status_code == 503
        assert world.ran == []

    @pytest.mark.parametrize(("minutes", "status"), [(1, 200), (9, 401)])
    def test_a_stale_proof_of_identity_is_asked_for_again(
        self, minutes: int, status: int, ask: Ask, site: ModuleType
    ) -> None:
        """Who authenticated too long ago gets the challenge of RFC 9470, and only who did lately gets in."""

        @requires("read", **HEALTH, step_up=StepUp(acr_values=["high"], max_age=300))
        def proved(request: Any, dossier_id: str) -> HttpResponse:
            del request, dossier_id
            return HttpResponse("seen")

        proof = Authentication(acr="high", at=datetime.now(UTC) - timedelta(minutes=minutes))
        point = site.make_point(authentication=lambda _: proof)
        with override_settings(KG_ACCESS_POINT=point, ROOT_URLCONF=pages(("proved", proved))):
            response = ask(f"/proved/{OPEN}")
            assert ask(f"/proved/{HIDDEN}").status_code == 404

        assert response.status_code == status
        assert response.headers.get("WWW-Authenticate") == (
            None
            if status == 200
            else 'Bearer error="insufficient_user_authentication", acr_values="high", max_age="300"'
        )

    def test_every_resolver_of_a_mark_and_handler_may_be_plain(self, ask: Ask, site: ModuleType) -> None:
        """What a mark finds out by itself, and what goes with a permit, is called once and believed."""
        told: list[str] = []

        def telling(name: str, value: Any) -> Callable[[Any], Any]:
            def tell(request: Any) -> Any:
                del request
                told.append(name)
                return value

            return tell

        mark: Any = {name: telling(name, value) for name, value in HEALTH.items()}

        @requires("read", **mark)
        def page(request: Any, dossier_id: str) -> HttpResponse:
            del request, dossier_id
            return HttpResponse("seen")

        point = site.make_point(context=telling("context", None), authentication=telling("authentication", None))
        with override_settings(KG_ACCESS_POINT=point, ROOT_URLCONF=pages(("page", page))):
            assert ask(f"/page/{OPEN}").status_code == 200
            assert ask(f"/page/{HIDDEN}").status_code == 404
        assert told == ["categories", "group", "purpose", "context"] * 2


class TestSettings:
    """How a project says what it wants."""

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"KG_ACCESS_POINT": None}, "`KG_ACCESS_POINT` is not set; name the enforcement point"),
            ({"KG_ACCESS_POINT": "point"}, "`KG_ACCESS_POINT` leads nowhere: point doesn't look like a module path"),
            (
                {"KG_ACCESS_POINT": "tests.django_site.nowhere.point"},
                "`KG_ACCESS_POINT` leads nowhere: No module named",
            ),
            ({"KG_ACCESS_POINT": "tests.django_site.access.pointe"}, 'leads nowhere: .* does not define a "pointe"'),
            (
                {"KG_ACCESS_POINT": "tests.django_site.access.not_a_point"},
                "leads to no EnforcementPoint; `tests.django_site.access.not_a_point` is a str",
            ),
            ({"KG_ACCESS_POINT": 3}, "leads to no EnforcementPoint; it is a int"),
            ({"KG_ACCESS_EXEMPT": ["desk"]}, "`KG_ACCESS_EXEMPT` names apps and says for each why"),
            ({"KG_ACCESS_EXEMPT": {"desk": " "}}, "`KG_ACCESS_EXEMPT` names apps and says for each why"),
        ],
    )
    def test_a_wrong_setting_stops_the_server(self, changes: dict[str, Any], message: str) -> None:
        """A server with a wrong setting does not start, and says what would be right."""
        with override_settings(**changes), pytest.raises(ImproperlyConfigured, match=message):
            WSGIHandler()

    def test_unmarked_views_are_listed(self) -> None:
        """It names the routes without a mark, those of a class of which one method has none, and no exempt app."""
        from kg_access.integrations.django import unmarked  # noqa: PLC0415 - needs the project

        assert unmarked() == [
            "api/^records/$",
            "api/^records/(?P<name>[^/.]+)/$",
            "api/unmarked/<str:dossier_id>",
            "methods/<str:dossier_id>",
            "other/open/<str:dossier_id>",
            "unmarked/<str:dossier_id>",
        ]
        marked = exempt("a page")(lambda request: request)
        assert unmarked((path("page", marked),)) == []

    def test_it_does_not_pass_for_want_of_routes(self) -> None:
        """A project without routes is an error, not an empty list."""
        from kg_access.integrations.django import unmarked  # noqa: PLC0415 - needs the project

        with pytest.raises(LookupError, match="nothing was inspected"):
            unmarked(())

    def test_a_project_that_is_right_has_no_findings(self) -> None:
        """`manage.py check` says nothing about a project whose superusers are asked like everybody."""
        with override_settings(AUTH_USER_MODEL="django_site.Member"):
            assert findings() == []

    @pytest.mark.parametrize(
        ("changes", "found"),
        [
            ({}, ["kg_access.E002"]),
            (
                {"AUTHENTICATION_BACKENDS": ["tests.django_site.access.Generous", "tests.django_site.access.Backend"]},
                ["kg_access.E002", "kg_access.W002"],
            ),
            ({"AUTHENTICATION_BACKENDS": ["tests.django_site.access.Generous"]}, []),
            ({"MIDDLEWARE": ["tests.django_site.access.sign_in"]}, ["kg_access.E002", "kg_access.W001"]),
            ({"KG_ACCESS_POINT": None, "KG_ACCESS_EXEMPT": 3}, ["kg_access.E001", "kg_access.E001", "kg_access.E002"]),
        ],
    )
    def test_a_way_round_is_found(self, changes: dict[str, Any], found: list[str]) -> None:
        """`manage.py check` tells what lets somebody round: superusers, an earlier backend, no middleware, no point."""
        with override_settings(**changes):
            assert findings() == found


def findings() -> list[str]:
    """Run the checks of a project, and give the ids of what is about the library."""
    from django.core import checks  # noqa: PLC0415 - needs the project

    found = checks.run_checks(tags=[checks.Tags.security])
    return sorted(one.id for one in found if one.id and one.id.startswith("kg_access."))


GUIDE: Final = PROJECT / "docs" / "how-to" / "enforce-in-django.md"
USUAL: Final = """
SECRET_KEY, ROOT_URLCONF, ALLOWED_HOSTS = "of no use to anybody", "mysite.urls", ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
usual = {
    "INSTALLED_APPS": ["admin", "auth", "contenttypes", "sessions", "messages"],
    "MIDDLEWARE": [
        "sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware",
        "messages.middleware.MessageMiddleware",
    ],
    "AUTHENTICATION_BACKENDS": ["auth.backends.ModelBackend"],
}
for name, those in usual.items():
    stated = globals()[name]
    dots = stated.index(...)
    stated[dots : dots + 1] = [f"django.contrib.{one}" for one in those]
"""
BROWSING: Final = """
import django

django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

call_command("migrate", run_syncdb=True, verbosity=0)
client = Client()
client.force_login(get_user_model().objects.create(username="nele", is_superuser=True), "django.contrib.auth.backends.ModelBackend")
print(*(client.get(f"/dossiers/{name}/health").status_code for name in ("D1", "D2", "D99")))
"""
WITH_ADMIN: Final = """

from django.contrib import admin
from django.db import models


class Visit(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)

    def as_dossier(self): ...


class Note(models.Model):
    def as_dossier(self): ...


class Visits(admin.TabularInline):
    model = Visit


class Users(admin.ModelAdmin):
    inlines = [Visits]


admin.site.register(User, Users)
admin.site.register(Note)
"""


@pytest.fixture
def mysite(tmp_path: Path) -> Path:
    """The project of the guide, as its blocks say, with what every project has."""
    blocks = re.findall(r"^```\n# (mysite/\w+\.py)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for name, block in [("mysite/__init__.py", ""), *blocks]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(block + USUAL * (name == "mysite/settings.py"), "utf-8")
    return tmp_path


def python(project: Path, *arguments: str) -> str:
    """Run Python in a project, and give what it says."""
    environment = {**os.environ, "PYTHONPATH": f"{project}:{PROJECT}", "DJANGO_SETTINGS_MODULE": "mysite.settings"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    return done.stdout + done.stderr


class TestGuide:
    """The page that tells how to enforce in Django."""

    def test_its_project_works(self, mysite: Path) -> None:
        """The project of the guide is checked without a finding, and a superuser reads no more than she may."""
        assert python(mysite, "-m", "django", "check") == "System check identified no issues (0 silenced).\n"
        assert python(mysite, "-W", "ignore", "-c", BROWSING).splitlines()[-1:] == ["200 404 404"]

    @pytest.mark.parametrize(
        ("file", "old", "new", "found"),
        [
            ("settings", 'AUTH_USER_MODEL = "mysite.User"\n', "", ["kg_access.E002"]),
            (
                "settings",
                'MIDDLEWARE = ["',
                'MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "',
                ["kg_access.W003"],
            ),
            ("models", "    pass\n", f"    pass\n{WITH_ADMIN}", ["kg_access.W004", "kg_access.W004"]),
        ],
        ids=["superusers", "not the first", "admin"],
    )
    @pytest.mark.parametrize(
        "app", ["kg_access.integrations.django_apps.AccessConfig", "kg_access.integrations.django_apps"]
    )
    def test_a_change_that_lets_somebody_round_is_found(
        self, file: str, old: str, new: str, found: list[str], app: str, mysite: Path
    ) -> None:
        """Whichever way the app is named, the check finds what is changed for the worse."""
        for name, was, becomes in (
            (file, old, new), ("settings", "kg_access.integrations.django_apps.AccessConfig", app),
        ):  # fmt: skip
            path = mysite / "mysite" / f"{name}.py"
            text = path.read_text("utf-8")
            path.write_text(text.replace(was, becomes), "utf-8")
        said = python(mysite, "-m", "django", "check")

        assert re.findall(r"\((kg_access\.\w+)\)", said) == found, said


class TestMixin:
    """Views that ask about what they have found."""

    def test_only_such_a_view_can_ask(self, wsgi_ask: Ask) -> None:
        """A view whose path says the dossier cannot ask about another one."""
        from kg_access.integrations.django_requests import ask as ask_about  # noqa: PLC0415 - needs the project

        @requires("read", **HEALTH)
        def page(request: Any, dossier_id: str) -> HttpResponse:
            del dossier_id
            with pytest.raises(LookupError, match="requires_each"):
                ask_about(request.kg_access, lambda _: DOSSIERS[OTHER])
            return HttpResponse("seen")

        with override_settings(ROOT_URLCONF=pages(("page", page))):
            assert wsgi_ask(f"/page/{OPEN}").status_code == 200

    @pytest.mark.parametrize(("second", "status"), [(OTHER, 200), (PAUSED, 403), (HIDDEN, 404), (UNKNOWN, 404)])
    def test_a_view_can_ask_about_several(self, second: str, status: int, wsgi_ask: Ask) -> None:
        """Each object is asked about; one that is refused refuses the whole."""
        from kg_access.integrations.django_requests import ask as ask_about  # noqa: PLC0415 - needs the project

        @requires_each("read", **HEALTH)
        def page(request: Any, dossier_id: str) -> HttpResponse:
            first = ask_about(request.kg_access, lambda _: DOSSIERS[OPEN])
            other = ask_about(request.kg_access, lambda _: DOSSIERS.get(dossier_id))
            assert request.kg_access.permitted == [first, other]
            return HttpResponse("seen")

        with override_settings(ROOT_URLCONF=pages(("page", page))):
            assert wsgi_ask(f"/page/{second}").status_code == status

    def test_a_row_that_cannot_tell_its_dossier_is_refused(self, wsgi_ask: Ask) -> None:
        """A row without `as_dossier` gives 503, and the log says what is missing."""
        assert wsgi_ask("/api/unknowable/1").status_code == 503


class TestPermissions:
    """`user.has_perm`."""

    def user(self, name: str = "nele", **changes: Any) -> Any:
        """Make a user of Django's own model."""
        from django.contrib.auth.models import User  # noqa: PLC0415 - needs the project

        return User(username=name, **changes)

    def member(self, name: str = "nele", **changes: Any) -> Any:
        """Make a user of a model with `AccessUserMixin`."""
        from tests.django_site.models import Member  # noqa: PLC0415 - needs the project

        return Member(username=name, **changes)

    @given(
        name=st.sampled_from([*PEOPLE, "nobody"]),
        about=st.sampled_from([*DOSSIERS, None]),
        permission=st.sampled_from(
            ["kg_access.read", "kg_access.delete", "kg_access.", "kg_access.fly", "auth.view_user"]
        ),
        active=st.booleans(),
        power=st.booleans(),
    )
    @example(name="nele", about=OPEN, permission="kg_access.read", active=True, power=True)
    @example(name="nele", about=OPEN, permission="kg_access.read", active=False, power=True)
    @example(name="nele", about=OPEN, permission="kg_access.read", active=True, power=False)
    @example(name="nele", about=OPEN, permission="kg_access.read", active=False, power=False)
    @UNHURRIED
    def test_both_ways_of_asking_agree_with_the_guard(
        self,
        name: str,
        about: str | None,
        permission: str,
        *,
        active: bool,
        power: bool,
    ) -> None:
        """`has_perm` and `ahas_perm` say what the guard says, for superusers too, and deny who is not active."""
        dossier = None if about is None else DOSSIERS[about]
        action = permission.removeprefix("kg_access.")
        person = PEOPLE.get(name)
        granted = action == "auth.view_user" or (
            active
            and person is not None
            and dossier is not None
            and action in {"read", "delete"}
            and bool(guard_for().decide(person, action, dossier, **HEALTH))
        )
        member = self.member(name, is_active=active, is_superuser=power)

        assert member.has_perm(permission, dossier) is granted
        assert asyncio.run(member.ahas_perm(permission, dossier)) is granted
        assert member.has_perms([permission], dossier) is granted
        if not power or not active:
            user = self.user(name, is_active=active, is_superuser=power)
            assert user.has_perm(permission, dossier) is granted
            assert asyncio.run(user.ahas_perm(permission, dossier)) is granted

    def test_django_lets_superusers_pass_without_the_mixin(self) -> None:
        """What the page about Django warns of is true: a superuser of Django's own model is never asked."""
        assert self.user(is_superuser=True).has_perm("kg_access.read", DOSSIERS[HIDDEN])
        assert not self.member(is_superuser=True).has_perm("kg_access.read", DOSSIERS[HIDDEN])

    def test_an_anonymous_user_has_no_permission(self) -> None:
        """Who is not signed in is denied."""
        from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415 - needs the project

        anonymous: Any = AnonymousUser()
        assert not anonymous.has_perm("kg_access.read", DOSSIERS[OPEN])

    def test_a_denial_says_nothing(self, site: ModuleType) -> None:
        """The exception that ends Django's search has no text that a page could show."""
        backend = site.Backend()
        for wrong in (HIDDEN, PAUSED):
            with pytest.raises(PermissionDenied) as denial:
                backend.has_perm(self.user(), "kg_access.read", DOSSIERS[wrong])
            assert denial.value.args == ()

    def test_a_row_tells_its_dossier(self) -> None:
        """A permission can be asked about a row; one that does not tell its dossier is denied."""
        from tests.django_site.models import Loose, Record  # noqa: PLC0415 - needs the project

        assert self.user().has_perm("kg_access.read", Record(name=OPEN))
        assert not self.user().has_perm("kg_access.read", Record(name=HIDDEN))
        assert not self.user().has_perm("kg_access.read", Loose())

    @pytest.mark.parametrize("resolver", [nele, later_nele])
    def test_async_resolvers_are_waited_for(self, resolver: Any, site: ModuleType) -> None:
        """Both ways of asking wait for async resolvers."""
        with override_settings(KG_ACCESS_POINT=site.make_point(subject=resolver)):
            assert self.user().has_perm("kg_access.read", DOSSIERS[OPEN])
            assert asyncio.run(self.user().ahas_perm("kg_access.read", DOSSIERS[OPEN]))

    def test_permissions_are_recorded(self, site: ModuleType) -> None:
        """What is asked through permissions stands in the trail, and what cannot be recorded is denied."""
        trail = Notebook()
        with override_settings(KG_ACCESS_POINT=site.make_point(trail=trail)):
            self.user().has_perm("kg_access.read", DOSSIERS[OPEN])
            self.user().has_perm("kg_access.read", DOSSIERS[HIDDEN])
        assert [(event.dossier, event.decision.allowed) for event in trail.events] == [(OPEN, True), (HIDDEN, False)]

        with override_settings(KG_ACCESS_POINT=site.make_point(trail=Notebook(raising))):
            assert not self.user().has_perm("kg_access.read", DOSSIERS[OPEN])

    def test_a_yes_leaves_nothing_out(self, site: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is permitted only in part is no permission, whatever mode the application asks for."""
        wide = {**HEALTH, "categories": {"health", "financial"}, "mode": "redact"}
        monkeypatch.setattr(site.Backend, "question_of", lambda *_: wide)

        assert not self.user().has_perm("kg_access.read", DOSSIERS[OPEN])

    def test_a_question_that_fails_denies(self, site: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        """A backend that cannot say what is asked denies; one that never says it is an error of the project."""
        monkeypatch.setattr(site.Backend, "question_of", raising)
        assert not self.user().has_perm("kg_access.read", DOSSIERS[OPEN])
        monkeypatch.undo()
        monkeypatch.delattr(site.Backend, "question_of")
        with pytest.raises(ImproperlyConfigured, match="Backend does not say what is asked; give it `question_of`"):
            self.user().has_perm("kg_access.read", DOSSIERS[OPEN])

    def test_a_project_without_the_backend_grants_nothing_of_it(self) -> None:
        """With the mixin and no access backend, nobody has a permission of the library."""
        with override_settings(AUTHENTICATION_BACKENDS=["tests.django_site.access.Generous"]):
            assert not self.member().has_perm("kg_access.read", DOSSIERS[OPEN])
            assert not asyncio.run(self.member().ahas_perm("kg_access.read", DOSSIERS[OPEN]))
            assert self.member().has_perm("auth.view_user")

    def test_decisions_are_not_remembered_for_ever(self, site: ModuleType) -> None:
        """Asking again and again about permissions leaves nothing behind in the enforcement point."""
        point = site.make_point()
        with override_settings(KG_ACCESS_POINT=point):
            self.user().has_perm("kg_access.read", DOSSIERS[OPEN])
            before = len(point._checked), len(point._questions)
            for _ in range(3):
                self.user().has_perm("kg_access.read", DOSSIERS[OPEN])
        assert (len(point._checked), len(point._questions)) == before


class TestRestFramework:
    """Django REST framework."""

    def test_resolvers_know_whom_the_framework_has_authenticated(self, wsgi_ask: Ask) -> None:
        """A view with `AccessPermission` is decided about for the person of the token."""
        assert wsgi_ask(f"/api/shaped/{OPEN}", None, X_Token="nele").status_code == 200  # noqa: S106 - a fake
        assert wsgi_ask(f"/api/shaped/{OPEN}", None, X_Token="sara").status_code != 200  # noqa: S106 - a fake
        assert wsgi_ask(f"/api/shaped/{OPEN}", None).status_code == 401

    def test_a_view_that_goes_without_its_permission_is_decided_before(self, wsgi_ask: Ask, world: World) -> None:
        """A view that names the permission and then drops it is decided about before it runs."""
        assert wsgi_ask(f"/api/dropped/{HIDDEN}").status_code == 404
        assert world.ran == []

    @pytest.mark.parametrize("view", ["skipping", "dispatching"])
    def test_a_view_that_changes_how_it_is_served_is_decided_before(
        self, view: str, wsgi_ask: Ask, world: World
    ) -> None:
        """A view that never comes to ask its permission does not run for a hidden dossier."""
        assert wsgi_ask(f"/api/{view}/{HIDDEN}", method="POST").status_code == 404
        assert world.ran == []

    def test_a_list_holds_what_is_permitted(self, wsgi_ask: Ask) -> None:
        """A list is filtered, counted and redacted by what the person may reach."""
        assert wsgi_ask("/api/records/").json() == {
            "count": 2, "next": None, "previous": None, "results": [{"weight": "3.4 kg"}, {"weight": "3.4 kg"}],
        }  # fmt: skip
        assert wsgi_ask("/api/records/", "sara").json()["count"] == 0
        assert wsgi_ask("/api/records/", None).status_code == 401

    @given(name=st.sampled_from([*DOSSIERS]), person=st.sampled_from([*PEOPLE]))
    @UNHURRIED
    def test_the_list_and_the_page_agree(self, name: str, person: str) -> None:
        """A row stands in the list exactly if its page can be read."""
        ask = asker(by_wsgi)
        permitted = [one for one in DOSSIERS.values() if guard_for().decide(PEOPLE[person], "read", one, **HEALTH)]

        assert ask("/api/records/?limit=100", person).json()["count"] == len(permitted)
        assert (ask(f"/api/records/{name}/", person).status_code == 200) is (DOSSIERS[name] in permitted)

    def test_an_object_is_redacted_by_its_serializer(self, wsgi_ask: Ask) -> None:
        """A serializer whose fields are annotated says of which category each is."""
        assert wsgi_ask(f"/api/records/{OPEN}/").json() == {"weight": "3.4 kg"}

    def test_a_page_for_people_is_redacted_too(self) -> None:
        """The framework's pages for browsers show no more than its JSON, and offer nothing that was not asked for."""
        asked = {"X-Token": "nele", "Accept": "text/html"}
        for target in (f"/api/records/{OPEN}/", "/api/records/", f"/api/shaped/{OPEN}"):
            shown = by_wsgi("GET", target, asked)
            assert shown.status_code == 200
            assert "3.4 kg" in shown.text
            assert "EUR" not in shown.text
            assert 'method="POST"' not in shown.text
        hidden, unknown = (by_wsgi("GET", f"/api/records/{name}/", asked).text for name in (HIDDEN, UNKNOWN))
        token = re.compile('"csrfToken": "[^"]*"')
        assert token.sub("", hidden.replace(HIDDEN, UNKNOWN)) == token.sub("", unknown)

    def test_a_method_without_a_mark_is_denied(self, wsgi_ask: Ask) -> None:
        """A viewset answers only the actions that carry a mark; deleting is decided for each row."""
        from tests.django_site.models import Record  # noqa: PLC0415 - needs the project

        before = Record.objects.count()
        for method in ("POST", "OPTIONS"):
            assert wsgi_ask("/api/records/", method=method).status_code == 403
        assert wsgi_ask(f"/api/records/{OPEN}/", method="PATCH").status_code == 403
        assert wsgi_ask(f"/api/records/{OPEN}/", method="DELETE").status_code in {403, 404}
        assert Record.objects.count() == before
        assert wsgi_ask(f"/api/records/{OPEN}/", method="HEAD").status_code == 200

    def test_a_row_of_another_dossier_is_not_found_below_this_one(self, wsgi_ask: Ask) -> None:
        """Below a dossier, only its own rows are found, though the view forgot to look for those only."""
        from tests.django_site.models import Record  # noqa: PLC0415 - needs the project

        own, other = Record.objects.get(name=OPEN).pk, Record.objects.get(name=HIDDEN).pk
        assert wsgi_ask(f"/api/inner/{OPEN}/rows/{own}").json() == {"weight": "3.4 kg"}
        assert whole(wsgi_ask(f"/api/inner/{OPEN}/rows/{other}")) == whole(wsgi_ask(f"/api/inner/{OPEN}/rows/999"))
        assert wsgi_ask(f"/api/inner/{OPEN}/rows").json() == [{"weight": "3.4 kg"}]

    def test_a_row_that_does_not_tell_its_dossier_is_not_found_below_one(
        self, wsgi_ask: Ask, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It could be of another dossier, so it looks like one that does not exist; the log names its model."""
        from tests.django_site.models import Loose  # noqa: PLC0415 - needs the project

        shown = wsgi_ask(f"/api/inner/{OPEN}/loose/{Loose.objects.get().pk}")

        assert whole(shown) == whole(wsgi_ask(f"/api/inner/{OPEN}/loose/999"))
        assert shown.status_code == 404
        assert "`Loose` does not tell its dossier; give it a method `as_dossier`" in caplog.text

    def test_the_permission_needs_the_middleware(self) -> None:
        """Without the middleware, a view with the permission fails, and does not run."""
        with override_settings(MIDDLEWARE=["tests.django_site.access.sign_in"]):
            response = by_wsgi("GET", f"/api/above/{OPEN}", {"X-Person": "nele"})
        assert response.status_code == 500

    def test_the_frameworks_own_handler_of_errors_is_used(self, wsgi_ask: Ask) -> None:
        """A project with an exception handler of its own gets hidden and unknown in the same words."""
        framework = {"EXCEPTION_HANDLER": "tests.test_django.own_handler"}
        with override_settings(REST_FRAMEWORK=framework):
            answers = [whole(wsgi_ask(f"/api/records/{name}/")) for name in (HIDDEN, UNKNOWN)]
            refused = wsgi_ask(f"/api/records/{PAUSED}/")
        assert answers[0] == answers[1]
        assert b"own: No Record matches" in answers[0][2]
        assert refused.status_code == 403


def own_handler(error: Exception, context: Any) -> Any:
    """Handle errors as a project might; what is not known is left to Django."""
    from rest_framework.response import Response  # noqa: PLC0415 - needs the project

    del context
    return Response({"own": f"own: {error}"}, status=404) if isinstance(error, Http404) else None


@pytest.fixture(scope="module")
def runserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of Django's own server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-W", "error", "-m", "django", "runserver", "--noreload", "--skip-checks"]
    command += [f"127.0.0.1:{port}", "--settings", "tests.django_site.settings"]
    log = tmp_path_factory.mktemp("runserver") / "log"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=written, stderr=written)  # noqa: S603
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline, log.read_text("utf-8")
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)


PERSON: Final = "X-Person: nele"


def over(port: int, target: str, *headers: str, method: str = "GET") -> bytes:
    """Send a request to a server, and check that the answer says nothing that it should not."""
    received = answer(port, method, target, *headers)
    assert_says_nothing(received.decode("latin-1"))
    return received


def status_of(received: bytes) -> int:
    """Give the status code of an answer."""
    return int(received.split(maxsplit=2)[1])


class TestRunserver:
    """Over HTTP."""

    @pytest.mark.parametrize("view", ["function", "async", "whole", "api/above", "shaped"])
    def test_hidden_and_unknown_are_the_same_bytes(self, view: str, runserver: int) -> None:
        """What goes over the line is the same for a hidden, an unknown, a malformed and an oversized id."""
        expected = over(runserver, f"/{view}/{UNKNOWN}", PERSON)

        assert status_of(expected) == 404
        for name in (HIDDEN, MALFORMED, OVERSIZED):
            assert over(runserver, f"/{view}/{name}", PERSON) == expected
        assert status_of(over(runserver, f"/{view}/{OPEN}", PERSON)) == 200

    def test_who_is_claimed_twice_is_nobody(self, runserver: int) -> None:
        """Two headers that say who asks give 401, in whichever order."""
        for headers in ([PERSON, "X-Person: sara"], ["X-Person: sara", PERSON], [PERSON, PERSON]):
            assert status_of(over(runserver, f"/function/{OPEN}", *headers)) == 401

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "PURGE"])
    @pytest.mark.parametrize("view", ["unmarked", "api/unmarked", "other/open"])
    def test_what_has_no_mark_never_answers(self, view: str, method: str, runserver: int) -> None:
        """A view without a mark is denied by every method."""
        assert status_of(over(runserver, f"/{view}/{OPEN}", PERSON, method=method)) == 403

    @pytest.mark.parametrize(
        "target",
        [
            f"/function/%2e%2e/unmarked/{OPEN}",
            f"/function/../unmarked/{OPEN}",
            f"//unmarked/{OPEN}",
            f"/desk/../unmarked/{OPEN}",
            f"/desk/open/..%2f..%2funmarked%2f{OPEN}",
            f"/login/..%2funmarked/{OPEN}",
        ],
    )
    def test_dots_and_slashes_lead_nowhere(self, target: str, runserver: int) -> None:
        """A path with dots or slashes in any spelling reaches no view without a mark."""
        assert status_of(over(runserver, target, PERSON)) >= 300

    def test_a_redacted_response_is_whole(self, runserver: int) -> None:
        """A redacted response has the length that it says, HEAD has the same and no body."""
        head, _, body = over(runserver, f"/shaped/{OPEN}", PERSON).partition(b"\r\n\r\n")
        assert body == b'{"weight":"3.4 kg"}'
        assert f"\r\nContent-Length: {len(body)}".encode() in head
        assert over(runserver, f"/shaped/{OPEN}", PERSON, method="HEAD").partition(b"\r\n\r\n")[2] == b""

    def test_a_stopped_response_says_nothing(self, runserver: int) -> None:
        """A view that forgot to redact, and one that forgot to ask, give 500 and a problem."""
        for target in (f"/forgetful/{OPEN}", "/list/forgetful"):
            received = over(runserver, target, PERSON)
            assert status_of(received) == 500
            assert received.endswith(b'{"type": "about:blank", "title": "Internal Server Error", "status": 500}')
