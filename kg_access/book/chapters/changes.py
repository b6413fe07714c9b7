"""What has changed since an older version: who gains and who loses what, and which rules are others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import both, heading, items, link, pairs, paragraphs, say
from kg_access.book.record import Change, Effect
from kg_access.book.sentences import Sentences
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label
from kg_access.policy.rules import Rule
from kg_access.policy.written import Written

_VERDICTS: Final = {
    "none": Label("Niemand krijgt een ander antwoord.", "Nobody gets another answer."),
    "narrowing": Label("Er mag minder dan voordien.", "Less is permitted than before."),
    "widening": Label("Er mag meer dan voordien.", "More is permitted than before."),
    "both": Label("Hier mag meer, daar mag minder dan voordien.", "More is permitted here, less there, than before."),
    "lesser": Label(
        "Niemand wint of verliest iets, maar sommige antwoorden zijn anders.",
        "Nobody gains or loses anything, but some answers are others.",
    ),
}
_TOPICS: Final = {
    "gained": Label("Mag nu wel", "Is permitted now"),
    "lost": Label("Mag niet meer", "Is no longer permitted"),
    "obligations": Label("Mag zoals voordien, met andere plichten", "Is permitted as before, with other obligations"),
    "denials": Label("Mag zoals voordien niet, met een ander antwoord", "Is denied as before, with another answer"),
}


def changes(now: Written, change: Change) -> Chapter:
    """
    Write the chapter.

    Args:
        now: The policy.
        change: What has changed.
    """
    old = change.previous.policy
    sides = (Sentences(old), Sentences(now.policy))
    parts = [
        tag("p", say("Vergeleken met", "Compared with"), f": {old.name} {old.version}, ", tag("code", old.digest)),
        paragraphs(_VERDICTS[change.verdict], class_="pair effect"),
        *_effects(change.effects, sides),
        items(tag("span", note, lang="en") for note in change.notes) if change.notes else Markup(),
        heading(3, say("De regels", "The rules")),
        _rules(now, change.previous, sides),
    ]
    return Chapter("changes", Label(f"Veranderd sinds {old.version}", f"Changed since {old.version}"), joined(parts))


def _effects(effects: Sequence[Effect], sides: tuple[Sentences, Sentences]) -> Iterator[Markup]:
    for topic, title in _TOPICS.items():
        found = [effect for effect in effects if effect.topic == topic]
        if found:
            yield heading(3, both(title))
            yield from (_effect(effect, sides) for effect in found)


def _effect(effect: Effect, sides: tuple[Sentences, Sentences]) -> Markup:
    told = [
        (say("Wat", "What"), joined([effect.what])),
        *((_fact(fact, sides), _words(fact, words, sides)) for fact, words in effect.where.items()),
        (say("Voorbeeld", "Example"), _english(effect.example)),
        (say("Voordien", "Before"), _english(effect.before)),
        (say("Nu", "Now"), _english(effect.after)),
    ]
    return tag("article", pairs(told))


def _english(text: str) -> Markup:
    return tag("span", text, lang="en") if text else Markup()


def _fact(fact: str, sides: tuple[Sentences, Sentences]) -> Markup:
    return both(sides[1].words.facts[fact].label)


def _words(fact: str, words: Sequence[str], sides: tuple[Sentences, Sentences]) -> Markup:
    old, new = sides
    return joined([both((new if word in new.domains[fact] else old).value(fact, word)) for word in words], ", ")


def _rules(now: Written, then: Written, sides: tuple[Sentences, Sentences]) -> Markup:
    told = list(_told(now, then, sides))
    return joined(told) if told else paragraphs(Label("Geen regel is anders.", "No rule is different."))


def _told(now: Written, then: Written, sides: tuple[Sentences, Sentences]) -> Iterator[Markup]:
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
