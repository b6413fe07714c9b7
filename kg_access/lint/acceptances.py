"""Findings that somebody accepted on purpose, each with a reason: `policies/lint.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final

import attrs
from pydantic import Field, TypeAdapter

from kg_access.errors import Finding, PolicyError, did_you_mean, quoted
from kg_access.lint.diagnostic import CODES, Diagnostic
from kg_access.policy.schema import Text
from kg_access.shapes import Shape, read_checked

FILE: Final = "lint.yaml"
UNNEEDED: Final = "KGL013"


class _AcceptanceShape(Shape):
    code: str
    about: Text
    why: Text


_ADAPTER: Final = TypeAdapter(Annotated[list[_AcceptanceShape], Field(min_length=1)])


@attrs.frozen
class Acceptance:
    """
    A finding that is as it should be.

    Attributes:
        code: The code of the finding.
        about: What it is about.
        why: Why it is accepted.
        place: Where the acceptance stands.
    """

    code: str
    about: str
    why: str
    place: Finding


def read_acceptances(folder: Path) -> list[Acceptance]:
    """
    Read the acceptances that belong to a policy; without a file there are none.

    Args:
        folder: The folder of the policy.

    Raises:
        PolicyError: Something in the file is wrong; it lists every finding.
    """
    path = folder / FILE
    if not path.exists():
        return []
    findings: list[Finding] = []
    read = read_checked(path, _ADAPTER, findings)
    if read is None:
        raise PolicyError(findings)
    document, shapes = read
    found: list[Acceptance] = []
    seen: set[tuple[str, str]] = set()
    known = set(CODES) - {UNNEEDED}
    for number, shape in enumerate(shapes):
        if shape.code not in known:
            message = f"unknown code {quoted(shape.code)}"
            findings.append(document.finding((number, "code"), message, did_you_mean(shape.code, known)))
        if (shape.code, shape.about) in seen:
            message = f"{shape.code} about {quoted(shape.about)} is accepted twice"
            findings.append(document.finding((number,), message, "keep one of them"))
        seen.add((shape.code, shape.about))
        found.append(Acceptance(shape.code, shape.about, shape.why, document.finding((number,), "")))
    if findings:
        raise PolicyError(findings)
    return found


def accept(diagnostics: Iterable[Diagnostic], acceptances: Iterable[Acceptance]) -> Iterator[Diagnostic]:
    """
    Mark what is accepted.

    Args:
        diagnostics: What lint found.
        acceptances: What is accepted.
    """
    reasons = {(entry.code, entry.about): entry.why for entry in acceptances}
    for diagnostic in diagnostics:
        why = reasons.get((diagnostic.code, diagnostic.about))
        yield attrs.evolve(diagnostic, accepted=why)


def unneeded(
    diagnostics: Iterable[Diagnostic], acceptances: Iterable[Acceptance], beyond: frozenset[str]
) -> Iterator[Diagnostic]:
    """
    Find acceptances that nothing needs (KGL013).

    Args:
        diagnostics: What lint found, also what does not count yet.
        acceptances: What is accepted.
        beyond: Codes that were not looked for, so that nothing can be said of their acceptances.
    """
    needed = {(diagnostic.code, diagnostic.about) for diagnostic in diagnostics}
    for entry in acceptances:
        if (entry.code, entry.about) not in needed and entry.code not in beyond:
            message = f"nothing needs the acceptance of {entry.code} about {quoted(entry.about)}"
            place = attrs.evolve(entry.place, message=message, help="remove it, or correct what it names")
            yield Diagnostic(UNNEEDED, entry.about, place)
