"""What to show of the records of a class under some categories: worked out once, remembered, the same for all threads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, MemberDescriptorType, NoneType
from typing import Any, Final

import attrs

from kg_access.redaction.coverage import BARE_KEYS, Coverage
from kg_access.redaction.fields import Anatomy, Field, anatomy_of, slots_of
from kg_access.redaction.forms import ROWS, Form
from kg_access.redaction.inspection import is_annotated, lacks
from kg_access.redaction.memory import Memory
from kg_access.redaction.reports import withholding

MOST_PLANS: Final = 8_192
PLAIN_DEFAULTS: Final = frozenset({NoneType, bool, float, int, str})
NEVER_COPIED: Final = ROWS | {Form.PLAIN, Form.TYPED_DICT}

UNMARKED: Final = "it has no category; annotate it with `Category(...)` or `NotPersonal()`"
UNMARKED_KEYS: Final = "the keys of the mapping have no category; annotate them as well"

_plans: Memory[tuple[type, frozenset[str], bool], Plan] = Memory(MOST_PLANS)
_no_records: Memory[type, bool] = Memory(MOST_PLANS)


@attrs.frozen(eq=False)
class Plan:
    """
    What to show of the records of a class.

    Attributes:
        kind: The class.
        form: How it keeps its fields.
        key: What tells it apart from other plans of the same redaction.
        kept: The fields that are shown, with what they may hold.
        derived: Those that are computed when they are read.
        slots: The fields of a copy: those that are shown and, in copies, those that become `None`, marked by `None`.
        withheld: The fields that are not shown, with their categories.
        gone: Their names.
        nullable: The fields, kept or withheld, that may be `None`.
        names: All fields that a record may keep itself.
        other_slots: The slots of the class that are none of these.
        by_key: For the keys of dumped data, what the fields that they may stand for hold; `None` for withheld.
        literals: For the keys of dumped data, the only values that they may have.
        copied: Whether what is shown fits in a record of the same class, with `None` for withheld fields.
        whole: Whether nothing is withheld, so that a record can be shown itself.
        private: For pydantic models, the private attributes of a copy.
    """

    kind: Any
    form: Form
    key: tuple[type, bool]
    kept: tuple[tuple[str, Coverage], ...]
    derived: tuple[tuple[str, Coverage], ...]
    slots: tuple[tuple[str, Coverage | None], ...]
    withheld: Mapping[str, tuple[str, ...]]
    gone: frozenset[str]
    nullable: frozenset[str]
    names: frozenset[str]
    other_slots: tuple[MemberDescriptorType, ...]
    by_key: Mapping[str, tuple[Coverage, ...] | None]
    literals: Mapping[str, tuple[Any, ...]]
    copied: bool
    whole: bool
    private: Mapping[str, Any] | None

    def fits(self, data: Mapping[Any, Any]) -> bool:
        """
        Tell whether dumped data can be of a record of this class.

        Args:
            data: The data.
        """
        known = all(key in self.by_key for key in data)
        return known and all(data[key] in values for key, values in self.literals.items() if key in data)


def plan_for(kind: type, permitted: frozenset[str], *, covered: bool = False) -> Plan | None:
    """
    Find out what to show of the records of a class.

    Args:
        kind: The class.
        permitted: The categories that may be shown.
        covered: Whether a mark that is permitted stands over the record; it counts only for a class without marks.

    Returns:
        The plan; `None` when the class is no record type.

    Raises:
        InvalidInput: A category cannot be read.
    """
    known = _plans.get((kind, permitted, covered))
    if known is not None or _no_records.get(kind):
        return known
    anatomy = anatomy_of(kind)
    if anatomy is None:
        _no_records.keep(kind, True)
        return None
    under_mark = covered and not is_annotated(kind)
    if under_mark:
        anatomy = anatomy_of(kind, covered=True) or anatomy
    plan = _planned(anatomy, permitted, (kind, covered))
    if anatomy.complete:
        _plans.keep((kind, permitted, covered), plan)
    return plan


def _planned(anatomy: Anatomy, permitted: frozenset[str], key: tuple[type, bool]) -> Plan:
    fields = anatomy.fields
    stored = [field for field in fields if not field.derived]
    kept = {field.name: field for field in fields if _is_kept(anatomy.kind, field, permitted)}
    withheld = {field.name: field for field in fields if field.name not in kept}
    nullable = frozenset(field.name for field in stored if field.coverage.nullable)
    names = frozenset(field.name for field in fields if not field.derived or field.name in kept)
    copied = anatomy.form not in NEVER_COPIED and withheld.keys() <= nullable and len(stored) == len(fields)
    return Plan(
        kind=anatomy.kind,
        form=anatomy.form,
        key=key,
        kept=tuple((name, field.coverage) for name, field in kept.items() if not field.derived),
        derived=tuple((name, field.coverage) for name, field in kept.items() if field.derived),
        slots=tuple(
            (field.name, field.coverage if field.name in kept else None)
            for field in stored
            if copied or field.name in kept
        ),
        withheld=MappingProxyType({name: tuple(sorted(field.coverage.categories)) for name, field in withheld.items()}),
        gone=frozenset(withheld),
        nullable=nullable,
        names=names,
        other_slots=tuple(slot for slot in slots_of(anatomy.kind) if slot.__name__ not in names),
        by_key=_by_key(fields, kept),
        literals=_literals(fields),
        copied=copied,
        whole=not withheld and anatomy.form not in NEVER_COPIED,
        private=_private(anatomy),
    )


def _is_kept(kind: type, field: Field, permitted: frozenset[str]) -> bool:
    coverage = field.coverage
    if coverage.unresolved:
        withholding(kind, field.name, "its annotation cannot be resolved; import what it names in its module")
        return False
    lacking = lacks(coverage)
    if lacking:
        withholding(kind, field.name, UNMARKED_KEYS if lacking == BARE_KEYS else UNMARKED)
        return False
    return coverage.categories <= permitted


def _by_key(fields: tuple[Field, ...], kept: Mapping[str, Field]) -> dict[str, tuple[Coverage, ...] | None]:
    """Find the fields of each key; one that may stand for several fields is shown only if all of them are."""
    meant: dict[str, list[Field]] = {}
    for field in fields:
        for key in field.keys:
            meant.setdefault(key, []).append(field)
    return {
        key: tuple(field.coverage for field in those) if all(field.name in kept for field in those) else None
        for key, those in meant.items()
    }


def _literals(fields: tuple[Field, ...]) -> dict[str, tuple[Any, ...]]:
    return {
        key: field.coverage.literals for field in fields for key in field.keys if field.coverage.literals is not None
    }


def _private(anatomy: Anatomy) -> dict[str, Any] | None:
    """Give the private attributes of a copy: those whose default is a plain value, since factories do not run."""
    if anatomy.form is not Form.PYDANTIC or not anatomy.kind.__private_attributes__:
        return None
    attributes = anatomy.kind.__private_attributes__
    return {name: one.default for name, one in attributes.items() if type(one.default) in PLAIN_DEFAULTS}
