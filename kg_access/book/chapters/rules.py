"""The rules in plain words, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg_access.book.chapters.chapter import Chapter, links
from kg_access.book.html import both, heading, items, link, pairs, paragraphs, say
from kg_access.book.record import Contents, Trial
from kg_access.book.sentences import Sentences
from kg_access.markup import Markup, joined, tag
from kg_access.policy.record import Label, Policy
from kg_access.policy.rules import REGISTER, Rule
from kg_access.vocabulary import Obligation

QUESTIONS: Final = {
    "scope": Label(
        "Mag deze dienst deze gegevens over deze groep gebruiken?", "May this service use these data about this group?"
    ),
    "need": Label("Heeft deze persoon ze nodig voor de taak?", "Does this person need them for the task?"),
    "limits": Label("Is er geen verbod dat dit tegenhoudt?", "Is there no prohibition in the way?"),
}
_REGISTER: Final = Label("Wat het register voor de organisatie vraagt.", "What the register asks of the organisation.")


def rules(contents: Contents) -> Chapter:
    """
    Write the chapter.

    Args:
        contents: What the book tells.
    """
    policy = contents.version.policy
    sentences = Sentences(policy)
    always = joined([say("Bij elke regel komt", "With every rule goes"), ": ", _obligation(Obligation.LOG, policy)])
    parts: list[Markup] = [tag("p", always)]
    deciding: dict[str, list[tuple[str, Trial]]] = {}
    for anchor, trial in contents.case_anchors():
        for rule in trial.rules:
            deciding.setdefault(rule, []).append((anchor, trial))
    for table, written in contents.version.rules.items():
        parts.append(heading(3, both(QUESTIONS[table]), f"table-{table}"))
        parts += [_rule(rule, sentences.rule(rule), policy, deciding.get(rule.id, [])) for rule in written]
    return Chapter("rules", Label("De regels", "The rules"), joined(parts))


def _rule(rule: Rule, sentence: Label, policy: Policy, cases: list[tuple[str, Trial]]) -> Markup:
    rows = policy.rules()[rule.id]
    yes = rule.effect == "allow"
    effect = say("laat toe", "permits") if yes else say("weigert", "denies")
    facts = pairs(
        [
            (say("Reden", "Reason"), Markup() if rule.reason is None else both(policy.reasons[rule.reason].text)),
            (say("Wat erbij hoort", "What goes with it"), _obligations(rule, policy)),
            (say("Clausules", "Clauses"), links(dict.fromkeys(clause for row in rows for clause in row.clauses))),
            (say("Gevallen", "Cases"), joined([link(anchor, trial.id) for anchor, trial in cases], ", ")),
            (say("Staat in", "Stands in"), tag("code", f"{rule.path}:{rule.line}")),
        ]
    )
    return tag(
        "article",
        heading(4, tag("code", rule.id)),
        tag("p", effect, class_="effect"),
        paragraphs(sentence),
        facts,
        id=rule.id,
        class_="yes" if yes else "no",
    )


def _obligations(rule: Rule, policy: Policy) -> Markup:
    return items(_told(rule, policy)) if rule.obligations else Markup()


def _told(rule: Rule, policy: Policy) -> Iterator[Markup]:
    for word in rule.obligations:
        yield both(_REGISTER) if word == REGISTER else _obligation(word, policy)


def _obligation(word: str, policy: Policy) -> Markup:
    return both(policy.vocabulary.obligations.get(word, Label(word, word)))
