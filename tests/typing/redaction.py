"""Field-level views as a backend writes them; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypedDict, assert_type

import attrs
from pydantic import BaseModel

import kg_access as kg
from kg_access.redaction import Withheld, categories_of, is_annotated


class Child(BaseModel):
    """A model; a marked field has the type that stands in its annotation."""

    number: Annotated[int, kg.NotPersonal()]
    name: Annotated[str, kg.Category("identification")]
    income: Annotated[int | None, kg.Category("financial", "identification")] = None


@attrs.frozen
class Visit:
    """A class of attrs."""

    finding: Annotated[str | None, kg.Category("health")]


class Row(TypedDict):
    """A dict with known keys."""

    name: Annotated[str, kg.Category("identification")]


child = Child(number=1, name="Sam", income=1200)
assert_type(child.income, int | None)
guard = kg.Guard.shipped(fulfils={"redact"})
nele = kg.Subject("nele", kind="staff")
dossier = kg.Dossier("D1", service="adoption")
decision = guard.require(nele, "read", dossier, categories=categories_of(Child, Visit), mode="redact")


# -- one record: itself, or a part of it ----------------------------------------------------------------------------

shown = kg.redact(decision, child)
assert_type(shown, Child | kg.Partial[Child])
if isinstance(shown, kg.Partial):
    assert_type(shown.of, type[Child])
    assert_type(shown.withheld, Mapping[str, tuple[str, ...]])
    assert_type(shown.as_dict(by_alias=True), dict[str, Any])
else:
    assert_type(shown, Child)
assert_type(shown.name, str | Any)
assert_type(kg.redact(decision, Visit(finding="growth")), Visit | kg.Partial[Visit])
assert_type(kg.redact(decision, None), None)


# -- several, and dicts ---------------------------------------------------------------------------------------------


def stored() -> Iterator[Child]:
    """Give records one by one, as a query does."""
    yield child


row: Row = {"name": "Sam"}
assert_type(kg.redact(decision, [child]), list[Child | kg.Partial[Child]])
assert_type(kg.redact(decision, (child,)), tuple[Child | kg.Partial[Child], ...])
assert_type(kg.redact(decision, stored()), Iterator[Child | kg.Partial[Child]])
assert_type(kg.redact(decision, child.model_dump(), shape=Child), dict[str, Any])
assert_type(kg.redact(decision, [child.model_dump()], shape=list[Child]), list[Any])
kg.redact(decision, row, shape=Row)


# -- what can be asked of record types ------------------------------------------------------------------------------

assert_type(kg.fields_without_category(Child, list[Visit]), tuple[str, ...])
assert_type(categories_of(Child), frozenset[str])
assert_type(is_annotated(Child), bool)
try:
    assert_type(shown.income, int | Any | None)
except Withheld as withheld:
    assert_type(withheld.field, str)
    assert_type(withheld.categories, tuple[str, ...])


# -- what a type checker refuses --------------------------------------------------------------------------------------

kg.redact(True, child)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
kg.Category(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
