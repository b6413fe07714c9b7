"""The fields of record types, whatever form these have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MemberDescriptorType
from typing import Annotated, Any, ClassVar, Final, get_origin

import attrs

from kg_access.redaction.coverage import Coverage, coverage_of
from kg_access.redaction.forms import MOST_CLASSES, Form, form_of, holds_mark
from kg_access.redaction.hints import hints_of, resolved_return
from kg_access.redaction.marks import marks_among
from kg_access.redaction.memory import Memory
from kg_access.redaction.rows import django_hints, sqlalchemy_hints

FOREIGN: Final = frozenset({"abc", "builtins", "django", "enum", "pydantic", "sqlalchemy", "typing"})
"""Packages whose base classes have properties of their own, which are no data."""

HASH_OF_ATTRS: Final = "_attrs_cached_hash"
"""Where attrs remembers the hash of a record; its constructor sets it, so a copy has to."""

_known: Memory[tuple[type, bool], Anatomy] = Memory(MOST_CLASSES)


@attrs.frozen(eq=False)
class Field:
    """
    One field of a record type.

    Attributes:
        name: Its name.
        coverage: What its annotation says.
        keys: The keys under which data dumped from a record may hold it: its name, and its alias.
        derived: Whether it is computed from other fields when it is read.
    """

    name: str
    coverage: Coverage
    keys: tuple[str, ...]
    derived: bool = False


@attrs.frozen(eq=False)
class Anatomy:
    """
    What is known about a record type.

    Attributes:
        kind: The class.
        form: How it keeps its fields.
        fields: Its fields, in their order.
    """

    kind: Any
    form: Form
    fields: tuple[Field, ...]

    @property
    def complete(self) -> bool:
        """Whether every annotation could be resolved."""
        return not any(field.coverage.unresolved for field in self.fields)


def anatomy_of(kind: type, *, covered: bool = False) -> Anatomy | None:
    """
    Describe a class.

    Args:
        kind: The class.
        covered: Whether a mark stands over the whole record, as for a record type without marks of its own.

    Returns:
        Its description; `None` when it is no record type.

    Raises:
        InvalidInput: A category cannot be read.
    """
    known = _known.get((kind, covered))
    if known is not None:
        return known
    form = form_of(kind)
    if form is None:
        return None
    stored, computed = READERS[form](kind), {**_properties(kind), **_cached_in_slots(kind), **_computed(kind)}
    fields = [_field(kind, name, hint, covered=covered) for name, hint in stored.items()]
    fields += [
        attrs.evolve(_field(kind, name, hint, covered=covered), derived=True)
        for name, hint in computed.items()
        if name not in stored
    ]
    anatomy = Anatomy(kind, form, tuple(fields))
    if anatomy.complete:
        _known.keep((kind, covered), anatomy)
    return anatomy


def _field(kind: type, name: str, hint: Any, *, covered: bool) -> Field:
    """Make a field; in dumped data its key is its name, or the alias under which pydantic writes it."""
    infos = {**getattr(kind, "__pydantic_computed_fields__", {}), **getattr(kind, "__pydantic_fields__", {})}
    info = infos.get(name)
    keys = (name, getattr(info, "alias", None), getattr(info, "serialization_alias", None))
    return Field(name, coverage_of(hint, covered=covered), tuple(dict.fromkeys(key for key in keys if key)))


def _pydantic(kind: Any) -> dict[str, Any]:
    if not kind.__pydantic_complete__:
        kind.model_rebuild(raise_errors=False)
    hints: dict[str, Any] = {}
    for name, info in kind.__pydantic_fields__.items():
        hints[name] = info.annotation
        for mark in marks_among(info.metadata):
            hints[name] = Annotated[hints[name], mark]
    return hints


def _attrs(kind: Any) -> dict[str, Any]:
    hints = hints_of(kind)
    return {one.name: hints.get(one.name, one.type or object) for one in kind.__attrs_attrs__}


def _dataclass(kind: Any) -> dict[str, Any]:
    hints = hints_of(kind)
    return {field.name: hints.get(field.name, object) for field in dataclasses.fields(kind)}


def _named_tuple(kind: Any) -> dict[str, Any]:
    hints = hints_of(kind)
    return {name: hints.get(name, object) for name in kind._fields}


def _annotated(kind: Any) -> dict[str, Any]:
    return {name: hint for name, hint in hints_of(kind).items() if ClassVar not in {hint, get_origin(hint)}}


READERS: Final[Mapping[Form, Callable[[Any], dict[str, Any]]]] = {
    Form.PYDANTIC: _pydantic,
    Form.ATTRS: _attrs,
    Form.DATACLASS: _dataclass,
    Form.NAMED_TUPLE: _named_tuple,
    Form.TYPED_DICT: _annotated,
    Form.PLAIN: _annotated,
    Form.SQLALCHEMY: sqlalchemy_hints,
    Form.DJANGO: django_hints,
}
"""What reads the annotations of the fields of a class, for each form."""


def _computed(kind: Any) -> dict[str, Any]:
    """Give what the computed fields of a pydantic model return."""
    hints: dict[str, Any] = {}
    for name, info in getattr(kind, "__pydantic_computed_fields__", {}).items():
        stated = info.return_type if hasattr(info.return_type, "__metadata__") else None
        hints[name] = stated or resolved_return(info.wrapped_property.fget) or info.return_type
    return hints


def _properties(kind: type) -> dict[str, Any]:
    """Give the properties whose return annotation has a mark; others are no data of the record."""
    found: dict[str, Any] = {}
    for owner in kind.__mro__:
        if owner.__module__.partition(".")[0] not in FOREIGN:
            for name, value in vars(owner).items():
                found.setdefault(name, resolved_return(_computing(value)))
    return {name: hint for name, hint in found.items() if hint is not None and holds_mark(hint)}


def _cached_in_slots(kind: type) -> dict[str, Any]:
    """Give the cached properties with a mark that attrs has made slots of, with their annotations but no fields."""
    slots = {slot.__name__ for slot in slots_of(kind)}
    return {name: hint for name, hint in hints_of(kind).items() if name in slots and holds_mark(hint)}


def slots_of(kind: type) -> list[MemberDescriptorType]:
    """
    Give the slots of a class and of its bases, without those in which pydantic and attrs keep what is their own.

    Args:
        kind: The class.
    """
    owners = [owner for owner in kind.__mro__ if "__slots__" in vars(owner) and owner.__module__ != "pydantic.main"]
    slots = [value for owner in owners for value in vars(owner).values() if isinstance(value, MemberDescriptorType)]
    return [slot for slot in slots if slot.__name__ != HASH_OF_ATTRS]


def _computing(value: Any) -> Any:
    return value.fget if isinstance(value, property) else value.func if isinstance(value, cached_property) else None
