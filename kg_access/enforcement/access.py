"""What one request has been granted: the decisions taken for it, and what the endpoint may do with them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.enforcement.answers import STATUS, Answer, Refusal, answer
from kg_access.enforcement.marks import Mark, Requirement
from kg_access.redaction import redact
from kg_access.subject import Subject
from kg_access.vocabulary import Obligation

if TYPE_CHECKING:
    from kg_access.enforcement.point import EnforcementPoint

Request = TypeVar("Request")


@attrs.define(eq=False, repr=False)
class Permitted:
    """
    One dossier that an endpoint may show.

    Attributes:
        dossier: The dossier.
        decision: The permit.
        redacted: Whether the endpoint has redacted what it shows of it.
    """

    dossier: Dossier
    decision: Decision
    redacted: bool = False

    def redact(self, record: Any, *, shape: Any = None) -> Any:
        """
        Leave out of a record what this permit does not cover; see `kg_access.redact`.

        Args:
            record: A record of this dossier.
            shape: For a plain dict, the record type.
        """
        shown = redact(self.decision, record, shape=shape)
        self.redacted |= _is_something(record)
        return shown

    def __repr__(self) -> str:
        return f"<Permitted {self.decision!r}>"


@attrs.define(eq=False, repr=False)
class Access(Generic[Request]):
    """
    What the enforcement point found out about one request; the endpoint gets it from its framework.

    Attributes:
        point: The enforcement point.
        mark: The mark of the endpoint.
        request: The request, as the framework knows it.
        number: The number of the request in this process.
        shape: The record type by which a JSON response is redacted; `None` when there is none.
        subject: Who asks; `None` while nobody is known.
        dossier: The dossier asked about; `None` when there is none.
        dossier_id: The id that was asked for; `None` when it cannot be one.
        question: What is asked about it: categories, group, purpose and context.
        decision: The decision; `None` while there is none, and for an endpoint that asks for each dossier.
        permitted: What an endpoint that asks for each dossier was permitted to show.
        refusal: Why the endpoint does not run; `None` when it may.
        settled: Whether all that the mark requires has been decided.
        redacted: Whether the endpoint has redacted what it shows.
        outstanding: The obligations that have not been carried out yet.
        recording: Whether a record has been handed over, and nobody knows yet whether it is kept.
    """

    point: EnforcementPoint[Request]
    mark: Mark | None
    request: Request
    number: int
    shape: Any = None
    subject: Subject | None = None
    dossier: Dossier | None = None
    dossier_id: str | None = None
    question: dict[str, Any] = attrs.field(factory=dict)
    decision: Decision | None = None
    permitted: list[Permitted] = attrs.field(factory=list)
    refusal: Refusal | None = None
    settled: bool = False
    redacted: bool = False
    outstanding: frozenset[Obligation] = frozenset()
    recording: bool = False

    def __repr__(self) -> str:
        return f"<Access {self.refusal or self.decision or 'undecided'}>"

    @property
    def id(self) -> str:
        """The id under which the decision is recorded, also given to the client with a refusal; a UUID."""
        return f"{self.point.id_prefix}{self.number:012x}"

    @property
    def status(self) -> int:
        """The status code of the refusal; 200 when there is none."""
        return 200 if self.refusal is None else int(STATUS[self.refusal])

    @property
    def owes_redaction(self) -> bool:
        """Whether something must still be left out of what the endpoint shows."""
        if self.decision is not None:
            return not self.redacted and _leaves_out(self.decision)
        return any(_leaves_out(one.decision) and not one.redacted for one in self.permitted)

    @property
    def has_redacted(self) -> bool:
        """Whether the endpoint has redacted what it shows, of many dossiers each."""
        return self.redacted or (bool(self.permitted) and all(one.redacted for one in self.permitted))

    @property
    def clear(self) -> bool:
        """Whether any response may leave as it is: all is decided, nothing refused, and nothing to be left out."""
        decided = self.settled and self.refusal is None and not self.lacks_permit
        return decided and self.shape is None and not self.owes_redaction

    @property
    def lacks_permit(self) -> bool:
        """Whether nothing has been permitted, though the mark requires it, whether it was asked for or not."""
        return self.decision is None and not self.permitted and isinstance(self.mark, Requirement)

    @property
    def covering(self) -> frozenset[str] | None:
        """
        The categories that a response may show as a whole, or `None` when nothing has been permitted to be shown.

        Of many dossiers, those that are permitted for each of them; once the endpoint has redacted each with its own
        permit, those that are permitted for any. Where none is permitted there are none.
        """
        if self.decision is not None:
            return self.decision.permitted if self.decision else None
        if not self.settled or not isinstance(self.mark, Requirement):
            return None
        each = [one.decision.permitted for one in self.permitted]
        if not each:
            return frozenset()
        return frozenset.union(*each) if self.has_redacted else frozenset.intersection(*each)

    def answer(self) -> Answer | None:
        """Write what the client gets when access is refused; `None` for what the framework gives for an unknown id."""
        if self.refusal is None or self.refusal is Refusal.HIDDEN:
            return None
        step_up = self.mark.step_up if isinstance(self.mark, Requirement) else None
        known = None if self.decision is None else self.id
        return answer(self.refusal, known, step_up or self.point.step_up)

    def redact(self, record: Any, *, shape: Any = None) -> Any:
        """
        Leave out of a record what the decision does not cover; see `kg_access.redact`.

        Args:
            record: A record whose fields are annotated with categories; to redact `None` or an empty dict counts for
                nothing.
            shape: For a plain dict, the record type; that of the mark when left out.

        Raises:
            LookupError: There is no decision; an endpoint that asks for each dossier redacts with `Permitted.redact`.
            AccessDenied: The decision is a denial.
        """
        if self.decision is None:
            raise LookupError("there is no decision for the request as a whole; redact with what `select` returned")
        shown = redact(self.decision, record, shape=self.shape if shape is None else shape)
        self.redacted |= _is_something(record)
        return shown

    def select(self, dossiers: Iterable[Dossier]) -> list[Permitted]:
        """
        Ask for each of many dossiers, and keep those that the person may reach; for synchronous endpoints.

        Args:
            dossiers: The dossiers.

        Raises:
            LookupError: The endpoint is not marked with `requires_each`.
            InvalidInput: These are no dossiers.
            AccessDenied: The engine fails, or a decision cannot be recorded.
        """
        return self.point.select(self, dossiers)

    def aselect(self, dossiers: Iterable[Dossier]) -> Awaitable[list[Permitted]]:
        """
        Do what `select` does, for asynchronous endpoints.

        Args:
            dossiers: The dossiers.
        """
        return self.point.aselect(self, dossiers)


def _is_something(record: Any) -> bool:
    """Tell whether there is anything in a record; an empty list is a whole answer, no record and an empty one are not."""
    return record is not None and (bool(record) or not isinstance(record, Mapping))


def _leaves_out(decision: Decision) -> bool:
    return decision.allowed and Obligation.REDACT in decision.obligations
