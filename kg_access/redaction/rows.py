"""
Rows of SQLAlchemy and Django: their fields, and their values without loading more than what is shown.

A value that is shown but not there yet is read as any code would read it, without flushing the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Annotated, Any

from kg_access.errors import InvalidInput
from kg_access.redaction.hints import hints_of, loaded
from kg_access.redaction.marks import Category, NotPersonal

INFO: str = "category"
"""The key in the `info` of a column or relationship under which its categories stand."""

CATEGORY_FORMS = (
    'expected a word, several words, `Category(...)` or `NotPersonal()`, as in `info={"category": "health"}`'
)


def sqlalchemy_hints(kind: Any) -> dict[str, Any]:
    """
    Give the annotation of each mapped attribute, with the categories of its `info` added.

    Args:
        kind: A mapped class.

    Raises:
        InvalidInput: An `info` holds something else than categories.
    """
    mapper = loaded("sqlalchemy", "inspect")(kind)
    names = {other.class_.__name__: other.class_ for other in mapper.registry.mappers}
    hints = hints_of(kind, names)
    found: dict[str, Any] = {}
    for attribute in mapper.attrs:
        hint = hints.get(attribute.key, object)
        for mark in _marks_in(attribute):
            hint = Annotated[hint, mark]
        found[attribute.key] = hint
    return found


def _marks_in(attribute: Any) -> Iterator[Category | NotPersonal]:
    for holder in (attribute, *getattr(attribute, "columns", ())):
        written = getattr(holder, "info", {}).get(INFO)
        if written is not None:
            yield _mark(written)


def _mark(written: Any) -> Category | NotPersonal:
    if isinstance(written, Category | NotPersonal):
        return written
    if isinstance(written, str):
        return Category(written)
    if isinstance(written, list | tuple | set | frozenset):
        return Category(*written)
    raise InvalidInput("info", f"{CATEGORY_FORMS}, not a {type(written).__name__}")


def sqlalchemy_value(row: Any, name: str) -> Any:
    """
    Read one attribute of a row.

    Args:
        row: An instance of a mapped class.
        name: The attribute.
    """
    if name in row.__dict__:
        return row.__dict__[name]
    session = loaded("sqlalchemy.orm", "object_session")(row)
    with nullcontext() if session is None else session.no_autoflush:
        return getattr(row, name)


def django_hints(kind: Any) -> dict[str, Any]:
    """
    Give the annotation of each field of a model; `object` for one that has none.

    A foreign key has two names, `mother` and `mother_id`; the second, and relations that other models declare, count
    only when they are annotated.

    Args:
        kind: A model class.
    """
    hints = hints_of(kind)
    found: dict[str, Any] = {}
    for field in kind._meta.get_fields():  # noqa: SLF001 - the documented way to a model's fields
        name = field.get_accessor_name() if field.auto_created and not field.concrete else field.name
        declared = not field.auto_created or field.concrete
        if name is not None and (declared or name in hints):
            found[name] = hints.get(name, object)
        column = getattr(field, "attname", name)
        if column != name and column in hints:
            found[column] = hints[column]
    return found


def django_value(row: Any, name: str) -> Any:
    """
    Read one field of a model instance; a relation to many gives a list, a relation to nothing `None`.

    Args:
        row: The instance.
        name: The field.
    """
    missing = loaded("django.core.exceptions", "ObjectDoesNotExist")
    try:
        value = getattr(row, name)
    except missing:
        return None
    return list(value.all()) if hasattr(value, "all") and hasattr(value, "get_queryset") else value
