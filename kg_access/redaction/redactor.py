"""One redaction: goes through a record and everything in it, and gives what may be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from enum import Enum
from operator import getitem
from typing import Any, Final, TypeAlias

from kg_access.redaction.copies import copy_of, holds_no_more
from kg_access.redaction.coverage import ANYTHING, ATOMS, CONTAINERS, Coverage
from kg_access.redaction.forms import ROWS, Form
from kg_access.redaction.inspection import is_annotated, record_types
from kg_access.redaction.partial import Partial
from kg_access.redaction.plan import Plan, plan_for
from kg_access.redaction.reports import withholding
from kg_access.redaction.rows import django_value, sqlalchemy_value

VALUES: Final = (str, bytes, bytearray, int, float, complex, date, time, timedelta, Enum)
VALUE_MODULES: Final = frozenset({"decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"})
"""Modules of the standard library whose objects are values, without records in them."""

UNDER_WAY: Final = object()
MISSING: Final = (AttributeError, KeyError)

Make: TypeAlias = Callable[[Any, Plan], Any]

READERS: Final[Mapping[Form, Callable[[Any, str], Any]]] = {
    Form.SQLALCHEMY: sqlalchemy_value,
    Form.DJANGO: django_value,
}


class Unfit(Exception):  # noqa: N818 - says what is wrong with the value
    """Raised for a value for which the annotation of its place does not allow; the field that holds it is withheld."""

    def __init__(self, value: object) -> None:
        super().__init__(f"it holds a `{type(value).__name__}`, of which its annotation does not say the category")


class Redactor:
    """
    What goes through one record and everything in it.

    Args:
        permitted: The categories that may be shown.
    """

    __slots__ = ("_changes", "_losses", "_permitted", "_seen")

    def __init__(self, permitted: frozenset[str]) -> None:
        self._permitted = permitted
        self._seen: dict[tuple[int, Any], Any] = {}
        self._changes = 0
        self._losses = 0

    def shown(self, value: Any, coverage: Coverage) -> Any:
        """
        Give what may be shown of a value.

        Args:
            value: The value.
            coverage: What its place may hold; its categories are permitted.

        Raises:
            Unfit: The place does not allow for such a value.
        """
        kind = type(value)
        if kind in coverage.atoms:
            return value
        if kind is Partial:
            return self._again(value, coverage)
        plan = plan_for(kind, self._permitted, covered=coverage.covered)
        if plan is not None:
            return self._once(value, plan, self._record, _record_reference)
        roots = [kind for kind in coverage.records if getattr(kind, "__pydantic_root_model__", False)]
        if roots:
            return self._rooted(value, coverage, roots)
        if isinstance(value, Mapping):
            return self._mapping(value, coverage)
        if isinstance(value, CONTAINERS):
            return self._collection(value, coverage)
        return _plain_value(value, coverage)

    def _once(self, value: Any, plan: Plan, make: Make, refer: Make) -> Any:
        """Go through each record once; where it is met again inside itself, only refer to it."""
        key = (id(value), plan.key)
        known = self._seen.get(key)
        if known is UNDER_WAY:
            shown = refer(value, plan)
        elif known is not None:
            shown = known[1]
        else:
            self._seen[key] = UNDER_WAY
            try:
                shown = make(value, plan)
            except BaseException:
                del self._seen[key]
                raise
            self._seen[key] = (value, shown)
        if shown is not value:
            self._changes += 1
            self._losses += type(shown) is Partial
        return shown

    def _record(self, record: Any, plan: Plan) -> Any:
        changes, losses = self._changes, self._losses
        lost: dict[str, tuple[str, ...]] = {}
        if plan.form is Form.PYDANTIC:
            shown = self._fields(plan, plan.slots, getitem, record.__dict__, lost)
        else:
            shown = self._fields(plan, plan.slots, READERS.get(plan.form, getattr), record, lost)
        if plan.derived:
            shown |= self._fields(plan, plan.derived, getattr, record, lost)
        if plan.whole and not lost and changes == self._changes and holds_no_more(record, plan):
            return record
        if plan.copied and losses == self._losses and lost.keys() <= plan.nullable:
            try:
                return copy_of(record, plan, {**shown, **dict.fromkeys(lost)}, plan.gone.union(lost))
            except Exception as error:  # a class may forbid copies in any way
                withholding(
                    plan.kind, "", f"objects of it cannot be copied ({type(error).__name__}); it is shown in part"
                )
        return _partial(plan, shown, lost)

    def _fields(
        self,
        plan: Plan,
        slots: Iterable[tuple[str, Coverage | None]],
        read: Callable[[Any, str], Any],
        source: Any,
        lost: dict[str, tuple[str, ...]],
    ) -> dict[str, Any]:
        """Go through fields; give what is shown of each, and add those that turn out to be withheld to `lost`."""
        shown: dict[str, Any] = {}
        for name, coverage in slots:
            if coverage is None:
                shown[name] = None
                continue
            try:
                value = read(source, name)
            except MISSING:
                continue
            except Exception as error:
                lost[name] = _lost(plan, name, coverage, f"it cannot be read ({type(error).__name__})")
                continue
            if type(value) in coverage.atoms:
                shown[name] = value
                continue
            try:
                shown[name] = self.shown(value, coverage)
            except Exception as error:
                lost[name] = _lost(plan, name, coverage, _why(error))
        return shown

    def _again(self, partial: Partial[Any], coverage: Coverage) -> Any:
        """Withhold more of what was shown before."""
        plan = plan_for(partial.of, self._permitted, covered=coverage.covered)
        if plan is None:
            raise Unfit(partial)
        lost: dict[str, tuple[str, ...]] = {}
        shown = self._fields(plan, (*plan.kept, *plan.derived), getitem, partial, lost)
        self._changes += 1
        self._losses += 1
        return _partial(plan, shown, {**partial.withheld, **lost})

    def _rooted(self, value: Any, coverage: Coverage, roots: list[type]) -> Any:
        """Go through data of a pydantic model that is dumped as what stands at its root."""
        if len(roots) != len(coverage.records):
            raise Unfit(value)
        for root in roots:
            plan = plan_for(root, self._permitted, covered=coverage.covered)
            if plan is None or not plan.kept:
                raise Unfit(value)
            value = self.shown(value, plan.kept[0][1])
        return value

    def _mapping(self, value: Mapping[Any, Any], coverage: Coverage) -> Any:
        shapes = [kind for kind in coverage.records if is_annotated(kind) or not coverage.covered]
        if shapes:
            return self._data(value, coverage)
        key, item = coverage.key, coverage.value
        if key is None or item is None:
            key = item = _for_all(value, coverage)
        shown = {self.shown(name, key): self.shown(inner, item) for name, inner in value.items()}
        if len(shown) != len(value):
            raise Unfit(value)
        self._changes += type(value) is not dict
        return shown

    def _data(self, data: Mapping[Any, Any], coverage: Coverage) -> Any:
        """Go through data dumped from a record; where several types fit, only what all of them show is shown."""
        plans = [plan_for(kind, self._permitted, covered=coverage.covered) for kind in coverage.records]
        known = [plan for plan in plans if plan is not None]
        fitting = [plan for plan in known if plan.fits(data)] if len(known) > 1 else known
        for plan in fitting or known:
            data = self._once(data, plan, self._by_shape, _data_reference)
        return data

    def _by_shape(self, data: Mapping[Any, Any], plan: Plan) -> dict[Any, Any]:
        shown: dict[Any, Any] = {}
        for key, value in data.items():
            meant = plan.by_key.get(key)
            if meant is None:
                if key not in plan.by_key:
                    withholding(plan.kind, "", "what stands in data under keys that are none of its fields")
                continue
            try:
                for coverage in meant:
                    value = value if type(value) in coverage.atoms else self.shown(value, coverage)
            except Exception as error:
                _lost(plan, key, meant[0], _why(error))
            else:
                shown[key] = value
        self._losses += len(shown) < len(data)
        return shown

    def _collection(self, value: Any, coverage: Coverage) -> Any:
        item = coverage.item or _for_all(value, coverage)
        kind = next(kind for kind in CONTAINERS if isinstance(value, kind))
        self._changes += type(value) is not kind
        if item.atoms.issuperset(map(type, value)):
            return kind(value)
        return kind([self.shown(inner, item) for inner in value])


def _partial(plan: Plan, shown: Mapping[str, Any], lost: Mapping[str, tuple[str, ...]]) -> Partial[Any]:
    withheld = {**plan.withheld, **lost}
    return Partial(plan.kind, {name: value for name, value in shown.items() if name not in withheld}, withheld)


def _record_reference(record: Any, plan: Plan) -> Partial[Any]:
    """Give the plain fields of a record that is met inside itself, of a row only those that are loaded."""
    held = getattr(record, "__dict__", {}) if plan.form in ROWS else None
    shown, lost = {}, {}
    for name, coverage in plan.kept:
        value = getattr(record, name, UNDER_WAY) if held is None else held.get(name, UNDER_WAY)
        if type(value) in coverage.atoms:
            shown[name] = value
        elif value is not UNDER_WAY:
            lost[name] = tuple(sorted(coverage.categories))
    return _partial(plan, shown, lost)


def _data_reference(data: Mapping[Any, Any], plan: Plan) -> dict[Any, Any]:
    kept = {key: meant[0].atoms for key, meant in plan.by_key.items() if meant is not None and len(meant) == 1}
    return {key: value for key, value in data.items() if type(value) in kept.get(key, ())}


def _for_all(value: Any, coverage: Coverage) -> Coverage:
    """Give the coverage of what lies in a value of which no more is declared than a mark over it all."""
    if coverage.covered and not any(map(is_annotated, record_types(coverage))):
        return ANYTHING
    raise Unfit(value)


def _plain_value(value: Any, coverage: Coverage) -> Any:
    """Let a value pass that holds no records: one of a well-known class, or of a class that is declared."""
    if coverage.atoms is not ATOMS:
        _for_all(value, coverage)
    if isinstance(value, VALUES) or any(owner.__module__ in VALUE_MODULES for owner in type(value).__mro__):
        return value
    if isinstance(value, coverage.classes) and not isinstance(value, Iterable):
        return value
    raise Unfit(value)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, Unfit) else f"it cannot be gone through ({type(error).__name__})"


def _lost(plan: Plan, name: str, coverage: Coverage, why: str) -> tuple[str, ...]:
    withholding(plan.kind, name, why)
    return tuple(sorted(coverage.categories))
