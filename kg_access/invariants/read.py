"""The strict reader of `invariants.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from pydantic import Field, TypeAdapter, model_validator

from kg_access.documents import Document, Key
from kg_access.errors import Finding, PolicyError, did_you_mean, quoted
from kg_access.invariants.record import Always, AsWith, Carry, Claim, Invariant, Only
from kg_access.policy.expand import expand_conditions
from kg_access.policy.record import Label, Policy
from kg_access.policy.rules import CHOICE, read_conditions
from kg_access.shapes import Shape, read_checked
from kg_access.space import Box
from kg_access.vocabulary import Obligation

FILE: Final = "invariants.yaml"
_SPOKEN_OF: Final = ("always", "never", "permits")


class InvariantShape(Shape):
    """An invariant: what it says, its clauses, and what has to be proved."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)
    clauses: list[str] = Field(min_length=1)
    always: str | None = None
    never: str | None = None
    permits: str | None = None
    only: list[str] | None = Field(default=None, min_length=1)
    carry: list[Obligation] | None = Field(default=None, min_length=1)
    as_with: str | None = None
    overridden_by: list[str] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        further = [self.only, self.carry, self.as_with, self.overridden_by]
        if sum(text is not None for text in (self.always, self.never, self.permits)) != 1:
            raise ValueError("write one of `always`, `never` and `permits`")
        if (self.permits is None) is not all(value is None for value in further):
            raise ValueError("`permits` goes with one of `only`, `carry`, `as_with` and `overridden_by`")
        return self


INVARIANTS: Final = TypeAdapter(dict[str, InvariantShape])


def read_invariants(folder: Path, policy: Policy) -> list[Invariant]:
    """
    Read what is claimed of a policy.

    Args:
        folder: The folder of the policy; without a file `invariants.yaml` in it, nothing is claimed.
        policy: The policy, whose words count.

    Raises:
        PolicyError: Something in the file is wrong; it lists every finding.
    """
    file = folder / FILE
    if not file.exists():
        return []
    findings: list[Finding] = []
    invariants: list[Invariant] = []
    found = read_checked(file, INVARIANTS, findings, name=FILE)
    if found is not None:
        document, shapes = found
        reader = _Reader(document, policy, findings)
        invariants = [reader.invariant(name, shape) for name, shape in shapes.items()]
    if findings:
        raise PolicyError(findings)
    return invariants


class _Reader:
    def __init__(self, document: Document, policy: Policy, findings: list[Finding]) -> None:
        self.document = document
        self.policy = policy
        self.findings = findings
        self.domains = {fact: words for table in policy.tables.values() for fact, words in table.domains.items()}

    def invariant(self, name: str, shape: InvariantShape) -> Invariant:
        self._check_words((name, "clauses"), "clause", shape.clauses, {*self.policy.clauses, CHOICE})
        self._check_words((name, "overridden_by"), "table", shape.overridden_by or [], self.policy.tables)
        key, written = next((key, text) for key in _SPOKEN_OF if (text := getattr(shape, key)) is not None)
        boxes = self._boxes((name, key), written)
        line, _ = self.document.places[name,]
        return Invariant(
            id=name,
            label=Label(shape.nl, shape.en),
            clauses=tuple(shape.clauses),
            boxes=boxes,
            claims=tuple(self._claims(name, shape, boxes)),
            overrides=tuple(shape.overridden_by or ()),
            path=self.document.path,
            line=line,
        )

    def _claims(self, name: str, shape: InvariantShape, boxes: Sequence[Box]) -> Iterator[Claim]:
        if shape.always is not None:
            yield Always(boxes)
        if shape.never is not None:
            yield Only(boxes, ())
        if shape.only is not None:
            parts = [self._boxes((name, "only", index), text) for index, text in enumerate(shape.only)]
            yield Only(boxes, [box for part in parts for box in part])
        if shape.carry is not None:
            yield Carry(boxes, frozenset(shape.carry))
        if shape.as_with is not None:
            for fact, words in self._words((name, "as_with"), shape.as_with).items():
                yield AsWith(boxes, fact, next(iter(words)))

    def _boxes(self, keys: tuple[Key, ...], written: str) -> list[Box]:
        count = len(self.findings)
        when = read_conditions(self.document.path, self.document.places[keys], written, self.domains, self.findings)
        if len(self.findings) > count:
            return []
        boxes = expand_conditions(when, self.policy.vocabulary, self.policy.registers, self.domains)
        if not boxes:
            self.findings.append(self.document.finding(keys, f"{quoted(written)} stands for nothing"))
        return list(boxes)

    def _words(self, keys: tuple[Key, ...], written: str) -> Mapping[str, Collection[str]]:
        boxes = self._boxes(keys, written)
        if any(len(words) != 1 for box in boxes for words in box.values()) or len(boxes) > 1 or boxes == [{}]:
            message = f"{quoted(written)} is not one word for a fact"
            self.findings.append(self.document.finding(keys, message, "write it like `break_glass=none`"))
            return {}
        return boxes[0] if boxes else {}

    def _check_words(self, keys: tuple[Key, ...], what: str, words: list[str], known: Collection[str]) -> None:
        for index, word in enumerate(words):
            if word not in known:
                message = f"unknown {what} {quoted(word)}"
                self.findings.append(self.document.finding((*keys, index), message, did_you_mean(word, known)))
