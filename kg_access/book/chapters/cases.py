"""The scenario cases: which rules they exercise, and what each is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg_access.book.chapters.chapter import Chapter, links
from kg_access.book.html import heading, paragraphs, say, table
from kg_access.book.record import Contents, Trial
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label

_NONE: Final = Label("Bij dit beleid liggen geen gevallen.", "No cases lie with this policy.")
_HOW: Final = Label(
    "Een geval is een besliste aanvraag die bij elke wijziging opnieuw wordt beslist; sommige vragen alle combinaties "
    "van een reeks woorden. Een regel is gedekt als ze in "
    "minstens een geval de beslissing neemt.",
    "A case is a decided request that is decided again with every change; some ask for all combinations of a series of "
    "words. A rule is covered when it takes the "
    "decision in at least one case.",
)

_SHARES: Final[Mapping[str, Label]] = {
    "rules": Label("regels zijn gedekt", "rules are covered"),
    "rows": Label("rijen waarin regels uiteenvallen zijn gedekt", "rows into which rules fall apart are covered"),
    "conditions": Label(
        "voorwaarden worden door gevallen aan beide kanten getoond", "conditions are shown by cases on both sides"
    ),
    "regions": Label(
        "delen van wat toegestaan is, komen in een geval voor", "parts of what is permitted occur in a case"
    ),
    "words": Label("woorden van alle feiten komen in een geval voor", "words of all facts occur in a case"),
}


def cases(contents: Contents) -> Chapter:
    """
    Write the chapter.

    Args:
        contents: What the book tells.
    """
    title = Label("De gevallen", "The cases")
    if not contents.trials:
        return Chapter("cases", title, paragraphs(_NONE))
    head = [
        say("Geval", "Case"),
        say("Waarover", "About"),
        say("Antwoord", "Answer"),
        say("Regels", "Rules"),
        say("Staat in", "Stands in"),
    ]
    rows = ([_name(anchor, trial), *_cells(trial)] for anchor, trial in contents.case_anchors())
    caption = say("Alle gevallen, in de volgorde van de bestanden", "All cases, in the order of the files")
    return Chapter(
        "cases", title, joined([paragraphs(_HOW), _coverage(contents), _failed(contents), table(caption, head, rows)])
    )


def _coverage(contents: Contents) -> Markup:
    decided = {rule for trial in contents.trials for rule in trial.rules}
    idle = [rule.id for written in contents.version.rules.values() for rule in written if rule.id not in decided]
    left = joined([say("Niet gedekt", "Not covered"), ": ", links(idle)]) if idle else Markup()
    return joined(
        [
            heading(3, say("Dekking", "Coverage"), "coverage"),
            tag("ul", joined(tag("li", _share(name, *share)) for name, share in contents.shares.items())),
            tag("p", left) if left else left,
        ]
    )


def _share(name: str, part: int, whole: int) -> Markup:
    told = _SHARES[name]
    return say(f"{part} van {whole} {told.nl}", f"{part} of {whole} {told.en}")


def _failed(contents: Contents) -> Markup:
    failed = sum(trial.failed for trial in contents.trials)
    text = say(f"{failed} keer een ander antwoord dan verwacht", f"{failed} times an unexpected answer")
    return tag("p", text, class_="broken") if failed else Markup()


def _name(anchor: str, trial: Trial) -> Markup:
    return tag("code", trial.id, id=anchor)


def _cells(trial: Trial) -> list[Markup]:
    wrong = tag("strong", say(", niet als verwacht", ", not as expected"), class_="broken")
    return [
        tag("span", trial.title, lang="en"),
        joined([_answer(trial), wrong]) if trial.failed else _answer(trial),
        links(trial.rules),
        tag("code", trial.place),
    ]


def _answer(trial: Trial) -> Markup:
    if trial.permitted + trial.denied == 1:
        return say("toegestaan", "permitted") if trial.permitted else say("geweigerd", "denied")
    return say(
        f"{trial.permitted} keer toegestaan, {trial.denied} keer geweigerd",
        f"permitted {trial.permitted} times, denied {trial.denied} times",
    )
