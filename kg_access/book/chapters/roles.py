"""The roles with their standing and their profile."""

from __future__ import annotations

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import both, items, say, table
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label, Role, Vocabulary
from kg_access.policy.written import Written


def roles(version: Written) -> Chapter:
    """
    Write the chapter.

    Args:
        version: The policy.
    """
    words = version.policy.vocabulary
    head = [say("Rol", "Role"), say("Hoedanigheid", "Standing"), say("Profiel", "Profile")]
    rows = [
        [
            _name(word, role),
            both(words.standings.get(role.standing, Label(role.standing, role.standing))),
            _profile(role, words),
        ]
        for word, role in words.roles.items()
    ]
    caption = say("Wat elke rol is, en welke gegevens erbij horen", "What each role is, and which data belong to it")
    return Chapter("roles", Label("De rollen", "The roles"), table(caption, head, rows))


def _name(word: str, role: Role) -> Markup:
    return tag("span", both(role.label), " ", tag("code", word), id=f"role-{word}")


def _profile(role: Role, words: Vocabulary) -> Markup:
    if role.profile is None:
        return say("de hele lijst van de dienst", "the whole list of the service")
    if not role.profile:
        return say("geen eigen profiel", "no profile of its own")
    return items(
        joined([both(words.services[service].label), ": ", _categories(profile, words)])
        for service, profile in role.profile.items()
    )


def _categories(profile: frozenset[str], words: Vocabulary) -> Markup:
    return joined([both(label) for word, label in words.categories.items() if word in words.with_parts(profile)], ", ")
