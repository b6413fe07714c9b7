"""
What follows a decision: its obligations are carried out, and it is recorded.

A permit for which either fails becomes a denial.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from time import time
from typing import TYPE_CHECKING, Any, TypeVar

from kg_access.audit.event import Event
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access
from kg_access.enforcement.drivers import Caller
from kg_access.enforcement.duties import BY_THE_POINT, Duty
from kg_access.facts import MISSING
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation, Reason

if TYPE_CHECKING:
    from kg_access.enforcement.point import EnforcementPoint

Request = TypeVar("Request")

log = logging.getLogger("kg_access.enforcement")


async def concluded(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    dossier: Dossier | None,
) -> Decision:
    """
    Carry out what goes with a decision and record it; a permit for which either fails becomes a denial.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        decision: The decision.
        dossier: The dossier that was asked about; `None` when there is none.
    """
    subject = access.subject
    if subject is None:
        return decision
    decision, unmet = await carried_out(caller, point, access, decision, subject, dossier)
    return await recorded(caller, point, access, decision, subject, dossier, unmet)


async def carried_out(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    subject: Subject,
    dossier: Dossier | None,
) -> tuple[Decision, frozenset[Obligation]]:
    """
    Carry out what goes with a decision; a permit for which that fails becomes a denial.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        decision: The decision.
        subject: Who asked.
        dossier: The dossier that was asked about; `None` when there is none.

    Returns:
        The decision, and the obligations that were not carried out.
    """
    if decision.obligations <= BY_THE_POINT:
        return decision, frozenset()
    unmet = await _unmet(caller, point, access, decision, subject, dossier)
    if unmet and decision:
        decision = decision.refused(Reason.ENGINE_FAILURE, unsupported=unmet)
    return decision, unmet


async def recorded(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    subject: Subject,
    dossier: Dossier | None,
    unmet: frozenset[Obligation],
) -> Decision:
    """
    Record a decision; one that must be recorded and cannot be becomes a denial.

    Args:
        caller: Calls the functions of the application.
        point: The enforcement point.
        access: The access of the request.
        decision: The decision.
        subject: Who asked.
        dossier: The dossier that was asked about; `None` when there is none.
        unmet: The obligations that nobody could carry out.
    """
    receipts: list[Future[None]] = []
    decision = handed_over(point, access, decision, subject, dossier, unmet, receipts)
    try:
        for receipt in receipts:
            access.recording = True
            await caller.wait(receipt)
            access.recording = False
    except Exception as error:
        return unrecorded(decision, error)
    return decision


def handed_over(
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    subject: Subject,
    dossier: Dossier | None,
    unmet: frozenset[Obligation],
    receipts: list[Future[None]],
) -> Decision:
    """
    Hand a decision over to the trail.

    Args:
        point: The enforcement point.
        access: The access of the request.
        decision: The decision.
        subject: Who asked.
        dossier: The dossier that was asked about; `None` when there is none.
        unmet: The obligations that nobody could carry out.
        receipts: Where what tells that a record is stored goes.

    Returns:
        The decision, or a denial when the trail does not take it.
    """
    if point.trail is None:
        return decision
    try:
        receipt = point.trail.record(_event(point, access, decision, subject, dossier, unmet))
    except Exception as error:
        return unrecorded(decision, error)
    if receipt is not None:
        receipts.append(receipt)
    return decision


def unrecorded(decision: Decision, error: Exception) -> Decision:
    """
    Deny because a decision could not be recorded.

    Args:
        decision: The decision.
        error: What went wrong.
    """
    log.error("denied, since the decision could not be recorded: %s", type(error).__name__)
    return decision.refused(Reason.ENGINE_FAILURE)


async def _unmet(
    caller: Caller,
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    subject: Subject,
    dossier: Dossier | None,
) -> frozenset[Obligation]:
    """Carry out the obligations of a decision, and tell which were not."""
    unmet: set[Obligation] = set()
    duties = sorted(decision.obligations - BY_THE_POINT)
    for number, obligation in enumerate(duties):
        access.outstanding = frozenset(unmet.union(duties[number:]))
        handler = point.handlers.get(obligation)
        fault = "nobody does that"
        if handler is not None:
            try:
                await caller.call(handler, Duty(obligation, decision, subject, dossier, access.request, access.id))
                continue
            except Exception as error:
                fault = type(error).__name__
        unmet.add(obligation)
        log.error("the obligation `%s` was not carried out: %s", obligation, fault)
    access.outstanding = frozenset()
    return frozenset(unmet)


def _event(
    point: EnforcementPoint[Request],
    access: Access[Request],
    decision: Decision,
    subject: Subject,
    dossier: Dossier | None,
    unmet: frozenset[Obligation],
) -> Event:
    action, question = _asked(access, decision)
    return Event(
        moment=time(),
        id=access.id,
        request_id=None if point.request_id_resolver is None else point.request_id_resolver(access.request),
        subject=subject.id,
        kind=subject.kind,
        organisation=subject.organisation,
        dossier=access.dossier_id if dossier is None else dossier.id,
        service=None if dossier is None else dossier.service,
        action=action,
        categories=question.get("categories") or frozenset(),
        group=question.get("group"),
        purpose=question.get("purpose"),
        decision=decision,
        unmet=unmet,
    )


def _asked(access: Access[Request], decision: Decision) -> tuple[str, Mapping[str, Any]]:
    """Tell what was asked: by the facts of the decision, or by the mark where it has none."""
    facts = decision.facts
    if facts is None:
        mark: Any = access.mark
        return mark.action, access.question
    group, purpose = (None if word == MISSING else word for word in (facts.group, facts.purpose))
    return facts.action, {"categories": facts.categories, "group": group, "purpose": purpose}
