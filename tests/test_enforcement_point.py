"""The enforcement point without a framework: what it is made of, and how each request ends, on both drivers."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_access import Guard
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access
from kg_access.enforcement.answers import STATUS, Refusal, answer
from kg_access.enforcement.claims import joined, repeated
from kg_access.enforcement.duties import Duty
from kg_access.enforcement.marks import exempt, mark_of, requires, requires_each
from kg_access.enforcement.point import EnforcementPoint
from kg_access.enforcement.step_up import Authentication, StepUp
from kg_access.errors import AccessDenied, EngineFailure, InvalidInput, UnknownTerm
from kg_access.request import Context
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation, Reason
from tests.backends import (
    DOSSIERS,
    HEALTH,
    HIDDEN,
    MALFORMED,
    NURSE,
    OLD,
    OPEN,
    OTHER,
    OVERDUE,
    OVERSIZED,
    PAUSED,
    UNKNOWN,
    Asked,
    Notebook,
    World,
    assert_says_nothing,
    guard_for,
)

Enforce = Callable[..., Access[Any]]
SOON: Final = 0.1
LATE: Final = 0.4
HEAVY: Final = settings(deadline=None, max_examples=150)
FEW: Final = settings(deadline=None, max_examples=12)


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


def in_thread(access: Access[Any], parameters: Mapping[str, Any]) -> None:
    """Enforce as a synchronous application does."""
    access.point.enforce(access, parameters)


def on_loop(access: Access[Any], parameters: Mapping[str, Any]) -> None:
    """Enforce as an asynchronous application does, and see that nothing is left running."""

    async def enforce() -> None:
        await access.point.aenforce(access, parameters)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(enforce())


DRIVERS: Final = {"in a thread": in_thread, "on a loop": on_loop}


def marked(mark: Callable[[Any], Any]) -> Any:
    """Give the mark that a decorator puts."""

    def endpoint() -> None:
        """Answer."""

    found = mark_of(mark(endpoint))
    assert found is not None
    return found


READ: Final = marked(requires("read", **HEALTH))
EACH: Final = marked(requires_each("read", **HEALTH))


def mark(**changes: Any) -> Any:
    """Mark as for reading health data, but for the changes."""
    return marked(requires(**{"action": "read", **HEALTH, **changes}))


def enforced(
    driver: Callable[[Access[Any], Mapping[str, Any]], None],
    point: EnforcementPoint[Any],
    dossier: str = OPEN,
    *,
    wanted: Any = READ,
    person: str = "nele",
    **headers: str,
) -> Access[Any]:
    """Let a person ask for a dossier."""
    access = point.open(wanted, Asked({"x-person": person, **headers}))
    driver(access, {"dossier_id": dossier})
    return access


@pytest.fixture(params=list(DRIVERS.values()), ids=list(DRIVERS))
def enforce(request: pytest.FixtureRequest) -> Enforce:
    """Ask on each of the two drivers."""
    return partial(enforced, request.param)


def never() -> Future[None]:
    """Give a receipt that does not come."""
    return Future()


def kept() -> Future[None]:
    """Give a receipt at once."""
    receipt: Future[None] = Future()
    receipt.set_result(None)
    return receipt


def lost() -> Future[None]:
    """Give a receipt that says that nothing was kept."""
    receipt: Future[None] = Future()
    receipt.set_exception(OSError("the disk is full"))
    return receipt


def dropped() -> Future[None]:
    """Give a receipt that is withdrawn, as when the trail is closed."""
    receipt: Future[None] = Future()
    receipt.cancel()
    return receipt


def refuse() -> Future[None] | None:
    """Refuse a record."""
    raise OSError("the queue is full")


class TestWhatItIsMadeOf:
    """A wrong argument is found when the application is made, not by the first request."""

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ({"guard": "policies"}, "`guard`: expected a Guard, not a str"),
            (
                {"guard": Guard.shipped()},
                "`guard`: an enforcement point redacts; make the guard with `redact` in `fulfils`",
            ),
            ({"subject": None}, "`subject`: expected a function, not a NoneType"),
            ({"dossier": {}}, "`dossier`: expected a function, not a dict"),
            ({"context": Context()}, "`context`: expected a function, not a Context"),
            ({"authentication": 7}, "`authentication`: expected a function, not a int"),
            ({"request_id": "x-request-id"}, "`request_id`: expected a function, not a str"),
            ({"step_up": 300}, "`step_up`: expected a StepUp, not a int"),
            ({"trail": []}, "`trail`: expected a Trail, not a list"),
            ({"limit": 0}, "`limit`: expected a positive number of seconds"),
            ({"limit": True}, "`limit`: expected a positive number of seconds"),
            ({"limit": float("nan")}, "`limit`: expected a positive number of seconds"),
            ({"limit": float("inf")}, "`limit`: expected a positive number of seconds"),
            ({"limit": "2"}, "`limit`: expected a positive number of seconds"),
            ({"identity_headers": "authorization"}, "`identity_headers`: expected a collection, not a str"),
            ({"handlers": [print]}, "`handlers`: expected a mapping from obligation to function, not a list"),
            ({"handlers": {"notify": print}}, "`handlers`: unknown word `notify`; did you mean `notify_dpo`?"),
            ({"handlers": {"notify_dpo": "mail"}}, "`handlers`: the handler of `notify_dpo` cannot be called"),
            (
                {"handlers": {"notify_dpo": print}},
                "`handlers`: `notify_dpo` has a handler, but the guard does not count on it; give it to `fulfils`",
            ),
            (
                {"guard": guard_for("record_justification")},
                "`handlers`: the guard counts on `record_justification`, but nobody carries it out; add a handler",
            ),
        ],
    )
    def test_a_wrong_argument_is_refused(self, world: World, change: dict[str, Any], text: str) -> None:
        """Each wrong argument is named, with what would be right."""
        with pytest.raises(InvalidInput) as error:
            world.point(**change)
        assert str(error.value) == text

    def test_an_async_request_id_is_refused(self, world: World) -> None:
        """The id of a request is read while recording, where nothing can be waited for."""

        async def request_id(request: object) -> str:
            return str(request)

        with pytest.raises(InvalidInput, match="`request_id`: expected a plain function, not an async one"):
            world.point(request_id=request_id)

    def test_log_and_redact_need_no_handler(self, world: World) -> None:
        """What the point does itself needs no handler, and may have one."""
        for handlers in ({}, {"log": print, "redact": print}):
            assert enforced(in_thread, world.point(handlers=handlers)).refusal is None

    def test_it_shows_its_policy_and_nothing_else(self, world: World) -> None:
        """The text of a point names the policy."""
        assert repr(world.point()).startswith("<EnforcementPoint of <Guard kind-en-gezin-need-to-know")


class TestWordsOfMarks:
    """The words of a mark are held against the policy."""

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"categories": {"helth"}}, "`categories`: unknown word `helth`; did you mean `health`?"),
            ({"group": "child"}, "`group`: unknown word `child`; did you mean"),
            ({"purpose": "curiosity"}, "`purpose`: unknown word `curiosity`"),
        ],
    )
    def test_a_wrong_word_is_found_by_check(self, world: World, changes: dict[str, Any], text: str) -> None:
        """`check` names the word, so that a test can find it before the first request."""
        with pytest.raises(UnknownTerm) as error:
            world.point().check(mark(**changes))
        assert text in str(error.value)

    def test_a_wrong_word_is_answered_503_and_logged(
        self, world: World, enforce: Enforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A client cannot help a wrong mark: 503, for an unknown dossier too, and the log names the word."""
        point = world.point()
        for dossier in (OPEN, HIDDEN, UNKNOWN):
            assert enforce(point, dossier, wanted=mark(purpose="curiosity")).status == 503
        assert "unknown word `curiosity`" in caplog.text
        assert world.calls == []

    def test_a_step_up_needs_to_know_how_people_authenticate(self, world: World) -> None:
        """A mark with a step-up that nobody can check is refused by `check`."""
        with pytest.raises(InvalidInput, match="tell the enforcement point how people authenticate"):
            world.point().check(mark(step_up=StepUp(max_age=300)))

    def test_a_word_that_a_new_policy_lacks_is_no_fault_of_the_client(
        self, world: World, enforce: Enforce, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When the guard turns out not to know a word of the mark, the answer is 503, not 400."""
        point = world.point()

        def decide(*_: object, **__: object) -> None:
            raise UnknownTerm("purpose", HEALTH["purpose"], ())

        monkeypatch.setattr(point, "guard", _Pretender(point.guard, decide=decide))
        assert enforce(point).status == 503

    def test_good_marks_and_exemptions_pass(self, world: World) -> None:
        """A mark whose words are known passes, as often as it is checked; so does one whose words are found out later."""
        point = world.point()
        for good in (
            READ,
            READ,
            EACH,
            mark(purpose=print, categories=print, group=print),
            marked(exempt("login page")),
        ):
            point.check(good)


class _Pretender:
    """A guard, one method of which does something else."""

    def __init__(self, guard: Guard, **changes: Any) -> None:
        self._guard = guard
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        return self._changes[name] if name in self._changes else getattr(self._guard, name)


class TestHowARequestEnds:
    """The outcome of a request follows from who asks, for what."""

    def test_what_is_permitted_may_run(self, world: World, enforce: Enforce) -> None:
        """A permitted request is not refused, and its access holds who asked, what, about which dossier, and the permit."""
        access = enforce(world.point())

        assert (access.refusal, access.status, access.settled, access.clear) == (None, 200, True, True)
        assert (access.subject, access.dossier, access.dossier_id) == (NURSE, DOSSIERS[OPEN], OPEN)
        assert access.decision
        assert access.answer() is None

    @pytest.mark.parametrize(
        ("dossier", "status", "reason"),
        [
            (HIDDEN, 404, "no_task_need"),
            (UNKNOWN, 404, "input_incomplete"),
            (MALFORMED, 404, "input_incomplete"),
            ("dossier-\x00", 404, "input_incomplete"),
            (" ", 404, "input_incomplete"),
            ("\ud800", 404, "input_incomplete"),
            (OVERSIZED, 404, "input_incomplete"),
            (PAUSED, 403, "objection_pending"),
        ],
    )
    def test_what_is_denied_may_not(
        self, world: World, enforce: Enforce, dossier: str, status: int, reason: str
    ) -> None:
        """A denial is answered 404 where it must stay hidden, as an unknown id, and 403 where it may be known."""
        access = enforce(world.point(), dossier)

        assert (access.status, access.settled, access.clear) == (status, True, False)
        assert access.decision is not None
        assert access.decision.reasons == (Reason(reason),)

    def test_nobody_is_unauthenticated(self, world: World, enforce: Enforce) -> None:
        """Without a subject nothing is decided, and no dossier is looked up."""
        access = enforce(world.point(), person="stranger")

        assert (access.refusal, access.status, access.decision) == (Refusal.UNAUTHENTICATED, 401, None)
        assert world.calls == ["subject"]

    def test_one_who_claims_twice_is_nobody(self, world: World, enforce: Enforce) -> None:
        """A request that says twice who asks is refused without asking who it is."""
        point = world.point()
        access = point.open(READ, Asked(), claimed_twice=True)
        del enforce
        for driver in DRIVERS.values():
            driver(access, {"dossier_id": OPEN})
            assert (access.refusal, world.calls) == (Refusal.UNAUTHENTICATED, [])

    def test_an_endpoint_without_a_mark_is_denied(
        self, world: World, enforce: Enforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No mark, no access, whoever asks; the log names the endpoint and what would be right."""
        point = world.point()
        access = point.open(None, Asked(), endpoint=World.point)

        assert (access.refusal, access.status) == (Refusal.FORBIDDEN, 403)
        assert "the endpoint `World.point` carries no mark; use `requires`, `requires_each` or `exempt`" in caplog.text
        assert enforce(point, wanted=None).status == 403
        assert world.calls == []

    def test_an_exempt_endpoint_runs_without_a_decision(self, world: World, enforce: Enforce) -> None:
        """An exempt endpoint asks nobody anything."""
        access = enforce(world.point(), wanted=marked(exempt("login page")), person="stranger")

        assert (access.refusal, access.decision, access.clear, world.calls) == (None, None, True, [])

    def test_an_endpoint_of_many_dossiers_runs_undecided(self, world: World, enforce: Enforce) -> None:
        """An endpoint that asks for each dossier runs for whoever is known, and is not settled before it has asked."""
        access = enforce(world.point(), wanted=EACH)

        assert (access.refusal, access.settled, access.clear, world.calls) == (None, False, False, ["subject"])
        assert enforce(world.point(), wanted=EACH, person="stranger").status == 401

    def test_an_empty_question_denies(self, world: World, enforce: Enforce) -> None:
        """A mark that states nothing permits nothing, and tells nothing about hidden dossiers."""
        point = world.point()
        outcome = {
            dossier: enforce(point, dossier, wanted=mark(categories=None, purpose=None)).status
            for dossier in (OPEN, HIDDEN, UNKNOWN)
        }

        assert outcome == {OPEN: 403, HIDDEN: 404, UNKNOWN: 404}

    def test_ids_are_uuids_and_each_its_own(self, world: World, enforce: Enforce) -> None:
        """Each access has an id of its own, a UUID of version 8."""
        point = world.point()
        ids = {enforce(point).id for _ in range(5)} | {enforce(world.point()).id}

        assert len(ids) == 6
        assert {UUID(one).version for one in ids} == {8}

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
    def test_a_forked_process_has_ids_of_its_own(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that forks after the application is made does not give two requests one id."""
        point = world.point()
        before = point.id_prefix
        assert point.id_prefix == before
        monkeypatch.setattr(os, "getpid", lambda: -1)

        assert point.id_prefix != before

    def test_the_texts_of_an_access_show_no_values(self, world: World, enforce: Enforce) -> None:
        """What a debugger or an error page may show of an access and its duties names no person and no dossier."""
        point = world.point()
        for access in (
            enforce(point),
            enforce(point, PAUSED),
            enforce(point, person="stranger"),
            enforce(point, wanted=EACH),
        ):
            assert_says_nothing(repr(access))
        access = enforce(point)
        assert access.decision is not None
        duty = Duty(Obligation.ERASE, access.decision, NURSE, DOSSIERS[OPEN], access.request, access.id)
        assert_says_nothing(repr(duty))
        assert repr(duty) == "<Duty erase of <Permit read active>>"


class TestUnknownAndHidden:
    """A dossier that must stay hidden and one that is not there take the same course."""

    def test_the_same_functions_are_called(
        self, world: World, enforce: Enforce, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Resolvers, guard and trail are called in the same order for both."""
        trail = Notebook()
        monkeypatch.setattr(trail, "record", lambda _: world.calls.append("trail"))
        point = world.point(trail=trail)

        def decide(*arguments: Any, **question: Any) -> Any:
            world.calls.append("guard")
            return guard_for().decide(*arguments, **question)

        monkeypatch.setattr(point, "guard", _Pretender(point.guard, decide=decide))
        courses = {}
        for dossier in (HIDDEN, UNKNOWN, MALFORMED):
            world.calls.clear()
            assert enforce(point, dossier).refusal is Refusal.HIDDEN
            courses[dossier] = list(world.calls)

        assert courses[HIDDEN] == courses[UNKNOWN] == courses[MALFORMED] == ["subject", "dossier", "guard", "trail"]

    def test_a_dossier_of_another_id_is_an_unknown_one(
        self, world: World, enforce: Enforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A resolver that reads ids more loosely than they are written opens nothing, and tells nothing."""
        for found in (OPEN, HIDDEN):
            access = enforce(world.point(dossier=give(DOSSIERS[found])), UNKNOWN)

            assert (access.refusal, access.dossier) == (Refusal.HIDDEN, None)
        assert "the dossier resolver returned a dossier of another id" in caplog.text
        assert_says_nothing(caplog.text)

    def test_an_id_that_cannot_be_one_is_decided_too(self, world: World, enforce: Enforce) -> None:
        """An id that is too long or malformed is looked up nowhere, but the guard and the trail are asked all the same."""
        trail = Notebook()
        point = world.point(trail=trail)
        for dossier in (OVERSIZED, "\x00", ""):
            world.calls.clear()
            assert enforce(point, dossier).refusal is Refusal.HIDDEN
            assert world.calls == ["subject"]
        assert [(event.dossier, event.decision.reasons) for event in trail.events] == [
            (None, (Reason.INPUT_INCOMPLETE,))
        ] * 3

    def test_the_answers_are_the_same(self, world: World, enforce: Enforce) -> None:
        """Both leave the answer to the framework, and both would be answered alike."""
        point = world.point()
        hidden, unknown = enforce(point, HIDDEN), enforce(point, UNKNOWN)

        assert hidden.answer() is unknown.answer() is None
        assert hidden.refusal is unknown.refusal

    def test_a_fault_of_the_guard_tells_nothing_either(
        self, world: World, enforce: Enforce, broken_guard: Guard
    ) -> None:
        """When the engine fails, both are answered 503."""
        point = world.point(guard=broken_guard)

        assert {enforce(point, dossier).status for dossier in (OPEN, HIDDEN, UNKNOWN, OVERSIZED)} == {503}

    @pytest.mark.parametrize("receipt", [refuse, lost, dropped, never])
    def test_a_record_that_fails_tells_nothing_either(
        self, world: World, enforce: Enforce, receipt: Callable[[], Future[None] | None]
    ) -> None:
        """When nothing can be recorded, both are answered 503."""
        point = world.point(trail=Notebook(receipt), limit=SOON)

        assert {enforce(point, dossier).status for dossier in (OPEN, HIDDEN, UNKNOWN, OVERSIZED)} == {503}

    def test_a_handler_that_is_slow_tells_nothing_either(self, world: World, enforce: Enforce) -> None:
        """A denial whose obligation takes too long stays hidden; 503 would tell that there is a dossier."""
        point = world.point(guard=guard_for("erase"), handlers={"erase": too_slow_async}, limit=SOON)

        assert {enforce(point, dossier).refusal for dossier in (OVERDUE, HIDDEN, UNKNOWN)} == {Refusal.HIDDEN}

    def test_a_step_up_is_never_asked_for_a_hidden_dossier(self, world: World, enforce: Enforce) -> None:
        """Neither a hidden nor an unknown dossier is challenged, since a challenge says that there is something."""
        point = world.point(authentication=lambda _: world.calls.append("authentication"))
        strict = mark(step_up=StepUp(max_age=300))

        for dossier in (HIDDEN, UNKNOWN, OVERDUE, OVERSIZED):
            assert enforce(point, dossier, wanted=strict).refusal is Refusal.HIDDEN
        assert "authentication" not in world.calls
        assert enforce(point, PAUSED, wanted=strict).refusal is Refusal.FORBIDDEN
        assert enforce(point, OPEN, wanted=strict).refusal is Refusal.IDENTITY


@pytest.fixture
def broken_guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    """A guard whose engine raises."""
    guard = Guard.shipped(fulfils={"redact"})

    def fail(*_: object) -> None:
        raise EngineFailure("need", "no answer")

    monkeypatch.setattr(guard._current.point.engine, "ask", fail)
    return guard


async def too_slow_async(*_: object) -> None:
    """Take too long, and be cancelled."""
    await asyncio.sleep(LATE)


def too_slow(*_: object) -> None:
    """Take too long, in a thread that nobody can stop."""
    time.sleep(LATE)


def boom(*_: object) -> None:
    """Raise what a directory might."""
    raise ConnectionError(f"no directory for {NURSE.id} and {OPEN}")


async def boom_async(*_: object) -> None:
    """Raise while being awaited."""
    await asyncio.sleep(0)
    boom()


def give(value: object) -> Callable[..., object]:
    """Make a resolver that returns something."""
    return lambda *_: value


def exhausted(*_: object) -> object:
    """Forget the default of `next`, as happens."""
    return next(iter(()))


class TestFaults:
    """Whatever goes wrong in a resolver denies with 503, for every dossier alike."""

    WRONG: Final[dict[str, tuple[str, Any]]] = {
        "the subject raises": ("subject", boom),
        "the subject raises later": ("subject", boom_async),
        "the subject is a name": ("subject", give("nele")),
        "the subject is a class": ("subject", give(Subject)),
        "the subject is slow": ("subject", too_slow),
        "the subject is slow and async": ("subject", too_slow_async),
        "the subject is exhausted": ("subject", exhausted),
        "the subject waits for nothing": ("subject", give(7)),
        "the context raises": ("context", boom),
        "the context is a dict": ("context", give({})),
        "the context is slow": ("context", too_slow_async),
        "the context cannot be made": ("context", lambda _: Context(encrypted="yes")),  # type: ignore[arg-type] # a mistake
    }
    WRONG_DOSSIERS: Final[dict[str, Any]] = {
        "raises": boom,
        "raises later": boom_async,
        "is an id": give(OPEN),
        "is a list": give([DOSSIERS[OPEN]]),
        "is slow": too_slow,
        "is slow and async": too_slow_async,
        "is exhausted": exhausted,
        "cannot be made": lambda *_: Dossier("", service="x"),
    }

    @pytest.mark.parametrize(("name", "resolver"), WRONG.values(), ids=WRONG)
    def test_of_who_asks_and_how(self, world: World, enforce: Enforce, name: str, resolver: Any) -> None:
        """A fault that has nothing to do with the dossier is answered 503, whatever the dossier."""
        point = world.point(**{name: resolver}, limit=SOON if "slow" in getattr(resolver, "__name__", "") else 5.0)

        for dossier in (OPEN, UNKNOWN):
            access = enforce(point, dossier)
            assert (access.refusal, access.settled) == (Refusal.UNAVAILABLE, True)
            assert access.decision is not None
            assert access.decision.reasons == (Reason.ENGINE_FAILURE,)

    @pytest.mark.parametrize("resolver", WRONG_DOSSIERS.values(), ids=WRONG_DOSSIERS)
    def test_of_the_dossier(self, world: World, enforce: Enforce, resolver: Any) -> None:
        """A dossier that cannot be had is answered 503."""
        point = world.point(dossier=resolver, limit=SOON if "slow" in getattr(resolver, "__name__", "") else 5.0)

        assert enforce(point).refusal is Refusal.UNAVAILABLE

    @pytest.mark.parametrize("field", ["categories", "group", "purpose"])
    @pytest.mark.parametrize(
        "resolver", [boom, boom_async, give(7), give([7]), exhausted], ids=lambda one: one.__name__
    )
    def test_of_what_is_asked(self, world: World, enforce: Enforce, field: str, resolver: Any) -> None:
        """A resolver of a word that raises, or returns no word, is at fault, not the client."""
        for wanted in (mark(**{field: resolver}), marked(requires_each("read", **{**HEALTH, field: resolver}))):
            assert enforce(world.point(), wanted=wanted).refusal is Refusal.UNAVAILABLE

    def test_a_text_is_no_collection_of_categories(self, world: World, enforce: Enforce) -> None:
        """Categories that come as one text would be read letter by letter: a fault of the resolver."""
        assert enforce(world.point(), wanted=mark(categories=give("health"))).refusal is Refusal.UNAVAILABLE

    def test_a_path_parameter_that_is_not_there(self, world: World, enforce: Enforce) -> None:
        """A mark that names a parameter that the path does not have is answered 503."""
        assert enforce(world.point(), wanted=mark(dossier="number")).refusal is Refusal.UNAVAILABLE

    def test_the_engine(self, world: World, enforce: Enforce, broken_guard: Guard) -> None:
        """A failing engine is answered 503, with the id under which the denial is recorded."""
        trail = Notebook()
        access = enforce(world.point(guard=broken_guard, trail=trail))
        given = access.answer()

        assert given is not None
        assert (given.status, json.loads(given.body)["instance"]) == (503, f"urn:uuid:{access.id}")
        assert [event.id for event in trail.events] == [access.id]

    def test_a_fault_is_recorded_once_who_asks_is_known(self, world: World, enforce: Enforce) -> None:
        """A fault after the subject is known leaves a record; one before cannot."""
        trail = Notebook()
        enforce(world.point(trail=trail, dossier=boom))
        enforce(world.point(trail=trail, dossier=too_slow_async, limit=SOON))
        enforce(world.point(trail=trail, subject=boom))

        assert [(event.subject, event.dossier, event.decision.reasons) for event in trail.events] == [
            (NURSE.id, OPEN, (Reason.ENGINE_FAILURE,))
        ] * 2

    def test_the_log_says_that_a_fault_denied(
        self, world: World, enforce: Enforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log holds the type of the fault, never its text."""
        enforce(world.point(dossier=boom))

        assert "a fault while deciding denies: ConnectionError" in caplog.text
        assert "no directory" not in caplog.text


class TestWhatAClientStates:
    """A word that the client chose, and that is unknown, is the client's mistake."""

    STATED: Final[dict[str, Any]] = {
        "purpose": {"purpose": lambda request: request.headers["x-word"]},
        "group": {"group": lambda request: request.headers["x-word"]},
        "categories": {"categories": lambda request: request.headers["x-word"].split(",")},
    }

    @pytest.mark.parametrize("resolvers", STATED.values(), ids=STATED)
    @pytest.mark.parametrize("kind", [requires, requires_each])
    def test_an_unknown_word_is_answered_400(self, world: World, enforce: Enforce, resolvers: Any, kind: Any) -> None:
        """A purpose, group or category that nobody knows is answered 400, whatever the dossier."""
        wanted = marked(kind("read", **{**HEALTH, **resolvers}))
        outcomes = {
            enforce(world.point(), dossier, wanted=wanted, **{"x-word": "curiosity"}).refusal
            for dossier in (OPEN, HIDDEN, UNKNOWN, OVERSIZED)
        }

        assert outcomes == {Refusal.MALFORMED}

    @pytest.mark.parametrize("field", ["channel", "recipient_type"])
    @pytest.mark.parametrize("wanted", [READ, EACH], ids=["one", "many"])
    def test_an_unknown_circumstance_is_answered_400(
        self, world: World, enforce: Enforce, field: str, wanted: Any
    ) -> None:
        """So is a channel or a type of recipient."""
        point = world.point(context=lambda request: Context(**{field: request.headers["x-word"]}))

        assert enforce(point, wanted=wanted, **{"x-word": "carrier pigeon"}).refusal is Refusal.MALFORMED

    def test_nobody_is_told_nothing_about_words(self, world: World, enforce: Enforce) -> None:
        """Who is not known gets 401, whatever they state."""
        wanted = mark(purpose=lambda request: request.headers["x-word"])

        assert enforce(world.point(), wanted=wanted, person="stranger", **{"x-word": "curiosity"}).status == 401

    def test_known_words_are_asked_about(self, world: World, enforce: Enforce) -> None:
        """Known words, stated by the request, are what is decided on and what is recorded."""
        trail = Notebook()
        wanted = mark(
            purpose=lambda request: request.headers["x-word"],
            categories=lambda _: (word for word in ("health", "housing")),
            group=give(HEALTH["group"]),
        )
        access = enforce(world.point(trail=trail), wanted=wanted, **{"x-word": HEALTH["purpose"]})

        assert access.decision
        assert access.decision.permitted == {"health", "housing"}
        (event,) = trail.events
        assert (event.purpose, event.categories) == (HEALTH["purpose"], frozenset({"health", "housing"}))

    def test_nothing_stated_denies(self, world: World, enforce: Enforce) -> None:
        """A word that is not stated at all denies, as everywhere; it is no mistake."""
        assert enforce(world.point(), wanted=mark(purpose=give(None))).refusal is Refusal.FORBIDDEN
        assert enforce(world.point(), wanted=mark(purpose=give(""))).refusal is Refusal.FORBIDDEN


JUSTIFY: Final = mark(purpose="accountability")


class TestObligations:
    """What goes with a decision is carried out, or it is a denial."""

    GRANTS: Final[dict[str, tuple[str, str, Any, dict[str, Any]]]] = {
        "record_justification": ("joke", OLD, JUSTIFY, {}),
        "record_legal_basis": ("nele", OPEN, mark(purpose="automatic_grant"), {"regulation_ref": "R-1"}),
        "redact_third_party": ("sara", OPEN, mark(purpose="data_subject_rights"), {"case_ref": "C-1"}),
    }

    @pytest.mark.parametrize(("obligation", "grant"), GRANTS.items(), ids=GRANTS)
    def test_the_handler_of_a_permit_is_called(
        self, world: World, enforce: Enforce, obligation: str, grant: Any
    ) -> None:
        """The handler gets a duty with all that it needs; then the endpoint may run."""
        person, dossier, wanted, stated = grant
        duties: list[Duty] = []
        point = world.point(
            guard=guard_for(obligation), handlers={obligation: duties.append}, context=give(Context(**stated))
        )
        access = enforce(point, dossier, wanted=wanted, person=person)

        assert access.refusal is None
        (duty,) = duties
        assert (duty.obligation, duty.decision, duty.request) == (obligation, access.decision, access.request)
        assert (duty.subject, duty.dossier, duty.decision_id) == (access.subject, DOSSIERS[dossier], access.id)

    def test_a_permit_that_nobody_can_meet_is_denied_by_the_guard(self, world: World, enforce: Enforce) -> None:
        """Without the handler the guard does not permit, and the decision says which obligation is missing."""
        access = enforce(world.point(), OLD, wanted=JUSTIFY, person="joke")

        assert access.decision is not None
        assert (access.status, access.decision.unsupported) == (403, frozenset({Obligation.RECORD_JUSTIFICATION}))

    @pytest.mark.parametrize(
        "handler", [boom, boom_async, too_slow, too_slow_async, exhausted], ids=lambda one: one.__name__
    )
    def test_a_permit_whose_handler_fails_is_denied(
        self, world: World, enforce: Enforce, handler: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A handler that raises or takes too long denies with 503; decision and record say what was not carried out."""
        trail = Notebook()
        point = world.point(
            guard=guard_for("record_justification"), handlers={"record_justification": handler}, trail=trail, limit=SOON
        )
        access = enforce(point, OLD, wanted=JUSTIFY, person="joke")

        assert access.decision is not None
        assert (access.status, access.decision.reasons) == (503, (Reason.ENGINE_FAILURE,))
        assert access.decision.unsupported == {Obligation.RECORD_JUSTIFICATION}
        (event,) = trail.events
        assert (event.decision, event.unmet) == (access.decision, frozenset({Obligation.RECORD_JUSTIFICATION}))
        assert "the obligation `record_justification` was not carried out" in caplog.text

    def test_what_comes_after_a_slow_handler_is_not_carried_out_either(self, world: World, enforce: Enforce) -> None:
        """When one handler uses up the time, the obligations after it count as not carried out."""
        stated = Context(channel="office365", encrypted=True, key_holder="agency", exceptional_case_ref="E-1")
        done: list[Duty] = []
        point = world.point(
            guard=guard_for("encrypt_at_rest", "notify_dpo"),
            handlers={"encrypt_at_rest": too_slow_async, "notify_dpo": done.append},
            context=give(stated),
            limit=SOON,
        )
        access = enforce(point)

        assert access.decision is not None
        assert access.decision.unsupported == {Obligation.ENCRYPT_AT_REST, Obligation.NOTIFY_DPO}
        assert done == []

    @pytest.mark.parametrize(
        ("person", "dossier", "wanted", "obligation", "status"),
        [
            ("nele", PAUSED, READ, "notify_dpo", 403),
            ("nele", OVERDUE, READ, "erase", 404),
            ("sara", OPEN, mark(action="disclose", purpose="data_subject_rights"), "verify_identity", 401),
        ],
    )
    @pytest.mark.parametrize(
        "handler", [None, boom, too_slow_async, too_slow], ids=["fine", "raises", "slow", "slow too"]
    )
    def test_the_handler_of_a_denial_is_called_and_changes_nothing(
        self,
        world: World,
        enforce: Enforce,
        person: str,
        dossier: str,
        wanted: Any,
        obligation: str,
        status: int,
        handler: Any,
    ) -> None:
        """A denial is carried out too; whether that works or not, the answer is the same, and the record says it."""
        duties: list[Duty] = []
        trail = Notebook()
        point = world.point(
            guard=guard_for(obligation),
            handlers={obligation: handler or duties.append},
            context=give(Context(case_ref="C-1")),
            trail=trail,
            limit=SOON if handler in {too_slow, too_slow_async} else 5.0,
        )
        access = enforce(point, dossier, wanted=wanted, person=person)

        assert access.status == status
        assert [duty.obligation for duty in duties] == ([obligation] if handler is None else [])
        (event,) = trail.events
        assert event.unmet == (frozenset() if handler is None else {obligation})
        assert event.decision is access.decision

    def test_a_denial_without_a_handler_says_that_nobody_does_it(
        self, world: World, enforce: Enforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An obligation of a denial for which there is no handler is logged and recorded."""
        trail = Notebook()
        assert enforce(world.point(trail=trail), PAUSED).status == 403

        assert trail.events[0].unmet == {Obligation.NOTIFY_DPO}
        assert "the obligation `notify_dpo` was not carried out: nobody does that" in caplog.text

    def test_redaction_is_owed_until_it_is_done(self, world: World, enforce: Enforce) -> None:
        """A permit that leaves something out is owed redaction; no handler is asked for it."""
        access = enforce(world.point(), wanted=mark(categories={"health", "financial"}, mode="redact"))

        assert access.decision
        assert (access.refusal, access.owes_redaction, access.clear) == (None, True, False)


class TestTheTrail:
    """Every decision about somebody is recorded; one that cannot be recorded where it must be is a denial."""

    def test_a_record_holds_the_question_and_the_decision(self, world: World, enforce: Enforce) -> None:
        """A record says who asked what about which dossier, when, and what was decided, under the id of the request."""
        trail = Notebook()
        before = time.time()
        access = enforce(
            world.point(trail=trail, request_id=lambda request: request.headers["x-request-id"]),
            **{"x-request-id": "r-1"},
        )

        (event,) = trail.events
        assert before <= event.moment <= time.time()
        assert (event.id, event.request_id) == (access.id, "r-1")
        assert (event.subject, event.kind, event.organisation) == (NURSE.id, "staff", None)
        assert (event.dossier, event.service, event.action) == (OPEN, HEALTH["purpose"], "read")
        assert (event.categories, event.group, event.purpose) == (
            frozenset({"health"}),
            HEALTH["group"],
            HEALTH["purpose"],
        )
        assert (event.decision, event.unmet) == (access.decision, frozenset())

    @pytest.mark.parametrize("receipt", [kept, lambda: None], ids=["kept", "best effort"])
    def test_a_record_that_is_kept_permits(self, world: World, enforce: Enforce, receipt: Any) -> None:
        """A receipt that says so, or none where none is promised, lets the request pass."""
        assert enforce(world.point(trail=Notebook(receipt), limit=5.0)).refusal is None

    @pytest.mark.parametrize("receipt", [refuse, lost, dropped, never], ids=lambda one: one.__name__)
    def test_a_record_that_is_not_kept_denies(
        self, world: World, enforce: Enforce, receipt: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No record, no access: 503, one try, and a line in the log."""
        trail = Notebook(receipt)
        access = enforce(world.point(trail=trail, limit=SOON))

        assert (access.refusal, len(trail.events)) == (Refusal.UNAVAILABLE, 1)
        assert "denied, since the decision could not be recorded" in caplog.text

    def test_a_receipt_that_comes_later_is_waited_for(self, world: World, enforce: Enforce) -> None:
        """A receipt that comes within the limit, from another thread, lets the request pass."""
        receipt: Future[None] = Future()
        timer = threading.Timer(SOON, receipt.set_result, [None])
        timer.start()
        try:
            assert enforce(world.point(trail=Notebook(lambda: receipt), limit=5.0)).refusal is None
        finally:
            timer.join()

    def test_a_receipt_is_not_cancelled_by_who_waits_for_it(self, world: World, enforce: Enforce) -> None:
        """The trail can still settle a receipt for which a request did not wait any longer."""
        receipt: Future[None] = Future()
        assert enforce(world.point(trail=Notebook(lambda: receipt), limit=SOON)).status == 503

        receipt.set_result(None)

    @pytest.mark.parametrize("fault", [boom, too_slow_async], ids=["raising", "slow"])
    def test_a_fault_and_a_trail_that_fails_are_503_together(self, world: World, enforce: Enforce, fault: Any) -> None:
        """When resolver and trail both fail or are slow, the answer is 503, not an error of the application."""
        for receipt in (refuse, lost, never):
            assert enforce(world.point(dossier=fault, trail=Notebook(receipt), limit=SOON)).status == 503

    def test_a_request_id_that_raises_is_a_record_that_fails(self, world: World, enforce: Enforce) -> None:
        """A record that cannot be made is no record."""
        assert enforce(world.point(trail=Notebook(), request_id=boom)).status == 503

    def test_nobody_is_not_recorded(self, world: World, enforce: Enforce) -> None:
        """Where nothing is decided, there is nothing to record."""
        trail = Notebook()
        point = world.point(trail=trail)
        enforce(point, person="stranger")
        enforce(point, wanted=None)
        enforce(point, wanted=marked(exempt("login page")))
        assert trail.events == []


NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def challenge_of(value: str) -> tuple[str, dict[str, str]]:
    """Read a `WWW-Authenticate` header as RFC 9110 has it: a scheme, and parameters that are quoted."""
    scheme, _, rest = value.partition(" ")
    pattern = r'([a-z_]+)="([^"\\]*)"(?:, |$)'
    assert re.fullmatch(f"(?:{pattern})*", rest), value
    return scheme, dict(re.findall(pattern, rest))


class TestStepUp:
    """Proof of identity, and the challenge of RFC 9470."""

    @pytest.mark.parametrize(
        ("asked", "parameters"),
        [
            ({"max_age": 300}, {"max_age": "300"}),
            ({"acr_values": ["eid", "itsme"]}, {"acr_values": "eid itsme"}),
            ({"acr_values": ["urn:be:eid"], "max_age": 1}, {"acr_values": "urn:be:eid", "max_age": "1"}),
        ],
    )
    def test_the_challenge_parses(self, world: World, enforce: Enforce, asked: Any, parameters: dict[str, str]) -> None:
        """The answer is 401 with a challenge that says what is missing, and a problem document with the id only."""
        access = enforce(world.point(authentication=give(None)), wanted=mark(step_up=StepUp(**asked)))
        given = access.answer()

        assert given is not None
        assert given.status == 401
        expected = {"error": "insufficient_user_authentication", **parameters}
        assert challenge_of(dict(given.headers)["WWW-Authenticate"]) == ("Bearer", expected)
        assert json.loads(given.body).keys() == {"type", "title", "status", "instance"}

    @pytest.mark.parametrize(
        ("minutes", "acr", "met"),
        [
            (1, "eid", True),
            (5, "eid", True),
            (5.01, "eid", False),
            (60 * 24, "eid", False),
            (-0.5, "eid", True),
            (-1.5, "eid", False),
            (1, "password", False),
            (1, None, False),
            (None, "eid", False),
        ],
    )
    def test_the_authentication_is_looked_at(self, minutes: float | None, acr: str | None, met: bool) -> None:  # noqa: FBT001
        """Too old, in the future but for a minute of clock skew, of another class or unknown: not good enough."""
        at = None if minutes is None else NOW - timedelta(minutes=minutes)
        step_up = StepUp(acr_values=["eid"], max_age=300)

        assert step_up.met_by(Authentication(acr=acr, at=at), NOW) is met

    @pytest.mark.parametrize("age", [timedelta(hours=9), timedelta(seconds=-120)], ids=["stale", "in the future"])
    def test_after_a_step_up_it_is_looked_at_again(self, world: World, enforce: Enforce, age: timedelta) -> None:
        """A client that comes back with a better class but a stale or future moment is denied again."""
        wanted = mark(step_up=StepUp(acr_values=["eid"], max_age=300))
        for authentication, refusal in (
            (Authentication(acr="eid", at=datetime.now(UTC) - age), Refusal.IDENTITY),
            (Authentication(acr="eid", at=datetime.now(UTC)), None),
        ):
            assert enforce(world.point(authentication=give(authentication)), wanted=wanted).refusal is refusal

    def test_a_moment_is_needed_only_for_an_age(self) -> None:
        """Without a maximal age the moment does not matter; without an authentication nothing is met."""
        assert StepUp(acr_values=["eid"]).met_by(Authentication(acr="eid"))
        assert not StepUp(acr_values=["eid"]).met_by(None)

    def test_an_endpoint_of_many_dossiers_asks_before_it_runs(self, world: World, enforce: Enforce) -> None:
        """For many dossiers, identity is proved before the first of them."""
        wanted = marked(requires_each("read", step_up=StepUp(max_age=300), **HEALTH))
        access = enforce(world.point(authentication=give(None)), wanted=wanted)

        assert (access.refusal, access.status) == (Refusal.IDENTITY, 401)

    @pytest.mark.parametrize("resolver", [boom, give("eid"), too_slow_async], ids=["raises", "text", "slow"])
    def test_an_authentication_that_cannot_be_had_denies(self, world: World, enforce: Enforce, resolver: Any) -> None:
        """A fault while looking at the authentication is a fault: 503."""
        wanted = mark(step_up=StepUp(max_age=300))

        assert enforce(world.point(authentication=resolver, limit=SOON), wanted=wanted).status == 503

    @pytest.mark.parametrize(("step_up", "extra"), [(None, {}), (StepUp(max_age=60), {"max_age": "60"})])
    def test_the_policy_can_ask_for_proof_too(
        self, world: World, enforce: Enforce, step_up: StepUp | None, extra: Any
    ) -> None:
        """Where only proof of identity is missing by the policy, the challenge is that of the point."""
        point = world.point(step_up=step_up, context=give(Context(case_ref="C-1")))
        access = enforce(point, wanted=mark(action="disclose", purpose="data_subject_rights"), person="sara")
        given = access.answer()

        assert given is not None
        expected = {"error": "insufficient_user_authentication", **extra}
        assert challenge_of(dict(given.headers)["WWW-Authenticate"]) == ("Bearer", expected)

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ({}, "a step-up asks for something; give `acr_values`, `max_age` or both"),
            ({"max_age": 0}, "expected a positive whole number of seconds"),
            ({"max_age": True}, "expected a positive whole number of seconds"),
            ({"max_age": 1.5}, "expected a positive whole number of seconds"),
            ({"acr_values": "eid"}, "expected a collection, not a str"),
            ({"acr_values": ['e"id']}, "holds no space, quote or backslash"),
            ({"acr_values": ["e id"]}, "holds no space, quote or backslash"),
            ({"acr_values": ["e\\id"]}, "holds no space, quote or backslash"),
            ({"acr_values": ["é"]}, "holds no space, quote or backslash"),
            ({"acr_values": ["e\r\nSet-Cookie: x"]}, "an id cannot hold control characters"),
        ],
    )
    def test_a_wrong_step_up_is_refused(self, arguments: Any, text: str) -> None:
        """What could not be asked for, or would break out of the header, is refused."""
        with pytest.raises(InvalidInput) as error:
            StepUp(**arguments)
        assert text in str(error.value)

    @pytest.mark.parametrize("at", [datetime(2026, 11, 24), "2026-11-24", 7])  # noqa: DTZ001 - that is the point
    def test_a_moment_without_a_time_zone_is_refused(self, at: Any) -> None:
        """A moment of authentication has a time zone."""
        with pytest.raises(InvalidInput, match="`at`: expected a datetime with a time zone"):
            Authentication(at=at)

    def test_the_text_of_an_authentication_shows_nothing(self) -> None:
        """How somebody authenticated stays out of texts."""
        assert repr(Authentication(acr="eid", at=NOW)) == "<Authentication>"


class TestAnswers:
    """What the client gets."""

    @pytest.mark.parametrize("refusal", [one for one in Refusal if one is not Refusal.HIDDEN])
    def test_an_answer_is_a_problem_document_that_says_little(self, refusal: Refusal) -> None:
        """Type, title, status and the id of the decision: nothing else, and never stored by a cache."""
        given = answer(refusal, "00000000-0000-8000-8000-000000000001", None)
        headers = dict(given.headers)

        assert headers["Content-Type"] == "application/problem+json"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Length"] == str(len(given.body))
        assert json.loads(given.body) == {
            "type": "about:blank",
            "title": STATUS[refusal].phrase,
            "status": given.status,
            "instance": "urn:uuid:00000000-0000-8000-8000-000000000001",
        }
        assert ("WWW-Authenticate" in headers) is (given.status == 401)

    def test_without_a_decision_there_is_no_id(self) -> None:
        """Where nothing was decided, the document holds no id."""
        assert json.loads(answer(Refusal.UNAUTHENTICATED, None, None).body).keys() == {"type", "title", "status"}

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"person": "stranger"}, Refusal.UNAUTHENTICATED),
            ({"wanted": None}, Refusal.FORBIDDEN),
            ({"dossier": PAUSED}, Refusal.FORBIDDEN),
            ({"dossier": HIDDEN}, Refusal.HIDDEN),
        ],
    )
    def test_an_access_answers_for_its_refusal(
        self, world: World, enforce: Enforce, change: Any, refusal: Refusal
    ) -> None:
        """The answer of an access has the status of its refusal; a hidden one is left to the framework."""
        access = enforce(world.point(), **change)
        given = access.answer()

        assert (access.refusal, access.status) == (refusal, STATUS[refusal])
        assert (None if given is None else given.status) == (None if refusal is Refusal.HIDDEN else STATUS[refusal])


class TestClaims:
    """A header that says twice who asks is not believed."""

    NAMES: Final = frozenset({b"authorization", b"x-remote-user"})

    @pytest.mark.parametrize(
        ("names", "twice"),
        [
            ([], False),
            ([b"authorization"], False),
            ([b"authorization", b"x-remote-user"], False),
            ([b"accept", b"accept", b"authorization"], False),
            ([b"authorization", b"authorization"], True),
            ([b"x-remote-user", b"authorization", b"x-remote-user"], True),
        ],
    )
    def test_among_headers_in_a_list(self, names: list[bytes], twice: bool) -> None:  # noqa: FBT001
        """Only the headers that say who asks count, and each may come once."""
        assert repeated([(name, b"x") for name in names], self.NAMES) is twice

    @pytest.mark.parametrize(
        ("environ", "twice"),
        [
            ({}, False),
            ({"HTTP_AUTHORIZATION": "Bearer a"}, False),
            ({"HTTP_AUTHORIZATION": 'Digest username="a", realm="b"'}, False),
            ({"HTTP_AUTHORIZATION": "Bearer a,Bearer b"}, True),
            ({"HTTP_AUTHORIZATION": "bearer a, Digest b"}, True),
            ({"HTTP_AUTHORIZATION": "Basic a,Basic b"}, True),
            ({"HTTP_X_REMOTE_USER": "a,b"}, True),
            ({"HTTP_X_REMOTE_USER": "a"}, False),
            ({"HTTP_ACCEPT": "a,b"}, False),
        ],
    )
    def test_where_a_server_has_joined_them(self, environ: dict[str, str], twice: bool) -> None:  # noqa: FBT001
        """Where a server joins repeated headers with a comma, the comma gives it away."""
        assert joined(environ, self.NAMES) is twice

    @pytest.mark.parametrize(
        ("cookies", "twice"),
        [
            ([b"session=a; theme=dark"], False),
            ([b"session=a", b"theme=dark"], False),
            ([b"session=a; session=a"], False),
            ([b"session=a; session=b"], True),
            ([b"session=a", b"theme=dark; session=b"], True),
        ],
    )
    def test_among_cookies(self, cookies: list[bytes], *, twice: bool) -> None:
        """Cookies may come in several headers, as HTTP/2 sends them, but none may say two things."""
        names = frozenset({b"cookie"})

        assert repeated([(b"cookie", value) for value in cookies], names) is twice
        assert joined({"HTTP_COOKIE": b"; ".join(cookies).decode()}, names) is twice


class TestManyDossiers:
    """An endpoint that shows many dossiers asks for each of them."""

    WANTED: Final = (DOSSIERS[OPEN], DOSSIERS[HIDDEN], DOSSIERS[PAUSED], DOSSIERS[OTHER])

    @staticmethod
    def select(access: Access[Any], dossiers: Any, *, on_a_loop: bool) -> Any:
        """Select as the endpoint would."""
        if not on_a_loop:
            return access.select(dossiers)

        async def select() -> Any:
            return await access.aselect(dossiers)

        return asyncio.run(select())

    @pytest.fixture(params=[False, True], ids=["select", "aselect"])
    def selected(self, request: pytest.FixtureRequest) -> Callable[..., Any]:
        """Select in both ways, after the enforcement point has let the endpoint through."""

        def select(
            point: EnforcementPoint[Any], dossiers: Any = self.WANTED, wanted: Any = EACH
        ) -> tuple[Access[Any], Any]:
            access = enforced(in_thread, point, wanted=wanted)
            return access, self.select(access, dossiers, on_a_loop=request.param)

        return select

    def test_what_is_permitted_is_kept_in_order(self, world: World, selected: Any) -> None:
        """The permitted dossiers come back with their permits, and the endpoint may answer."""
        access, shown = selected(world.point())

        assert [one.dossier.id for one in shown] == [OPEN, OTHER]
        assert all(one.decision for one in shown)
        assert (access.settled, access.clear, access.permitted) == (True, True, shown)
        assert_says_nothing(repr(shown))

    def test_nothing_asked_is_nothing_shown(self, world: World, selected: Any) -> None:
        """An empty list is settled too."""
        access, shown = selected(world.point(), ())

        assert (shown, access.settled, access.clear) == ([], True, False)

    def test_each_decision_is_recorded(self, world: World, selected: Any) -> None:
        """Every dossier asked about leaves a record, permitted or not."""
        trail = Notebook()
        selected(world.point(trail=trail))

        assert [(event.dossier, bool(event.decision)) for event in trail.events] == [
            (OPEN, True), (HIDDEN, False), (PAUSED, False), (OTHER, True),
        ]  # fmt: skip
        assert len({event.id for event in trail.events}) == len(trail.events)

    def test_records_are_stored_together(self, world: World, selected: Any) -> None:
        """All decisions are handed over before the first receipt is waited for, so that a long list takes one wait."""
        receipts: list[Future[None]] = []

        def receipt() -> Future[None]:
            receipts.append(Future())
            if len(receipts) == len(self.WANTED):
                for one in receipts:
                    one.set_result(None)
            return receipts[-1]

        _, shown = selected(world.point(trail=Notebook(receipt), limit=5.0))

        assert [one.dossier.id for one in shown] == [OPEN, OTHER]

    def test_a_list_that_takes_too_long_is_recorded_as_denied(self, world: World) -> None:
        """Whatever was recorded for each dossier, the last record says that a fault denied the request."""
        trail = Notebook(never)
        access = enforced(on_loop, world.point(trail=trail, limit=SOON), wanted=EACH)
        with pytest.raises(AccessDenied):
            self.select(access, self.WANTED, on_a_loop=True)

        last = trail.events[-1]
        assert (last.decision.reasons, last.dossier, last.id) == ((Reason.ENGINE_FAILURE,), None, access.id)

    @pytest.mark.parametrize("on_a_loop", [False, True])
    def test_a_denial_that_an_endpoint_raises_has_a_record_of_its_own(self, world: World, *, on_a_loop: bool) -> None:
        """A further question that is denied is recorded under the id that the client gets, with what it asked."""
        trail = Notebook()
        access = enforced(in_thread, world.point(trail=trail))
        with pytest.raises(AccessDenied) as error:
            guard_for().require(NURSE, "delete", DOSSIERS[PAUSED], **HEALTH)
        if on_a_loop:
            asyncio.run(access.point.adenied(access, error.value))
        else:
            access.point.denied(access, error.value)

        first, second = trail.events
        assert (bool(first.decision), bool(second.decision)) == (True, False)
        assert (second.action, second.dossier, second.id) == ("delete", PAUSED, access.id)
        assert first.id != second.id
        assert access.refusal is not None

    def test_a_denial_about_an_unknown_dossier_is_of_no_dossier(self, world: World) -> None:
        """A denial that an application makes itself says nothing about the dossier of the request."""
        trail = Notebook()
        access = enforced(in_thread, world.point(trail=trail))
        access.point.denied(access, AccessDenied(guard_for().decide(NURSE, "delete", DOSSIERS[PAUSED], **HEALTH)))

        assert [(event.action, event.dossier) for event in trail.events] == [("read", OPEN), ("delete", None)]
        assert access.refusal is not None

    def test_a_raised_denial_that_cannot_be_recorded_in_time_is_unavailable(self, world: World) -> None:
        """Nobody knows whether it is recorded, so the client is not told what was decided."""
        receipts = iter([kept(), never()])
        access = enforced(in_thread, world.point(trail=Notebook(lambda: next(receipts)), limit=SOON))
        error = AccessDenied(guard_for().decide(NURSE, "delete", DOSSIERS[PAUSED], **HEALTH))
        asyncio.run(access.point.adenied(access, error))

        assert access.refusal is Refusal.UNAVAILABLE

    def test_a_record_that_fails_denies_all(self, world: World, selected: Any) -> None:
        """If one decision cannot be recorded, nothing is shown."""
        for receipt in (refuse, lost, never):
            with pytest.raises(AccessDenied) as error:
                selected(world.point(trail=Notebook(receipt), limit=SOON))
            assert error.value.decision.reasons == (Reason.ENGINE_FAILURE,)

    def test_a_broken_engine_denies_all(self, world: World, selected: Any, broken_guard: Guard) -> None:
        """If the engine fails, nothing is shown."""
        with pytest.raises(AccessDenied):
            selected(world.point(guard=broken_guard))

    def test_after_a_failure_the_access_is_refused(self, world: World, broken_guard: Guard) -> None:
        """An endpoint that catches the denial is still refused."""
        for on_a_loop in (False, True):
            access = enforced(in_thread, world.point(guard=broken_guard), wanted=EACH)
            with pytest.raises(AccessDenied):
                self.select(access, self.WANTED, on_a_loop=on_a_loop)
            assert (access.refusal, access.settled, access.clear) == (Refusal.UNAVAILABLE, False, False)

    @pytest.mark.parametrize("handler", [boom, too_slow_async], ids=["raising", "slow"])
    def test_an_obligation_that_fails_denies_all(self, world: World, selected: Any, handler: Any) -> None:
        """If an obligation of a permit cannot be carried out, nothing is shown."""
        point = world.point(
            guard=guard_for("record_legal_basis"),
            handlers={"record_legal_basis": handler},
            context=give(Context(regulation_ref="R-1")),
            limit=SOON,
        )
        with pytest.raises(AccessDenied):
            selected(point, wanted=marked(requires_each("read", **{**HEALTH, "purpose": "automatic_grant"})))

    @pytest.mark.parametrize("dossiers", [OPEN, None, [OPEN], [DOSSIERS[OPEN], None]])
    def test_only_dossiers_can_be_asked_about(self, world: World, selected: Any, dossiers: Any) -> None:
        """Ids or nothing at all are refused."""
        with pytest.raises(InvalidInput, match="`dossiers`"):
            selected(world.point(), dossiers)

    def test_only_an_endpoint_that_asks_for_each_can_select(self, world: World, selected: Any) -> None:
        """An endpoint with another mark, or none, cannot select."""
        for wanted in (READ, marked(exempt("login page")), None):
            with pytest.raises(LookupError, match="only an endpoint marked with `requires_each`"):
                selected(world.point(), wanted=wanted)

    def test_nobody_can_select(self, world: World) -> None:
        """An access that was refused cannot select."""
        access = enforced(in_thread, world.point(), wanted=EACH, person="stranger")

        with pytest.raises(LookupError):
            access.select(self.WANTED)


class TestDrivers:
    """Functions of every kind are called rightly, in a thread and on a loop."""

    @staticmethod
    async def later(_: object, name: str) -> Dossier | None:
        """Wait several times before answering."""
        for _pause in range(3):
            await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return DOSSIERS.get(name)

    @staticmethod
    async def with_a_limit_of_its_own(_: object, name: str) -> Dossier | None:
        """Give up on a slow replica, and go to another one."""
        try:
            async with asyncio.timeout(0.001):
                await asyncio.sleep(LATE)
        except TimeoutError:
            return DOSSIERS.get(name)
        return None

    @staticmethod
    async def with_children(_: object, name: str) -> Dossier | None:
        """Look in two places at once."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0, DOSSIERS.get(name))) for _ in range(2)]
        return tasks[0].result()

    @staticmethod
    def awaitable(_: object, name: str) -> Awaitable[Dossier | None]:
        """Return something to await, from a plain function."""
        return asyncio.sleep(0, DOSSIERS.get(name))

    @dataclass
    class Directory:
        """An object that can be called, and cannot be hashed."""

        calls: int = 0

        def __call__(self, _: object, name: str) -> Dossier | None:
            """Find a dossier."""
            self.calls += 1
            return DOSSIERS.get(name)

    class AsyncDirectory:
        """An object whose call is async."""

        async def __call__(self, _: object, name: str) -> Dossier | None:
            """Find a dossier."""
            await asyncio.sleep(0)
            return DOSSIERS.get(name)

        async def find(self, _: object, name: str) -> Dossier | None:
            """Find a dossier."""
            return DOSSIERS.get(name)

    RESOLVERS: Final[dict[str, Any]] = {
        "plain": lambda _, name: DOSSIERS.get(name),
        "suspending": later,
        "with a limit of its own": with_a_limit_of_its_own,
        "with children": with_children,
        "an awaitable from a plain function": awaitable,
        "an object": Directory(),
        "an async object": AsyncDirectory(),
        "an async method": AsyncDirectory().find,
        "a partial": partial(later),
        "a partial of a plain function": partial(lambda _, name, found: found.get(name), found=DOSSIERS),
        "a method of a dict": lambda _, name: DOSSIERS.get(name),
    }

    @pytest.mark.parametrize("resolver", RESOLVERS.values(), ids=RESOLVERS)
    def test_every_kind_of_function_is_called(self, world: World, enforce: Enforce, resolver: Any) -> None:
        """Whatever kind of function it is, its answer counts, and a hidden dossier stays hidden."""
        point = world.point(dossier=resolver, limit=5.0)

        assert [enforce(point, dossier).status for dossier in (OPEN, HIDDEN, UNKNOWN, PAUSED)] == [200, 404, 404, 403]

    def test_a_slow_async_function_is_cancelled(self, world: World) -> None:
        """On a loop, what is still running at the limit is cancelled, and cleans up."""
        cleaned: list[str] = []

        async def slow(*_: object) -> None:
            try:
                await asyncio.sleep(LATE)
            finally:
                cleaned.append("cleaned")

        begun = time.monotonic()
        assert enforced(on_loop, world.point(dossier=slow, limit=SOON)).status == 503
        assert cleaned == ["cleaned"]
        assert time.monotonic() - begun < LATE

    def test_one_that_will_not_be_cancelled_gives_no_access(self, world: World, enforce: Enforce) -> None:
        """A function that catches its cancellation and answers too late is not believed."""

        async def stubborn(_: object, name: str) -> Dossier | None:
            try:
                await asyncio.sleep(LATE)
            except asyncio.CancelledError:
                await asyncio.sleep(0)
            return DOSSIERS.get(name)

        assert enforce(world.point(dossier=stubborn, limit=SOON)).status == 503

    def test_one_that_cancels_itself_gives_no_access(self, world: World) -> None:
        """A cancellation that comes from within ends the request like one from without; nothing is granted."""

        async def cancelled(*_: object) -> None:
            raise asyncio.CancelledError

        access = world.point(dossier=cancelled).open(READ, Asked())
        with pytest.raises(asyncio.CancelledError):
            on_loop(access, {"dossier_id": OPEN})
        assert (access.clear, access.settled) == (False, False)

    @pytest.mark.parametrize("where", ["subject", "dossier", "handler", "trail"])
    def test_a_client_that_goes_away_leaves_nothing_behind(self, world: World, where: str) -> None:
        """When the task of a request is cancelled, nothing keeps running, and nothing is granted."""
        begun: list[str] = []

        async def wait(*_: object) -> None:
            begun.append(where)
            await asyncio.sleep(LATE)

        def receipt() -> Future[None]:
            begun.append(where)
            return never()

        changes: Any = {
            "subject": {"subject": wait},
            "dossier": {"dossier": wait},
            "handler": {"guard": guard_for("record_justification"), "handlers": {"record_justification": wait}},
            "trail": {"trail": Notebook(receipt)},
        }[where]
        access = world.point(**changes).open(JUSTIFY, Asked({"x-person": "joke"}))

        async def serve() -> None:
            task = asyncio.create_task(access.point.aenforce(access, {"dossier_id": OLD}))
            while not begun:  # noqa: ASYNC110 - what begins is not always a coroutine
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(serve())
        assert (access.settled, access.clear) == (False, False)

    def test_context_variables_reach_functions_of_every_kind(self, world: World) -> None:
        """What a middleware put into a context variable is there in plain and in async functions."""
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("tenant")
        seen: list[str] = []

        def subject(_: object) -> Subject:
            seen.append(variable.get())
            return NURSE

        async def dossier(_: object, name: str) -> Dossier | None:
            seen.append(variable.get())
            return DOSSIERS.get(name)

        variable.set("ghent")
        for driver in DRIVERS.values():
            assert enforced(driver, world.point(subject=subject, dossier=dossier)).refusal is None
        assert seen == ["ghent"] * 4

    def test_a_context_variable_set_by_an_async_function_stays_set(self, world: World) -> None:
        """An async resolver runs in the task of the request, so that what it sets is seen afterwards."""
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="none")

        async def subject(_: object) -> Subject:
            variable.set("before")
            await asyncio.sleep(0)
            variable.set("after")
            return NURSE

        async def serve() -> str:
            access = world.point(subject=subject).open(READ, Asked())
            await access.point.aenforce(access, {"dossier_id": OPEN})
            return variable.get()

        assert asyncio.run(serve()) == "after"

    def test_plain_functions_of_a_synchronous_application_run_in_its_thread(self, world: World) -> None:
        """In a synchronous application, plain functions share the thread, and so its connections."""
        seen: list[int] = []

        def subject(_: object) -> Subject:
            seen.append(threading.get_ident())
            return NURSE

        enforced(in_thread, world.point(subject=subject))
        assert seen == [threading.get_ident()]

    def test_plain_functions_do_not_hold_up_the_loop(self, world: World) -> None:
        """On a loop, a plain function runs in another thread, and others go on meanwhile."""
        held = threading.Event()

        def subject(_: object) -> Subject:
            assert held.wait(5)
            return NURSE

        async def serve() -> Access[Any]:
            access = world.point(subject=subject, limit=5.0).open(READ, Asked())
            task = asyncio.create_task(access.point.aenforce(access, {"dossier_id": OPEN}))
            await asyncio.sleep(0.01)
            assert not task.done()
            held.set()
            await task
            return access

        assert asyncio.run(serve()).refusal is None


WHIMS: Final[dict[str, Any]] = {
    "right": None,
    "nothing": give(None),
    "raises": boom,
    "raises later": boom_async,
    "exhausted": exhausted,
    "a number": give(7),
    "a class": give(Dossier),
    "true": give(True),
    "an awaitable": lambda *_: asyncio.sleep(0, None),
}
"""What a resolver may do."""


@st.composite
def whims(draw: st.DrawFn, *others: str) -> str:
    """Draw what a resolver does: mostly what it should."""
    return draw(st.sampled_from(["right", "right", "right", *WHIMS, *others]))


class TestAlways:
    """Properties that hold whatever resolvers do."""

    @staticmethod
    def outcome(
        driver: Any, whim: Mapping[str, str], person: str, dossier: str, words: Mapping[str, Any], limit: float = 5.0
    ) -> Any:
        """Ask, with resolvers that do what they like, and check that access needs a permit of the guard."""
        world = World()
        resolvers = {name: WHIMS[done] for name, done in whim.items() if done != "right"}
        context = resolvers.pop("context", give(Context(case_ref="C-1")))
        point = world.point(**resolvers, context=context, limit=limit)
        wanted = mark(**{name: give(word) for name, word in words.items()})
        access = enforced(driver, point, dossier, person=person, wanted=wanted)
        if access.refusal is None:
            assert set(whim.values()) <= {"right", "nothing", "an awaitable"}
            assert access.settled
            assert access.decision
            subject: Any = access.subject
            assert guard_for().decide(subject, "read", DOSSIERS[dossier], **access.question)
        return access.refusal, access.decision

    @HEAVY
    @given(
        whim=st.fixed_dictionaries({"subject": whims(), "dossier": whims(), "context": whims()}),
        person=st.sampled_from(["nele", "nele", "joke", "sara", "stranger"]),
        dossier=st.sampled_from([OPEN, OPEN, *DOSSIERS, UNKNOWN, OVERSIZED, ""]),
        words=st.fixed_dictionaries({
            "categories": st.sampled_from([{"health"}, {"health"}, {"financial"}, set(), None, {"helth"}, 7, "health"]),
            "purpose": st.sampled_from([HEALTH["purpose"], HEALTH["purpose"], "accountability", "data_subject_rights", None, "", "x", 7]),
        }),
    )  # fmt: skip
    def test_access_needs_a_permit_and_both_drivers_agree(
        self, whim: dict[str, str], person: str, dossier: str, words: dict[str, Any]
    ) -> None:
        """No access without a permit of the guard for that request, and the same outcome in a thread and on a loop."""
        outcomes = [self.outcome(driver, whim, person, dossier, words) for driver in DRIVERS.values()]

        assert outcomes[0] == outcomes[1]

    @FEW
    @given(
        slow=st.sampled_from(["subject", "dossier", "context"]),
        person=st.sampled_from(["nele", "joke", "stranger"]),
        dossier=st.sampled_from([OPEN, PAUSED, HIDDEN, UNKNOWN]),
    )
    def test_what_is_slow_gives_no_access(self, slow: str, person: str, dossier: str) -> None:
        """A resolver that is too slow gives no access, whoever asks about which dossier."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(WHIMS, "slow", too_slow_async)
            for driver in DRIVERS.values():
                assert self.outcome(driver, {slow: "slow"}, person, dossier, {}, limit=0.01)[0] is not None
