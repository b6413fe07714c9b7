"""The enforcement point of an application: what it is made of, and the outcome of a request."""

from __future__ import annotations

import inspect
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from math import inf
from typing import Any, Final, Generic, TypeVar

from kg_access.audit.trail import Trail
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access, Permitted
from kg_access.enforcement.answers import Refusal
from kg_access.enforcement.course import (
    course_of_delay,
    course_of_raised,
    course_of_request,
    course_of_selection,
    late_denial,
    late_selection,
)
from kg_access.enforcement.drivers import TooSlowError, arun, run
from kg_access.enforcement.duties import Handler, read_handlers
from kg_access.enforcement.marks import Exemption, Later, Mark, Requirement
from kg_access.enforcement.step_up import Authentication, StepUp
from kg_access.errors import AccessDenied, InvalidInput, UnknownTerm, quoted
from kg_access.guard import Guard
from kg_access.reading import identifiers
from kg_access.request import Context
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation

Request = TypeVar("Request")
Found = TypeVar("Found")

MARKS: Final = "use `requires`, `requires_each` or `exempt`"

log = logging.getLogger("kg_access.enforcement")


class EnforcementPoint(Generic[Request]):
    """
    Enforces the decisions of a guard in one application, whatever its framework.

    Resolvers and handlers may be plain functions or async ones. An asynchronous application awaits the async ones and
    runs plain ones in a thread; a resolver that only looks something up in memory is cheapest as an async function.

    Args:
        guard: Who decides. Its `fulfils` must name `redact`, and exactly the other obligations that have a handler.
        subject: Finds out who asks, from the request; returns `None` for nobody, which is answered with 401.
        dossier: Finds a dossier, from the request and an id; returns `None` for an unknown id, which is answered
            like a hidden dossier.
        context: States the circumstances, from the request; nothing is stated without it.
        authentication: Tells how the person authenticated, from the request; needed for marks with a step-up.
        step_up: The proof of identity to ask for where the policy wants identity proved (RFC 9470).
        request_id: Gives the id under which the request is known elsewhere, from the request.
        handlers: By obligation, the function that carries it out; one that fails denies.
        trail: Where decisions are recorded; without it, only the logger `kg_access.decisions` hears of them.
        limit: The seconds that resolvers and handlers may take together; after that the answer is 503.
        identity_headers: The headers that say who asks; a request in which one comes twice is answered with 401.

    Attributes:
        alarms: How many responses the tripwire has stopped.

    Raises:
        InvalidInput: An argument has the wrong type, or handlers and guard do not agree.
        UnknownTerm: An obligation is unknown.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        subject: Callable[[Request], Later[Subject]],
        dossier: Callable[[Request, str], Later[Dossier]],
        context: Callable[[Request], Later[Context]] | None = None,
        authentication: Callable[[Request], Later[Authentication]] | None = None,
        step_up: StepUp | None = None,
        request_id: Callable[[Request], str | None] | None = None,
        handlers: Mapping[str, Handler] | None = None,
        trail: Trail | None = None,
        limit: float = 2.0,
        identity_headers: Iterable[str] = ("authorization",),
    ) -> None:
        _check_arguments(guard, step_up, trail, request_id, limit)
        self.identity_headers = frozenset(
            name.lower().encode() for name in identifiers("identity_headers", identity_headers)
        )
        self.alarms = 0
        self.guard = guard
        self.step_up = step_up
        self.subject_resolver = _resolver("subject", subject)
        self.dossier_resolver = _resolver("dossier", dossier)
        self.context_resolver = None if context is None else _resolver("context", context)
        self.authentication_resolver = None if authentication is None else _resolver("authentication", authentication)
        self.request_id_resolver = None if request_id is None else _resolver("request_id", request_id)
        self.handlers = read_handlers(handlers, guard.fulfils)
        self.trail = trail
        self._limit = limit
        self._checked: set[Mark] = set()
        self._questions: dict[Requirement, dict[str, Any]] = {}
        self._process, self._id_prefix, self._numbers = os.getpid(), _id_prefix(), count(1)

    def __repr__(self) -> str:
        return f"<EnforcementPoint of {self.guard!r}>"

    @property
    def id_prefix(self) -> str:
        """The first part of the ids under which decisions are recorded; another one in each forked process."""
        if self._process != os.getpid():
            self._process, self._id_prefix = os.getpid(), _id_prefix()
        return self._id_prefix

    def new_number(self) -> int:
        """Give the number of the next decision in this process."""
        return next(self._numbers)

    def check(self, mark: Mark) -> None:
        """
        Hold a mark against the policy, so that a wrong word is found before the first request.

        Args:
            mark: The mark.

        Raises:
            UnknownTerm: A word of the mark is not in the vocabulary of the policy.
            InvalidInput: The mark asks for a step-up, but nothing tells how people authenticate.
        """
        if mark in self._checked:
            return
        if isinstance(mark, Requirement):
            self._check(mark)
            asked = {"categories": mark.categories, "group": mark.group, "purpose": mark.purpose, "context": None}
            if self.context_resolver is None and not any(map(callable, asked.values())):
                self._questions[mark] = asked
        self._checked.add(mark)

    def open(
        self, mark: Mark | None, request: Request, *, endpoint: object = None, claimed_twice: bool = False
    ) -> Access[Request]:
        """
        Begin with a request, before anything is decided.

        Args:
            mark: The mark of the endpoint; `None` when it has none, which is refused.
            request: The request, as the framework knows it.
            endpoint: The endpoint, to name it where it has no mark.
            claimed_twice: Whether a header says twice who asks, which is refused.
        """
        access = Access(self, mark, request, self.new_number())
        if isinstance(mark, Requirement):
            access.shape = mark.shape
            if claimed_twice:
                access.refusal = Refusal.UNAUTHENTICATED
            elif mark not in self._checked:
                self._check_first(access, mark, endpoint)
        elif isinstance(mark, Exemption):
            access.settled = True
        else:
            access.refusal = Refusal.FORBIDDEN
            log.error("denied, since the endpoint %s carries no mark; %s", _name(endpoint), MARKS)
        return access

    def enforce(self, access: Access[Request], parameters: Mapping[str, Any]) -> None:
        """
        Find out whether an endpoint may run, in a synchronous application.

        Args:
            access: What `open` gave; it holds the outcome afterwards.
            parameters: The path parameters of the request.
        """
        if access.refusal is None and isinstance(access.mark, Requirement):
            mark = access.mark
            run(lambda caller: course_of_request(caller, self, access, mark, parameters), self._limit)

    async def aenforce(self, access: Access[Request], parameters: Mapping[str, Any]) -> None:
        """
        Find out whether an endpoint may run, in an asynchronous application.

        Args:
            access: What `open` gave; it holds the outcome afterwards.
            parameters: The path parameters of the request.
        """
        if access.refusal is None and isinstance(access.mark, Requirement):
            mark = access.mark
            try:
                await arun(lambda caller: course_of_request(caller, self, access, mark, parameters), self._limit)
            except TooSlowError:
                await self._delay(access)

    async def _delay(self, access: Access[Request]) -> None:
        try:
            await arun(lambda caller: course_of_delay(caller, self, access), self._limit)
        except TooSlowError:  # the record was too slow as well, and will not be waited for again
            await arun(lambda caller: course_of_delay(caller, self, access), self._limit)

    def select(self, access: Access[Request], dossiers: Iterable[Dossier]) -> list[Permitted]:
        """
        Ask for each of many dossiers, in a synchronous application; see `Access.select`.

        Args:
            access: The access of the request.
            dossiers: The dossiers.
        """
        try:
            return run(lambda caller: course_of_selection(caller, self, access, dossiers), self._limit)
        except TooSlowError:
            raise late_selection(self, access) from None

    async def aselect(self, access: Access[Request], dossiers: Iterable[Dossier]) -> list[Permitted]:
        """
        Ask for each of many dossiers, in an asynchronous application; see `Access.select`.

        Args:
            access: The access of the request.
            dossiers: The dossiers.
        """
        try:
            return await arun(lambda caller: course_of_selection(caller, self, access, dossiers), self._limit)
        except TooSlowError:
            raise late_selection(self, access) from None

    def denied(self, access: Access[Request], error: AccessDenied) -> None:
        """
        Note a denial that an endpoint raised, in a synchronous application.

        Args:
            access: The access of the request.
            error: The denial.
        """
        run(lambda caller: course_of_raised(caller, self, access, error), self._limit)

    async def adenied(self, access: Access[Request], error: AccessDenied) -> None:
        """
        Note a denial that an endpoint raised, in an asynchronous application.

        Args:
            access: The access of the request.
            error: The denial.
        """
        try:
            await arun(lambda caller: course_of_raised(caller, self, access, error), self._limit)
        except TooSlowError:
            late_denial(access, error)

    def static_question(self, mark: Requirement) -> dict[str, Any] | None:
        """
        Give what a mark asks about when that is the same for every request; `None` when it is not.

        Args:
            mark: The mark.
        """
        return self._questions.get(mark)

    def check_words(self, question: Mapping[str, Any]) -> None:
        """
        Hold the words of a question against the policy, for an endpoint that will ask it itself.

        Args:
            question: What will be asked about each dossier: categories, group, purpose and context.

        Raises:
            UnknownTerm: A word is not in the vocabulary of the policy.
        """
        vocabulary, context = self.guard.policy.vocabulary, question["context"]
        for category in sorted(question["categories"] or ()):
            _known("categories", category, vocabulary.categories)
        _known("group", question["group"], vocabulary.groups)
        _known("purpose", question["purpose"], vocabulary.purposes)
        if context is not None:
            _known("channel", context.channel, vocabulary.channels)
            _known("recipient_type", context.recipient_type, vocabulary.recipient_types)

    def alarm(self, wrong: str) -> None:
        """
        Count and report a response that the tripwire stopped.

        Args:
            wrong: What was wrong with it, without anything personal.
        """
        self.alarms += 1
        log.critical("a response was stopped: %s", wrong)

    def _check_first(self, access: Access[Request], mark: Requirement, endpoint: object) -> None:
        try:
            self.check(mark)
        except InvalidInput as error:
            access.refusal = Refusal.UNAVAILABLE
            log.error("denied, since the mark of the endpoint %s is wrong: %s", _name(endpoint), error)  # noqa: TRY400 - says it all

    def _check(self, mark: Requirement) -> None:
        asked = {name: getattr(mark, name) for name in ("categories", "group", "purpose")}
        self.check_words(
            {name: None if callable(value) else value for name, value in asked.items()} | {"context": None}
        )
        if mark.step_up is not None and self.authentication_resolver is None:
            raise InvalidInput(
                "authentication", "a mark asks for a step-up; tell the enforcement point how people authenticate"
            )


def _check_arguments(guard: object, step_up: object, trail: object, request_id: object, limit: object) -> None:
    if not isinstance(guard, Guard):
        raise InvalidInput("guard", f"expected a Guard, not a {type(guard).__name__}")
    if Obligation.REDACT not in guard.fulfils:
        raise InvalidInput("guard", "an enforcement point redacts; make the guard with `redact` in `fulfils`")
    if step_up is not None and not isinstance(step_up, StepUp):
        raise InvalidInput("step_up", f"expected a StepUp, not a {type(step_up).__name__}")
    if trail is not None and not isinstance(trail, Trail):
        raise InvalidInput("trail", f"expected a Trail, not a {type(trail).__name__}")
    if inspect.iscoroutinefunction(request_id):
        raise InvalidInput("request_id", "expected a plain function, not an async one")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < inf:
        raise InvalidInput("limit", "expected a positive number of seconds")


def _resolver(name: str, resolver: Callable[..., Found]) -> Callable[..., Found]:
    if not callable(resolver):
        raise InvalidInput(name, f"expected a function, not a {type(resolver).__name__}")
    return resolver


def _name(endpoint: object) -> str:
    return quoted(getattr(endpoint, "__qualname__", type(endpoint).__name__))


def _known(field: str, word: str | None, words: Iterable[str]) -> None:
    if word and word not in words:
        raise UnknownTerm(field, word, words)


def _id_prefix() -> str:
    """Make the first part of the ids of this process, so that each id is a UUID of version 8 (RFC 9562)."""
    drawn = uuid.uuid4().hex
    return f"{drawn[:8]}-{drawn[8:12]}-8{drawn[13:16]}-{drawn[16:20]}-"
