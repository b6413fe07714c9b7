"""The reviewed form of a Casbin model: deny overrides, default deny, every column equal or any."""

from __future__ import annotations

import re
from collections.abc import Collection

from kg_access.documents import read_text
from kg_access.errors import Finding, did_you_mean, quoted

EFFECT = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
_KEYS = {"request_definition": "r", "policy_definition": "p", "policy_effect": "e", "matchers": "m"}


def condition(column: str) -> str:
    """
    Write the one reviewed condition on a column.

    Args:
        column: The name of a fact.
    """
    return f'(p.{column} == "*" || r.{column} == p.{column})'


def model_text(columns: tuple[str, ...]) -> str:
    """
    Write the reviewed model of a table.

    Args:
        columns: The facts that the table speaks of.
    """
    return (
        f"[request_definition]\nr = {', '.join(columns)}\n"
        f"[policy_definition]\np = id, {', '.join(columns)}, eft\n"
        f"[policy_effect]\ne = {EFFECT}\n"
        f"[matchers]\nm = {' && '.join(map(condition, columns))}\n"
    )


def read_model(path: str, data: bytes, known: Collection[str], findings: list[Finding]) -> tuple[str, ...] | None:
    """
    Read a model and check that it has the reviewed form.

    Args:
        path: The name of the file, for findings.
        data: Its bytes.
        known: The facts that this table can speak of.
        findings: Where findings go.

    Returns:
        The columns of the table, or `None` when the model is refused.
    """
    before = len(findings)
    text = read_text(path, data, findings)
    if text is None:
        return None
    definitions = _definitions(path, text, findings)
    if len(findings) > before:
        return None
    columns = _columns(path, definitions["r"], known, findings)
    line, tokens = definitions["p"]
    if _names(tokens) != ("id", *columns, "eft"):
        right = f"p = id, {', '.join(columns)}, eft"
        findings.append(Finding(path, line, 0, f"{quoted('p')} does not fit the request", f"write `{right}`"))
    line, effect = definitions["e"]
    if effect != EFFECT:
        findings.append(
            Finding(path, line, 0, "the effect is not deny-overrides with default deny", f"write `e = {EFFECT}`")
        )
    _check_matcher(path, definitions["m"], columns, findings)
    return columns if len(findings) == before else None


def _definitions(path: str, text: str, findings: list[Finding]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or line.startswith("#"):
            continue
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
            if section not in _KEYS:
                findings.append(
                    Finding(path, number, 1, f"unknown section {quoted(section)}", did_you_mean(section, _KEYS))
                )
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or section not in _KEYS or key != _KEYS[section]:
            right = f"`{_KEYS[section]} = ...` belongs here" if section in _KEYS else "start with a section"
            findings.append(Finding(path, number, 1, f"unexpected line {quoted(stripped)}", right))
        elif key in found:
            findings.append(Finding(path, number, 1, f"{quoted(key)} is defined twice", "keep one of them"))
        else:
            found[key] = (number, value)
    missing = [f"[{section}]" for section, key in _KEYS.items() if key not in found]
    if missing:
        findings.append(Finding(path, 0, 0, f"missing {', '.join(map(quoted, missing))}"))
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _columns(
    path: str, definition: tuple[int, str], known: Collection[str], findings: list[Finding]
) -> tuple[str, ...]:
    line, text = definition
    columns = _names(text)
    for index, column in enumerate(columns):
        if column not in known:
            findings.append(
                Finding(path, line, 0, f"{quoted(column)} is no fact of this table", did_you_mean(column, known))
            )
        elif column in columns[:index]:
            findings.append(Finding(path, line, 0, f"the fact {quoted(column)} stands there twice", "keep one of them"))
    return columns


def _check_matcher(path: str, definition: tuple[int, str], columns: tuple[str, ...], findings: list[Finding]) -> None:
    line, matcher = definition
    wanted = {condition(column): column for column in columns}
    written = [re.sub(r"\s+", " ", part.strip()) for part in matcher.split("&&")]
    for part in written:
        if part not in wanted:
            example = condition(columns[0])
            help_ = f"each condition has the form {example}, joined by &&"
            findings.append(Finding(path, line, 0, f"the matcher has {quoted(part)}, which is not reviewed", help_))
    for part, column in wanted.items():
        if written.count(part) != 1:
            message = f"the matcher has {written.count(part)} conditions on {quoted(column)}"
            findings.append(Finding(path, line, 0, message, f"write {part} once"))
