"""A request in one line of plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import attrs

from kg_access.days import day_of
from kg_access.policy import Policy
from kg_access.request import AccessRequest, Context
from kg_access.subject import Assignment, Subject
from kg_access.vocabulary import Kind


def told(request: AccessRequest, policies: Sequence[Policy]) -> str:
    """
    Tell what a request asks.

    Args:
        request: A request that a witness makes.
        policies: The policies whose labels may be used, the first that knows a word counts.
    """
    words = _Words(policies)
    about = f" about {words('group', request.group)}" if request.group else ""
    categories = ", ".join(words("category", name) for name in sorted(request.categories)) or "data of no stated kind"
    purpose = f"for {words('purpose', request.purpose)}" if request.purpose else "without a stated purpose"
    dossier = request.dossier
    phase = str(dossier.timeline.phase(day_of(request.at))).replace("_", " ")
    parts = [
        f"{_who(request.subject, words)} wants to {words('action', request.action)} {categories}{about}, {purpose}",
        f"in a dossier of {words('service', dossier.service)} ({phase})",
        *_beside(request),
    ]
    return ", ".join(parts)


class _Words:
    def __init__(self, policies: Sequence[Policy]) -> None:
        self.labels = [policy.vocabulary.labels for policy in policies]

    def __call__(self, fact: str, word: str | None) -> str:
        found = (labels[fact][word] for labels in self.labels if word is not None and word in labels.get(fact, ()))
        return next((label.en for label in found), str(word))


def _who(subject: Subject, words: _Words) -> str:
    roles = ", ".join(words("role", entry.role) + _tie(entry) for entry in subject.assignments)
    who = roles or "somebody without an assignment"
    kind = "" if subject.kind is Kind.STAFF else f", as {subject.kind}"
    organisation = "" if subject.organisation is None else f" at {words('organisation', subject.organisation)}"
    return f"{who}{kind}{organisation}"


def _tie(assignment: Assignment) -> str:
    links = [
        "of the team" if assignment.team else "with a task" if assignment.task else "without a link",
        *(["standing in"] if assignment.on_behalf_of else []),
    ]
    return f" ({', '.join(links)})"


def _beside(request: AccessRequest) -> Iterator[str]:
    """List what else the request states, in the words of the records."""
    dossier, subject = request.dossier, request.subject
    stated = {
        "the dossier of the own family": bool(subject.related_to),
        f"objection {dossier.objection}": dossier.objection is not None,
        f"erasure {dossier.erasure}": dossier.erasure is not None,
        f"reserved for {'the person who asks' if subject.id in dossier.reserved_for else 'somebody else'}": bool(
            dossier.reserved_for
        ),
        f"controller {dossier.controller}": dossier.controller is not None,
        "with an authorisation": bool(subject.authorisations),
    }
    yield from (text for text, holds in stated.items() if holds)
    yield from _circumstances(request.context)
    yield f"on {date.fromordinal(day_of(request.at))}"


def _circumstances(context: Context) -> Iterator[str]:
    for field in attrs.fields(Context):
        value = getattr(context, field.name)
        if value not in {None, False}:
            yield field.name if value is True else f"{field.name} {value}"
