"""What is written of a decision: who asked what about which dossier, the answer, and under which policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from kg_access.audit.canonical import canonical
from kg_access.audit.event import Event
from kg_access.decision import PolicyReference
from kg_access.errors import InvalidInput, did_you_mean, quoted
from kg_access.reading import elements, freeze, member, optional_member
from kg_access.vocabulary import Disclosure, Effect, Phase

LONGEST_REQUEST_ID: Final = 200
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def moment_text(moment: float) -> str:
    """
    Write a moment as RFC 3339 has it, in UTC with microseconds.

    Args:
        moment: Seconds since 1970 in UTC.

    Raises:
        InvalidInput: It is no moment of the calendar.
    """
    try:
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")[:26] + "Z"
    except (OverflowError, ValueError, TypeError, OSError):
        raise InvalidInput("moment", "expected seconds since 1970 within the calendar") from None


@attrs.frozen(repr=False)
class AuditRecord:
    """
    One decision as it is written; never the value of a field of a dossier, nor what somebody wrote to justify it.

    Attributes:
        index: Its number in the log, from 0.
        moment: When it was decided, RFC 3339 in UTC with microseconds.
        id: The id of the decision.
        request_id: The id under which the request is known elsewhere, at most 200 characters of it.
        subject: The id of who asked.
        kind: What kind of person that is.
        organisation: For a processor or recipient, the organisation.
        dossier: The id that was asked for; `None` when it cannot be one.
        service: The service of the dossier; `None` when there is no such dossier.
        action: What the subject wanted to do.
        categories: The kinds of data that were asked for, sorted.
        group: The group of people that the data are about.
        purpose: What the data were for.
        effect: permit or deny.
        disclosure: Whether a denial could show that the dossier exists; `None` on a permit.
        phase: The phase of the dossier.
        rules: The ids of the rules that decided.
        reasons: Why it was denied, or why categories were left out.
        obligations: What had to be done along with it, sorted.
        unmet: The obligations that nobody could carry out, sorted.
        permitted: The categories that could be used, sorted.
        redacted: The categories that were left out of a permit, each with its reasons.
        policy: The policy version under which it was decided.
    """

    index: int
    moment: str
    id: str
    request_id: str | None
    subject: str
    kind: str
    organisation: str | None
    dossier: str | None
    service: str | None
    action: str
    categories: tuple[str, ...]
    group: str | None
    purpose: str | None
    effect: Effect
    disclosure: Disclosure | None
    phase: Phase
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    obligations: tuple[str, ...]
    unmet: tuple[str, ...]
    permitted: tuple[str, ...]
    redacted: Mapping[str, tuple[str, ...]] = attrs.field(hash=False)
    policy: PolicyReference

    @classmethod
    def of(cls, index: int, event: Event) -> AuditRecord:
        """
        Make the record of an event.

        Args:
            index: Its number in the log, from 0.
            event: The event.

        Raises:
            InvalidInput: A field of the event has the wrong type, or the moment lies outside the calendar.
        """
        decision = event.decision
        return cls(
            index=index,
            moment=moment_text(event.moment),
            id=_text("id", event.id),
            request_id=_shortened(event.request_id),
            subject=_text("subject", event.subject),
            kind=_text("kind", event.kind),
            organisation=_optional("organisation", event.organisation),
            dossier=_optional("dossier", event.dossier),
            service=_optional("service", event.service),
            action=_text("action", event.action),
            categories=_sorted("categories", event.categories),
            group=_optional("group", event.group),
            purpose=_optional("purpose", event.purpose),
            effect=decision.effect,
            disclosure=decision.disclosure,
            phase=decision.phase,
            rules=decision.rules,
            reasons=tuple(map(str, decision.reasons)),
            obligations=_sorted("obligations", decision.obligations),
            unmet=_sorted("unmet", event.unmet),
            permitted=_sorted("permitted", decision.permitted),
            redacted={name: tuple(map(str, reasons)) for name, reasons in decision.redacted.items()},
            policy=decision.policy,
        )

    @property
    def at(self) -> datetime:
        """When it was decided, as an aware datetime in UTC."""
        return datetime.fromisoformat(self.moment)

    @property
    def allowed(self) -> bool:
        """Whether access was allowed."""
        return self.effect is Effect.PERMIT

    def __repr__(self) -> str:
        why = f" {', '.join(self.reasons)}" if self.reasons else ""
        return f"<AuditRecord {self.index} {self.effect} {self.action}{why}>"

    def numbered(self, index: int) -> AuditRecord:
        """
        Give the same record under another number.

        Args:
            index: Its number in a log, from 0.
        """
        return self if index == self.index else attrs.evolve(self, index=index)

    def as_dict(self) -> dict[str, Any]:
        """Give the record as plain dicts, lists and texts, for JSON."""
        content: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        for name in LISTS:
            content[name] = list(content[name])
        content["redacted"] = {name: list(reasons) for name, reasons in self.redacted.items()}
        content["policy"] = {name: getattr(self.policy, name) for name in POLICY_FIELDS}
        return content

    def canonical(self) -> bytes:
        """Give the record as JSON in its one form, of which the log takes the hash."""
        return canonical(self.as_dict())

    @classmethod
    def from_dict(cls, content: object) -> AuditRecord:
        """
        Read a record, as `as_dict` gives it.

        Args:
            content: The record as plain dicts, lists and texts.

        Raises:
            InvalidInput: A field is missing, unknown or of the wrong type; the message holds no value.
            UnknownTerm: The effect, disclosure or phase is unknown.
        """
        values = _exactly("record", content, FIELDS)
        record: AuditRecord = cls.__new__(cls)
        freeze(record, **{name: _READERS.get(name, _optional)(name, values[name]) for name in FIELDS})
        return record


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field, f"expected a text, not a {type(value).__name__}")
    return str.__str__(value)


def _optional(field: str, value: object) -> str | None:
    return None if value is None else _text(field, value)


def _shortened(value: object) -> str | None:
    """Read the id of a request, which a client may have made up: a bounded part of it, without control characters."""
    if value is None:
        return None
    text = _text("request_id", value)[:LONGEST_REQUEST_ID]
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _texts(field: str, value: object) -> tuple[str, ...]:
    return tuple(_text(field, element) for element in elements(field, value))


def _sorted(field: str, value: object) -> tuple[str, ...]:
    return tuple(sorted(_texts(field, value)))


def _number(field: str, value: object) -> int:
    if type(value) is not int or value < 0:
        raise InvalidInput(field, "expected a whole number, from 0")
    return value


def _moment(field: str, value: object) -> str:
    text = _text(field, value)
    try:
        if MOMENT.fullmatch(text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise InvalidInput(field, "expected a moment in UTC, like `2019-06-17T08:00:00.000000Z`")


def _exactly(field: str, value: object, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(field, f"expected a mapping, not a {type(value).__name__}")
    for name in value:
        if name not in names:
            raise InvalidInput(field, f"unknown field {quoted(name)}; {did_you_mean(name, names)}")
    for name in names:
        if name not in value:
            raise InvalidInput(field, f"the field {quoted(name)} is missing")
    return value


def _redacted(field: str, value: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise InvalidInput(field, f"expected a mapping, not a {type(value).__name__}")
    return {_text(field, name): _texts(field, reasons) for name, reasons in value.items()}


def _policy(field: str, value: object) -> PolicyReference:
    values = _exactly(field, value, POLICY_FIELDS)
    return PolicyReference(**{name: _text(f"policy {name}", values[name]) for name in POLICY_FIELDS})


FIELDS: Final = tuple(field.name for field in attrs.fields(AuditRecord))
POLICY_FIELDS: Final = tuple(field.name for field in attrs.fields(PolicyReference))
LISTS: Final = ("categories", "rules", "reasons", "obligations", "unmet", "permitted")

_READERS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "index": _number,
    "moment": _moment,
    **dict.fromkeys(("id", "subject", "kind", "action"), _text),
    **dict.fromkeys(LISTS, _texts),
    "effect": lambda field, value: member(field, Effect, value),
    "disclosure": lambda field, value: optional_member(field, Disclosure, value),
    "phase": lambda field, value: member(field, Phase, value),
    "redacted": _redacted,
    "policy": _policy,
}
