"""A difference as text for a terminal, as Markdown, as HTML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kg_access.difference.pages import Entry, Part, content, headline, parts, sides
from kg_access.difference.record import Difference
from kg_access.markup import Markup, document, joined, tag

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.3rem 0 1rem}"
    "dt{color:#595959}dd{margin:0}h3{margin:1rem 0 0;font-size:1rem}pre{background:#f4f4f4;padding:.5rem;overflow:auto}"
)


def pretty(difference: Difference, listed: Sequence[Part]) -> str:
    """
    Write a difference for a terminal.

    Args:
        difference: The difference.
        listed: Its parts.
    """
    lines = [*(f"{name}  {text}" for name, text in sides(difference)), headline(difference)]
    for part in listed:
        lines += ["", f"{part.heading}:"]
        for entry in part.entries:
            lines.append(f"  {entry.title}")
            lines += [f"    {name:12} {text}" for name, text in entry.lines]
            lines += [f"    | {line}" for line in entry.case.splitlines()]
        if part.more:
            lines.append(f"  and {part.more} more; list them with --all")
    return "\n".join(lines)


def markdown(difference: Difference, listed: Sequence[Part]) -> str:
    """
    Write a difference as Markdown, such as for a comment on a change.

    Args:
        difference: The difference.
        listed: Its parts.
    """
    lines = [f"**{_escaped(headline(difference))}**", ""]
    lines += [f"- {name}: {_escaped(text)}" for name, text in sides(difference)]
    for part in listed:
        lines += ["", f"## {_escaped(part.heading)}"]
        for entry in part.entries:
            lines += ["", f"### {_escaped(entry.title)}", ""]
            lines += [f"- {name + ': ' if name else ''}{_escaped(text)}" for name, text in entry.lines]
            lines += ["", "```yaml", entry.case.rstrip(), "```"] if entry.case else []
        if part.more:
            lines += ["", f"And {part.more} more."]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\*_[]<>#&|" else letter for letter in text)


def html(difference: Difference, listed: Sequence[Part]) -> str:
    """
    Write a difference as one page of HTML without scripts or other files.

    Args:
        difference: The difference.
        listed: Its parts.
    """
    named, sections = _terms(sides(difference)), map(_section, listed)
    body = tag("main", tag("h1", headline(difference)), named, *sections)
    return document("What a change of policy does", _STYLE, body)


def _section(part: Part) -> Markup:
    more = [tag("p", f"And {part.more} more.")] if part.more else []
    return tag("section", tag("h2", part.heading), *map(_entry, part.entries), *more)


def _entry(entry: Entry) -> Markup:
    case = [tag("pre", entry.case, tabindex="0")] if entry.case else []
    return joined([tag("h3", entry.title), _terms(entry.lines), *case])


def _terms(lines: Sequence[tuple[str, str]]) -> Markup:
    terms = (joined([tag("dt", name), tag("dd", text)]) for name, text in lines)
    return tag("dl", *terms) if lines else Markup()


def plain_json(difference: Difference, _: Sequence[Part]) -> str:
    """
    Write a difference as JSON, with every change and its example as a case.

    Args:
        difference: The difference.
    """
    return json.dumps(content(difference), ensure_ascii=False, indent=2)


_FORMATS: Final[Mapping[str, Callable[[Difference, Sequence[Part]], str]]] = {
    "pretty": pretty,
    "json": plain_json,
    "markdown": markdown,
    "html": html,
}
FORMATS: Final = tuple(_FORMATS)
"""The names of the formats."""


def written(difference: Difference, form: str, *, cases: bool = False, everything: bool = False) -> str:
    """
    Write a difference.

    Args:
        difference: The difference.
        form: pretty, json, markdown or html.
        cases: Whether to write examples as scenario files too; JSON always has them.
        everything: Whether to list every change, not only the first of each topic; JSON always does.
    """
    return _FORMATS[form](difference, list(parts(difference, cases=cases, everything=everything)))
