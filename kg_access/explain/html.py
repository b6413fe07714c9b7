"""An explanation as HTML, for notebooks; every text is escaped."""

from __future__ import annotations

from html import escape

from kg_access.explain.record import Explanation


def render(explanation: Explanation) -> str:
    """
    Write an explanation as a piece of HTML.

    Args:
        explanation: The explanation.
    """
    parts = [f'<section lang="{escape(explanation.language)}"><p><strong>{escape(explanation.headline)}</strong></p>']
    for heading, entries in explanation.sections():
        items = "".join(f"<li>{escape(entry.strip())}</li>" for entry in entries)
        parts.append(f"<h4>{escape(heading)}</h4><ul>{items}</ul>")
    parts.append(f"<p>{escape(explanation.labels['contact'])}: {escape(explanation.contact)}</p></section>")
    return "".join(parts)
