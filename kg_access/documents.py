"""
Text files with places: UTF-8 text, and YAML whose every value knows its line and column.

YAML is read without surprises: every plain scalar is a text, but for `null`, `true` and `false`; a duplicate key and a
tag are findings, and in a policy so are an anchor and an alias.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import yaml

from kg_access.errors import Finding, quoted

Key = str | int
Place = tuple[int, int]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
MOST_VALUES = 1_000_000
MOST_DEPTH = 40
UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
UNWANTED = UNREADABLE | {"Cf", "Cn", "Co"}
_QUOTED = frozenset("'\"|>")


@attrs.frozen
class Document:
    """
    A YAML file.

    Attributes:
        path: The file, relative to the folder that was read.
        content: Its content, made of dicts, lists, texts, booleans and `None`.
        places: Line and column, from 1, of every value and key by its path of keys.
    """

    path: str
    content: Any
    places: Mapping[tuple[Key, ...], Place]

    def finding(self, keys: tuple[Key, ...], message: str, help: str = "") -> Finding:  # noqa: A002 - its name there
        """
        Make a finding at the place of a value.

        Args:
            keys: The path of keys to the value; the nearest one that has a place counts.
            message: What is wrong.
            help: What would be right.
        """
        while keys and keys not in self.places:
            keys = keys[:-1]
        line, column = self.places.get(keys, (1, 1))
        return Finding(self.path, line, column, message, help)

    def part(self, keys: tuple[Key, ...]) -> Document:
        """
        Take a part of the file for itself.

        Args:
            keys: The path of keys to the part.
        """
        content = self.content
        for key in keys:
            content = content[key]
        depth = len(keys)
        return Document(
            self.path, content, {path[depth:]: place for path, place in self.places.items() if path[:depth] == keys}
        )


def read_text(path: str, data: bytes, findings: list[Finding], *, strict: bool = True) -> str | None:
    """
    Read a file as text: UTF-8 without a byte-order mark, composed (NFC), without control characters.

    Args:
        path: The name of the file, for findings.
        data: Its bytes.
        findings: Where findings go.
        strict: Whether to refuse what could look like something else, as in a policy.

    Returns:
        The text with line feeds as line ends, or `None` when it cannot be used.
    """
    before = len(findings)
    if data.startswith(b"\xef\xbb\xbf"):
        findings.append(Finding(path, 1, 1, "the file starts with a byte-order mark", "save it as UTF-8 without BOM"))
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.append(Finding(path, line, 0, "the file is not UTF-8", "save it as UTF-8"))
        return None
    text = text.replace("\r\n", "\n")
    for number, line_text in enumerate(text.split("\n"), start=1):
        findings.extend(_unwanted_characters(path, number, line_text, UNWANTED if strict else UNREADABLE))
    if not text.strip():
        findings.append(Finding(path, 0, 0, "the file is empty"))
    return text if len(findings) == before else None


def _unwanted_characters(path: str, number: int, line: str, unwanted: frozenset[str]) -> Iterator[Finding]:
    if line.isascii() and line.isprintable():
        return
    for column, character in enumerate(line, start=1):
        if unicodedata.category(character) in unwanted and (unwanted is UNWANTED or character != "\t"):
            code = f"U+{ord(character):04X}"
            yield Finding(path, number, column, f"unwanted character {quoted(code)}", "remove it")
    if unwanted is UNWANTED and unicodedata.normalize("NFC", line) != line:
        yield Finding(path, number, 0, "the line is not composed Unicode", "save it in form NFC")


def read_yaml(path: str, data: bytes, findings: list[Finding], *, strict: bool = True) -> Document | None:
    """
    Read a YAML file.

    Args:
        path: The name of the file, for findings.
        data: Its bytes.
        findings: Where findings go.
        strict: Whether to refuse what could look like something else, as in a policy; otherwise aliases are taken.

    Returns:
        The document, or `None` when it cannot be used.
    """
    before = len(findings)
    text = read_text(path, data, findings, strict=strict)
    if text is None:
        return None
    try:
        findings.extend(_tricks(path, text, aliases=not strict))
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        what = getattr(error, "problem", None) or "it cannot be read"
        findings.append(Finding(path, line, column, f"the file is not YAML: {what}"))
        return None
    if node is None:
        findings.append(Finding(path, 0, 0, "the file is empty"))
        return None
    builder = _Builder(path, findings)
    try:
        content = builder.build(node, ())
    except RecursionError:
        return None
    return Document(path, content, builder.places) if len(findings) == before else None


def _tricks(path: str, text: str, *, aliases: bool) -> Iterator[Finding]:
    """Find tags, anchors and aliases, which could make a value other than it looks."""
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if getattr(event, "tag", None) is not None:
            yield Finding(path, line, column, f"the tag {quoted(event.tag)} is not allowed", "write the value alone")
        if getattr(event, "anchor", None) is not None and not aliases:
            message = f"the anchor or alias {quoted(event.anchor)} is not allowed"
            yield Finding(path, line, column, message, "write the value out")


class _Builder:
    def __init__(self, path: str, findings: list[Finding]) -> None:
        self.path = path
        self.findings = findings
        self.places: dict[tuple[Key, ...], Place] = {}

    def build(self, node: Any, keys: tuple[Key, ...]) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.places.setdefault(keys, place)
        if len(keys) > MOST_DEPTH or len(self.places) > MOST_VALUES:
            self.findings.append(Finding(self.path, *place, "the file repeats itself without end", "remove aliases"))
            raise RecursionError
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style in {"'", '"', "|", ">"} else _PLAIN.get(node.value, node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*keys, index)) for index, child in enumerate(node.value)]
        return self._mapping(node, keys)

    def _mapping(self, node: Any, keys: tuple[Key, ...]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self.findings.append(Finding(self.path, *place, "a key is a single word"))
                continue
            key = key_node.value
            if key in content:
                self.findings.append(Finding(self.path, *place, f"duplicate key {quoted(key)}", "keep one of them"))
                continue
            self.places[(*keys, key)] = place
            content[key] = self.build(value_node, (*keys, key))
        return content
