"""Scenario files: cases and products with their expected decisions, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import attrs
from pydantic import TypeAdapter

from kg_access.documents import Document
from kg_access.errors import Finding, ScenarioError, quoted
from kg_access.scenarios import schema
from kg_access.scenarios.case import Case, read_case
from kg_access.scenarios.organisation import Organisation, build_organisation, read_document
from kg_access.scenarios.product import Product, read_product
from kg_access.shapes import check

_HOLDS_SCENARIOS = re.compile(rb"^(cases|products):", re.MULTILINE)
Shape = TypeVar("Shape", bound=schema.SettingShape)
Record = TypeVar("Record")


@attrs.frozen(repr=False, eq=False)
class Suite:
    """
    A scenario file.

    Attributes:
        path: The file.
        cases: Its cases.
        products: Its products.
    """

    path: Path
    cases: tuple[Case, ...]
    products: tuple[Product, ...] = ()

    def __repr__(self) -> str:
        products = f" and {len(self.products)} products" if self.products else ""
        return f"<Suite of {len(self.cases)} cases{products}>"


def find_scenarios(paths: Iterable[Path]) -> list[Path]:
    """
    Find scenario files: the files named, and in folders every YAML file with `cases` or `products`.

    Args:
        paths: Files and folders.

    Raises:
        ScenarioError: A path is not there, or a folder holds no scenario file.
    """
    found: list[Path] = []
    findings: list[Finding] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*.yaml")) if holds_scenarios(file)]
            found.extend(inside)
            if not inside:
                findings.append(Finding(str(path), 0, 0, "no YAML file with `cases` or `products` in this folder"))
        elif path.is_file():
            found.append(path)
        else:
            findings.append(Finding(str(path), 0, 0, "there is no such file or folder"))
    if findings:
        raise ScenarioError(findings)
    return list(dict.fromkeys(found))


def holds_scenarios(path: Path) -> bool:
    """
    Tell whether a YAML file has `cases` or `products` at its top.

    Args:
        path: The file.
    """
    return _HOLDS_SCENARIOS.search(path.read_bytes()) is not None


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
    if shape is not None and not shape.cases and not shape.products:
        findings.append(
            document.finding((), "the key `cases` is missing", "a scenario file has `cases`, `products` or both")
        )
    organisation = _organisation(path, document, findings)
    seen: set[str] = set()
    cases = _entries(document, "cases", schema.CASE, read_case, organisation, seen, findings)
    products = _entries(document, "products", schema.PRODUCT, read_product, organisation, seen, findings)
    if findings:
        raise ScenarioError(findings)
    return Suite(path, cases, products)


def read_suites(paths: Iterable[Path]) -> list[Suite]:
    """
    Read scenario files, and report what is wrong in all of them at once.

    Args:
        paths: The files.

    Raises:
        ScenarioError: Something in them is wrong; it lists every finding.
    """
    suites: list[Suite] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            suites.append(read_suite(path))
        except ScenarioError as error:
            findings.extend(error.findings)
    if findings:
        raise ScenarioError(findings)
    return suites


def _entries(
    document: Document,
    key: str,
    adapter: TypeAdapter[Shape],
    read: Callable[[Document, Shape, Organisation | None, list[Finding]], Record | None],
    organisation: Organisation | None,
    seen: set[str],
    findings: list[Finding],
) -> tuple[Record, ...]:
    written = document.content.get(key) if isinstance(document.content, dict) else None
    records: list[Record] = []
    for index in range(len(written) if isinstance(written, list) else 0):
        part = document.part((key, index))
        entry = check(adapter, part, findings)
        if entry is None:
            continue
        if entry.id in seen:
            findings.append(part.finding(("id",), f"duplicate id {quoted(entry.id)}"))
        seen.add(entry.id)
        record = read(part, entry, organisation, findings)
        if record is not None:
            records.append(record)
    return tuple(records)


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
