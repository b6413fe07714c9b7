"""A tiny builder of HTML: whatever is not made by it is text, and every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from kg_access.policy.record import Label

_EMPTY: Final = frozenset({"br", "col", "input", "link", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | bool | None) -> Markup:
    """
    Make an element.

    Args:
        name: Its name.
        children: What stands in it; text is escaped.
        attributes: Its attributes, `class_` for `class` and `aria_label` for `aria-label`; `True` for one without a
            value, `None` and `False` for none.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """
    Put pieces one after the other.

    Args:
        parts: The pieces; text is escaped.
        between: Text between them.
    """
    return Markup(escape(between).join(part if isinstance(part, Markup) else escape(part) for part in parts))


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


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001 - an attribute may have no value
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
