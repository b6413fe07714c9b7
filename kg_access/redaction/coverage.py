"""What an annotation says about a place in a record: what may stand there, and of which categories it is."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    ForwardRef,
    Literal,
    NewType,
    Required,
    Union,
    get_args,
    get_origin,
)

import attrs

from kg_access.redaction.forms import form_of
from kg_access.redaction.hints import Unresolved
from kg_access.redaction.marks import marks_among, words_of

NONE: Final = frozenset({types.NoneType})
ATOMS: Final = NONE | {str, int, float, bool, complex, bytes, date, datetime, time, timedelta}
CONTAINERS: Final = (list, tuple, set, frozenset, deque)
UNIONS: Final = frozenset({Union, types.UnionType})
QUALIFIERS: Final = frozenset({"ClassVar", "Final", "NotRequired", "ReadOnly", "Required"})
MAPPED: Final = frozenset({"Mapped", "DynamicMapped", "WriteOnlyMapped"})

NO_CATEGORY: Final = "no category"
BARE_KEYS: Final = "keys"


@attrs.frozen(eq=False)
class Coverage:
    """
    What one place may hold.

    Attributes:
        categories: The categories that must all be permitted, of the place and of everything in it outside records.
        marked: Whether there is any mark, of the place or in it outside records.
        covered: Whether a mark stands over all that the place holds.
        nullable: Whether it may hold `None`.
        atoms: The types of values that are shown without a further look.
        records: The record types that it may hold itself.
        bare: The record types, of it and in it, over which no mark stands; they must have annotations of their own.
        classes: The other classes whose objects it may hold.
        literals: The only values that it may hold; `None` for any.
        item: What its elements hold, when it is a collection.
        key: What its keys hold, when it is a mapping.
        value: What the values of a mapping hold.
        gap: What has no category: `no category`, or `keys` when only those of a mapping have none; empty for nothing.
        unresolved: An annotation that cannot be resolved; empty for none.
    """

    categories: frozenset[str] = frozenset()
    marked: bool = False
    covered: bool = False
    nullable: bool = False
    atoms: frozenset[type] = NONE
    records: tuple[type, ...] = ()
    bare: tuple[type, ...] = ()
    classes: tuple[type, ...] = ()
    literals: tuple[Any, ...] | None = None
    item: Coverage | None = None
    key: Coverage | None = None
    value: Coverage | None = None
    gap: str = ""
    unresolved: str = ""

    @property
    def holds_records(self) -> bool:
        """Whether it may hold records, itself or in it."""
        inner = (self.item, self.key, self.value)
        return bool(self.records) or any(part.holds_records for part in inner if part is not None)


EMPTY: Final = Coverage(nullable=True)
ANYTHING: Final = Coverage(marked=True, covered=True, nullable=True, atoms=ATOMS)
UNMARKED: Final = Coverage(gap=NO_CATEGORY)


def coverage_of(annotation: Any, *, covered: bool = False) -> Coverage:
    """
    Read an annotation.

    Args:
        annotation: The annotation, resolved.
        covered: Whether a mark stands over the place.
    """
    return _Place(covered).read(annotation)


@attrs.frozen
class _Place:
    """
    Where an annotation is read.

    Attributes:
        covered: Whether a mark stands over the place.
        within: The aliases that are being read, by identity, since an alias may speak of itself.
    """

    covered: bool
    within: frozenset[int] = frozenset()

    def read(self, annotation: Any) -> Coverage:
        if isinstance(annotation, Unresolved | str | ForwardRef):
            return Coverage(gap=NO_CATEGORY, unresolved=_text(annotation))
        if annotation is None or annotation is types.NoneType:
            return EMPTY
        if isinstance(annotation, NewType):
            return self.read(annotation.__supertype__)
        origin = get_origin(annotation)
        if origin is not None:
            return self._generic(origin, get_args(annotation))
        if hasattr(annotation, "__value__"):
            return self._alias(annotation, ())
        return self._class(annotation, ())

    def _generic(self, origin: Any, arguments: tuple[Any, ...]) -> Coverage:
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin in UNIONS:
            return _joined([self.read(argument) for argument in arguments])
        if origin is Literal:
            return attrs.evolve(self._value(object), literals=arguments, nullable=None in arguments)
        if hasattr(origin, "__value__"):
            return self._alias(origin, arguments)
        if _is_wrapper(origin):
            return self.read(arguments[0])
        return self._class(origin, arguments)

    def _annotated(self, annotation: Any, metadata: tuple[Any, ...]) -> Coverage:
        marks = marks_among(metadata)
        if not marks:
            return self.read(annotation)
        inner = attrs.evolve(self, covered=True).read(annotation)
        return attrs.evolve(inner, marked=True, covered=True, categories=inner.categories | words_of(marks))

    def _alias(self, alias: Any, arguments: tuple[Any, ...]) -> Coverage:
        if id(alias) in self.within:
            return self._value(object)
        try:
            meant = alias.__value__[arguments] if arguments else alias.__value__
        except Exception:  # an alias is evaluated when it is first looked at
            return self.read(Unresolved(repr(alias)))
        return attrs.evolve(self, within=self.within | {id(alias)}).read(meant)

    def _class(self, kind: Any, arguments: tuple[Any, ...]) -> Coverage:
        if kind is Any or not isinstance(kind, type):
            return attrs.evolve(self._value(object), nullable=kind is Any)
        if form_of(kind) is not None:
            bare = () if self.covered else (kind,)
            return Coverage(marked=self.covered, covered=self.covered, records=(kind,), bare=bare)
        if issubclass(kind, Mapping):
            return self._mapping(arguments)
        if issubclass(kind, CONTAINERS) or (kind.__module__ == "collections.abc" and arguments):
            return self._collection(arguments)
        return self._value(kind)

    def _value(self, kind: type) -> Coverage:
        if not self.covered:
            return attrs.evolve(UNMARKED, nullable=kind is object)
        return attrs.evolve(ANYTHING, nullable=kind is object, classes=() if kind is object else (kind,))

    def _collection(self, arguments: tuple[Any, ...]) -> Coverage:
        parts = [self.read(argument) for argument in arguments if argument is not Ellipsis]
        if not parts:
            return attrs.evolve(self._value(object), nullable=False)
        item = _joined(parts)
        return self._holding([item], item=item, gap=item.gap)

    def _mapping(self, arguments: tuple[Any, ...]) -> Coverage:
        if not arguments:
            return attrs.evolve(self._value(object), nullable=False)
        counted = (arguments[0], int) if len(arguments) == 1 else arguments[:2]
        key, value = map(self.read, counted)
        return self._holding([key, value], key=key, value=value, gap=value.gap or (BARE_KEYS if key.gap else ""))

    def _holding(self, parts: list[Coverage], **more: Any) -> Coverage:
        """Give the coverage of what holds some parts; text in the place of records would show what they withhold."""
        plain = self.covered and not any(part.holds_records for part in parts)
        return Coverage(
            covered=self.covered or all(part.covered for part in parts),
            atoms=ATOMS if plain else NONE,
            **_gathered(parts),
            **more,
        )


def _text(annotation: Unresolved | str | ForwardRef) -> str:
    if isinstance(annotation, Unresolved):
        return annotation.text
    return annotation if isinstance(annotation, str) else annotation.__forward_arg__


def _is_wrapper(origin: Any) -> bool:
    """Tell whether a generic says something about its field only, as `Required` and SQLAlchemy's `Mapped` do."""
    if origin in {ClassVar, Final, Required}:
        return True
    name, module = getattr(origin, "__name__", getattr(origin, "_name", "")), getattr(origin, "__module__", "")
    return (name in QUALIFIERS and module.startswith("typing")) or (name in MAPPED and module.startswith("sqlalchemy."))


