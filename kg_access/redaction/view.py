"""The function that applications call: what may be shown of a record, or of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, overload

from kg_access.decision import Decision
from kg_access.errors import AccessDenied, AccessError, InvalidInput, quoted
from kg_access.redaction.coverage import CONTAINERS, EMPTY, Coverage, coverage_of
from kg_access.redaction.inspection import is_annotated, record_types
from kg_access.redaction.memory import Memory
from kg_access.redaction.partial import Partial
from kg_access.redaction.plan import plan_for
from kg_access.redaction.redactor import Redactor, Unfit

MOST_SHAPES: Final = 1_024
KINDS: Final = "a pydantic model, an attrs or dataclass record, a named tuple, a row, or a dict with its `shape`"

Key = TypeVar("Key")
Value = TypeVar("Value")
Record = TypeVar("Record")

_shapes: Memory[Any, Coverage] = Memory(MOST_SHAPES)
_annotations: Memory[Any, Coverage] = Memory(MOST_SHAPES)


@overload
def redact(decision: Decision, record: None, *, shape: Any = None) -> None: ...
@overload
def redact(decision: Decision, record: dict[Key, Value], *, shape: Any) -> dict[Key, Value]: ...
@overload
def redact(decision: Decision, record: list[dict[Key, Value]], *, shape: Any) -> list[Any]: ...
@overload
def redact(decision: Decision, record: list[Record], *, shape: Any = None) -> list[Record | Partial[Record]]: ...
@overload
def redact(
    decision: Decision, record: tuple[Record, ...], *, shape: Any = None
) -> tuple[Record | Partial[Record], ...]: ...
@overload
def redact(
    decision: Decision, record: Iterator[Record], *, shape: Any = None
) -> Iterator[Record | Partial[Record]]: ...
@overload
def redact(decision: Decision, record: Record, *, shape: Any = None) -> Record | Partial[Record]: ...
def redact(decision: Decision, record: Any, *, shape: Any = None) -> Any:
    """
    Leave out of a record what a decision does not permit: the fields with a category that is not permitted or with none.

    Records in fields, lists, tuples, sets and dicts are gone into, each by the annotations of its own class. A list,
    tuple, set or iterator of records gives the same of what is shown of each.

    Args:
        decision: A permit.
        record: A pydantic model, an attrs, dataclass or NamedTuple record, a row of SQLAlchemy or Django, a dict with
            a `shape`, several of these, or `None`.
        shape: For dicts, the record type whose fields their keys are: a TypedDict, or the class that they were dumped
            from, under its field names or its aliases. Records of a class of their own do not need it.

    Returns:
        The record itself when all of it may be shown, else a copy of the same class with `None` in the fields that
        are withheld, else, where their types do not allow for `None` and always for rows, a `Partial`. A dict lacks
        the keys that are withheld.

    Raises:
        AccessDenied: The decision is a denial.
        InvalidInput: This is no record, a dict comes without its shape, or the shape is no record type.
    """
    if not isinstance(decision, Decision):
        raise InvalidInput("decision", f"expected a decision, not a {type(decision).__name__}")
    if not decision:
        raise AccessDenied(decision)
    return redact_to(decision.permitted, record, shape=shape)


def redact_to(permitted: frozenset[str], record: Any, *, shape: Any = None) -> Any:
    """
    Leave out of a record all but some categories, whatever decided that these may be shown; see `redact`.

    Args:
        permitted: The categories.
        record: What `redact` takes.
        shape: For dicts, the record type.

    Raises:
        InvalidInput: This is no record, a dict comes without its shape, or the shape is no record type.
    """
    return _viewed(permitted, record, None if shape is None else _coverage(shape))


def is_shape(annotation: Any) -> bool:
    """
    Tell whether an annotation speaks of categories, so that what it describes is to be redacted by it.

    Args:
        annotation: A record type, or an annotation such as `list[Child]` or `dict[str, Child] | None`.

    Raises:
        InvalidInput: A category cannot be read.
    """
    try:
        coverage = _annotations.get(annotation)
    except TypeError:  # an annotation need not be hashable
        coverage = coverage_of(annotation)
    if coverage is None:
        coverage = coverage_of(annotation)
        _annotations.keep(annotation, coverage)
    return bool(coverage.categories) or any(map(is_annotated, record_types(coverage)))


def _coverage(shape: Any) -> Coverage:
    try:
        known = _shapes.get(shape)
    except TypeError:  # an annotation need not be hashable
        return _read(shape)
    if known is None:
        known = _read(shape)
        _shapes.keep(shape, known)
    return known


def _read(shape: Any) -> Coverage:
    coverage = coverage_of(shape)
    if coverage.covered or coverage.categories or not record_types(coverage):
        name = quoted(getattr(shape, "__name__", shape))
        raise InvalidInput("shape", f"expected a record type with annotated fields, or a list of it, not {name}")
    return coverage


def _viewed(permitted: frozenset[str], record: Any, shape: Coverage | None) -> Any:
    kind = type(record)
    if record is None:
        return None
    if kind is Partial or plan_for(kind, permitted) is not None:
        return _one(permitted, record, EMPTY)
    if shape is not None and (isinstance(record, Mapping) or _is_rooted(shape)):
        return _one(permitted, record, shape)
    if isinstance(record, Mapping):
        raise InvalidInput(
            "record", "a dict does not say of which category its keys are; give its record type as `shape`"
        )
    return _many(permitted, record, shape)


def _many(permitted: frozenset[str], records: Any, shape: Coverage | None) -> Any:
    if isinstance(records, str | bytes | bytearray) or not isinstance(records, Iterable):
        raise InvalidInput("record", f"expected {KINDS}, not a {type(records).__name__}")
    inner = shape if shape is None or shape.item is None else shape.item
    each = (_viewed(permitted, record, inner) for record in records)
    if isinstance(records, Iterator):
        return each
    return next((kind for kind in CONTAINERS if isinstance(records, kind)), list)(each)


def _is_rooted(shape: Coverage) -> bool:
    return any(getattr(kind, "__pydantic_root_model__", False) for kind in shape.records)


def _one(permitted: frozenset[str], record: Any, coverage: Coverage) -> Any:
    """Redact one record; a fault tells its kind only, since its text may hold data."""
    try:
        return Redactor(permitted).shown(record, coverage)
    except Unfit as unfit:
        raise InvalidInput("record", str(unfit)) from None
    except AccessError:
        raise
    except Exception as error:
        raise InvalidInput("record", f"it cannot be redacted ({type(error).__name__})") from None
