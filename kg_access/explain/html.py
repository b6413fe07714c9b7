"""An explanation as HTML, for notebooks; every text is escaped."""

from __future__ import annotations

from kg_access.explain.record import Explanation
from kg_access.markup import tag


def render(explanation: Explanation) -> str:
    """
    Write an explanation as a piece of HTML.

    Args:
        explanation: The explanation.
    """
    parts = [tag("p", tag("strong", explanation.headline))]
    for heading, entries in explanation.sections():
        items = (tag("li", entry.strip()) for entry in entries)
        parts += [tag("h4", heading), tag("ul", *items)]
    contact = tag("p", f"{explanation.labels['contact']}: {explanation.contact}")
    return tag("section", *parts, contact, lang=explanation.language)
