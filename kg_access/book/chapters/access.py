"""Who can do what: a matrix of roles and kinds of data for each phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kg_access.book.chapters.chapter import Chapter
from kg_access.book.html import both, heading, paragraphs, say
from kg_access.book.matrix import Matrices, Pair
from kg_access.book.picture import Picture, draw
from kg_access.book.sentences import Sentences, listed
from kg_access.facts import WORDED
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label

_HOW: Final = Label(
    "Een letter zegt welke handelingen voor welke doelen mogelijk zijn. Mogelijk is wat in minstens een geval mag; de "
    "regels zeggen wat daarvoor nodig is, zoals een band met het dossier. De matrices volgen uit de regels zelf.",
    "A letter says which actions are possible for which purposes. Possible is what is permitted in at least one case; "
    "the rules say what that takes, such as a link to the dossier. The matrices follow from the rules themselves.",
)


def access(found: Matrices, sentences: Sentences) -> Chapter:
    """
    Write the chapter.

    Args:
        found: What is possible.
        sentences: The words of the policy.
    """
    parts = [paragraphs(_HOW)]
    for phase in found.domains["phase"]:
        name = sentences.name("phase", phase)
        parts.append(heading(3, both(Label(f"Fase: {name.nl}", f"Phase: {name.en}")), f"phase-{phase}"))
        parts.append(_phase(phase, found, sentences))
    return Chapter("access", Label("Wie kan wat", "Who can do what"), joined(parts))


def _phase(phase: str, found: Matrices, sentences: Sentences) -> Markup:
    cells = {(row, column): pairs for (at, column, row), pairs in found.access.items() if at == phase}
    columns = _named("role", {column for _, column in cells}, found, sentences)
    others = [role for role in found.domains["role"] if role not in columns and role not in WORDED["role"]]
    if not cells:
        return paragraphs(Label("In deze fase bereikt niemand iets.", "In this phase nobody reaches anything."))
    name = sentences.name("phase", phase)
    picture = Picture(
        anchor=f"access-{phase}",
        caption=Label(
            f"Fase {name.nl}: wat elke rol met elk soort gegevens kan",
            f"Phase {name.en}: what each role can do with each kind of data",
        ),
        corner=Label("Soort gegevens", "Kind of data"),
        rows=_rows({row for row, _ in cells}, found, sentences),
        columns=columns,
        cells={place: _told(pairs, found, sentences) for place, pairs in cells.items()},
    )
    left = joined([both(sentences.name("role", role)) for role in others], ", ")
    none = (
        tag("p", say("Bereiken in deze fase niets", "Reach nothing in this phase"), ": ", left) if others else Markup()
    )
    return joined([draw(picture), none])


def _rows(reached: set[str], found: Matrices, sentences: Sentences) -> dict[str, Label]:
    """List all kinds of data, with special words only where something is possible."""
    plain = set(found.domains["category"]) - set(WORDED["category"])
    return _named("category", plain | reached, found, sentences)


def _named(fact: str, words: set[str], found: Matrices, sentences: Sentences) -> dict[str, Label]:
    return {word: sentences.name(fact, word) for word in found.domains[fact] if word in words}


def _told(pairs: frozenset[Pair], found: Matrices, sentences: Sentences) -> Label:
    """Tell actions with their purposes, those with the same purposes together."""
    purposes = {action: frozenset(purpose for other, purpose in pairs if other == action) for action, _ in pairs}
    together: dict[frozenset[str], list[str]] = {}
    for action in found.domains["action"]:
        if action in purposes:
            together.setdefault(purposes[action], []).append(action)
    parts = [_part(actions, words, found, sentences) for words, actions in together.items()]
    return Label("; ".join(part.nl for part in parts), "; ".join(part.en for part in parts))


def _part(actions: Iterable[str], purposes: frozenset[str], found: Matrices, sentences: Sentences) -> Label:
    do = listed(sentences.name("action", action) for action in actions)
    what = _purposes(purposes, found, sentences)
    return Label(f"{do.nl} voor {what.nl}", f"{do.en} for {what.en}")


def _purposes(purposes: frozenset[str], found: Matrices, sentences: Sentences) -> Label:
    stated = [word for word in found.domains["purpose"] if word not in WORDED["purpose"]]
    missing = [word for word in stated if word not in purposes]
    if len(purposes) <= len(missing) or not purposes <= set(stated):
        return listed(sentences.name("purpose", word) for word in found.domains["purpose"] if word in purposes)
    return _any(sentences.name("purpose", word) for word in missing)


def _any(missing: Iterator[Label]) -> Label:
    names = list(missing)
    if not names:
        return Label("elk opgegeven doel", "any stated purpose")
    left = listed(names)
    return Label(f"elk opgegeven doel behalve {left.nl}", f"any stated purpose except {left.en}")
