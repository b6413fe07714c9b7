"""
What a client is told when access is refused: as little as will do.

A refusal is one of a few kinds. `HIDDEN` has no answer of its own: the framework gives the one that it gives for an
unknown id. The others are problem documents (RFC 9457) with the id of the decision and nothing else.
"""

from __future__ import annotations

import json
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import attrs

from kg_access.decision import Decision
from kg_access.enforcement.step_up import StepUp
from kg_access.vocabulary import Disclosure, Reason

FAULTS: Final = frozenset({Reason.ENGINE_FAILURE, Reason.POLICY_STALE})


class Refusal(StrEnum):
    """Why an endpoint does not run."""

    UNAUTHENTICATED = "unauthenticated"
    IDENTITY = "identity"
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"


STATUS: Final = {
    Refusal.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Refusal.IDENTITY: HTTPStatus.UNAUTHORIZED,
    Refusal.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Refusal.HIDDEN: HTTPStatus.NOT_FOUND,
    Refusal.MALFORMED: HTTPStatus.BAD_REQUEST,
    Refusal.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


@attrs.frozen
class Answer:
    """
    A response to a client.

    Attributes:
        status: The status code.
        headers: Names and values of headers.
        body: The body, a problem document.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refusal_of(decision: Decision) -> Refusal:
    """
    Tell how a denial is answered.

    A fault gives 503, what must stay hidden 404, missing proof of identity and nothing else 401, the rest 403.

    Args:
        decision: The denial.
    """
    if not FAULTS.isdisjoint(decision.reasons):
        return Refusal.UNAVAILABLE
    if decision.disclosure is Disclosure.HIDE:
        return Refusal.HIDDEN
    if decision.reasons == (Reason.IDENTITY_NOT_PROVEN,):
        return Refusal.IDENTITY
    return Refusal.FORBIDDEN


def answer(refusal: Refusal, decision_id: str | None, step_up: StepUp | None) -> Answer:
    """
    Write the answer of a refusal; not asked for `HIDDEN`, which the framework answers.

    Args:
        refusal: Why the endpoint does not run.
        decision_id: The id under which the decision is recorded; `None` when nothing was decided.
        step_up: The proof of identity to ask for; `None` to ask for none in particular.
    """
    challenge = None
    if refusal is Refusal.UNAUTHENTICATED:
        challenge = "Bearer"
    if refusal is Refusal.IDENTITY:
        challenge = 'Bearer error="insufficient_user_authentication"' if step_up is None else step_up.challenge()
    return problem(STATUS[refusal], decision_id, challenge)


def problem(status: HTTPStatus, decision_id: str | None = None, challenge: str | None = None) -> Answer:
    """
    Write a problem document (RFC 9457) that says nothing but its status and the id of a decision.

    Args:
        status: The status code.
        decision_id: The id under which the decision is recorded, if any.
        challenge: The value of `WWW-Authenticate`, if any.
    """
    content: dict[str, object] = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    if decision_id is not None:
        content["instance"] = f"urn:uuid:{decision_id}"
    body = json.dumps(content).encode()
    headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    headers.append(("Cache-Control", "no-store"))
    if challenge is not None:
        headers.append(("WWW-Authenticate", challenge))
    return Answer(int(status), tuple(headers), body)
