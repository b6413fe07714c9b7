"""The whole page: one file without a script and without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kg_access.book.chapters.access import access
from kg_access.book.chapters.cases import cases
from kg_access.book.chapters.changes import changes
from kg_access.book.chapters.chapter import Chapter
from kg_access.book.chapters.clauses import clauses
from kg_access.book.chapters.invariants import invariants
from kg_access.book.chapters.organisations import organisations
from kg_access.book.chapters.overview import overview
from kg_access.book.chapters.roles import roles
from kg_access.book.chapters.rules import rules
from kg_access.book.chapters.scope import scope
from kg_access.book.html import both, heading, items, link, say
from kg_access.book.matrix import matrices
from kg_access.book.record import Contents
from kg_access.book.sentences import Sentences
from kg_access.book.style import style_sheet
from kg_access.markup import Markup, document, joined, tag
from kg_access.policy.record import Label

_CHOICES: Final = (
    ("both", Label("Nederlands en Engels", "Dutch and English")),
    ("nl", Label("Nederlands", "Nederlands")),
    ("en", Label("English", "English")),
)


def write_book(contents: Contents) -> str:
    """
    Write a policy book.

    Args:
        contents: What it tells.

    Returns:
        One HTML page; the same for the same contents.
    """
    policy = contents.version.policy
    chapters = _chapters(contents)
    title = f"{policy.name} {policy.version}"
    main = tag("main", *(chapter.markup() for chapter in chapters), id="content", tabindex="-1")
    return document(
        f"{title}: beleidsboek / policy book",
        style_sheet(),
        tag("a", say("Naar de inhoud", "Skip to the content"), class_="skip", href="#content"),
        tag("header", heading(1, joined([title, ": ", say("beleidsboek", "policy book")])), _switch()),
        _contents(chapters),
        main,
        language="nl",
    )


def _chapters(contents: Contents) -> list[Chapter]:
    version = contents.version
    sentences, found = Sentences(version.policy), matrices(version.policy)
    chapters = [
        overview(version),
        access(found, sentences),
        scope(found, sentences),
        roles(version),
        organisations(version, sentences),
        rules(contents),
        clauses(contents),
        invariants(contents.claims),
        cases(contents),
    ]
    if contents.change is not None:
        chapters.insert(1, changes(version, contents.change))
    return chapters


def _switch() -> Markup:
    """Choose the language; without the style sheet, both stay."""
    choices = [
        tag(
            "label",
            tag("input", type="radio", name_="language", id=f"language-{word}", checked=word == "both"),
            " ",
            _choice(word, label),
        )
        for word, label in _CHOICES
    ]
    return tag("fieldset", tag("legend", "Taal / Language"), *choices)


def _choice(word: str, label: Label) -> Markup:
    """Name a language in itself, whichever is shown."""
    return tag("span", label.nl, lang=word) if word != "both" else tag("span", "Nederlands + English")


def _contents(chapters: Sequence[Chapter]) -> Markup:
    entries = (link(chapter.anchor, both(chapter.title)) for chapter in chapters)
    return tag("nav", heading(2, say("Inhoud", "Contents")), items(entries), aria_label="Inhoud / Contents")
