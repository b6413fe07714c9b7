"""Words that refer to words: every role, category, service, purpose and clause that a file names must exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kg_access.documents import Document
from kg_access.errors import Finding, did_you_mean, quoted
from kg_access.facts import COMPUTED, ELSEWHERE, NOBODY, WORDED
from kg_access.policy.rules import CHOICE
from kg_access.policy.schema import RoleShape
from kg_access.vocabulary import Action, Obligation, Phase, Reason

_CLOSED: Final[Mapping[str, frozenset[str]]] = {
    "vocabulary/actions.yaml": frozenset(Action),
    "vocabulary/obligations.yaml": frozenset(Obligation),
    "vocabulary/phases.yaml": frozenset(Phase),
    "reasons.yaml": frozenset(Reason),
    "vocabulary/facts.yaml": frozenset({*COMPUTED, *WORDED}),
}
_MEANT: Final = frozenset({"all", "own", "profile", "granted", "withheld", "register", "processors", "recipients"})


class CrossReferences:
    """
    Checks what the files of one policy say of each other.

    Args:
        documents: The YAML files.
        checked: Their checked content.
        findings: Where findings go.
    """

    def __init__(self, documents: Mapping[str, Document], checked: Mapping[str, Any], findings: list[Finding]) -> None:
        self.documents = documents
        self.checked = checked
        self.findings = findings

    def check(self) -> None:
        """Check every word that refers to another."""
        for path, words in _CLOSED.items():
            self._check_closed(path, words)
        categories = self.checked["vocabulary/categories.yaml"]
        services = self.checked["vocabulary/services.yaml"]
        purposes = self.checked["vocabulary/purposes.yaml"]
        roles = self.checked["vocabulary/roles.yaml"]
        for name, entry in categories.items():
            self._check_word("vocabulary/categories.yaml", (name, "part_of"), [entry.part_of], categories)
        for name, entry in services.items():
            self._check_word("vocabulary/services.yaml", (name, "own_purpose"), [entry.own_purpose], purposes)
        for name, entry in self.checked["vocabulary/groups.yaml"].items():
            self._check_word("vocabulary/groups.yaml", (name, "categories"), entry.categories, categories)
        for name, entry in roles.items():
            self._check_role(name, entry)
        for name, entry in self.checked["registers/processors.yaml"].items():
            path = "registers/processors.yaml"
            self._check_word(path, (name, "role"), [entry.role], roles)
            self._check_word(path, (name, "services"), entry.services, services)
            self._check_word(path, (name, "purpose"), [entry.purpose], purposes)
            self._check_word(path, (name, "categories"), entry.categories, categories)
            self._check_word(path, (name, "obligations"), entry.obligations, set(Obligation))
        for path in ("registers/processors.yaml", "registers/recipients.yaml", "reasons.yaml"):
            for name, entry in self.checked[path].items():
                known = {*self.checked["clauses.yaml"], CHOICE}
                self._check_word(path, (name, "clauses"), entry.clauses, known)
        self._check_reserved_words()
        self._check_fact_texts()

    def _check_word(self, path: str, keys: tuple[str, ...], words: Sequence[str | None], known: Iterable[str]) -> None:
        for index, word in enumerate(words):
            if word is not None and word not in known:
                finding = self.documents[path].finding(
                    (*keys, index), f"unknown word {quoted(word)} in {quoted(keys[-1])}", did_you_mean(word, known)
                )
                self.findings.append(finding)
            elif word is not None and word in words[:index]:
                finding = self.documents[path].finding(
                    (*keys, index), f"{quoted(word)} stands in {quoted(keys[-1])} twice", "keep one of them"
                )
                self.findings.append(finding)

    def _check_role(self, name: str, entry: RoleShape) -> None:
        path = "vocabulary/roles.yaml"
        standings = set(self.checked["vocabulary/standings.yaml"]) - {ELSEWHERE, NOBODY}
        self._check_word(path, (name, "standing"), [entry.standing], standings)
        if isinstance(entry.profile, dict):
            services = self.checked["vocabulary/services.yaml"]
            for service, categories in entry.profile.items():
                self._check_word(path, (name, "profile", service), [service], services)
                self._check_word(
                    path, (name, "profile", service), list(categories), self.checked["vocabulary/categories.yaml"]
                )

    def _check_closed(self, path: str, words: frozenset[str]) -> None:
        document = self.documents[path]
        written = set(self.checked[path])
        for word in sorted(written - words):
            self.findings.append(document.finding((word,), f"unknown word {quoted(word)}", did_you_mean(word, words)))
        for word in sorted(words - written):
            self.findings.append(document.finding((), f"no entry for {quoted(word)}", "every word has its texts"))

    def _check_reserved_words(self) -> None:
        for path, fact in (
            ("vocabulary/roles.yaml", "role"),
            ("vocabulary/purposes.yaml", "purpose"),
            ("vocabulary/categories.yaml", "category"),
            ("vocabulary/groups.yaml", "group"),
            ("vocabulary/recipient_types.yaml", "recipient_type"),
            ("registers/processors.yaml", "organisation"),
            ("registers/recipients.yaml", "organisation"),
            ("vocabulary/services.yaml", "service"),
        ):
            taken = {*WORDED[fact], *_MEANT}
            for word in self.checked[path]:
                if word in taken:
                    self.findings.append(
                        self.documents[path].finding(
                            (word,), f"{quoted(word)} has a meaning of its own", "take another word"
                        )
                    )

    def _check_fact_texts(self) -> None:
        path = "vocabulary/facts.yaml"
        document = self.documents[path]
        for fact, entry in self.checked[path].items():
            wanted = set(COMPUTED.get(fact, WORDED.get(fact, ())))
            if fact == "standing":
                wanted = set()
            for value in sorted(wanted - set(entry.values)):
                self.findings.append(document.finding((fact,), f"no text for {quoted(value)} in {quoted(fact)}"))
            for value in sorted(set(entry.values) - wanted):
                hint = did_you_mean(value, wanted)
                self.findings.append(
                    document.finding((fact, "values", value), f"unknown word {quoted(value)} in {quoted(fact)}", hint)
                )
            if fact in WORDED and (entry.word_nl is None or entry.word_en is None):
                self.findings.append(document.finding((fact,), f"{quoted(fact)} needs `word_nl` and `word_en`"))
            for value, text in entry.values.items():
                if len({text.by is None, text.how_nl is None, text.how_en is None}) != 1:
                    message = f"`by`, `how_nl` and `how_en` of {quoted(value)} come together"
                    self.findings.append(document.finding((fact, "values", value), message))
