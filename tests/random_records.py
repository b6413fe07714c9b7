"""Random record types of every form, records of them in which no text occurs twice, and who may see each text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Annotated, Any, Final, NamedTuple

import attrs
import pydantic
from hypothesis import strategies as st
from typing_extensions import TypedDict

from kg_access.redaction import Category, NotPersonal

CATEGORIES: Final = ("health", "financial", "identification")
TEXTS: Final = ("text", "optional", "list", "tuple", "dict")
RECORDS: Final = ("record", "optional record", "records", "record by key")

Words = frozenset[str]
Needed = Words | None
"""The categories that must all be permitted; `None` for what is never shown."""

_numbers = count()


@attrs.frozen
class FieldType:
    """
    A field of a random record type.

    Attributes:
        shape: What it holds.
        mark: Its categories; empty for `NotPersonal`, `None` for no mark.
        inside: Whether the mark stands at the elements, not at the whole.
        of: The type of the records that it holds.
    """

    shape: str
    mark: Needed
    inside: bool = False
    of: RecordType | None = None

    @property
    def annotated(self) -> bool:
        """Whether there is any mark in it; the keys of its records have one."""
        inner = self.of is not None and self.of.annotated
        return inner or self.mark is not None or self.shape == "record by key"


@attrs.frozen
class RecordType:
    """
    A random record type.

    Attributes:
        form: How its class is made.
        fields: Its fields, named `f0`, `f1` and so on.
    """

    form: str
    fields: tuple[FieldType, ...]

    @property
    def annotated(self) -> bool:
        """Whether there is any mark in it, or in the records that it holds."""
        return any(field.annotated for field in self.fields)


@attrs.frozen
class Made:
    """
    A random record.

    Attributes:
        type: Its type.
        kind: The class.
        record: The record; a dict when its form is a TypedDict.
        needed: What must be permitted for each text in it to be shown.
    """

    type: RecordType
    kind: Any
    record: Any
    needed: Mapping[str, Needed]


def _pydantic(name: str, hints: dict[str, Any]) -> Any:
    config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    fields: dict[str, Any] = {field: (hint, ...) for field, hint in hints.items()}
    return pydantic.create_model(name, __config__=config, **fields)


def _pydantic_dataclass(name: str, hints: dict[str, Any]) -> Any:
    bare = type(name, (), {"__annotations__": hints})
    return pydantic.dataclasses.dataclass(config=pydantic.ConfigDict(arbitrary_types_allowed=True))(bare)


def _attrs(name: str, hints: dict[str, Any], **how: Any) -> type:
    return attrs.make_class(name, {field: attrs.field(type=hint) for field, hint in hints.items()}, **how)


def _plain(name: str, hints: dict[str, Any]) -> type:
    def fill(self: Any, **values: Any) -> None:
        vars(self).update(values)

    return type(name, (), {"__annotations__": hints, "__init__": fill})


FORMS: Final[Mapping[str, Callable[[str, dict[str, Any]], Any]]] = {
    "pydantic": _pydantic,
    "pydantic dataclass": _pydantic_dataclass,
    "attrs": lambda name, hints: _attrs(name, hints, slots=False),
    "frozen attrs": lambda name, hints: _attrs(name, hints, slots=True, frozen=True, cache_hash=True, unsafe_hash=True),
    "dataclass": lambda name, hints: dataclasses.make_dataclass(name, list(hints.items())),
    "frozen dataclass": lambda name, hints: dataclasses.make_dataclass(
        name, list(hints.items()), frozen=True, slots=True
    ),
    "named tuple": lambda name, hints: NamedTuple(name, list(hints.items())),
    "typed dict": TypedDict,  # type: ignore[dict-item]
    "plain": _plain,
}


def marked(hint: Any, mark: Needed) -> Any:
    """Put a mark on a type."""
    if mark is None:
        return hint
    return Annotated[hint, Category(*mark) if mark else NotPersonal()]


def class_of(kind: RecordType) -> Any:
    """Make the class of a random record type."""
    hints = {f"f{number}": _hint(field) for number, field in enumerate(kind.fields)}
    return FORMS[kind.form](f"Random{next(_numbers)}", hints)


def _hint(field: FieldType) -> Any:
    inner, outer = (field.mark, None) if field.inside else (None, field.mark)
    one = class_of(field.of) if field.of is not None else marked(str, inner)
    key = Annotated[str, NotPersonal()] if field.of is not None else one
    whole = {
        "text": one,
        "record": one,
        "optional": one | None,
        "optional record": one | None,
        "list": list[one],  # type: ignore[valid-type]
        "records": list[one],  # type: ignore[valid-type]
        "tuple": tuple[one, ...],  # type: ignore[valid-type]
        "dict": dict[key, one],  # type: ignore[valid-type]
        "record by key": dict[key, one],  # type: ignore[valid-type]
    }
    return marked(whole[field.shape], outer)


def joined(one: Needed, other: Needed) -> Needed:
    """Give what must be permitted for both."""
    return None if one is None or other is None else one | other


class _Filler:
    """Fills records with texts that occur once, and remembers what each needs."""

    def __init__(self) -> None:
        self.needed: dict[str, Needed] = {}

    def text(self, needed: Needed) -> str:
        text = f"<{len(self.needed):04}>"
        self.needed[text] = needed
        return text

    def record(self, kind: Any, described: RecordType, needed: Needed, *, covered: bool) -> Any:
        covered = covered and not described.annotated
        hints = _own_hints(kind)
        values = {
            name: self._value(hints[name], field, needed, covered=covered)
            for name, field in zip(hints, described.fields, strict=True)
        }
        return kind(**values)

    def _value(self, hint: Any, field: FieldType, needed: Needed, *, covered: bool) -> Any:
        if field.of is None:
            needs = needed if field.mark is None and covered else joined(needed, field.mark)
            return self._many(field.shape, lambda: self.text(needs))
        if field.mark is not None:
            needs = joined(needed, field.mark)
        else:
            needs = needed if covered or field.of.annotated else None
        kind, inner = _record_class(hint), field.of
        under = covered or field.mark is not None
        return self._many(field.shape, lambda: self.record(kind, inner, needs, covered=under))

    def _many(self, shape: str, one: Callable[[], Any]) -> Any:
        if shape == "dict":
            return {one(): one(), one(): one()}
        if shape == "record by key":
            return {"k1": one(), "k2": one()}
        if shape == "tuple":
            return one(), one()
        return [one(), one()] if shape in {"list", "records"} else one()


def _own_hints(kind: Any) -> dict[str, Any]:
    return dict(getattr(kind, "__annotations__", {}) or _fields(kind))


def _fields(kind: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(kind, "__attrs_attrs__"):
        return ((one.name, one.type) for one in attrs.fields(kind))
    return ((name, info.annotation) for name, info in kind.model_fields.items())


def _record_class(hint: Any) -> Any:
    """Find the class of the records in an annotation, which is the last thing in it."""
    while True:
        arguments = [one for one in getattr(hint, "__args__", ()) if one is not type(None)]
        if not arguments:
            return hint
        hint = arguments[-1]


MARKS: Final = st.none() | st.frozensets(st.sampled_from(CATEGORIES), max_size=2)


def record_types(depth: int = 2) -> st.SearchStrategy[RecordType]:
    """Give record types, with records in records down to a depth."""
    fields = st.builds(FieldType, st.sampled_from(TEXTS), MARKS, st.booleans())
    if depth:
        inner = st.deferred(lambda: record_types(depth - 1))
        fields |= st.builds(FieldType, st.sampled_from(RECORDS), MARKS, st.just(False), inner)
    return st.builds(_type, st.sampled_from(sorted(FORMS)), st.lists(fields, min_size=1, max_size=4).map(tuple))


def _type(form: str, fields: tuple[FieldType, ...]) -> RecordType:
    """Make a record type; a plain class is one only by marks on its own fields."""
    plain = form == "plain" and all(field.mark is None for field in fields)
    return RecordType("dataclass" if plain else form, fields)


def made(described: RecordType) -> Made:
    """Make the class of a record type, and a record of it."""
    filler, kind = _Filler(), class_of(described)
    record = filler.record(kind, described, frozenset(), covered=False)
    return Made(described, kind, record, filler.needed)


def records() -> st.SearchStrategy[Made]:
    """Give random records."""
    return record_types().map(made)
