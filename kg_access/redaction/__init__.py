"""Field-level views: what may be shown of a record, by the categories with which its fields are annotated."""

from __future__ import annotations

from kg_access.redaction.inspection import categories_of, fields_without_category, is_annotated
from kg_access.redaction.marks import Category, NotPersonal
from kg_access.redaction.partial import Partial, Withheld
from kg_access.redaction.view import is_shape, redact, redact_to

__all__ = [
    "Category",
    "NotPersonal",
    "Partial",
    "Withheld",
    "categories_of",
    "fields_without_category",
    "is_annotated",
    "is_shape",
    "redact",
    "redact_to",
]
