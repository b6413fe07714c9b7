"""What lint looks at: a policy, the files around it, its decided cases, and a day."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import attrs

from kg_access.designations import Designations
from kg_access.documents import Document, Key, read_yaml
from kg_access.errors import Finding
from kg_access.invariants import Invariant
from kg_access.lint.permits import Ground
from kg_access.policy import Policy, Row
from kg_access.scenarios import Result
from kg_access.trace import Trace, trace


@attrs.define(slots=False)
class Inspected:
    """
    A policy with everything that lint holds against it.

    Attributes:
        policy: The policy.
        folder: Where it lies.
        results: What became of the cases.
        designations: The designations.
        organisation: The organisation file.
        day: The number of the Brussels calendar day on which lint looks.
        ahead: How many days before its end an agreement is about to lapse.
        invariants: What is claimed of the policy.
    """

    policy: Policy
    folder: Path
    results: tuple[Result, ...]
    designations: Designations
    organisation: Document
    day: int
    ahead: int
    invariants: tuple[Invariant, ...] = ()

    @cached_property
    def ground(self) -> Ground:
        """The rows as boxes."""
        return Ground(self.policy)

    @cached_property
    def trace(self) -> Trace:
        """The links from clauses to cases."""
        return trace(self.policy, self.results, folder=self.folder, invariants=self.invariants)

    def document(self, path: str) -> Document:
        """
        Read a YAML file of the policy once more, for its places; the reader of the policy has checked it.

        Args:
            path: The file, relative to the folder of the policy.
        """
        if path not in self._documents:
            file = self.folder / path
            document = read_yaml(str(file), file.read_bytes(), [])
            self._documents[path] = document or Document(str(file), {}, {})
        return self._documents[path]

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return {}

    def at_rule(self, rows: Iterable[Row], message: str, fix: str) -> Finding:
        """
        Make a finding at the line of a rule.

        Args:
            rows: The rows of the rule.
            message: What is wrong.
            fix: What would be right.
        """
        row = next(iter(rows))
        return Finding(str(self.folder / row.path), row.line, 1, message, fix)

    def at(self, path: str, keys: tuple[Key, ...], message: str, fix: str) -> Finding:
        """
        Make a finding in a YAML file of the policy.

        Args:
            path: The file, relative to the folder of the policy.
            keys: The path of keys to the value.
            message: What is wrong.
            fix: What would be right.
        """
        return self.document(path).finding(keys, message, fix)
