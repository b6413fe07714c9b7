"""What can be asked about record types without a record: which fields have no category, and which categories they name."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from kg_access.errors import InvalidInput, quoted
from kg_access.redaction.coverage import NO_CATEGORY, Coverage, coverage_of
from kg_access.redaction.fields import Anatomy, Field, anatomy_of
from kg_access.redaction.forms import MOST_CLASSES
from kg_access.redaction.memory import Memory

_annotated: Final[Memory[type, bool]] = Memory(MOST_CLASSES)


def is_annotated(kind: Any) -> bool:
    """
    Tell whether a class is a record type with a mark on any of its fields, or in the records that it holds.

    Args:
        kind: The class.

    Raises:
        InvalidInput: A category cannot be read.
    """
    if not isinstance(kind, type):
        return False
    known = _annotated.get(kind)
    if known is None:
        found = list(_reached([kind]))
        known = any(field.coverage.marked for anatomy in found for field in anatomy.fields)
        if all(anatomy.complete for anatomy in found):
            _annotated.keep(kind, known)
    return known


def lacks(coverage: Coverage) -> str:
    """
    Say what of a field has no category.

    Args:
        coverage: What its annotation says.

    Returns:
        `no category`, or `keys` when only those of a mapping have none; empty when nothing lacks one.
    """
    if coverage.gap:
        return coverage.gap
    return "" if all(map(is_annotated, coverage.bare)) else NO_CATEGORY


def fields_without_category(*classes: Any) -> tuple[str, ...]:
    """
    List every field that has no category, is not marked as `NotPersonal` and holds no annotated records of its own.

    Records in the fields are gone into. Assert in a test that nothing is listed.

    Args:
        classes: Record types, or annotations such as `list[Child]`.

    Returns:
        The fields, as `Child.note`; `Child.visits (keys)` when only the keys of a mapping have no category.

    Raises:
        InvalidInput: There is no class, one is no record type, or an annotation or a category cannot be read.
    """
    found: list[str] = []
    for anatomy in _of_all(classes):
        for field in anatomy.fields:
            _resolved(anatomy, field)
            lacking = lacks(field.coverage)
            if lacking:
                place = f"{anatomy.kind.__name__}.{field.name}"
                found.append(place if lacking == NO_CATEGORY else f"{place} ({lacking})")
    return tuple(found)


def categories_of(*classes: Any) -> frozenset[str]:
    """
    Collect the categories that record types name, to ask for them all, or to compare them with the policy.

    Args:
        classes: Record types, or annotations such as `list[Child]`.

    Returns:
        The categories, those of records in the fields included.

    Raises:
        InvalidInput: There is no class, one is no record type, or an annotation or a category cannot be read.
    """
    words: set[str] = set()
    for anatomy in _of_all(classes):
        for field in anatomy.fields:
            words |= _resolved(anatomy, field).coverage.categories
    return frozenset(words)


def _of_all(classes: tuple[Any, ...]) -> list[Anatomy]:
    if not classes:
        raise InvalidInput("classes", "give at least one record type; nothing was inspected")
    starts: list[type] = []
    for one in classes:
        records = record_types(coverage_of(one))
        if not records:
            raise InvalidInput("classes", f"expected a record type, not {quoted(getattr(one, '__name__', one))}")
        starts += records
    return list(_reached(starts, is_annotated))


def _resolved(anatomy: Anatomy, field: Field) -> Field:
    text = field.coverage.unresolved
    if text:
        place = f"{anatomy.kind.__name__}.{field.name}"
        raise InvalidInput(
            place, f"its annotation {quoted(text)} cannot be resolved; import what it names in its module"
        )
    return field


def _reached(starts: Collection[type], into: Callable[[type], bool] = bool) -> Iterator[Anatomy]:
    """Go through record types, and through those of their fields that qualify, each once."""
    waiting, seen = deque(starts), set(starts)
    while waiting:
        anatomy = anatomy_of(waiting.popleft())
        if anatomy is not None:
            yield anatomy
            inner = dict.fromkeys(kind for field in anatomy.fields for kind in record_types(field.coverage))
            waiting += [kind for kind in inner if kind not in seen and into(kind)]
            seen |= inner.keys()


def record_types(coverage: Coverage) -> list[type]:
    """
    List the record types that a place may hold, itself or in its elements.

    Args:
        coverage: What the annotation of the place says.
    """
    inner = [part for part in (coverage.item, coverage.key, coverage.value) if part is not None]
    return [*coverage.records, *(kind for part in inner for kind in record_types(part))]
