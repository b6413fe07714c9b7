"""Which classes are records, and of which form."""

from __future__ import annotations

import builtins
import dataclasses
from enum import StrEnum
from typing import Any, Final, get_origin

from kg_access.redaction.hints import Unresolved, hints_of, loaded, own_annotations
from kg_access.redaction.marks import marks_among
from kg_access.redaction.memory import Memory

MOST_CLASSES: Final = 4_096
MARKS: Final = ("Category", "NotPersonal")

_forms: Memory[type, Form | None] = Memory(MOST_CLASSES)


class Form(StrEnum):
    """How a class keeps its fields."""

    SQLALCHEMY = "sqlalchemy"
    DJANGO = "django"
    PYDANTIC = "pydantic"
    ATTRS = "attrs"
    DATACLASS = "dataclass"
    NAMED_TUPLE = "named tuple"
    TYPED_DICT = "typed dict"
    PLAIN = "plain"


ROWS: Final = frozenset({Form.SQLALCHEMY, Form.DJANGO})
"""Forms whose records belong to a database session and are never copied."""


def form_of(kind: Any) -> Form | None:
    """
    Tell of which form a class is.

    Args:
        kind: The class.

    Returns:
        The form; `None` when it is no record.
    """
    if not isinstance(kind, type) or get_origin(kind) is not None:
        return None
    form = _forms.get(kind)
    if form is None and getattr(builtins, kind.__name__, None) is not kind:
        form = _recognised(kind)
        if form is not None:
            _forms.keep(kind, form)
    return form


def _recognised(kind: type) -> Form | None:
    if loaded("sqlalchemy", "inspect") and hasattr(kind, "__mapper__"):
        return Form.SQLALCHEMY
    if _descends(kind, "django.db.models.base", "Model"):
        return Form.DJANGO
    if _descends(kind, "pydantic.main", "BaseModel"):
        return Form.PYDANTIC
    if hasattr(kind, "__attrs_attrs__"):
        return Form.ATTRS
    if dataclasses.is_dataclass(kind):
        return Form.DATACLASS
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return Form.NAMED_TUPLE
    if issubclass(kind, dict) and hasattr(kind, "__total__"):
        return Form.TYPED_DICT
    return Form.PLAIN if _is_marked(kind) else None


def _descends(kind: type, module: str, name: str) -> bool:
    base = loaded(module, name)
    return base is not None and issubclass(kind, base) and kind is not base


def _is_marked(kind: type) -> bool:
    """Tell whether annotations of a class of no known form hold marks; they count even if they cannot be resolved."""
    if not any(own_annotations(owner) for owner in kind.__mro__):
        return False
    return any(holds_mark(hint) for hint in hints_of(kind).values())


def holds_mark(hint: Any) -> bool:
    """
    Tell whether an annotation holds a mark; one that cannot be resolved does if it reads like that.

    Args:
        hint: The annotation.
    """
    if isinstance(hint, Unresolved):
        return any(name in hint.text for name in MARKS)
    inner = getattr(hint, "__args__", ())
    return bool(marks_among(getattr(hint, "__metadata__", ()))) or any(map(holds_mark, inner))
