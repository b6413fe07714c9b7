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
from typing import Any, Final

import attrs
from pydantic import TypeAdapter

from kg_access.days import LAST_DAY, span
from kg_access.documents import Document, read_text, read_yaml
from kg_access.errors import Finding, PolicyDataMissing, PolicyError, did_you_mean, quoted
from kg_access.facts import COMPUTED, WORDED
from kg_access.policy import schema
from kg_access.policy.expand import build_table
from kg_access.policy.model import read_model
from kg_access.policy.record import (
    Clause,
    FactText,
    Label,
    Policy,
    ReasonText,
    Register,
    RegisterTerms,
    Remedy,
    Role,
    Service,
    Table,
    Vocabulary,
)
from kg_access.policy.rules import CHOICE, Rule, read_rules
from kg_access.vocabulary import Action, Obligation, Phase, Reason

TABLES: Final = ("scope", "need", "limits")
SCENARIOS: Final = "scenarios"
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
_CLOSED: Final[Mapping[str, frozenset[str]]] = {
    "vocabulary/actions.yaml": frozenset(Action),
    "vocabulary/obligations.yaml": frozenset(Obligation),
    "vocabulary/phases.yaml": frozenset(Phase),
    "reasons.yaml": frozenset(Reason),
    "vocabulary/facts.yaml": frozenset({*COMPUTED, *WORDED}),
}


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
    for kind, folder in (("policies", policies), ("models", models)):
        if not folder.is_dir():
            raise PolicyDataMissing(kind, [str(folder)])
    return _Reader(policies, models).policy()


def _files(folder: Traversable | Path, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}{entry.name}"
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        else:
            yield name, entry.read_bytes()


