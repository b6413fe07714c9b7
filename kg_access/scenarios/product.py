"""Products: people, actions, dossiers and kinds of data in every combination, of which only the listed may pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import partial
from itertools import product as combinations
from typing import Final, TypeVar

import attrs

from kg_access.documents import Document
from kg_access.dossier import Dossier
from kg_access.errors import Finding, did_you_mean, quoted
from kg_access.request import AccessRequest
from kg_access.scenarios import schema
from kg_access.scenarios.case import Case, Expectation, Setting, read_setting, read_value
from kg_access.scenarios.organisation import Organisation
from kg_access.subject import Subject
from kg_access.vocabulary import Effect

AXES: Final = ("subjects", "actions", "dossiers", "categories", "purposes")
MOST_CELLS: Final = 100_000
Record = TypeVar("Record")


@attrs.frozen(repr=False, eq=False)
class Product:
    """
    Cases for every combination of some words.

    Attributes:
        id: Its id, unique in its file.
        title: What it is about.
        cells: One case for each combination, whose id is that of the product and the words.
        place: File and line.
        words: Where the words of the policy stand.
    """

    id: str
    title: str
    cells: tuple[Case, ...]
    place: Finding
    words: Mapping[str, Finding]

    def __repr__(self) -> str:
        return f"<Product {self.id} of {len(self.cells)} cells>"


def read_product(
    part: Document, shape: schema.ProductShape, organisation: Organisation | None, findings: list[Finding]
) -> Product | None:
    """
    Read a product.

    Args:
        part: The product.
        shape: Its checked form.
        organisation: The people and dossiers; `None` when they are refused.
        findings: Where findings go.
    """
    before = len(findings)
    setting = read_setting(part, shape, findings)
    findings.extend(_misplaced(part, shape))
    if organisation is None:
        return None
    subjects = _records(part, "subjects", shape.subjects, organisation.subject, organisation.refused, findings)
    dossiers = _records(part, "dossiers", shape.dossiers, organisation.dossier, organisation.refused, findings)
    if len(findings) > before or setting is None or organisation.refused & {*shape.subjects, *shape.dossiers}:
        return None
    place = part.finding((), "")
    cells = tuple(_cells(shape, setting, subjects, dossiers, place))
    return Product(shape.id, shape.title, cells, place, _words(part, shape))


def _axis(shape: schema.ProductShape | schema.PermittedShape, name: str) -> Sequence[str] | None:
    words: Sequence[str] | None = getattr(shape, name)
    return words


def _misplaced(part: Document, shape: schema.ProductShape) -> Iterator[Finding]:
    """Find words that stand twice or that the product does not have, and a product of too many cells."""
    if shape.purpose is not None and shape.purposes is not None:
        yield part.finding(("purposes",), "`purpose` and `purposes` exclude each other", "keep one of them")
    count = math.prod(len(_axis(shape, name) or "1") for name in AXES)
    if count > MOST_CELLS:
        yield part.finding((), f"the product has {count} cells, at most {MOST_CELLS} are taken", "make two of it")
    for name in AXES:
        words = _axis(shape, name) or ()
        yield from _doubled(part, (name,), words)
        for index, entry in enumerate(shape.permitted):
            listed = _axis(entry, name) or ()
            yield from _doubled(part, ("permitted", index, name), listed)
            for number, word in enumerate(listed):
                if word not in words:
                    message = f"{quoted(word)} is not among the `{name}` of the product"
                    yield part.finding(("permitted", index, name, number), message, did_you_mean(word, words))
    for index, entry in enumerate(shape.permitted):
        if all(_axis(entry, name) is None for name in AXES):
            keys = ", ".join(f"`{name}`" for name in AXES)
            yield part.finding(("permitted", index), "an entry of `permitted` that names nothing", f"name some {keys}")


def _doubled(part: Document, keys: tuple[str | int, ...], words: Sequence[str]) -> Iterator[Finding]:
    for number, word in enumerate(words):
        if word in words[:number]:
            yield part.finding((*keys, number), f"{quoted(word)} stands here twice", "keep one of them")


def _records(
    part: Document,
    axis: str,
    names: Sequence[str],
    look_up: Callable[[str], Record],
    refused: Container[str],
    findings: list[Finding],
) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for number, name in enumerate(names):
        record = None if name in refused else read_value(part, (axis, number), findings, partial(look_up, name))
        if record is not None:
            records[name] = record
    return records


def _cells(
    shape: schema.ProductShape,
    setting: Setting,
    subjects: Mapping[str, Subject],
    dossiers: Mapping[str, Dossier],
    place: Finding,
) -> Iterator[Case]:
    axes: list[Sequence[str | None]] = [_axis(shape, name) or (shape.purpose,) for name in AXES]
    permitted = _permitted(shape, axes)
    expected = {True: Expectation(Effect.PERMIT), False: Expectation(Effect.DENY)}
    for cell in combinations(*axes):
        subject, action, dossier, category, _ = map(str, cell)
        yield Case(
            id=" ".join((shape.id, *map(str, cell if shape.purposes else cell[:-1]))),
            title=shape.title,
            clauses=tuple(shape.clauses),
            request=AccessRequest(
                subject=subjects[subject],
                action=action,
                dossier=dossiers[dossier],
                categories=frozenset({category}),
                group=shape.group,
                purpose=cell[-1],
                at=setting.at,
                context=setting.context,
            ),
            published=shape.policy.published,
            break_glass=shape.policy.break_glass,
            fulfils=setting.fulfils,
            expect=expected[cell in permitted],
            place=place,
            product=shape.id,
        )


def _permitted(shape: schema.ProductShape, axes: Sequence[Sequence[str | None]]) -> set[tuple[str | None, ...]]:
    cells: set[tuple[str | None, ...]] = set()
    for entry in shape.permitted:
        cells.update(combinations(*(_axis(entry, name) or words for name, words in zip(AXES, axes, strict=True))))
    return cells


def _words(part: Document, shape: schema.ProductShape) -> dict[str, Finding]:
    """Find where the words stand that only the policy can judge."""
    places = {
        word: part.finding((name, number), "")
        for name in ("actions", "categories", "purposes")
        for number, word in enumerate(_axis(shape, name) or ())
    }
    for name, word in (("group", shape.group), ("purpose", shape.purpose)):
        if word is not None:
            places.setdefault(word, part.finding((name,), ""))
    return places
