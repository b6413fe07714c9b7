"""
The strict reader of `models/` and `policies/`.

Nothing reaches Casbin unchecked: whatever is unknown, doubled, empty, misspelt or misplaced is refused, and all of it
is reported at once.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from kg_access.days import day_of
from kg_access.documents import Document, Key, Place, read_text, read_yaml
from kg_access.errors import Finding, PolicyDataMissing, PolicyError, did_you_mean, quoted
from kg_access.facts import COLUMNS
from kg_access.policy import schema
from kg_access.policy.build import (
    build_clauses,
    build_domains,
    build_reasons,
    build_register_terms,
    build_vocabulary,
)
from kg_access.policy.cross_references import CrossReferences
from kg_access.policy.expand import build_table
from kg_access.policy.model import read_model
from kg_access.policy.record import Policy, Table
from kg_access.policy.rules import Rule, read_rules
from kg_access.policy.written import Written
from kg_access.shapes import check

TABLES: Final = tuple(COLUMNS)
SCENARIOS: Final = "scenarios"
BESIDE: Final = frozenset({"designations.yaml", "invariants.yaml", "lint.yaml"})
"""Files about the policy that no decision depends on, so that they are no part of its digest."""

_YAML: Final[Mapping[str, TypeAdapter[Any]]] = {
    "clauses.yaml": schema.CLAUSES,
    "reasons.yaml": schema.REASONS,
    "vocabulary/actions.yaml": schema.LABELS,
    "vocabulary/categories.yaml": schema.CATEGORIES,
    "vocabulary/channels.yaml": schema.CHANNELS,
    "vocabulary/facts.yaml": schema.FACTS,
    "vocabulary/groups.yaml": schema.GROUPS,
    "vocabulary/obligations.yaml": schema.LABELS,
    "vocabulary/phases.yaml": schema.LABELS,
    "vocabulary/purposes.yaml": schema.LABELS,
    "vocabulary/recipient_types.yaml": schema.LABELS,
    "vocabulary/roles.yaml": schema.ROLES,
    "vocabulary/services.yaml": schema.SERVICES,
    "vocabulary/standings.yaml": schema.LABELS,
    "registers/eea.yaml": schema.COUNTRIES,
    "registers/key_holders.yaml": schema.HOLDERS,
    "registers/processors.yaml": schema.PROCESSORS,
    "registers/recipients.yaml": schema.RECIPIENTS,
}


class _Draft(NamedTuple):
    columns: tuple[str, ...]
    rules: list[Rule]


def load_policy(policies: Traversable | Path, models: Traversable | Path) -> Policy:
    """
    Read and check a policy.

    Args:
        policies: The folder with `policy.toml`, vocabulary, registers and rules.
        models: The folder with the Casbin models.

    Raises:
        PolicyDataMissing: A folder is not there.
        PolicyError: Something in the files is wrong; it lists every finding.
    """
    return load_written(policies, models).policy


def load_written(policies: Traversable | Path, models: Traversable | Path) -> Written:
    """
    Read and check a policy, and keep its rules as they are written.

    Args:
        policies: The folder with `policy.toml`, vocabulary, registers and rules.
        models: The folder with the Casbin models.

    Raises:
        PolicyDataMissing: A folder is not there.
        PolicyError: Something in the files is wrong; it lists every finding.
    """
    for kind, folder in (("policies", policies), ("models", models)):
        if not folder.is_dir():
            raise PolicyDataMissing(kind, [str(folder)])
    return _Reader(policies, models).written()


def _is_beside(path: str) -> bool:
    """Tell whether a file only lies beside the policy: what is said about it, scenarios and notes."""
    folder, _, name = path.rpartition("/")
    return (
        folder == SCENARIOS
        or folder.startswith(f"{SCENARIOS}/")
        or path in BESIDE
        or name in {"scenarios.yaml", "README.md"}
    )


def _files(folder: Traversable | Path, prefix: str, findings: list[Finding]) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _files(entry, f"{name}/", findings)
        else:
            try:
                yield name, entry.read_bytes()
            except OSError as error:
                message = f"cannot be read: {(error.strerror or 'unknown fault').lower()}"
                findings.append(Finding(name, 0, 0, message))


class _Reader:
    def __init__(self, policies: Traversable | Path, models: Traversable | Path) -> None:
        self.findings: list[Finding] = []
        self.source = str(policies)
        self.files = dict(_files(policies, "", self.findings))
        self.models = dict(_files(models, "", self.findings))
        self.documents: dict[str, Document] = {}
        self.checked: dict[str, Any] = {}

    def written(self) -> Written:
        self._refuse_strangers()
        head = self._head()
        for path, adapter in _YAML.items():
            self._read(path, adapter)
        CrossReferences(self.documents, self.checked, self.findings).check()
        if head is not None:
            self._check_list_sizes(head)
        drafts = dict(self._drafts())
        self._stop_at_findings()
        assert head is not None  # noqa: S101 - a head that is refused leaves findings
        vocabulary = build_vocabulary(self.checked)
        registers = build_register_terms(self.checked)
        domains = build_domains(self.checked)
        tables = {
            name: build_table(name, draft.columns, draft.rules, vocabulary, registers, domains, self.findings)
            for name, draft in drafts.items()
        }
        self._check_citations(tables)
        self._stop_at_findings()
        effective = head.effective_from
        announced = head.published_on is not None and head.published_on <= effective
        published = announced and effective.toordinal() <= day_of(None)
        policy = Policy(
            name=head.name,
            version=head.version,
            published_on=head.published_on,
            effective_from=head.effective_from,
            published=published,
            break_glass=head.break_glass,
            controller=head.controller,
            contact=head.contact,
            list_sizes=head.list_sizes,
            vocabulary=vocabulary,
            reasons=build_reasons(self.checked),
            clauses=build_clauses(self.checked),
            registers=registers,
            tables=tables,
            digest=self._digest(),
            source=self.source,
        )
        return Written(policy, {name: tuple(draft.rules) for name, draft in drafts.items()}, domains)

    def _stop_at_findings(self) -> None:
        if self.findings:
            raise PolicyError(self.findings)

    def _refuse_strangers(self) -> None:
        known = {"policy.toml", *_YAML, *BESIDE, *(f"{name}/rules.csv" for name in TABLES)}
        for path in self.files:
            if path not in known and not _is_beside(path):
                self.findings.append(Finding(path, 0, 0, f"unknown file {quoted(path)}", did_you_mean(path, known)))
        models = {f"{name}.conf" for name in TABLES}
        for path in self.models:
            if path not in models:
                self.findings.append(
                    Finding(f"models/{path}", 0, 0, f"unknown file {quoted(path)}", did_you_mean(path, models))
                )

    def _bytes(self, path: str) -> bytes | None:
        data = self.files.get(path)
        if data is None and all(finding.path != path for finding in self.findings):
            self.findings.append(Finding(path, 0, 0, "the file is missing"))
        return data

    def _read(self, path: str, adapter: TypeAdapter[Any]) -> None:
        data = self._bytes(path)
        document = None if data is None else read_yaml(path, data, self.findings)
        if document is None:
            return
        self.documents[path] = document
        content = check(adapter, document, self.findings)
        if content is not None:
            if content:
                self.checked[path] = content
            else:
                self.findings.append(Finding(path, 0, 0, "the file is empty"))

    def _head(self) -> schema.PolicyShape | None:
        path = "policy.toml"
        data = self._bytes(path)
        text = None if data is None else read_text(path, data, self.findings)
        if text is None:
            return None
        try:
            content = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            place = re.search(r"line (\d+), column (\d+)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (0, 0)
            self.findings.append(Finding(path, line, column, "the file is not TOML", str(error).lower()))
            return None
        head: schema.PolicyShape | None = check(
            schema.POLICY, Document(path, content, _toml_places(text)), self.findings
        )
        return head

    def _check_list_sizes(self, head: schema.PolicyShape) -> None:
        standings = self.checked.get("vocabulary/standings.yaml", head.list_sizes)
        for standing in head.list_sizes:
            if standing not in standings:
                message = f"unknown word {quoted(standing)} in `list_sizes`"
                place = _toml_places(self.files["policy.toml"].decode()).get(("list_sizes", standing), (0, 0))
                self.findings.append(Finding("policy.toml", *place, message, did_you_mean(standing, standings)))

    def _drafts(self) -> Iterator[tuple[str, _Draft]]:
        """Read the models and rules as they are written."""
        domains = build_domains(self.checked)
        ids: dict[str, Rule] = {}
        for name in TABLES:
            model = self.models.get(f"{name}.conf")
            if model is None:
                self.findings.append(Finding(f"models/{name}.conf", 0, 0, "the file is missing"))
                continue
            columns = read_model(f"models/{name}.conf", model, COLUMNS[name], self.findings)
            data = self._bytes(f"{name}/rules.csv")
            if columns is None or data is None:
                continue
            own = {column: domains.get(column) for column in columns}
            rules = read_rules(f"{name}/rules.csv", data, own, self.checked.get("clauses.yaml"), self.findings)
            for rule in rules:
                if rule.id in ids and ids[rule.id].path != rule.path:
                    message = f"duplicate id {quoted(rule.id)}"
                    self.findings.append(rule.finding(message, f"{ids[rule.id].path} has it too"))
                ids[rule.id] = rule
            yield name, _Draft(columns, rules)

    def _check_citations(self, tables: Mapping[str, Table]) -> None:
        cited = {clause for table in tables.values() for row in table.rows for clause in row.clauses}
        document = self.documents["clauses.yaml"]
        for name, clause in self.checked["clauses.yaml"].items():
            if clause.level == "decides" and name not in cited:
                self.findings.append(
                    document.finding((name,), f"no rule cites {quoted(name)}, which decides", "cite it in a rule")
                )

    def _digest(self) -> str:
        digest = hashlib.sha256()
        named = {**self.files, **{f"models/{path}": data for path, data in self.models.items()}}
        for path in sorted(named):
            if not _is_beside(path):
                data = named[path].replace(b"\r\n", b"\n")
                digest.update(f"{path}\0{len(data)}\0".encode())
                digest.update(data)
        return digest.hexdigest()


def _toml_places(text: str) -> dict[tuple[Key, ...], Place]:
    """Find the line and column of every key and table of simple TOML."""
    places: dict[tuple[Key, ...], Place] = {}
    table: tuple[Key, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if match := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            table = tuple(part.strip().strip("\"'") for part in match[1].split("."))
            places.setdefault(table, (number, match.start(1) + 1))
        elif match := re.match(r"\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*=", line):
            places.setdefault((*table, match[1].strip("\"'")), (number, match.start(1) + 1))
    return places
