"""Words that refer to words: every role, category, service, purpose and clause that a file names must exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kg_access.documents import Document, Key
from kg_access.errors import Finding, did_you_mean, quoted
from kg_access.facts import COMPUTED, WORDED
from kg_access.policy.rules import CHOICE
from kg_access.policy.schema import RoleShape
from kg_access.subject import ELSEWHERE, NOBODY
from kg_access.vocabulary import Action, Obligation, Phase, Reason

_CLOSED: Final[Mapping[str, frozenset[str]]] = {
    "vocabulary/actions.yaml": frozenset(Action),
    "vocabulary/obligations.yaml": frozenset(Obligation),
    "vocabulary/phases.yaml": frozenset(Phase),
    "reasons.yaml": frozenset(Reason),
    "vocabulary/facts.yaml": frozenset({*COMPUTED, *WORDED}),
}
_CATEGORIES: Final = "vocabulary/categories.yaml"
_PURPOSES: Final = "vocabulary/purposes.yaml"
_SERVICES: Final = "vocabulary/services.yaml"
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
        """Check every word that refers to another; what refers to a file that is refused is passed over."""
        for path, words in _CLOSED.items():
            self._check_closed(path, words)
        for name, entry in self._entries("vocabulary/categories.yaml"):
            self._check_words(_CATEGORIES, (name, "part_of"), [entry.part_of], _CATEGORIES)
            whole = self.checked[_CATEGORIES].get(entry.part_of)
            if whole is not None and whole.part_of is not None:
                message = f"{quoted(entry.part_of)} is itself part of {quoted(whole.part_of)}"
                self.findings.append(self.documents[_CATEGORIES].finding((name, "part_of"), message, "name the whole"))
        for name, entry in self._entries("vocabulary/services.yaml"):
            self._check_words("vocabulary/services.yaml", (name, "own_purpose"), [entry.own_purpose], _PURPOSES)
        for name, entry in self._entries("vocabulary/groups.yaml"):
            self._check_words("vocabulary/groups.yaml", (name, "categories"), entry.categories, _CATEGORIES)
        for name, entry in self._entries("vocabulary/roles.yaml"):
            self._check_role(name, entry)
        for name, entry in self._entries("registers/processors.yaml"):
            path = "registers/processors.yaml"
            self._check_words(path, (name, "role"), [entry.role], "vocabulary/roles.yaml")
            self._check_words(path, (name, "services"), entry.services, _SERVICES)
            self._check_words(path, (name, "purpose"), [entry.purpose], _PURPOSES)
            self._check_words(path, (name, "categories"), entry.categories, _CATEGORIES)
            self._check_words(path, (name, "obligations"), entry.obligations, "vocabulary/obligations.yaml")
        for path in ("registers/processors.yaml", "registers/recipients.yaml", "reasons.yaml"):
            for name, entry in self._entries(path):
                self._check_words(path, (name, "clauses"), entry.clauses, "clauses.yaml", beside=(CHOICE,))
        self._check_reserved_words()
        self._check_registers()
        self._check_fact_texts()

    def _check_registers(self) -> None:
        path = "registers/recipients.yaml"
        for name, _ in self._entries(path):
            if name in self.checked.get("registers/processors.yaml", {}):
                message = f"{quoted(name)} is a processor too"
                self.findings.append(
                    self.documents[path].finding((name,), message, "take another word for one of them")
                )

    def _entries(self, path: str) -> Iterable[tuple[str, Any]]:
        entries: Mapping[str, Any] = self.checked.get(path, {})
        return entries.items()

    def _check_words(
        self,
        path: str,
        keys: tuple[str, ...],
        words: Sequence[str | None],
        source: str,
        beside: Iterable[str] = (),
    ) -> None:
        if source not in self.checked:
            return
        known = {*self.checked[source], *beside}
        document = self.documents[path]
        for index, word in enumerate(words):
            place: tuple[Key, ...] = (*keys, index)
            if word is not None and word not in known:
                message = f"unknown word {quoted(word)} in {quoted(keys[-1])}"
                self.findings.append(document.finding(place, message, did_you_mean(word, known)))
            elif word is not None and word in words[:index]:
                message = f"{quoted(word)} stands in {quoted(keys[-1])} twice"
                self.findings.append(document.finding(place, message, "keep one of them"))

    def _check_role(self, name: str, entry: RoleShape) -> None:
        path = "vocabulary/roles.yaml"
        self._check_words(path, (name, "standing"), [entry.standing], "vocabulary/standings.yaml")
        if entry.standing in {ELSEWHERE, NOBODY}:
            message = f"{quoted(entry.standing)} is the standing of people without a role"
            self.findings.append(self.documents[path].finding((name, "standing"), message, "take another standing"))
        if isinstance(entry.profile, dict):
            for service, categories in entry.profile.items():
                self._check_words(path, (name, "profile", service), [service], _SERVICES)
                self._check_words(path, (name, "profile", service), categories, _CATEGORIES)

    def _check_closed(self, path: str, words: frozenset[str]) -> None:
        if path not in self.checked:
            return
        document = self.documents[path]
        written = set(self.checked[path])
        for word in sorted(written - words):
            self.findings.append(document.finding((word,), f"unknown word {quoted(word)}", did_you_mean(word, words)))
        for word in sorted(words - written):
            self.findings.append(document.finding((), f"no entry for {quoted(word)}", "every word has its texts"))

    def _check_known(self, keys: tuple[str, ...], words: Iterable[str], known: set[str]) -> None:
        for word in words:
            if word not in known:
                message = f"unknown word {quoted(word)} in {quoted(keys[-1])}"
                document = self.documents["vocabulary/facts.yaml"]
                self.findings.append(document.finding(keys, message, did_you_mean(word, known)))

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
            for word, _ in self._entries(path):
                if word in taken:
                    self.findings.append(
                        self.documents[path].finding(
                            (word,), f"{quoted(word)} has a meaning of its own", "take another word"
                        )
                    )

    def _check_fact_texts(self) -> None:
        path = "vocabulary/facts.yaml"
        for fact, entry in self._entries(path):
            document = self.documents[path]
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
                self._check_known((fact, "values", value, "only_from"), text.only_from or (), wanted)
                if len({text.by is None, text.how_nl is None, text.how_en is None}) != 1:
                    message = f"`by`, `how_nl` and `how_en` of {quoted(value)} come together"
                    self.findings.append(document.finding((fact, "values", value), message))
