"""
Rules as sentences: their conditions as they are written, in the words of the policy.

What a rule says stays short this way: `profile` is told as such, and not as the hundred rows that come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg_access.facts import MISSING, NONE, UNLISTED
from kg_access.policy.record import Label, Policy
from kg_access.policy.rules import GRANTED, SPECIAL, Cell, Rule

LANGUAGES: Final = ("nl", "en")
_SPECIAL: Final[Mapping[str, Label]] = {
    "own": Label("het eigen doel van de dienst", "the service's own purpose"),
    "profile": Label("een soort uit het profiel van de rol", "a kind from the profile of the role"),
    "withheld": Label(
        "een soort van de lijst van de dienst die de lijst van de groep weglaat",
        "a kind on the list of the service that the list of the group leaves out",
    ),
    "register": Label("wat het register voor de organisatie noemt", "what the register names for the organisation"),
    "processors": Label("een verwerker uit het register", "a processor in the register"),
    "recipients": Label("een ontvanger uit het register", "a recipient in the register"),
    GRANTED: Label(
        "iets wat geen regel van deze tabel hier toestaat", "something that no rule of this table allows here"
    ),
    MISSING: Label("niet opgegeven", "not stated"),
    NONE: Label("niet opgegeven", "not stated"),
    UNLISTED: Label("niet in het register", "not in the register"),
}
_OTHER: Final = Label("iets anders dan", "anything other than")
_OR: Final = Label("of", "or")
_AND: Final = Label("en", "and")


def either(words: Sequence[str], language: str, last: Label = _OR) -> str:
    """
    Join words, the last two with a conjunction.

    Args:
        words: At least one.
        language: nl or en.
        last: The conjunction.
    """
    *first, end = words
    return f"{', '.join(first)} {last.in_(language)} {end}" if first else end


def listed(labels: Iterable[Label], last: Label = _AND) -> Label:
    """
    Join texts in both languages.

    Args:
        labels: At least one.
        last: The conjunction.
    """
    found = list(labels)
    nl, en = (either([label.in_(language) for label in found], language, last) for language in LANGUAGES)
    return Label(nl, en)


class Sentences:
    """
    The sentences of one policy.

    Args:
        policy: The policy.
    """

    def __init__(self, policy: Policy) -> None:
        self.words = policy.vocabulary
        self.domains = {fact: words for table in policy.tables.values() for fact, words in table.domains.items()}

    def rule(self, rule: Rule) -> Label:
        """
        Tell what a rule says.

        Args:
            rule: The rule, as it is written.
        """
        yes = rule.effect == "allow"
        start = Label("Ja" if yes else "Nee", "Yes" if yes else "No")
        if not rule.when:
            return Label(f"{start.nl}, altijd.", f"{start.en}, always.")
        conditions = [self.condition(fact, cell) for fact, cell in rule.when.items()]
        so = Label("als dit waar is", "if this is true")
        if len(conditions) > 1:
            so = Label("als dit alles waar is", "if all of this is true")
        return Label(
            f"{start.nl}, {so.nl}: {'; '.join(condition.nl for condition in conditions)}.",
            f"{start.en}, {so.en}: {'; '.join(condition.en for condition in conditions)}.",
        )

    def condition(self, fact: str, cell: Cell) -> Label:
        """
        Tell what a condition says.

        Args:
            fact: The fact that it speaks of.
            cell: Its words, as they are written.
        """
        nl, en = (self._condition(fact, cell, language) for language in LANGUAGES)
        return Label(nl, en)

    def name(self, fact: str, word: str) -> Label:
        """
        Tell what a word is called.

        Args:
            fact: The fact that has it.
            word: The word.
        """
        if word in SPECIAL.get(fact, ()):
            return _SPECIAL[word]
        called = self.words.labels.get(fact, {}).get(word) or _SPECIAL.get(word)
        return called or self.words.facts[fact].values.get(word) or Label(word, word)

    def value(self, fact: str, word: str) -> Label:
        """
        Tell what a word means where it stands by itself.

        Args:
            fact: The fact that has it.
            word: The word.
        """
        return self.words.facts[fact].values.get(word) or self.name(fact, word)

    def _condition(self, fact: str, cell: Cell, language: str) -> str:
        text = self.words.facts[fact]
        template = text.template
        special = [word for word in cell.words if word in SPECIAL.get(fact, ())]
        if template is None and special:
            return f"{text.label.in_(language)}: {self._any(fact, cell, language)}"
        if template is None:
            kept = [word for word in self.domains[fact] if cell.says(word) is not cell.others]
            return either([text.values[word].in_(language) for word in kept], language)
        whole = [] if cell.others else [word for word in cell.words if word in text.values]
        named = Cell(tuple(word for word in cell.words if word not in whole), cell.others)
        told = [template.in_(language).replace("{word}", self._any(fact, named, language))] if named.words else []
        return either([*told, *(text.values[word].in_(language) for word in whole)], language)

    def _any(self, fact: str, cell: Cell, language: str) -> str:
        names = either([self.name(fact, word).in_(language) for word in cell.words], language)
        return f"{_OTHER.in_(language)} {names}" if cell.others and not cell.says(GRANTED) else names
