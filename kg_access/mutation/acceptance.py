"""Survivors that are accepted, each with its reason, as `survivors.yaml` of a policy lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs
from pydantic import Field, TypeAdapter

from kg_access.errors import Finding, ScenarioError, quoted
from kg_access.shapes import Shape, read_checked

PLACE: Final = "scenarios/survivors.yaml"


class _AcceptanceShape(Shape):
    rule: str = Field(min_length=1)
    change: str = Field(min_length=1)
    why: str = Field(min_length=1)


class _FileShape(Shape):
    survivors: list[_AcceptanceShape] = Field(min_length=1)


_FILE: Final = TypeAdapter(_FileShape)


@attrs.frozen
class Acceptance:
    """
    A survivor that is accepted.

    Attributes:
        rule: The rule.
        change: The change, as the report names it.
        why: Why no case needs to notice it.
        place: File and line.
    """

    rule: str
    change: str
    why: str
    place: Finding


def read_acceptances(policies: Path) -> tuple[Acceptance, ...]:
    """
    Read the accepted survivors of a policy.

    Args:
        policies: The folder of the policy; without the file, none are accepted.

    Raises:
        ScenarioError: Something in the file is wrong; it lists every finding.
    """
    path = policies / PLACE
    if not path.exists():
        return ()
    findings: list[Finding] = []
    read = read_checked(path, _FILE, findings, strict=False)
    if read is None:
        raise ScenarioError(findings)
    document, shape = read
    found: dict[tuple[str, str], Acceptance] = {}
    for number, entry in enumerate(shape.survivors):
        place = document.finding(("survivors", number), "")
        if (entry.rule, entry.change) in found:
            message = f"{quoted(entry.rule)} with {quoted(entry.change)} stands there twice"
            findings.append(attrs.evolve(place, message=message, help="keep one of them"))
        found[entry.rule, entry.change] = Acceptance(entry.rule, entry.change, entry.why, place)
    if findings:
        raise ScenarioError(findings)
    return tuple(found.values())
