"""Scenario files: cases with their expected decisions, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import attrs

from kg_access.documents import Document
from kg_access.errors import Finding, InvalidInput, ScenarioError, quoted
from kg_access.request import AccessRequest, Context
from kg_access.scenarios import schema
from kg_access.scenarios.organisation import Organisation, build_organisation, read_document
from kg_access.shapes import check
from kg_access.vocabulary import Effect, Obligation, Phase, Reason

_HAS_CASES = re.compile(rb"^cases:", re.MULTILINE)
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
    """

    effect: Effect
    phase: Phase | None
    reasons: frozenset[Reason]
    obligations: frozenset[Obligation]
    redacted: frozenset[str] | None


@attrs.frozen(repr=False)
class Case:
    """
    One case.

    Attributes:
        id: Its id, unique in its file.
        title: What it is about.
        request: What is asked.
        published: Whether the policy counts as published for this case; `None` leaves it.
        break_glass: Whether emergency access is on for this case; `None` leaves it.
        fulfils: The obligations that the application carries out.
        expect: What is expected.
        place: File and line.
    """

    id: str
    title: str
    request: AccessRequest
    published: bool | None
    break_glass: bool | None
    fulfils: frozenset[Obligation]
    expect: Expectation
    place: Finding

    def __repr__(self) -> str:
        return f"<Case {self.id}>"


@attrs.frozen(repr=False)
class Suite:
    """
    A scenario file.

    Attributes:
        path: The file.
        cases: Its cases.
    """

    path: Path
    cases: tuple[Case, ...]

    def __repr__(self) -> str:
        return f"<Suite of {len(self.cases)} cases>"


def find_scenarios(paths: Iterable[Path]) -> list[Path]:
    """
    Find scenario files: the files named, and in folders every YAML file with `cases`.

    Args:
        paths: Files and folders.

    Raises:
        ScenarioError: A path is not there, or a folder holds no scenario file.
    """
    found: list[Path] = []
    findings: list[Finding] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*.yaml")) if _HAS_CASES.search(file.read_bytes())]
            found.extend(inside)
            if not inside:
                findings.append(Finding(str(path), 0, 0, "no YAML file with `cases` in this folder"))
        elif path.is_file():
            found.append(path)
        else:
            findings.append(Finding(str(path), 0, 0, "there is no such file or folder"))
    if findings:
        raise ScenarioError(findings)
    return list(dict.fromkeys(found))


def read_suite(path: Path) -> Suite:
    """
    Read a scenario file.

    Args:
        path: The file.

    Raises:
        ScenarioError: Something in it is wrong; it lists every finding.
    """
    findings: list[Finding] = []
    document = read_document(path, findings)
    if document is None:
        raise ScenarioError(findings)
    shape = check(schema.SCENARIOS, document, findings)
    organisation = _organisation(path, document, findings)
    cases: list[Case] = []
    seen: set[str] = set()
    for index in range(0 if shape is None else len(shape.cases)):
        part = document.part(("cases", index))
        entry = check(schema.CASE, part, findings)
        if entry is not None and entry.id in seen:
            findings.append(part.finding(("id",), f"duplicate id {quoted(entry.id)}"))
        if entry is not None:
            seen.add(entry.id)
            case = _case(part, entry, organisation, findings)
            if case is not None:
                cases.append(case)
    if findings:
        raise ScenarioError(findings)
    return Suite(path, tuple(cases))


def _organisation(path: Path, document: Document, findings: list[Finding]) -> Organisation | None:
    if not isinstance(document.content, dict) or "organisation" not in document.content:
        return None
    written = document.content["organisation"]
    if isinstance(written, dict):
        return build_organisation(document, ("organisation",), findings)
    if not isinstance(written, str):
        findings.append(
            document.finding(("organisation",), "`organisation` is a file or holds `subjects` and `dossiers`")
        )
        return None
    other = read_document(path.parent / written, findings)
    return None if other is None else build_organisation(other, (), findings)


def _case(
    part: Document, shape: schema.CaseShape, organisation: Organisation | None, findings: list[Finding]
) -> Case | None:
    count = len(findings)
    at = _read(part, findings, lambda: read_moment(shape.at))
    context = _read(part, findings, lambda: _context(shape.context))
    subject = dossier = None
    if organisation is not None and shape.subject not in organisation.refused:
        subject = _read(part, findings, lambda: organisation.subject(shape.subject))
    if organisation is not None and shape.dossier not in organisation.refused:
        dossier = _read(part, findings, lambda: organisation.dossier(shape.dossier))
    if len(findings) > count or at is None or context is None or subject is None or dossier is None:
        return None
    expect = shape.expect
    return Case(
        id=shape.id,
        title=shape.title,
        request=AccessRequest(
            subject=subject,
            action=shape.action,
            dossier=dossier,
            categories=frozenset(shape.categories),
            group=shape.group,
            purpose=shape.purpose,
            at=at,
            mode=shape.mode,
            context=context,
        ),
        published=shape.policy.published,
        break_glass=shape.policy.break_glass,
        fulfils=frozenset(Obligation if shape.fulfils is None else shape.fulfils),
        expect=Expectation(
            effect=expect.effect,
            phase=expect.phase,
            reasons=frozenset(expect.reasons),
            obligations=frozenset(expect.obligations),
            redacted=None if expect.redacted is None else frozenset(expect.redacted),
        ),
        place=part.finding((), ""),
    )


def _read(part: Document, findings: list[Finding], make: Callable[[], Value]) -> Value | None:
    try:
        return make()
    except InvalidInput as error:
        places = [keys for keys in ((error.field,), ("context", error.field)) if keys in part.places]
        findings.append(part.finding(places[0] if places else (), str(error)))
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
