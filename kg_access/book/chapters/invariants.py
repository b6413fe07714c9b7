"""What must hold of every version, and whether it is proved of this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kg_access.book.chapters.chapter import Chapter, links
from kg_access.book.html import heading, pairs, paragraphs, say
from kg_access.book.record import Claim
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label

_STATUS: Final = {
    True: tag("strong", say("bewezen", "proved"), class_="proved"),
    False: tag("strong", say("GEBROKEN", "BROKEN"), class_="broken"),
    None: say("niet onderzocht voor dit boek", "not examined for this book"),
}
_HOW: Final = Label(
    "Een invariant spreekt over elke aanvraag die iemand zou kunnen doen. Bewezen wil zeggen: ze geldt voor alle "
    "feiten waartoe een aanvraag kan leiden, zonder uitzondering.",
    "An invariant speaks of every request that anybody could make. Proved means: it holds for all facts that a "
    "request can lead to, without exception.",
)
_NONE: Final = Label("Van dit beleid wordt niets beweerd.", "Nothing is claimed of this policy.")


def invariants(claims: Sequence[Claim]) -> Chapter:
    """
    Write the chapter.

    Args:
        claims: The invariants.
    """
    title = Label("Wat altijd moet gelden", "What must always hold")
    if not claims:
        return Chapter("invariants", title, paragraphs(_NONE))
    proved = sum(claim.holds is True for claim in claims)
    count = say(f"{proved} van {len(claims)} bewezen", f"{proved} of {len(claims)} proved")
    return Chapter("invariants", title, joined([paragraphs(_HOW), tag("p", count), *map(_claim, claims)]))


def _claim(claim: Claim) -> Markup:
    facts = pairs(
        [
            (say("Stand", "Status"), _STATUS[claim.holds]),
            (say("Clausules", "Clauses"), links(claim.clauses)),
            (say("Staat in", "Stands in"), tag("code", claim.place)),
        ]
    )
    return tag("article", heading(3, tag("code", claim.id)), paragraphs(claim.label), facts, id=claim.id)
