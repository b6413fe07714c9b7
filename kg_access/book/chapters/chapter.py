"""What all chapters have: a place, a title, and links to each other's entries."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from kg_access.book.html import both, heading, link, say
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label
from kg_access.policy.rules import CHOICE


@attrs.frozen(repr=False)
class Chapter:
    """
    A chapter.

    Attributes:
        anchor: The id of its place.
        title: Its title.
        body: What it says.
    """

    anchor: str
    title: Label
    body: Markup

    def markup(self) -> Markup:
        """Write it."""
        return tag("section", heading(2, both(self.title), self.anchor), self.body)


def links(ids: Iterable[str]) -> Markup:
    """
    Link to rules, clauses or invariants.

    Args:
        ids: Their ids, or `choice` where the statement is silent.
    """
    silent = say("keuze van het beleid", "choice of the policy")
    return joined([silent if word == CHOICE else link(word, word) for word in ids], ", ")


def or_none(content: Markup) -> Markup:
    """
    Say so when there is nothing.

    Args:
        content: What there is.
    """
    return content or say("geen", "none")
