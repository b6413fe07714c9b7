"""What is shown of a record that cannot be shown as what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, Final, Generic, NoReturn, TypeVar

from kg_access.errors import AccessError
from kg_access.redaction.coverage import CONTAINERS
from kg_access.redaction.fields import anatomy_of
from kg_access.redaction.forms import Form, form_of

Record = TypeVar("Record")

AS_THEY_ARE: Final = frozenset({NoneType, bool, float, int, str})
"""Types of values that JSON has too."""


class Withheld(AccessError, AttributeError, KeyError):  # noqa: N818 - says what happened to the field
    """
    Raised when a field is read that a decision withholds.

    Attributes:
        field: The name of the field.
        categories: The categories that would have to be permitted; empty when the field has none.
    """

    def __init__(self, of: str, field: str, categories: tuple[str, ...]) -> None:
        super().__init__(of, field, categories)
        self.of = of
        self.field = field
        self.categories = categories

    def __str__(self) -> str:
        needed = ", ".join(f"`{category}`" for category in self.categories)
        why = f"it is about {needed}" if needed else "no category covers it"
        return f"`{self.of}.{self.field}` is withheld: {why}"


class Partial(Mapping[str, Any], Generic[Record]):
    """
    The fields of a record that may be shown, where its class does not allow the others to be left out.

    Fields are read as attributes, or as in a mapping; those with the name of an attribute of `Partial` only as in a
    mapping. It cannot be changed, and it knows nothing of the record from which it was made.

    Attributes:
        of: The class of the record.
        withheld: The fields that are withheld, each with the categories that would have to be permitted.
    """

    __slots__ = ("_shown", "of", "withheld")

    of: type[Record]
    withheld: Mapping[str, tuple[str, ...]]
    _shown: dict[str, Any]

    def __init__(self, of: type[Record], shown: Mapping[str, Any], withheld: Mapping[str, tuple[str, ...]]) -> None:
        fill = object.__setattr__
        fill(self, "of", of)
        fill(self, "_shown", dict(shown))
        fill(self, "withheld", MappingProxyType(dict(withheld)))

    def __getattr__(self, name: str) -> Any:
        if name in Partial.__slots__:
            raise AttributeError(name)
        if name in self._shown:
            return self._shown[name]
        if name in self.withheld:
            raise Withheld(self.of.__name__, name, self.withheld[name])
        raise AttributeError(f"`{self.of.__name__}` shows no field `{name}`")

    def __getitem__(self, name: str) -> Any:
        if name in self._shown:
            return self._shown[name]
        if name in self.withheld:
            raise Withheld(self.of.__name__, name, self.withheld[name])
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"what is shown of a `{self.of.__name__}` cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Partial):
            return NotImplemented
        return (self.of, self._shown, self.withheld) == (other.of, other._shown, other.withheld)

    def __hash__(self) -> int:
        return hash((self.of, frozenset(self._shown)))

    def __repr__(self) -> str:
        without = f" without {', '.join(self.withheld)}" if self.withheld else ""
        return f"<Partial {self.of.__name__}: {', '.join(self._shown) or 'nothing'}{without}>"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._shown})

    def __reduce__(self) -> tuple[Any, ...]:
        return Partial, (self.of, self._shown, dict(self.withheld))

    def as_dict(self, *, by_alias: bool = False) -> dict[str, Any]:
        """
        Give what is shown as plain dicts, lists and texts, for JSON.

        Args:
            by_alias: Whether fields of pydantic models go by their aliases.
        """
        aliases = aliases_of(self.of) if by_alias else {}
        return {aliases.get(name, name): plain(value, by_alias=by_alias) for name, value in self._shown.items()}

    @property
    def __pydantic_serializer__(self) -> Any:
        """What pydantic writes a partial record with, wherever it meets one."""
        return _serializer()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic take a partial record as it is, and write it."""
        del source, handler
        return _schema()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """Describe a partial record as an object of which nothing more is known."""
        del schema, handler
        return {"type": "object"}


@cache
def _schema() -> Any:
    from pydantic_core import core_schema  # noqa: PLC0415 - only pydantic asks

    writing = core_schema.plain_serializer_function_ser_schema(_written, info_arg=True)
    return core_schema.is_instance_schema(Partial, serialization=writing)


@cache
def _serializer() -> Any:
    from pydantic_core import SchemaSerializer  # noqa: PLC0415 - only pydantic asks

    return SchemaSerializer(_schema())


def _written(partial: Partial[Any], info: Any) -> Any:
    by_alias = bool(info.by_alias)
    if info.mode == "json":
        return plain(partial, by_alias=by_alias)
    aliases = aliases_of(partial.of) if by_alias else {}
    return {aliases.get(name, name): value for name, value in partial.items()}


def aliases_of(kind: type) -> dict[str, str]:
    """
    Give the names under which pydantic writes the fields of a model, where these differ from their own.

    Args:
        kind: The class.
    """
    infos = {**getattr(kind, "__pydantic_fields__", {}), **getattr(kind, "__pydantic_computed_fields__", {})}
    written = {name: getattr(info, "serialization_alias", info.alias) for name, info in infos.items()}
    return {name: alias for name, alias in written.items() if alias}


def plain(value: Any, *, by_alias: bool = False) -> Any:
    """
    Turn a value of a field into plain dicts, lists and texts, for JSON.

    Args:
        value: The value.
        by_alias: Whether fields of pydantic models go by their aliases.
    """
    if type(value) in AS_THEY_ARE:
        return value
    if isinstance(value, Partial):
        written = value.as_dict(by_alias=by_alias)
        return written.get("root") if getattr(value.of, "__pydantic_root_model__", False) else written
    if isinstance(value, Mapping):
        return {_key(plain(key)): plain(inner, by_alias=by_alias) for key, inner in value.items()}
    form = form_of(type(value))
    if form is not None and form is not Form.PYDANTIC:
        return _fields(value, by_alias=by_alias)
    if isinstance(value, CONTAINERS):
        return [plain(inner, by_alias=by_alias) for inner in value]
    from pydantic_core import to_jsonable_python  # noqa: PLC0415 - most values need no help

    return to_jsonable_python(value, by_alias=by_alias, fallback=lambda inner: _fields(inner, by_alias=by_alias))


def _fields(record: Any, *, by_alias: bool) -> dict[str, Any]:
    anatomy = anatomy_of(type(record))
    if anatomy is None:
        raise TypeError(f"a {type(record).__name__} has no form in JSON")
    present = (field.name for field in anatomy.fields if not field.derived and hasattr(record, field.name))
    return {name: plain(getattr(record, name), by_alias=by_alias) for name in present}


def _key(key: Any) -> Any:
    return key if type(key) in AS_THEY_ARE else str(key)
