"""
A tiny builder of HTML: whatever is not made by it is text, and every text is escaped.

A document has no script and loads nothing from elsewhere, and says so in its content security policy.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

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


def document(title: str, style: str, *body: str, language: str = "en") -> str:
    """
    Make a whole page.

    Args:
        title: Its title.
        style: Its style sheet.
        body: What stands in its body; text is escaped.
        language: The language in which it is written.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{rules}">'),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', *body), lang=language)}\n"


def _attribute(key: str, value: str | bool | None) -> str:  # noqa: FBT001 - an attribute may have no value
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