class _Reader:
    def __init__(self, policies: Traversable | Path, models: Traversable | Path) -> None:
        self.findings: list[Finding] = []
        self.source = str(policies)
        self.files = dict(_files(policies))
        self.models = dict(_files(models))
        self.documents: dict[str, Document] = {}
        self.checked: dict[str, Any] = {}

    def policy(self) -> Policy:
        self._refuse_strangers()
        head = self._head()
        for path, adapter in _YAML.items():
            self._read(path, adapter)
        self._stop_at_findings()
        self._check_words()
        self._stop_at_findings()
        assert head is not None  # noqa: S101 - a head that is refused leaves findings
        vocabulary = self._vocabulary()
        registers = self._register_terms()
        domains = self._domains(vocabulary)
        tables = self._tables(vocabulary, registers, domains)
        self._check_citations(tables, registers)
        self._stop_at_findings()
        published = head.published_on is not None and head.published_on <= head.effective_from
        return Policy(
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
            reasons=self._reasons(),
            clauses={
                name: Clause(entry.place, entry.level, _label(entry))
                for name, entry in self.checked["clauses.yaml"].items()
            },
            tables=tables,
            digest=self._digest(),
            source=self.source,
        )

    def _stop_at_findings(self) -> None:
        if self.findings:
            raise PolicyError(self.findings)

    def _refuse_strangers(self) -> None:
        known = {"policy.toml", *_YAML, *(f"{name}/rules.csv" for name in TABLES)}
        for path in self.files:
            beside_rules = path.endswith(("scenarios.yaml", "README.md"))
            if path not in known and not path.startswith(f"{SCENARIOS}/") and not beside_rules:
                self.findings.append(Finding(path, 0, 0, f"unknown file {quoted(path)}", did_you_mean(path, known)))
        models = {f"{name}.conf" for name in TABLES}
        for path in self.models:
            if path not in models:
                self.findings.append(
                    Finding(f"models/{path}", 0, 0, f"unknown file {quoted(path)}", did_you_mean(path, models))
                )

    def _bytes(self, path: str) -> bytes | None:
        data = self.files.get(path)
        if data is None:
            self.findings.append(Finding(path, 0, 0, "the file is missing"))
        return data

    def _read(self, path: str, adapter: TypeAdapter[Any]) -> None:
        data = self._bytes(path)
        document = None if data is None else read_yaml(path, data, self.findings)
        if document is None:
            return
        self.documents[path] = document
        content = schema.check(adapter, document, self.findings)
        if content is not None:
            self.checked[path] = content
            if not content:
                self.findings.append(Finding(path, 0, 0, "the file is empty"))

    def _head(self) -> schema.PolicyShape | None:
        path = "policy.toml"
        data = self._bytes(path)
        text = None if data is None else read_text(path, data, self.findings)
        if text is None:
            return None
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+), column (\d+)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (0, 0)
            self.findings.append(Finding(path, line, column, "the file is not TOML", str(error).lower()))
            return None
        places: dict[tuple[str | int, ...], tuple[int, int]] = {}
        for number, written in enumerate(text.split("\n"), start=1):
            if match := re.match(r"\s*([A-Za-z0-9_]+)\s*=", written):
                places.setdefault((match[1],), (number, match.start(1) + 1))
        head: schema.PolicyShape | None = schema.check(
            schema.POLICY, Document(path, content, places), self.findings
        )
        return head

    # -- words that refer to words -----------------------------------------------------------------

    def _check_words(self) -> None:
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

    def _check_word(self, path: str, keys: tuple[str, ...], words: list[str | None], known: Any) -> None:
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

    def _check_role(self, name: str, entry: schema.RoleShape) -> None:
        path = "vocabulary/roles.yaml"
        standings = set(self.checked["vocabulary/standings.yaml"]) - {"elsewhere", "nobody"}
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
            taken = {*WORDED[fact], "all", "own", "profile", "granted", "withheld", "register"}
            for word in self.checked[path]:
                if word in taken:
                    self.findings.append(
                        self.documents[path].finding((word,), f"{quoted(word)} has a meaning of its own", "take another word")
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

    # -- records -----------------------------------------------------------------------------------

    def _vocabulary(self) -> Vocabulary:
        words = {path.split("/")[1].removesuffix(".yaml"): content for path, content in self.checked.items() if "/" in path}
        holders = words["key_holders"]
        return Vocabulary(
            services={
                name: Service(_label(entry), entry.own_purpose, entry.in_force_from)
                for name, entry in words["services"].items()
            },
            roles={name: _role(entry) for name, entry in words["roles"].items()},
            standings={name: _label(entry) for name, entry in words["standings"].items()},
            categories={name: _label(entry) for name, entry in words["categories"].items()},
            parts={name: entry.part_of for name, entry in words["categories"].items() if entry.part_of},
            groups={name: frozenset(entry.categories) for name, entry in words["groups"].items()},
            purposes={name: _label(entry) for name, entry in words["purposes"].items()},
            channels={name: entry.counts_as for name, entry in words["channels"].items()},
            recipient_types={name: _label(entry) for name, entry in words["recipient_types"].items()},
            processors={name: _register(entry) for name, entry in words["processors"].items()},
            recipients={name: _register(entry) for name, entry in words["recipients"].items()},
            eea={
                code: Register(_label(entry), 0, LAST_DAY if entry.until is None else entry.until.toordinal())
                for code, entry in words["eea"].items()
            },
            microsoft=tuple(text.casefold() for text in holders.microsoft.contains),
            unknown_holders=frozenset(text.casefold() for text in holders.unknown.equals),
            facts={name: _fact_text(entry) for name, entry in words["facts"].items()},
            obligations={name: _label(entry) for name, entry in words["obligations"].items()},
            labels=_labels(words),
        )

    def _reasons(self) -> dict[str, ReasonText]:
        return {
            name: ReasonText(
                _label(entry),
                tuple(entry.clauses),
                entry.disclosure,
                Remedy(entry.remedy.by, _label(entry.remedy)),
            )
            for name, entry in self.checked["reasons.yaml"].items()
        }

    def _register_terms(self) -> dict[str, dict[str, RegisterTerms]]:
        processors = {
            name: RegisterTerms(
                cells={
                    "role": frozenset({entry.role}),
                    "service": frozenset(entry.services),
                    "purpose": frozenset({entry.purpose}),
                    "category": frozenset(entry.categories),
                    "phase": frozenset(entry.phases),
                    "caller": frozenset({"verified"} if entry.caller_verified else ()),
                },
                obligations=tuple(entry.obligations),
                clauses=tuple(entry.clauses),
            )
            for name, entry in self.checked["registers/processors.yaml"].items()
        }
        recipients = {
            name: RegisterTerms({}, (), tuple(entry.clauses))
            for name, entry in self.checked["registers/recipients.yaml"].items()
        }
        return {"processors": processors, "recipients": recipients}

    def _domains(self, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
        words: dict[str, tuple[str, ...]] = {
            "standing": tuple(vocabulary.standings),
            "role": tuple(vocabulary.roles),
            "organisation": (*vocabulary.processors, *vocabulary.recipients),
            "service": tuple(vocabulary.services),
            "action": tuple(Action),
            "purpose": tuple(vocabulary.purposes),
            "category": tuple(vocabulary.categories),
            "group": tuple(vocabulary.groups),
            "recipient_type": tuple(vocabulary.recipient_types),
        }
        return {**COMPUTED, **{fact: (*words[fact], *special) for fact, special in WORDED.items()}}

    def _tables(
        self,
        vocabulary: Vocabulary,
        registers: Mapping[str, Mapping[str, RegisterTerms]],
        domains: Mapping[str, tuple[str, ...]],
    ) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        ids: dict[str, Rule] = {}
        for name in TABLES:
            model = self.models.get(f"{name}.conf")
            if model is None:
                self.findings.append(Finding(f"models/{name}.conf", 0, 0, "the file is missing"))
                continue
            columns = read_model(f"models/{name}.conf", model, self.findings)
            data = self._bytes(f"{name}/rules.csv")
            if columns is None or data is None:
                continue
            own = {column: domains[column] for column in columns}
            count = len(self.findings)
            rules = read_rules(f"{name}/rules.csv", data, own, self.checked["clauses.yaml"], self.findings)
            for rule in rules:
                if rule.id in ids:
                    self.findings.append(rule.finding(f"duplicate id {quoted(rule.id)}", f"{ids[rule.id].path} has it too"))
                ids[rule.id] = rule
            if len(self.findings) == count:
                tables[name] = build_table(name, columns, rules, vocabulary, registers, domains, self.findings)
        return tables

    def _check_citations(
        self, tables: Mapping[str, Table], registers: Mapping[str, Mapping[str, RegisterTerms]]
    ) -> None:
        if len(tables) < len(TABLES):
            return
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
            if not path.startswith(f"{SCENARIOS}/") and not path.endswith(("scenarios.yaml", "README.md")):
                data = named[path].replace(b"\r\n", b"\n")
                digest.update(f"{path}\0{len(data)}\0".encode())
                digest.update(data)
        return digest.hexdigest()


def _label(entry: schema.LabelShape) -> Label:
    return Label(entry.nl, entry.en)


def _role(entry: schema.RoleShape) -> Role:
    match entry.profile:
        case dict() as services:
            profile = {service: frozenset(categories) for service, categories in services.items()}
        case None:
            profile = {}
        case _:
            return Role(_label(entry), entry.standing, None)
    return Role(_label(entry), entry.standing, profile)


def _register(entry: schema.DatedShape) -> Register:
    return Register(_label(entry), *span(entry.valid_from, entry.valid_until))


def _fact_text(entry: schema.FactShape) -> FactText:
    template = None
    if entry.word_nl is not None and entry.word_en is not None:
        template = Label(entry.word_nl, entry.word_en)
    return FactText(
        label=_label(entry),
        template=template,
        values={value: _label(text) for value, text in entry.values.items()},
        helps={
            value: Remedy(text.by, Label(text.how_nl, text.how_en))
            for value, text in entry.values.items()
            if text.by is not None and text.how_nl is not None and text.how_en is not None
        },
    )


def _labels(words: Mapping[str, Any]) -> dict[str, dict[str, Label]]:
    sources = {
        "standing": ("standings",),
        "role": ("roles",),
        "organisation": ("processors", "recipients"),
        "service": ("services",),
        "action": ("actions",),
        "purpose": ("purposes",),
        "category": ("categories",),
        "group": ("groups",),
        "recipient_type": ("recipient_types",),
        "phase": ("phases",),
    }
    return {
        fact: {name: _label(entry) for path in paths for name, entry in words[path].items()}
        for fact, paths in sources.items()
    }


def evolve_table(policy: Policy, table: Table) -> Policy:
    """
    Make a copy of a policy with one table replaced.

    Args:
        policy: The policy.
        table: The table that takes the place of the one of its name.
    """
    return attrs.evolve(policy, tables={**policy.tables, table.name: table})
