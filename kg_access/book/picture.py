"""A matrix as a picture: a table of coloured letters, of which every cell says in words what is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Final

import attrs

from kg_access.book.html import both, say
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label

TINTS: Final = 10
"""How many tints the style sheet has; with more letters than that they come again."""

_NOTHING: Final = Label("niets", "nothing")


@attrs.frozen(repr=False)
class Picture:
    """
    A matrix.

    Attributes:
        anchor: The id of its place.
        caption: What it is about.
        corner: What its rows are.
        rows: The words of its rows with their names.
        columns: The words of its columns with their names.
        cells: For a row and a column, what is possible there; left out where nothing is.
    """

    anchor: str
    caption: Label
    corner: Label
    rows: Mapping[str, Label]
    columns: Mapping[str, Label]
    cells: Mapping[tuple[str, str], Label]

    def letters(self) -> dict[Label, str]:
        """Give each text of a cell a letter, in the order in which they occur."""
        texts = (self.cells.get((row, column)) for row in self.rows for column in self.columns)
        distinct = dict.fromkeys(text for text in texts if text is not None)
        return dict(zip(distinct, _names(), strict=False))


def draw(picture: Picture) -> Markup:
    """
    Draw a matrix, with its key beneath.

    Args:
        picture: The matrix.
    """
    letters = picture.letters()
    tints = {text: f"tint{number % TINTS}" for number, text in enumerate(letters)}
    name = f"{picture.anchor}-caption"
    head = tag("tr", tag("td", both(picture.corner)), *_heads(picture.columns, "col"))
    body = [
        tag(
            "tr",
            *_heads({row: label}, "row"),
            *(_cell(picture.cells.get((row, column)), letters, tints) for column in picture.columns),
        )
        for row, label in picture.rows.items()
    ]
    table = tag(
        "table",
        tag("caption", both(picture.caption), id=name),
        tag("thead", head),
        tag("tbody", *body),
        class_="matrix",
    )
    scroll = tag("div", table, class_="scroll", role="region", aria_labelledby=name, tabindex="0")
    return tag("div", scroll, _key(letters, tints), class_="picture", id=picture.anchor)


def _key(letters: Mapping[Label, str], tints: Mapping[Label, str]) -> Markup:
    entries = [
        tag("div", tag("dt", letter, class_=tints[text]), tag("dd", both(text))) for text, letter in letters.items()
    ]
    nothing = tag("div", tag("dt", "–", class_="nothing"), tag("dd", both(_NOTHING)))
    return joined([tag("p", say("Sleutel:", "Key:"), class_="keyname"), tag("dl", *entries, nothing, class_="key")])


def _heads(labels: Mapping[str, Label], scope: str) -> Sequence[Markup]:
    return [tag("th", tag("span", both(label)), scope=scope, data_word=word) for word, label in labels.items()]


def _cell(text: Label | None, letters: Mapping[Label, str], tints: Mapping[Label, str]) -> Markup:
    if text is None:
        return tag("td", _sign("–"), tag("span", both(_NOTHING), class_="spoken"), class_="nothing")
    return tag("td", _sign(letters[text]), tag("span", both(text), class_="spoken"), class_=tints[text])


def _sign(letter: str) -> Markup:
    return tag("span", f"{letter} ", aria_hidden="true")


def _names() -> Iterator[str]:
    """Name keys A to Z, then AA, AB and so on."""
    for first in ("", *ascii_uppercase):
        for letter in ascii_uppercase:
            yield f"{first}{letter}"
