"""
The course of a request: who asks, about which dossier, what the guard says, what must be done along, and the record.

Whatever goes wrong on the way refuses. An unknown dossier and a hidden one take the same course, so that neither the
answer nor the work behind it tells them apart.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access, Permitted
from kg_access.enforcement.answers import Refusal, refusal_of
from kg_access.enforcement.conclusion import Outcome, carried_out, concluded, handed_over, recorded, unrecorded
from kg_access.enforcement.drivers import Caller, TooSlowError
from kg_access.enforcement.duties import BY_THE_POINT
from kg_access.enforcement.marks import Requirement
from kg_access.enforcement.step_up import Authentication
from kg_access.errors import AccessDenied, InvalidInput
from kg_access.reading import identifier, records
from kg_access.request import Context
from kg_access.subject import Subject
from kg_access.vocabulary import Disclosure, Reason

if TYPE_CHECKING:
    from kg_access.enforcement.point import EnforcementPoint

Request = TypeVar("Request")

LONGEST_ID: Final = 200
STATED_BY_CLIENTS: Final = frozenset({"categories", "group", "purpose", "channel", "recipient_type"})

log = logging.getLogger("kg_access.enforcement")


async def course_of_request(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    mark: Requirement,
    parameters: Mapping[str, Any],
) -> None:
    """
    Find out whether an endpoint may run; the access holds the outcome.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        mark: The mark of the endpoint.
        parameters: The path parameters of the request.
    """
    try:
        subject = await caller.call(point.subject_resolver, access.request)
        if subject is None:
            access.refusal = Refusal.UNAUTHENTICATED
            return
        access.subject = _expected("subject", Subject, subject)
        question = point.static_question(mark)
        access.question = await _question(caller, point, access, mark) if question is None else question
        if mark.dossier is None:
            point.check_words(access.question)
            if not await _identity_proved(caller, point, access, mark):
                access.refusal = Refusal.IDENTITY
            return
        decision = await _decision(caller, point, access, mark, parameters)
    except InvalidInput as error:
        if error.field in STATED_BY_CLIENTS and callable(getattr(mark, error.field, point.context_resolver)):
            access.refusal = Refusal.MALFORMED
            return
        decision = _failure(point, access, error)
    except Exception as error:
        decision = _failure(point, access, error)
    await _settle(caller, point, access, decision)


async def course_of_delay(caller: Caller, point: EnforcementPoint[Request], access: Access[Request]) -> None:
    """
    Deny because the course of a request took too long; a denial that had been decided stays what it is.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
    """
    decision, unmet = access.decision, access.outstanding
    for obligation in sorted(unmet):
        log.error("the obligation `%s` was not carried out: %s", obligation, TooSlowError.__name__)
    if decision is None:
        decision = _failure(point, access, TooSlowError())
    elif access.recording:
        decision = unrecorded(decision, TooSlowError())
    elif decision:
        decision = decision.refused(Reason.ENGINE_FAILURE, unsupported=unmet)
    if access.subject is not None and not access.recording:
        access.decision = decision
        decision = await recorded(caller, access, attrs.evolve(_outcome(access, decision, access.subject), unmet=unmet))
    _note(access, decision)


async def course_of_selection(
    caller: Caller, point: EnforcementPoint[Request], access: Access[Request], dossiers: Iterable[Dossier]
) -> list[Permitted]:
    """
    Ask for each of many dossiers, and keep those that the person may reach.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        dossiers: The dossiers.

    Raises:
        LookupError: The endpoint is not marked with `requires_each`, or nobody is known yet.
        InvalidInput: These are no dossiers.
        AccessDenied: The engine fails, or a decision cannot be recorded.
    """
    mark, subject = access.mark, access.subject
    if not isinstance(mark, Requirement) or mark.dossier is not None or subject is None:
        raise LookupError("only an endpoint marked with `requires_each`, and let through, can select dossiers")
    asked = records("dossiers", Dossier, dossiers)
    decisions = point.guard.decide_many(subject, mark.action, asked, mode=mark.mode, **access.question)
    answered: list[tuple[Dossier, Decision]] = []
    receipts: list[Future[None]] = []
    for dossier, decision in zip(asked, decisions, strict=True):
        access.number = point.new_number()
        outcome = await carried_out(caller, access, Outcome(decision, subject, dossier, dossier.id))
        kept, receipt = handed_over(access, outcome)
        if receipt is not None:
            receipts.append(receipt)
        if refusal_of(kept) is Refusal.UNAVAILABLE:
            access.decision, access.refusal = kept, Refusal.UNAVAILABLE
            raise AccessDenied(kept)
        answered.append((dossier, kept))
    try:
        for receipt in receipts:
            await caller.wait(receipt)
    except Exception as error:
        access.decision, access.refusal = unrecorded(point.guard.failure(), error), Refusal.UNAVAILABLE
        raise AccessDenied(access.decision) from None
    access.settled = True
    permitted = [Permitted(dossier, decision) for dossier, decision in answered if decision]
    access.permitted += permitted
    return permitted


def late_selection(point: EnforcementPoint[Request], access: Access[Request]) -> AccessDenied:
    """
    Deny because asking for each of many dossiers took too long, and record that, whatever was recorded for each.

    Args:
        point: The enforcement point.
        access: The access of the request.
    """
    log.error("denied, since asking for each dossier took too long")
    decision = access.decision = point.guard.failure()
    access.refusal, access.number = Refusal.UNAVAILABLE, point.new_number()
    if access.subject is not None:
        handed_over(access, Outcome(decision, access.subject, None, None))
    return AccessDenied(decision)


async def course_of_raised(
    caller: Caller, point: EnforcementPoint[Request], access: Access[Request], error: AccessDenied
) -> None:
    """
    Conclude a denial that an endpoint raised about something else than its mark asks, under an id of its own.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        error: The denial.
    """
    decision, dossier = error.decision, error.dossier
    if decision is not access.decision and access.subject is not None:
        access.number = point.new_number()
        access.decision = decision
        asked_for = None if dossier is None else dossier.id
        decision = await concluded(caller, access, Outcome(decision, access.subject, dossier, asked_for))
    _note(access, decision)


def late_denial(access: Access[Request], error: AccessDenied) -> None:
    """
    Deny because concluding a denial that an endpoint raised took too long, so that nobody knows whether it is recorded.

    Args:
        access: The access of the request.
        error: The denial.
    """
    _note(access, unrecorded(error.decision, TooSlowError()))


async def _question(
    caller: Caller, point: EnforcementPoint[Request], access: Access[Request], mark: Requirement
) -> dict[str, Any]:
    """Find out what is asked, from the mark and the request."""
    question: dict[str, Any] = {}
    for name in ("categories", "group", "purpose"):
        value = getattr(mark, name)
        question[name] = _stated(name, await caller.call(value, access.request)) if callable(value) else value
    context = None if point.context_resolver is None else await caller.call(point.context_resolver, access.request)
    question["context"] = _expected("context", Context | None, context)
    return question


async def _decision(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    mark: Requirement,
    parameters: Mapping[str, Any],
) -> Decision:
    """Decide; on a stand-in where there is no such dossier, so that it takes as long."""
    dossier = access.dossier = await _dossier(caller, point, access, mark.dossier, parameters)
    subject: Any = access.subject
    asked = _stand_in(point) if dossier is None else dossier
    decision = point.guard.decide(subject, mark.action, asked, mode=mark.mode, **access.question)
    if dossier is None and (decision or refusal_of(decision) is not Refusal.UNAVAILABLE):
        return decision.refused(Reason.INPUT_INCOMPLETE, disclosure=Disclosure.HIDE)
    if mark.step_up is not None and decision and not await _identity_proved(caller, point, access, mark):
        return decision.refused(Reason.IDENTITY_NOT_PROVEN)
    return decision


async def _dossier(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    source: Any,
    parameters: Mapping[str, Any],
) -> Dossier | None:
    """Find the dossier asked about; what cannot be an id is the id of no dossier."""
    if callable(source):
        resolved: Dossier | None = _expected("dossier", Dossier | None, await caller.call(source, access.request))
        return resolved
    name = str(parameters[source])
    try:
        access.dossier_id = identifier("dossier", name) if len(name) <= LONGEST_ID else None
    except InvalidInput:
        return None
    if access.dossier_id is None:
        return None
    found: Dossier | None = await caller.call(point.dossier_resolver, access.request, name)
    if found is not None and _expected("dossier", Dossier, found).id != name:
        log.error("taken as unknown, since the dossier resolver returned a dossier of another id than was asked for")
        return None
    return found


async def _identity_proved(
    caller: Caller, point: EnforcementPoint[Request], access: Access[Request], mark: Requirement
) -> bool:
    if mark.step_up is None:
        return True
    if point.authentication_resolver is None:
        return False
    authentication = await caller.call(point.authentication_resolver, access.request)
    return mark.step_up.met_by(_expected("authentication", Authentication | None, authentication))


async def _settle(
    caller: Caller, point: EnforcementPoint[Request], access: Access[Request], decision: Decision
) -> None:
    """Conclude the decision of a request, and note the outcome."""
    if access.subject is not None and (point.trail is not None or not decision.obligations <= BY_THE_POINT):
        access.decision = decision  # which is all there is if the rest takes too long
        decision = await concluded(caller, access, _outcome(access, decision, access.subject))
    _note(access, decision)


def _outcome(access: Access[Request], decision: Decision, subject: Subject) -> Outcome:
    return Outcome(decision, subject, access.dossier, access.dossier_id)


def _note(access: Access[Request], decision: Decision) -> None:
    access.decision = decision
    access.settled = True
    if not decision:
        access.refusal = refusal_of(decision)


def _failure(point: EnforcementPoint[Request], access: Access[Request], error: Exception) -> Decision:
    log.error("a fault while deciding denies: %s", type(error).__name__)
    return point.guard.failure(access.dossier)


def _stand_in(point: EnforcementPoint[Request]) -> Dossier:
    return Dossier("none", service=next(iter(point.guard.policy.vocabulary.services)))


def _stated(name: str, value: Any) -> Any:
    """Read what a resolver of a word found out; which words there are, the guard knows."""
    if name != "categories" or value is None:
        return _expected(name, str | None, value)
    if isinstance(value, str):
        raise TypeError("the resolver of the categories returned a text, which would be read letter by letter")
    return frozenset(_expected(name, str, word) for word in value)


def _expected(name: str, kind: Any, value: Any) -> Any:
    """Refuse what a resolver should not have returned."""
    if isinstance(value, kind):
        return value
    raise TypeError(f"the {name} resolver returned a {type(value).__name__}")
