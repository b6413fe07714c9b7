"""
What follows a decision: its obligations are carried out, and it is recorded.

A permit for which either fails becomes a denial.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from time import time
from typing import Any

import attrs

from kg_access.audit.event import Event
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.enforcement.access import Access
from kg_access.enforcement.drivers import Caller
from kg_access.enforcement.duties import BY_THE_POINT, Duty
from kg_access.facts import MISSING
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation, Reason

log = logging.getLogger("kg_access.enforcement")


@attrs.frozen(repr=False)
class Outcome:
    """
    A decision, what it is about, and what became of its obligations.

    Attributes:
        decision: The decision.
        subject: Who asked.
        dossier: The dossier; `None` when there is none, or when it is not known.
        dossier_id: The id that was asked for; `None` when it cannot be one, or is not known.
        unmet: The obligations that nobody could carry out.
    """

    decision: Decision
    subject: Subject
    dossier: Dossier | None
    dossier_id: str | None
    unmet: frozenset[Obligation] = frozenset()


async def concluded(caller: Caller, access: Access[Any], outcome: Outcome) -> Decision:
    """
    Carry out what goes with a decision and record it.

    Args:
        caller: Calls the functions of the application.
        access: The access of the request.
        outcome: The decision.

    Returns:
        The decision, or the denial that a permit becomes when either fails.
    """
    return await recorded(caller, access, await carried_out(caller, access, outcome))


async def carried_out(caller: Caller, access: Access[Any], outcome: Outcome) -> Outcome:
    """
    Carry out what goes with a decision.

    Args:
        caller: Calls the functions of the application.
        access: The access of the request.
        outcome: The decision.

    Returns:
        The decision with what was not carried out, for which a permit becomes a denial.
    """
    decision = outcome.decision
    if decision.obligations <= BY_THE_POINT:
        return outcome
    unmet = await _unmet(caller, access, outcome)
    if unmet and decision:
        decision = decision.refused(Reason.ENGINE_FAILURE, unsupported=unmet)
    return attrs.evolve(outcome, decision=decision, unmet=unmet)


async def recorded(caller: Caller, access: Access[Any], outcome: Outcome) -> Decision:
    """
    Record a decision, and wait until it is stored.

    Args:
        caller: Calls the functions of the application.
        access: The access of the request.
        outcome: The decision.

    Returns:
        The decision, or a denial when it must be recorded and cannot be.
    """
    decision, receipt = handed_over(access, outcome)
    if receipt is None:
        return decision
    try:
        access.recording = True
        await caller.wait(receipt)
        access.recording = False
    except Exception as error:
        return unrecorded(decision, error)
    return decision


def handed_over(access: Access[Any], outcome: Outcome) -> tuple[Decision, Future[None] | None]:
    """
    Hand a decision over to the trail.

    Args:
        access: The access of the request.
        outcome: The decision.

    Returns:
        The decision, or a denial when the trail does not take it; and what tells when it is stored, if that matters.
    """
    trail = access.point.trail
    if trail is None:
        return outcome.decision, None
    try:
        return outcome.decision, trail.record(_event(access, outcome))
    except Exception as error:
        return unrecorded(outcome.decision, error), None


def unrecorded(decision: Decision, error: Exception) -> Decision:
    """
    Deny because a decision could not be recorded.

    Args:
        decision: The decision.
        error: What went wrong.
    """
    log.error("denied, since the decision could not be recorded: %s", type(error).__name__)
    return decision.refused(Reason.ENGINE_FAILURE)


async def _unmet(caller: Caller, access: Access[Any], outcome: Outcome) -> frozenset[Obligation]:
    """Carry out the obligations of a decision, and tell which were not."""
    decision, unmet = outcome.decision, set[Obligation]()
    duties = sorted(decision.obligations - BY_THE_POINT)
    for number, obligation in enumerate(duties):
        access.outstanding = frozenset(unmet.union(duties[number:]))
        handler = access.point.handlers.get(obligation)
        fault = "nobody does that"
        if handler is not None:
            duty = Duty(obligation, decision, outcome.subject, outcome.dossier, access.request, access.id)
            try:
                await caller.call(handler, duty)
                continue
            except Exception as error:
                fault = type(error).__name__
        unmet.add(obligation)
        log.error("the obligation `%s` was not carried out: %s", obligation, fault)
    access.outstanding = frozenset()
    return frozenset(unmet)


def _event(access: Access[Any], outcome: Outcome) -> Event:
    subject, dossier = outcome.subject, outcome.dossier
    request_id = access.point.request_id_resolver
    action, question = _asked(access, outcome.decision)
    return Event(
        moment=time(),
        id=access.id,
        request_id=None if request_id is None else request_id(access.request),
        subject=subject.id,
        kind=subject.kind,
        organisation=subject.organisation,
        dossier=outcome.dossier_id if dossier is None else dossier.id,
        service=None if dossier is None else dossier.service,
        action=action,
        categories=question.get("categories") or frozenset(),
        group=question.get("group"),
        purpose=question.get("purpose"),
        decision=outcome.decision,
        unmet=outcome.unmet,
    )


def _asked(access: Access[Any], decision: Decision) -> tuple[str, Mapping[str, Any]]:
    """Tell what was asked: by the facts of the decision, or by the mark where it has none."""
    facts = decision.facts
    if facts is None:
        mark: Any = access.mark
        return mark.action, access.question
    group, purpose = (None if word == MISSING else word for word in (facts.group, facts.purpose))
    return facts.action, {"categories": facts.categories, "group": group, "purpose": purpose}
