"""Processors and recipients: who works with data from outside, and within which bounds."""

from __future__ import annotations

from datetime import date

from kg_access.book.chapters.chapter import Chapter, links
from kg_access.book.html import both, heading, pairs, say
from kg_access.book.sentences import Sentences
from kg_access.days import FIRST_DAY, LAST_DAY
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label, Register, RegisterTerms, Vocabulary
from kg_access.policy.written import Written

_HEADINGS = {
    "processors": Label("Verwerkers", "Processors"),
    "recipients": Label("Ontvangers", "Recipients"),
}


def organisations(version: Written, sentences: Sentences) -> Chapter:
    """
    Write the chapter.

    Args:
        version: The policy.
        sentences: The words of the policy.
    """
    words = version.policy.vocabulary
    entries = {"processors": words.processors, "recipients": words.recipients}
    parts: list[Markup] = []
    for register, title in _HEADINGS.items():
        parts.append(heading(3, both(title), register))
        terms = version.policy.registers[register]
        parts += [_entry(name, entry, terms[name], sentences) for name, entry in entries[register].items()]
    return Chapter("organisations", Label("Verwerkers en ontvangers", "Processors and recipients"), joined(parts))


def _entry(name: str, entry: Register, terms: RegisterTerms, sentences: Sentences) -> Markup:
    cells = [
        (both(sentences.words.facts[fact].label), _words(fact, words, sentences)) for fact, words in terms.cells.items()
    ]
    facts = [
        *cells,
        (say("Geldig", "Valid"), _dates(entry)),
        (say("Wat erbij hoort", "What goes with it"), _obligations(terms, sentences.words)),
        (say("Clausules", "Clauses"), links(terms.clauses)),
    ]
    title = heading(4, joined([both(entry.label), " ", tag("code", name)]))
    return tag("article", title, pairs(facts), id=f"organisation-{name}")


def _words(fact: str, words: frozenset[str], sentences: Sentences) -> Markup:
    order = [word for word in sentences.domains[fact] if word in words]
    return joined([both(sentences.value(fact, word)) for word in order], ", ")


def _obligations(terms: RegisterTerms, words: Vocabulary) -> Markup:
    return joined([both(words.obligations[word]) for word in terms.obligations], " ")


def _dates(entry: Register) -> Markup:
    since = None if entry.first == FIRST_DAY else date.fromordinal(entry.first).isoformat()
    until = None if entry.last == LAST_DAY else date.fromordinal(entry.last).isoformat()
    parts = [
        *([] if since is None else [say(f"vanaf {since}", f"from {since}")]),
        *([] if until is None else [say(f"tot en met {until}", f"until and including {until}")]),
    ]
    return joined(parts, ", ") if parts else say("zonder einddatum", "without an end date")
