"""From the checked content of the files to the records of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kg_access.days import FIRST_DAY, LAST_DAY, span
from kg_access.facts import COMPUTED, WORDED
from kg_access.policy import schema
from kg_access.policy.record import (
    Clause,
    FactText,
    Label,
    ReasonText,
    Register,
    RegisterTerms,
    Remedy,
    Role,
    Service,
    Vocabulary,
    fixed,
)
from kg_access.reading import plain

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "standing": ("vocabulary/standings.yaml",),
    "role": ("vocabulary/roles.yaml",),
    "organisation": ("registers/processors.yaml", "registers/recipients.yaml"),
    "service": ("vocabulary/services.yaml",),
    "action": ("vocabulary/actions.yaml",),
    "purpose": ("vocabulary/purposes.yaml",),
    "category": ("vocabulary/categories.yaml",),
    "group": ("vocabulary/groups.yaml",),
    "recipient_type": ("vocabulary/recipient_types.yaml",),
}
"""Where the words of a fact stand."""


def build_vocabulary(checked: Mapping[str, Any]) -> Vocabulary:
    """
    Build the vocabulary.

    Args:
        checked: The checked content of every file.
    """
    words = {path.split("/")[1].removesuffix(".yaml"): content for path, content in checked.items() if "/" in path}
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
            code: Register(_label(entry), FIRST_DAY, LAST_DAY if entry.until is None else entry.until.toordinal())
            for code, entry in words["eea"].items()
        },
        microsoft=tuple(plain(text) for text in holders.microsoft.contains),
        microsoft_names=frozenset(plain(text) for text in holders.microsoft.equals),
        unknown_holders=frozenset(plain(text) for text in holders.unknown.equals),
        facts={name: _fact_text(entry) for name, entry in words["facts"].items()},
        obligations={name: _label(entry) for name, entry in words["obligations"].items()},
        labels=_labels(checked),
    )


def build_reasons(checked: Mapping[str, Any]) -> dict[str, ReasonText]:
    """
    Build the reasons, most specific first.

    Args:
        checked: The checked content of every file.
    """
    return {
        name: ReasonText(
            _label(entry),
            tuple(entry.clauses),
            entry.disclosure,
            Remedy(entry.remedy.by, _label(entry.remedy)),
        )
        for name, entry in checked["reasons.yaml"].items()
    }


def build_clauses(checked: Mapping[str, Any]) -> dict[str, Clause]:
    """
    Build the clauses.

    Args:
        checked: The checked content of every file.
    """
    return {name: Clause(entry.place, entry.level, _label(entry)) for name, entry in checked["clauses.yaml"].items()}


def build_register_terms(checked: Mapping[str, Any]) -> dict[str, Mapping[str, RegisterTerms]]:
    """
    Build what the entries of `processors` and `recipients` add to a rule.

    Args:
        checked: The checked content of every file.
    """
    processors = {
        name: RegisterTerms(
            cells={
                "role": frozenset({entry.role}),
                "service": frozenset(entry.services),
                "purpose": frozenset({entry.purpose}),
                "category": frozenset(entry.categories),
                "phase": frozenset(entry.phases),
                "caller": frozenset({"verified"} if entry.caller_verified else COMPUTED["caller"]),
            },
            obligations=tuple(entry.obligations),
            clauses=tuple(entry.clauses),
        )
        for name, entry in checked["registers/processors.yaml"].items()
    }
    recipients = {
        name: RegisterTerms({}, (), tuple(entry.clauses))
        for name, entry in checked["registers/recipients.yaml"].items()
    }
    return {"processors": fixed(processors), "recipients": fixed(recipients)}


def build_domains(checked: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """
    List every value of every fact; a fact whose words are in a file that is refused is left out.

    Args:
        checked: The checked content of every file that is not refused.
    """
    domains = dict(COMPUTED)
    for fact, paths in _WORDS.items():
        if all(path in checked for path in paths):
            domains[fact] = (*(word for path in paths for word in checked[path]), *WORDED[fact])
    return domains


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
        only_from={
            value: frozenset(text.only_from) for value, text in entry.values.items() if text.only_from is not None
        },
    )


def _labels(checked: Mapping[str, Any]) -> dict[str, Mapping[str, Label]]:
    sources = {**_WORDS, "phase": ("vocabulary/phases.yaml",)}
    return {
        fact: fixed({name: _label(entry) for path in paths for name, entry in checked[path].items()})
        for fact, paths in sources.items()
    }
