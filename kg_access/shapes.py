"""Checking the content of a file against its shape: pydantic finds, and the findings carry file, line and column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kg_access.documents import Document, Key, read_yaml
from kg_access.errors import Finding, did_you_mean, quoted

Content = TypeVar("Content")

_PLAIN_WORDS: Final[Mapping[str, str]] = {
    "bool_type": "write true or false",
    "dict_type": "write keys with values",
    "int_type": "write a whole number",
    "list_type": "write a list",
    "model_type": "write keys with values",
    "string_pattern_mismatch": "it is not written as it should be",
    "string_too_short": "it is empty",
    "string_type": "write a text",
    "too_short": "it is empty",
}


class Shape(BaseModel):
    """What all shapes share: nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_checked(
    path: Path, adapter: TypeAdapter[Content], findings: list[Finding], *, name: str | None = None, strict: bool = True
) -> tuple[Document, Content] | None:
    """
    Read a YAML file and check its content against its shape.

    Args:
        path: The file.
        adapter: The shape.
        findings: Where findings go.
        name: What the file is called in findings; its path when left out.
        strict: Whether it is read as strictly as a policy, or as scenario files are.

    Returns:
        The file and its checked content, or `None` when it is refused.
    """
    called = str(path) if name is None else name
    try:
        data = path.read_bytes()
    except OSError as error:
        findings.append(Finding(called, 0, 0, f"cannot be read: {(error.strerror or 'unknown fault').lower()}"))
        return None
    document = read_yaml(called, data, findings, strict=strict)
    content = None if document is None else check(adapter, document, findings)
    return None if document is None or content is None else (document, content)


def check(adapter: TypeAdapter[Content], document: Document, findings: list[Finding]) -> Content | None:
    """
    Check the content of a file against its shape.

    Args:
        adapter: The shape.
        document: The file.
        findings: Where findings go.

    Returns:
        The checked content, or `None` when it is refused.
    """
    try:
        return adapter.validate_python(document.content)
    except ValidationError as error:
        problems = (problem for problem in error.errors(include_url=False) if not _is_other_choice(problem))
        findings.extend(_finding(adapter, document, problem) for problem in problems)
        return None


def _is_other_choice(problem: Mapping[str, Any]) -> bool:
    """Tell whether a problem is only that a value is not the one fixed word that it might have been."""
    return any(str(key).startswith("literal[") for key in problem["loc"])


def _finding(adapter: TypeAdapter[Any], document: Document, problem: Mapping[str, Any]) -> Finding:
    written: tuple[Key, ...] = tuple(key for key in problem["loc"] if not str(key).endswith("]"))
    keys = written
    while keys and keys not in document.places and problem["type"] != "missing":
        keys = keys[:-1]
    last = next((key for key in reversed(written) if isinstance(key, str)), "the file")
    match problem["type"]:
        case "extra_forbidden":
            known = _known_keys(adapter, keys[:-1])
            return document.finding(keys, f"unknown key {quoted(last)}", did_you_mean(last, known))
        case "missing":
            return document.finding(keys[:-1], f"the key {quoted(last)} is missing")
        case "literal_error" | "enum":
            expected = re.findall(r"'([^']+)'", str(problem["ctx"]["expected"]))
            message = f"unknown word {quoted(problem['input'])} in {quoted(last)}"
            return document.finding(keys, message, did_you_mean(problem["input"], expected))
        case "value_error":
            return document.finding(keys, f"{quoted(last)} is wrong", str(problem["ctx"]["error"]))
        case kind:
            help_ = _PLAIN_WORDS.get(kind, str(problem["msg"]).lower())
            return document.finding(keys, f"{quoted(last)} is wrong", help_)


def _known_keys(adapter: TypeAdapter[Any], keys: tuple[Key, ...]) -> set[str]:
    """Find the keys that can stand at a place."""
    whole = adapter.json_schema()
    node = _resolved(whole, whole)
    for key in keys:
        node = _resolved(whole, _below(whole, node, key))
    return set(node.get("properties", {}))


def _below(whole: Mapping[str, Any], node: Mapping[str, Any], key: Key) -> Mapping[str, Any]:
    for choice in node.get("anyOf", [node]):
        option = _resolved(whole, choice)
        if isinstance(key, int) and "items" in option:
            return dict(option["items"])
        if key in option.get("properties", {}):
            return dict(option["properties"][key])
        for values in (*option.get("patternProperties", {}).values(), option.get("additionalProperties")):
            if isinstance(values, dict):
                return values
    return {}


def _resolved(whole: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        node = whole["$defs"][str(node["$ref"]).rpartition("/")[2]]
    for choice in node.get("anyOf", ()):
        if "$ref" in choice:
            return _resolved(whole, choice)
    return node
