"""What each service processes, about whom: a matrix of groups and kinds of data for each service."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import both, heading, paragraphs
from kg_access.book.matrix import Matrices
from kg_access.book.picture import Picture, draw
from kg_access.book.sentences import Sentences
from kg_access.markup import Markup, joined
from kg_access.policy.record import Label
from kg_access.policy.rules import Cell

_HOW: Final = Label(
    "Wat iemand van deze dienst, of voor of via deze dienst, van een groep van mensen kan bereiken. Soorten gegevens "
    "die er niet bij staan, bereikt niemand.",
    "What anybody of, for or through this service can reach about a group of people. Kinds of data that are not "
    "listed nobody reaches.",
)
_YES: Final = Label("mogelijk", "possible")


def scope(found: Matrices, sentences: Sentences) -> Chapter:
    """
    Write the chapter.

    Args:
        found: What is possible.
        sentences: The words of the policy.
    """
    parts = [paragraphs(_HOW)]
    for service in found.domains["service"]:
        parts.append(heading(3, both(sentences.name("service", service)), f"service-{service}"))
        parts.append(_service(service, found, sentences))
    return Chapter("scope", Label("Wat elke dienst verwerkt", "What each service processes"), joined(parts))


def _service(service: str, found: Matrices, sentences: Sentences) -> Markup:
    cells = {(row, column): ways for (at, column, row), ways in found.scope.items() if at == service}
    if not cells:
        return paragraphs(Label("Bij deze dienst bereikt niemand iets.", "At this service nobody reaches anything."))
    rows, columns = ({place[index] for place in cells} for index in (0, 1))
    name = sentences.name("service", service)
    picture = Picture(
        anchor=f"scope-{service}",
        caption=Label(f"{name.nl}: welke gegevens over wie", f"{name.en}: which data about whom"),
        corner=Label("Soort gegevens", "Kind of data"),
        rows={word: sentences.name("category", word) for word in found.domains["category"] if word in rows},
        columns={word: sentences.name("group", word) for word in found.domains["group"] if word in columns},
        cells={place: _told(ways, found, sentences) for place, ways in cells.items()},
    )
    return draw(picture)


def _told(ways: frozenset[tuple[str, ...]], found: Matrices, sentences: Sentences) -> Label:
    if len(ways) == prod(len(found.domains[fact]) for fact in found.circumstances):
        return _YES
    conditions = list(_conditions(ways, found, sentences))
    return Label(
        f"alleen als dit waar is: {'; '.join(condition.nl for condition in conditions)}",
        f"only if this is true: {'; '.join(condition.en for condition in conditions)}",
    )


def _conditions(ways: frozenset[tuple[str, ...]], found: Matrices, sentences: Sentences) -> Iterator[Label]:
    for index, fact in enumerate(found.circumstances):
        words = {way[index] for way in ways}
        if len(words) < len(found.domains[fact]):
            cell = Cell(tuple(word for word in found.domains[fact] if word in words), others=False)
            yield sentences.condition(fact, cell)