def _joined(parts: list[Coverage]) -> Coverage:
    """Give the coverage of a place that may hold any of some things."""
    others = [part for part in parts if part is not EMPTY]
    nullable = any(part.nullable for part in parts)
    if len(others) <= 1:
        return attrs.evolve(others[0], nullable=nullable) if others else EMPTY
    limited = [part.literals for part in others if part.literals is not None]
    return Coverage(
        covered=all(part.covered for part in others),
        nullable=nullable,
        atoms=frozenset().union(*(part.atoms for part in others)),
        records=_all(part.records for part in others),
        classes=_all(part.classes for part in others),
        literals=_all(limited) if len(limited) == len(others) else None,
        item=_joined_or_none([part.item for part in others]),
        key=_joined_or_none([part.key for part in others]),
        value=_joined_or_none([part.value for part in others]),
        gap=next((part.gap for part in others if part.gap), ""),
        **_gathered(others),
    )


def _joined_or_none(parts: Iterable[Coverage | None]) -> Coverage | None:
    present = [part for part in parts if part is not None]
    return _joined(present) if present else None


def _gathered(parts: list[Coverage]) -> dict[str, Any]:
    return {
        "categories": frozenset().union(*(part.categories for part in parts)),
        "marked": any(part.marked for part in parts),
        "bare": _all(part.bare for part in parts),
        "unresolved": next((part.unresolved for part in parts if part.unresolved), ""),
    }


def _all(groups: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
