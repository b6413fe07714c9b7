"""Cases: a request with the decision that is expected, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import attrs

from kg_access.documents import Document
from kg_access.errors import Finding, InvalidInput, quoted
from kg_access.request import AccessRequest, Context
from kg_access.scenarios import schema
from kg_access.scenarios.organisation import Organisation
from kg_access.vocabulary import Effect, Obligation, Phase, Reason

Value = TypeVar("Value")


@attrs.frozen(repr=False)
class Expectation:
    """
    What a case expects.

    Attributes:
        effect: Exactly this effect.
        phase: Exactly this phase, if given.
        reasons: At least these reasons.
        obligations: At least these obligations.
        redacted: Exactly these redacted categories, if given.
        rules: At least these rules among those that decide.
    """

    effect: Effect
    phase: Phase | None = None
    reasons: frozenset[Reason] = frozenset()
    obligations: frozenset[Obligation] = frozenset()
    redacted: frozenset[str] | None = None
    rules: frozenset[str] = frozenset()


@attrs.frozen(repr=False)
class Case:
    """
    One case.

    Attributes:
        id: Its id, unique in its file.
        title: What it is about.
        clauses: The clauses that it shows at work.
        request: What is asked.
        published: Whether the policy counts as published for this case; `None` leaves it.
        break_glass: Whether emergency access is on for this case; `None` leaves it.
        fulfils: The obligations that the application carries out.
        expect: What is expected.
        place: File and line.
        product: The id of the product of which it is a cell, or `None`.
    """

    id: str
    title: str
    clauses: tuple[str, ...]
    request: AccessRequest
    published: bool | None
    break_glass: bool | None
    fulfils: frozenset[Obligation]
    expect: Expectation
    place: Finding
    product: str | None = None

    def __repr__(self) -> str:
        return f"<Case {self.id}>"


@attrs.frozen
class Setting:
    """
    What a case and the cells of a product take over from their file.

    Attributes:
        at: The moment.
        context: The circumstances.
        fulfils: The obligations that the application carries out.
    """

    at: datetime
    context: Context
    fulfils: frozenset[Obligation]


def read_setting(part: Document, shape: schema.SettingShape, findings: list[Finding]) -> Setting | None:
    """
    Read the moment and the circumstances of a case or of a product.

    Args:
        part: The case or the product.
        shape: Its checked form.
        findings: Where findings go.
    """
    at = read_value(part, ("at",), findings, lambda: read_moment(shape.at))
    context = read_value(part, ("context",), findings, lambda: _context(shape.context))
    if at is None or context is None:
        return None
    return Setting(at, context, frozenset(Obligation if shape.fulfils is None else shape.fulfils))


def read_case(
    part: Document, shape: schema.CaseShape, organisation: Organisation | None, findings: list[Finding]
) -> Case | None:
    """
    Read a case.

    Args:
        part: The case.
        shape: Its checked form.
        organisation: The people and dossiers; `None` when they are refused.
        findings: Where findings go.
    """
    setting = read_setting(part, shape, findings)
    subject = dossier = None
    if organisation is not None and shape.subject not in organisation.refused:
        subject = read_value(part, ("subject",), findings, lambda: organisation.subject(shape.subject))
    if organisation is not None and shape.dossier not in organisation.refused:
        dossier = read_value(part, ("dossier",), findings, lambda: organisation.dossier(shape.dossier))
    if setting is None or subject is None or dossier is None:
        return None
    expect = shape.expect
    return Case(
        id=shape.id,
        title=shape.title,
        clauses=tuple(shape.clauses),
        request=AccessRequest(
            subject=subject,
            action=shape.action,
            dossier=dossier,
            categories=frozenset(shape.categories),
            group=shape.group,
            purpose=shape.purpose,
            at=setting.at,
            mode=shape.mode,
            context=setting.context,
        ),
        published=shape.policy.published,
        break_glass=shape.policy.break_glass,
        fulfils=setting.fulfils,
        expect=Expectation(
            effect=expect.effect,
            phase=expect.phase,
            reasons=frozenset(expect.reasons),
            obligations=frozenset(expect.obligations),
            redacted=None if expect.redacted is None else frozenset(expect.redacted),
            rules=frozenset(expect.rules),
        ),
        place=part.finding((), ""),
    )


def read_value(
    part: Document, keys: tuple[str | int, ...], findings: list[Finding], make: Callable[[], Value]
) -> Value | None:
    """
    Make a value of what is written, or report at its place why that cannot be.

    Args:
        part: The case or the product.
        keys: The path of keys to what is written.
        findings: Where findings go.
        make: Makes the value; may raise `InvalidInput`.
    """
    try:
        return make()
    except InvalidInput as error:
        findings.append(part.finding((*keys, error.field) if (*keys, error.field) in part.places else keys, str(error)))
        return None


def read_moment(text: str) -> datetime:
    """
    Read a moment with its offset.

    Args:
        text: Such as `2019-06-17T10:00:00+02:00`.

    Raises:
        InvalidInput: It is no moment, or has no offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("at", f"{quoted(text)} is no moment; write it like `2019-06-17T10:00:00+02:00`") from None
    if moment.utcoffset() is None:
        raise InvalidInput("at", f"{quoted(text)} has no offset; write it like `2019-06-17T10:00:00+02:00`")
    return moment


def _context(shape: schema.ContextShape) -> Context:
    values = shape.model_dump(exclude={"break_glass"})
    return Context(**values, break_glass=None if shape.break_glass is None else shape.break_glass.justification)
