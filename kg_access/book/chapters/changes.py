"""What has changed since an older version: in what is possible, and in the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import Markup, both, heading, items, joined, link, paragraphs, say, table, tag
from kg_access.book.matrix import Matrices, Pair
from kg_access.book.record import Version
from kg_access.book.sentences import Sentences, listed
from kg_access.policy.record import Label
from kg_access.policy.rules import Rule

_SAME: Final = Label("Niets: beide versies zijn dezelfde.", "Nothing: both versions are the same.")
_POSSIBLE: Final = Label(
    "In de matrices is niets veranderd; voorwaarden binnen een vakje kunnen wel anders zijn.",
    "Nothing has changed in the matrices; conditions within a cell may be different.",
)


def changes(now: Version, then: Version, found: Matrices, before: Matrices) -> Chapter:
    """
    Write the chapter.

    Args:
        now: The policy.
        then: The older version.
        found: What is possible.
        before: What was possible.
    """
    old, new = then.policy, now.policy
    title = Label(f"Veranderd sinds {old.version}", f"Changed since {old.version}")
    if old.digest == new.digest:
        return Chapter("changes", title, paragraphs(_SAME))
    sides = (Sentences(old), Sentences(new))
    parts = [
        tag("p", say("Vergeleken met", "Compared with"), f": {old.name} {old.version}, ", tag("code", old.digest)),
        heading(3, say("Wat mogelijk is", "What is possible")),
        _possible(found, before, sides),
        heading(3, say("De regels", "The rules")),
        _rules(now, then, sides),
    ]
    return Chapter("changes", title, joined(parts))


def _possible(found: Matrices, before: Matrices, sides: tuple[Sentences, Sentences]) -> Markup:
    rows = [
        [both(_name("phase", phase, sides)), both(_name("role", role, sides)), both(_name("category", category, sides)),
         _pairs(now - then, sides), _pairs(then - now, sides)]
        for phase, role, category in dict.fromkeys([*found.access, *before.access])
        if (now := found.access.get((phase, role, category), frozenset()))
        != (then := before.access.get((phase, role, category), frozenset()))
    ]  # fmt: skip
    head = [
        say("Fase", "Phase"),
        say("Rol", "Role"),
        say("Soort gegevens", "Kind of data"),
        say("Nieuw", "New"),
        say("Vervallen", "Gone"),
    ]
    caption = say("Vakjes van de matrices die anders zijn", "Cells of the matrices that are different")
    return table(caption, head, sorted(rows)) if rows else paragraphs(_POSSIBLE)


def _pairs(pairs: frozenset[Pair], sides: tuple[Sentences, Sentences]) -> Markup:
    if not pairs:
        return tag("span", "–")
    actions = {purpose: sorted(action for action, other in pairs if other == purpose) for _, purpose in sorted(pairs)}
    return items(
        joined(
            [
                both(listed(_name("action", action, sides) for action in done)),
                ": ",
                both(_name("purpose", purpose, sides)),
            ]
        )
        for purpose, done in actions.items()
    )


def _name(fact: str, word: str, sides: tuple[Sentences, Sentences]) -> Label:
    old, new = sides
    return (new if word in new.domains[fact] else old).name(fact, word)


def _rules(now: Version, then: Version, sides: tuple[Sentences, Sentences]) -> Markup:
    told = list(_told(now, then, sides))
    return joined(told) if told else paragraphs(Label("Geen regel is anders.", "No rule is different."))


def _told(now: Version, then: Version, sides: tuple[Sentences, Sentences]) -> Iterator[Markup]:
    old, new = ({rule.id: rule for written in version.rules.values() for rule in written} for version in (then, now))
    for name, rule in new.items():
        if name not in old:
            yield _entry(link(name, name), say("nieuw", "new"), sides[1].rule(rule))
        elif _meaning(old[name]) != _meaning(rule):
            before = sides[0].rule(old[name])
            yield _entry(link(name, name), say("gewijzigd", "changed"), sides[1].rule(rule), before)
    for name, rule in old.items():
        if name not in new:
            yield _entry(joined([name]), say("vervallen", "gone"), sides[0].rule(rule))


def _entry(name: Markup, what: Markup, sentence: Label, before: Label | None = None) -> Markup:
    told = [] if before is None else [tag("p", say("Voordien:", "Before:")), paragraphs(before)]
    return tag("article", heading(4, joined([tag("code", name), ": ", what])), paragraphs(sentence), *told)


def _meaning(rule: Rule) -> tuple[object, ...]:
    """Leave out of a rule where it stands."""
    return rule.effect, rule.reason, dict(rule.when), rule.obligations, rule.clauses
