"""Pieces of the book in HTML: texts in both languages, headings, links, lists and tables."""

from __future__ import annotations

from collections.abc import Iterable

from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label


def both(text: Label) -> Markup:
    """
    Write a text in both languages within a line.

    Args:
        text: The text.
    """
    if text.nl == text.en:
        return joined([text.nl])
    dutch = tag("span", text.nl, class_="nl", lang="nl")
    english = tag("span", text.en, class_="en", lang="en")
    return joined([dutch, tag("span", " / ", class_="or"), english])


def say(nl: str, en: str) -> Markup:
    """
    Write words of the book itself in both languages within a line.

    Args:
        nl: The Dutch.
        en: The English.
    """
    return both(Label(nl, en))


def paragraphs(text: Label, **attributes: str) -> Markup:
    """
    Write a text in both languages side by side.

    Args:
        text: The text.
        attributes: Attributes of the whole.
    """
    dutch = tag("p", text.nl, class_="nl", lang="nl")
    return tag("div", dutch, tag("p", text.en, class_="en", lang="en"), **{"class_": "pair", **attributes})


def heading(level: int, title: Markup, anchor: str | None = None) -> Markup:
    """
    Make a heading.

    Args:
        level: 1 to 6.
        title: What it says.
        anchor: Its id, for links.
    """
    return tag(f"h{level}", title, id=anchor)


def link(anchor: str, text: str) -> Markup:
    """
    Link to another place in the book.

    Args:
        anchor: The id of that place.
        text: What the link says.
    """
    return tag("a", text, href=f"#{anchor}")


def items(entries: Iterable[str]) -> Markup:
    """
    Make a list.

    Args:
        entries: What stands in it.
    """
    return tag("ul", *(tag("li", entry) for entry in entries))


def pairs(entries: Iterable[tuple[str, str]]) -> Markup:
    """
    Make a list of names with what belongs to them, without those to which nothing does.

    Args:
        entries: Names and contents.
    """
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", content)) for name, content in entries if content))


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]], **attributes: str) -> Markup:
    """
    Make a table of which the first cell of each row is its header.

    Args:
        caption: What it is about.
        head: The headers of the columns.
        rows: The rows.
        attributes: Attributes of the table.
    """
    top = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in head)))
    body = tag("tbody", *(_row(tuple(row)) for row in rows))
    return tag("div", tag("table", tag("caption", caption), top, body, **attributes), class_="scroll")


def _row(cells: tuple[str, ...]) -> Markup:
    return tag("tr", tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:]))
