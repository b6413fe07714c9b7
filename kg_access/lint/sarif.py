"""What lint found as SARIF 2.1.0, the format of code scanners."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from kg_access.errors import Finding
from kg_access.lint.diagnostic import CODES, Diagnostic

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(found: Sequence[Diagnostic], version: str) -> str:
    """
    Write a SARIF log of one run; what is accepted is a suppressed result with its justification.

    Args:
        found: What lint found.
        version: The version of kg_access.
    """
    codes = list(CODES)
    driver = {
        "name": "kg-access",
        "version": version,
        "rules": [
            {"id": code, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "error"}}
            for code, text in CODES.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code)) for each in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _result(each: Diagnostic, number: int) -> dict[str, Any]:
    result = {
        "ruleId": each.code,
        "ruleIndex": number,
        "level": "error",
        "message": {"text": f"{each.finding.message}; {each.finding.help}"},
        "locations": [{"physicalLocation": _location(each.finding)}],
    }
    if each.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": each.accepted}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    path = Path(finding.path)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    region = {"startLine": finding.line, "startColumn": finding.column}
    written = {name: number for name, number in region.items() if number}
    return {"artifactLocation": {"uri": uri}, **({"region": written} if written else {})}
