"""Redacting a record of forty fields, against a plain dump of the same record by pydantic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BaseModel, create_model

from kg_access.decision import Decision
from kg_access.redaction import Category, NotPersonal, redact
from tests.benchmarks.figures import AT, MICRO, Figure, Scale, able_guard, dossier, health, nurse, side_by_side, within

FIELDS: Final = 40
LISTED: Final = 25
MOST: Final = 3.0
"""How many times the plain dump redacting may take."""

ASKED: Final = frozenset({"health", "financial"})
MARKS: Final = (NotPersonal(), Category("health"), Category("financial"), Category("health", "financial"))


class Visit(BaseModel):
    """A record in a record."""

    id: Annotated[int, NotPersonal()]
    finding: Annotated[str | None, Category("health")]
    fee: Annotated[int | None, Category("financial")]


def measure(scale: Scale) -> list[Figure]:
    """Measure what is shown whole, as a copy and in part, of one record, of nested ones and of dumped data."""
    guard, question = able_guard(), (nurse(), "read", dossier())
    permit = guard.require(*question, **{**health(), "categories": ASKED}, mode="redact", at=AT)
    assert permit.permitted == {"health"}
    calls: dict[tuple[str, str], tuple[Callable[[], object], int]] = {}
    for name, (record, shape) in cases().items():
        model = record if shape is None else shape.model_validate(record)
        calls[name, "redact"] = (partial(redact, permit, record, shape=shape), scale.calls)
        calls[name, "dump"] = (model.model_dump, scale.calls)
        look(name, permit, record, shape)
    best = side_by_side(calls, scale.rounds)
    return [
        within(f"redacting: {name}", best[name, "redact"] * MICRO, best[name, "dump"] * MICRO, "µs", "model_dump", MOST)
        for name in cases()
    ]


def cases() -> dict[str, tuple[Any, Any]]:
    """Give the records to redact, with the shape of those that are dicts."""
    optional, required = model(str | None), model(str)
    values = {f"field_{number}": f"value {number}" for number in range(FIELDS)}
    health_only = create_model("Whole", **fields(str, (NotPersonal(), Category("health"))))
    listing = create_model("Listing", visits=(list[Visit], ...))
    visits = [Visit(id=number, finding="growth", fee=12) for number in range(LISTED)]
    return {
        "40 fields, nothing withheld": (health_only(**values), None),
        "40 fields, half of them None in a copy": (optional(**values), None),
        "40 fields, half of them left out": (required(**values), None),
        "40 fields of dumped data": (required(**values).model_dump(), required),
        f"{LISTED} records in a record": (listing(visits=visits), None),
    }


def model(kind: Any) -> type[BaseModel]:
    """Make a model with forty fields, half of which the nurse may see."""
    return create_model("Record", **fields(kind, MARKS))


def fields(kind: Any, marks: tuple[Category | NotPersonal, ...]) -> dict[str, Any]:
    """Give the fields of a model, with marks in turn."""
    return {f"field_{number}": (Annotated[kind, marks[number % len(marks)]], ...) for number in range(FIELDS)}


def look(name: str, permit: Decision, record: Any, shape: Any) -> None:
    """See to it that what is measured is what is said."""
    shown = redact(permit, record, shape=shape)
    if "nothing" in name:
        assert shown is record
    elif "copy" in name:
        assert list(shown.model_dump().values()).count(None) == FIELDS // 2
    elif "None" not in name and "records" not in name:
        assert len(shown) == FIELDS // 2
    else:
        assert all(visit.fee is None and visit.finding for visit in shown.visits)
