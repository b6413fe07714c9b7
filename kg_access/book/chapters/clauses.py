"""The clauses of the statement, each with what carries it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kg_access.book.chapters.chapter import Chapter, links, or_none
from kg_access.book.html import both, heading, link, pairs, paragraphs, say
from kg_access.book.record import Contents
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Clause, Label

_LEVELS: Final = {
    "decides": Label("beslist mee over toegang", "decides on access"),
    "obliges": Label("legt een plicht op", "imposes a duty"),
    "informs": Label("geeft uitleg", "informs"),
}
_CHAINS: Final = {
    True: tag(
        "span",
        say("heel, een invariant en een geval tonen de clausule", "whole, an invariant and a case show the clause"),
        class_="proved",
    ),
    False: tag("strong", say("GEBROKEN", "BROKEN"), class_="broken"),
    None: Markup(),
}


def clauses(contents: Contents) -> Chapter:
    """
    Write the chapter.

    Args:
        contents: What the book tells.
    """
    policy = contents.version.policy
    cited = {rule: {clause for row in rows for clause in row.clauses} for rule, rows in policy.rules().items()}
    parts = [
        _clause(
            name,
            clause,
            whole=contents.chains.get(name),
            rules=[rule for rule, found in cited.items() if name in found],
            invariants=[claim.id for claim in contents.claims if name in claim.clauses],
            cases=[link(anchor, trial.id) for anchor, trial in contents.case_anchors() if name in trial.clauses],
        )
        for name, clause in policy.clauses.items()
    ]
    return Chapter("clauses", Label("De clausules van de verklaring", "The clauses of the statement"), joined(parts))


def _clause(
    name: str,
    clause: Clause,
    *,
    whole: bool | None,
    rules: Iterable[str],
    invariants: Iterable[str],
    cases: Iterable[Markup],
) -> Markup:
    carried = pairs(
        [
            (say("Staat in de verklaring", "Stands in the statement"), clause.place),
            (say("Soort", "Kind"), both(_LEVELS.get(clause.level, Label(clause.level, clause.level)))),
            (say("Keten", "Chain"), _CHAINS[whole]),
            (say("Regels", "Rules"), or_none(links(rules))),
            (say("Invarianten", "Invariants"), or_none(links(invariants))),
            (say("Gevallen", "Cases"), or_none(joined(cases, ", "))),
        ]
    )
    return tag("article", heading(3, tag("code", name)), paragraphs(clause.summary), carried, id=name)
