"""Copies of records that hold only what is shown, made without running anything that the class does on construction."""

from __future__ import annotations

from collections.abc import Mapping
from types import MemberDescriptorType
from typing import Any

from kg_access.redaction.fields import HASH_OF_ATTRS
from kg_access.redaction.forms import Form
from kg_access.redaction.plan import Plan

fill = object.__setattr__


def copy_of(record: Any, plan: Plan, shown: Mapping[str, Any], gone: frozenset[str]) -> Any:
    """
    Make a record of the same class; no constructor, validator, converter, factory or post-init hook runs.

    Args:
        record: The record.
        plan: The plan of its class.
        shown: The values of the copy.
        gone: The fields that are `None` because they are withheld.

    Raises:
        TypeError: Objects of the class cannot be made from outside.
    """
    if plan.form is Form.PYDANTIC:
        return _model(record, plan, shown, gone)
    if plan.form is Form.NAMED_TUPLE:
        return tuple.__new__(plan.kind, [shown[name] for name in plan.kind._fields])
    copy = object.__new__(plan.kind)
    for name, value in shown.items():
        fill(copy, name, value)
    if hasattr(record, HASH_OF_ATTRS):
        fill(copy, HASH_OF_ATTRS, None)
    return copy


def _model(record: Any, plan: Plan, shown: Mapping[str, Any], gone: frozenset[str]) -> Any:
    copy = object.__new__(plan.kind)
    fill(copy, "__dict__", dict(shown))
    fill(copy, "__pydantic_fields_set__", (record.__pydantic_fields_set__ & plan.names) - gone)
    if not plan.kind.__pydantic_root_model__:
        fill(copy, "__pydantic_extra__", None if record.__pydantic_extra__ is None else {})
        fill(copy, "__pydantic_private__", None if plan.private is None else dict(plan.private))
    return copy


def holds_no_more(record: Any, plan: Plan) -> bool:
    """
    Tell whether a record has nothing beside its fields: no extras, private attributes or cached values.

    Args:
        record: The record.
        plan: The plan of its class.
    """
    if hasattr(record, "__dict__") and not vars(record).keys() <= plan.names:
        return False
    if any(_is_filled(slot, record) for slot in plan.other_slots):
        return False
    if plan.form is not Form.PYDANTIC or plan.kind.__pydantic_root_model__:
        return True
    private = record.__pydantic_private__
    return not record.__pydantic_extra__ and (private is None or private == plan.private)


def _is_filled(slot: MemberDescriptorType, record: Any) -> bool:
    """Tell whether a slot holds something, past any `__getattr__`, which would fill it."""
    try:
        slot.__get__(record)
    except AttributeError:
        return False
    return True
