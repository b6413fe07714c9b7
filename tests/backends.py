"""A fake application world: people, dossiers, resolvers that note when they are called, and ways to send requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import cache
from typing import Any, Final

import attrs
import httpx

from kg_access.audit.event import Event
from kg_access.audit.trail import Trail
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.enforcement.point import EnforcementPoint
from kg_access.guard import Guard
from kg_access.subject import Assignment, Subject
from tests.people import GROUP, SERVICE, TEAM

HEALTH: Final[dict[str, Any]] = {"categories": {"health"}, "group": GROUP, "purpose": SERVICE}
"""What the nurse asks for in the course of her work."""

OPEN: Final = "dossier-4711"
HIDDEN: Final = "dossier-4712"
PAUSED: Final = "dossier-4713"
OLD: Final = "dossier-4714"
OVERDUE: Final = "dossier-4715"
OTHER: Final = "dossier-4716"
UNKNOWN: Final = "dossier-4799"
MALFORMED: Final = "dossier-%00"
OVERSIZED: Final = "dossier-" + "9" * 300

NURSE: Final = Subject("s-nele", kind="staff", assignments=[Assignment(role="nurse", service=SERVICE, team=TEAM)])
KEEPER: Final = Subject("s-joke", kind="staff", assignments=[Assignment(role="passive_file_keeper", service=SERVICE)])
OFFICER: Final = Subject("s-sara", kind="staff", assignments=[Assignment(role="privacy_officer", service="all")])
PEOPLE: Final = {"nele": NURSE, "joke": KEEPER, "sara": OFFICER}


def _dossier(name: str, **changes: Any) -> Dossier:
    return Dossier(name, **{"service": SERVICE, "team": TEAM, "use": [("2018-03-01", None)], **changes})


DOSSIERS: Final = {
    dossier.id: dossier
    for dossier in (
        _dossier(OPEN),
        _dossier(HIDDEN, team="LT-ANTW"),
        _dossier(PAUSED, objection="pending"),
        _dossier(OLD, use=[("2014-05-01", "2017-05-01")], retain_until="2199-12-31"),
        _dossier(OVERDUE, use=[("1985-02-01", "1988-01-31")], retain_until="2018-12-31"),
        _dossier(OTHER),
    )
}
"""
The nurse reads the open one and the other one; the paused one is refused openly, with `notify_dpo`. Hidden from her are
one of another team, the old one, which only the keeper reads, and the overdue one, with `erase`.
"""


@cache
def guard_for(*obligations: str) -> Guard:
    """
    Give a guard with the shipped policy, one for all tests that need the same.

    Args:
        obligations: What the application carries out, besides redaction.
    """
    return Guard.shipped(fulfils={"redact", *obligations})


class Notebook(Trail):
    """
    A trail that keeps events in memory.

    Args:
        answer: What `record` gives for each event, after keeping it: a receipt, or `None`.
    """

    def __init__(self, answer: Callable[[], Future[None] | None] = lambda: None) -> None:
        self.events: list[Event] = []
        self._answer = answer

    def record(self, event: Event) -> Future[None] | None:
        """Keep an event."""
        self.events.append(event)
        return self._answer()


class World:
    """
    An application: its resolvers, and what they were asked.

    Attributes:
        calls: The resolvers and handlers in the order of their calls.
        ran: The endpoints that ran.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.ran: list[str] = []

    async def subject(self, request: Any) -> Subject | None:
        """Find out who asks."""
        self.calls.append("subject")
        return PEOPLE.get(request.headers.get("x-person", ""))

    async def dossier(self, request: Any, name: str) -> Dossier | None:
        """Find a dossier."""
        del request
        self.calls.append("dossier")
        return DOSSIERS.get(name)

    def point(self, **changes: Any) -> EnforcementPoint[Any]:
        """Make an enforcement point, usual but for the changes."""
        usual: dict[str, Any] = {"subject": self.subject, "dossier": self.dossier}
        return EnforcementPoint(changes.pop("guard", guard_for()), **{**usual, **changes})


@attrs.frozen
class Asked:
    """A request of no framework, for tests of the enforcement point alone."""

    headers: Mapping[str, str] = {"x-person": "nele"}


@cache
def secrets() -> frozenset[str]:
    """List what no answer and no line of the log may hold: ids of rules, people and dossiers, roles and their labels."""
    policy = guard_for().policy
    roles = policy.vocabulary.roles
    labels = {text for role in roles.values() for text in (role.label.nl, role.label.en)}
    ids = {subject.id for subject in PEOPLE.values()} | {*DOSSIERS, UNKNOWN}
    return frozenset({*policy.rules(), *roles, *labels, *ids})


def assert_says_nothing(text: str) -> None:
    """
    Check that a text names no rule, role, label, person or dossier.

    Args:
        text: An answer with its headers, or a line of the log.
    """
    told = sorted(word for word in secrets() if word in text)
    assert not told, f"{told} in {text!r}"


def ask(
    app: Any,
    path: str,
    person: str | None = "nele",
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    root_path: str = "",
    raising: bool = True,
    **request: Any,
) -> httpx.Response:
    """
    Send a request to an application in this process, and check that the answer says nothing that it should not.

    Args:
        app: The ASGI application.
        path: The path and query.
        person: Who asks; nobody when `None`.
        method: The method.
        headers: More headers.
        root_path: Where a server in front has put the application.
        raising: Whether an error of the application is raised here, besides being answered.
        request: More about the request, such as its content.
    """
    transport = httpx.ASGITransport(app, raise_app_exceptions=raising, root_path=root_path)
    sent = [*headers, *([] if person is None else [("x-person", person)])]

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=sent, **request)

    response = asyncio.run(send())
    assert_says_nothing(f"{response.headers} {response.text}")
    return response


def talk(
    app: Any,
    path: str,
    person: str | None = "nele",
    *,
    said: tuple[str, ...] = (),
    sent: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """
    Open a websocket in this process, say something once it is accepted, and hang up.

    Args:
        app: The ASGI application.
        path: The path.
        person: Who asks; nobody when `None`.
        said: What the client says.
        sent: Where to note what the application sends, for when it raises.

    Returns:
        What the application sent.
    """
    headers = [] if person is None else [(b"x-person", person.encode())]
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": path,
        "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers, "subprotocols": [],
        "client": ("127.0.0.1", 1), "server": ("test", 80), "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    coming: list[dict[str, Any]] = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": text} for text in said),
        {"type": "websocket.disconnect", "code": 1000},
    ]
    sent = [] if sent is None else sent

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def kept(decisions: list[Decision]) -> Callable[[Any], Awaitable[None]]:
    """
    Make a handler that keeps the decisions whose obligations it carries out.

    Args:
        decisions: Where to keep them.
    """

    async def handle(duty: Any) -> None:
        decisions.append(duty.decision)

    return handle
