"""Scenario files: cases with their expected decisions, read strictly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import attrs

from kg_access.documents import Document
from kg_access.errors import Finding, InvalidInput, ScenarioError, quoted
from kg_access.policy.schema import check
from kg_access.request import AccessRequest, Context
from kg_access.scenarios import schema
from kg_access.scenarios.organisation import Organisation, build_organisation, read_document
from kg_access.vocabulary import Effect, Obligation, Phase, Reason

SCENARIO_FILE = "scenarios.yaml"


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
    Find scenario files: the files named, and in folders every `scenarios.yaml`.

    Args:
        paths: Files and folders.

    Raises:
        ScenarioError: A path is not there, or a folder holds no scenario file.
    """
    found: list[Path] = []
    findings: list[Finding] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob(SCENARIO_FILE))
            found.extend(inside)
            if not inside:
                findings.append(Finding(str(path), 0, 0, f"no {quoted(SCENARIO_FILE)} in this folder"))
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
    shape = None if document is None else check(schema.SCENARIOS, document, findings)
    if document is None or shape is None:
        raise ScenarioError(findings)
    organisation = _organisation(path, document, findings)
    cases: list[Case] = []
    ids: set[str] = set()
    for index, entry in enumerate(shape.cases):
        if entry.id in ids:
            findings.append(document.finding(("cases", index, "id"), f"duplicate id {quoted(entry.id)}"))
        ids.add(entry.id)
        if organisation is not None:
            try:
                cases.append(_case(document, index, entry, organisation))
            except InvalidInput as error:
                findings.append(document.finding(("cases", index, error.field), str(error)))
    if findings:
        raise ScenarioError(findings)
    return Suite(path, tuple(cases))


def _organisation(path: Path, document: Document, findings: list[Finding]) -> Organisation | None:
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


def _case(document: Document, index: int, shape: schema.CaseShape, organisation: Organisation) -> Case:
    expect = shape.expect
    return Case(
        id=shape.id,
        title=shape.title,
        request=AccessRequest(
            subject=organisation.subject(shape.subject),
            action=shape.action,
            dossier=organisation.dossier(shape.dossier),
            categories=frozenset(shape.categories),
            group=shape.group,
            purpose=shape.purpose,
            at=read_moment(shape.at),
            mode=shape.mode,
            context=_context(shape.context),
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
        place=document.finding(("cases", index), ""),
    )


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
    glass = shape.break_glass
    justification = glass.justification if isinstance(glass, schema.BreakGlassShape) else glass
    return Context(**values, break_glass=justification)
