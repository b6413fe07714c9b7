"""One decision of an enforcement point as it happened: cheap to make, since it is made while somebody waits."""

from __future__ import annotations

from typing import NamedTuple

from kg_access.decision import Decision
from kg_access.vocabulary import Obligation


class Event(NamedTuple):
    """
    One decision, with the question that it answered; what is written of it is an `AuditRecord`.

    Attributes:
        moment: When it was decided, in seconds since 1970 in UTC, as `time.time()` gives it.
        id: The id of the decision, in the form of a UUID.
        request_id: The id under which the request is known elsewhere.
        subject: The id of who asked.
        kind: What kind of person that is.
        organisation: For a processor or recipient, the organisation.
        dossier: The id that was asked for; `None` when it cannot be one.
        service: The service of the dossier; `None` when there is no such dossier.
        action: What the subject wanted to do.
        categories: The kinds of data that were asked for.
        group: The group of people that the data are about.
        purpose: What the data were for.
        decision: The decision.
        unmet: The obligations that nobody could carry out.
    """

    moment: float
    id: str
    request_id: str | None
    subject: str
    kind: str
    organisation: str | None
    dossier: str | None
    service: str | None
    action: str
    categories: frozenset[str]
    group: str | None
    purpose: str | None
    decision: Decision
    unmet: frozenset[Obligation] = frozenset()

    def __repr__(self) -> str:
        return f"<Event {self.decision!r}>"
