"""What lint found as text, JSON, or workflow commands of GitHub."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from kg_access.lint.diagnostic import CODES, Diagnostic

_IN_MESSAGES: Final[Mapping[str, str]] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES: Final[Mapping[str, str]] = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def pretty(found: Sequence[Diagnostic]) -> str:
    """
    Write text for a terminal: each finding with its place, its code and how to fix it.

    Args:
        found: What lint found.
    """
    open_, accepted = split(found)
    lines: list[str] = []
    for each in open_:
        place = ":".join(
            [each.finding.path, *(str(number) for number in (each.finding.line, each.finding.column) if number)]
        )
        lines += [f"{place}: {each.code} {each.finding.message}", f"    {each.finding.help}"]
    count = f"{len(open_)} finding{'s' * (len(open_) != 1)}"
    return "\n".join([*lines, f"{count}, {len(accepted)} accepted"])


def as_json(found: Sequence[Diagnostic]) -> str:
    """
    Write JSON, with what is accepted and why.

    Args:
        found: What lint found.
    """
    open_, accepted = split(found)
    both = {
        "findings": [_fields(each) for each in open_],
        "accepted": [{**_fields(each), "why": each.accepted} for each in accepted],
    }
    return json.dumps(both, ensure_ascii=False, indent=2)


def github(found: Sequence[Diagnostic]) -> str:
    """
    Write workflow commands, which GitHub shows beside the lines of a change.

    Args:
        found: What lint found.
    """
    return "\n".join(_command(each) for each in split(found)[0])


def split(found: Sequence[Diagnostic]) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """
    Part what must be looked at from what is accepted.

    Args:
        found: What lint found.
    """
    return [each for each in found if each.accepted is None], [each for each in found if each.accepted is not None]


def _fields(each: Diagnostic) -> dict[str, object]:
    return {
        "code": each.code,
        "finds": CODES[each.code],
        "about": each.about,
        "file": each.finding.path,
        "line": each.finding.line,
        "column": each.finding.column,
        "message": each.finding.message,
        "fix": each.finding.help,
    }


def _command(each: Diagnostic) -> str:
    properties = {"file": each.finding.path, "line": each.finding.line, "col": each.finding.column, "title": each.code}
    written = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTIES)}" for name, value in properties.items() if value)
    return f"::error {written}::{_escaped(f'{each.finding.message}; {each.finding.help}', _IN_MESSAGES)}"


def _escaped(text: str, codes: Mapping[str, str]) -> str:
    return "".join(codes.get(character, character) for character in text)
