"""A difference as text for a terminal, as Markdown, as HTML and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from kg_access.difference.pages import Part, content, headline, parts, sides
from kg_access.difference.record import Difference

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
    title = escape(headline(difference))
    named = _terms(sides(difference))
    body = "".join(_section(part) for part in listed)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>What a change of policy does</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{named}{body}</main></body></html>"
    )


def _section(part: Part) -> str:
    entries = "".join(
        f"<h3>{escape(entry.title)}</h3>{_terms(entry.lines)}"
        + (f'<pre tabindex="0">{escape(entry.case)}</pre>' if entry.case else "")
        for entry in part.entries
    )
    more = f"<p>And {part.more} more.</p>" if part.more else ""
    return f"<section><h2>{escape(part.heading)}</h2>{entries}{more}</section>"


def _terms(lines: Sequence[tuple[str, str]]) -> str:
    return f"<dl>{''.join(_term(lines))}</dl>" if lines else ""


def _term(lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, text in lines:
        yield f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"


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
