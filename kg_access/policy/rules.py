"""
The reader of `rules.csv`: every field checked, every finding with its line and column.

A rule's `when` holds conditions joined by `;`, each `fact=word|word` (one of these) or `fact=!word|word` (any other).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from typing import Final

import attrs

from kg_access.documents import read_text
from kg_access.errors import Finding, did_you_mean, quoted
from kg_access.vocabulary import Obligation, Reason

COLUMNS: Final = ("id", "effect", "reason", "when", "obligations", "clauses", "note")
EFFECTS: Final = ("allow", "deny")
ALWAYS: Final = "always"
CHOICE: Final = "choice"
REGISTER: Final = "register"
GRANTED: Final = "granted"
SPECIAL: Final[Mapping[str, frozenset[str]]] = {
    "purpose": frozenset({"own", REGISTER, GRANTED}),
    "category": frozenset({"profile", "withheld", REGISTER, GRANTED}),
    "organisation": frozenset({"processors", "recipients"}),
    "role": frozenset({REGISTER}),
    "service": frozenset({REGISTER}),
    "phase": frozenset({REGISTER, GRANTED}),
    "caller": frozenset({REGISTER, GRANTED}),
    "action": frozenset({GRANTED}),
    "group": frozenset({GRANTED}),
}
"""Words of a condition that stand for values found elsewhere: in roles, registers, group lists or the other rules."""

_ID = re.compile(r"[A-Z]{2}(-[A-Z0-9]+)+")
_CLAUSE = re.compile(r"KG-[A-Z0-9]+(-[A-Z0-9]+)*[a-z]?")


@attrs.frozen
class Cell:
    """
    The condition on one fact, as it is written.

    Attributes:
        words: The words, in order.
        others: Whether any word but these is meant.
        column: Where it stands in its line.
    """

    words: tuple[str, ...]
    others: bool
    column: int

    def says(self, word: str) -> bool:
        """Tell whether the cell holds a word."""
        return word in self.words


@attrs.frozen
class Rule:
    """A line of `rules.csv`, as it is written; see `Row` for what becomes of it."""

    id: str
    effect: str
    reason: str | None
    when: Mapping[str, Cell]
    obligations: tuple[str, ...]
    clauses: tuple[str, ...]
    path: str
    line: int

    def finding(self, message: str, help: str = "", column: int = 0) -> Finding:  # noqa: A002 - its name there
        """Make a finding at the place of the rule."""
        return Finding(self.path, self.line, column, message, help)


def read_rules(
    path: str,
    data: bytes,
    domains: Mapping[str, Collection[str] | None],
    clauses: Collection[str] | None,
    findings: list[Finding],
) -> list[Rule]:
    """
    Read the rules of one table.

    Args:
        path: The name of the file, for findings.
        data: Its bytes.
        domains: The facts of the table, each with its words; `None` when their file is refused.
        clauses: The known clauses; `None` when their file is refused.
        findings: Where findings go.

    Returns:
        The rules that could be read.
    """
    text = read_text(path, data, findings)
    if text is None:
        return []
    reader = _Reader(path, domains, clauses, findings)
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.startswith("#"):
            reader.read(number, line)
    if not reader.rules and not reader.failed:
        findings.append(Finding(path, 0, 0, "the table has no rules"))
    return reader.rules


class _Reader:
    def __init__(
        self,
        path: str,
        domains: Mapping[str, Collection[str] | None],
        clauses: Collection[str] | None,
        findings: list[Finding],
    ) -> None:
        self.path = path
        self.domains = domains
        self.clauses = clauses
        self.findings = findings
        self.rules: list[Rule] = []
        self.failed = False
        self._header: tuple[str, ...] = ()
        self._meanings: dict[object, Rule] = {}

    def _find(self, number: int, line: str, word: str, message: str, help_: str = "") -> None:
        self.failed = True
        column = line.find(word) + 1 if word else 0
        self.findings.append(Finding(self.path, number, column, message, help_))

    def read(self, number: int, line: str) -> None:
        try:
            fields = tuple(next(csv.reader([line], strict=True)))
        except csv.Error as error:
            self._find(number, line, '"', f"the line is not CSV: {error}")
            return
        if not self._header:
            self._read_header(number, line, fields)
            return
        if len(fields) != len(self._header):
            message = f"the row has {len(fields)} fields, not {len(self._header)}"
            self._find(number, line, "", message, "put a text with a comma between double quotes")
            return
        count = len(self.findings)
        rule = self._rule(number, line, dict(zip(self._header, fields, strict=True)))
        if len(self.findings) > count:
            self.failed = True
            return
        self._add(rule, line)

    def _read_header(self, number: int, line: str, fields: tuple[str, ...]) -> None:
        self._header = COLUMNS
        for field in fields:
            if field not in COLUMNS:
                self._find(number, line, field, f"unknown column {quoted(field)}", did_you_mean(field, COLUMNS))
        if fields != COLUMNS and set(fields) <= set(COLUMNS):
            self._find(number, line, "", "the columns are not as they should be", f"write `{','.join(COLUMNS)}`")

    def _rule(self, number: int, line: str, fields: Mapping[str, str]) -> Rule:
        if not _ID.fullmatch(fields["id"]):
            help_ = "two capitals, then words in capitals, like `ND-STAFF`"
            self._find(number, line, fields["id"], f"{quoted(fields['id'])} is not an id", help_)
        if fields["effect"] not in EFFECTS:
            help_ = did_you_mean(fields["effect"], EFFECTS)
            self._find(number, line, fields["effect"], f"unknown effect {quoted(fields['effect'])}", help_)
        reason = self._reason(number, line, fields)
        obligations = self._words(number, line, "obligation", fields["obligations"], {*Obligation, REGISTER})
        return Rule(
            id=fields["id"],
            effect=fields["effect"],
            reason=reason,
            when=self._when(number, line, fields["when"]),
            obligations=obligations,
            clauses=self._clauses(number, line, fields["clauses"]),
            path=self.path,
            line=number,
        )

    def _reason(self, number: int, line: str, fields: Mapping[str, str]) -> str | None:
        reason = fields["reason"]
        if fields["effect"] == "allow":
            if reason:
                self._find(number, line, reason, f"a rule that allows gives no reason, but has {quoted(reason)}")
            return None
        if not reason:
            self._find(number, line, "", "a rule that denies must give a reason")
        elif reason not in set(Reason):
            self._find(number, line, reason, f"unknown reason {quoted(reason)}", did_you_mean(reason, Reason))
        return reason

    def _words(self, number: int, line: str, what: str, text: str, known: Collection[str] | None) -> tuple[str, ...]:
        words = tuple(text.split(" ")) if text else ()
        for index, word in enumerate(words):
            if known is not None and word not in known:
                self._find(number, line, word, f"unknown {what} {quoted(word)}", did_you_mean(word, known))
            elif word in words[:index]:
                self._find(number, line, word, f"{what} {quoted(word)} stands there twice", "keep one of them")
        return words

    def _clauses(self, number: int, line: str, text: str) -> tuple[str, ...]:
        if not text:
            self._find(number, line, "", "a rule cites a clause, or says `choice`")
        known = None if self.clauses is None else {*self.clauses, CHOICE}
        return self._words(number, line, "clause", text, known)

    def _when(self, number: int, line: str, text: str) -> dict[str, Cell]:
        if text.strip() == ALWAYS:
            return {}
        cells: dict[str, Cell] = {}
        if not text.strip():
            self._find(
                number, line, "", "a rule without conditions would always match", f"write `{ALWAYS}` if it should"
            )
            return cells
        for part in text.split(";"):
            fact, equals, values = (piece.strip() for piece in part.partition("="))
            if not equals or not values:
                help_ = "a condition is written `fact=word|word`"
                self._find(number, line, part.strip(), f"{quoted(part.strip())} is no condition", help_)
            elif fact not in self.domains:
                help_ = did_you_mean(fact, self.domains)
                self._find(number, line, fact, f"unknown fact {quoted(fact)}", help_)
            elif fact in cells:
                self._find(
                    number, line, part.strip(), f"a second condition on {quoted(fact)}", "join their words with `|`"
                )
            else:
                cells[fact] = self._cell(number, line, fact, values)
        return cells

    def _cell(self, number: int, line: str, fact: str, values: str) -> Cell:
        others = values.startswith("!")
        words = tuple(word.strip() for word in values.removeprefix("!").split("|"))
        domain = self.domains[fact]
        known = None if domain is None else {*domain, *SPECIAL.get(fact, ())}
        for index, word in enumerate(words):
            if known is not None and word not in known:
                self._find(
                    number, line, word, f"unknown word {quoted(word)} in {quoted(fact)}", did_you_mean(word, known)
                )
            elif word in words[:index]:
                self._find(number, line, word, f"{quoted(word)} stands in {quoted(fact)} twice", "keep one of them")
        if GRANTED in words and (not others or len(words) > 1):
            help_ = f"only `{fact}=!{GRANTED}` has a meaning"
            self._find(number, line, GRANTED, f"{quoted(GRANTED)} does not stand alone after `!`", help_)
        return Cell(words, others, line.find(values) + 1)

    def _add(self, rule: Rule, line: str) -> None:
        same_id = next((other for other in self.rules if other.id == rule.id), None)
        if same_id is not None:
            self._find(rule.line, line, rule.id, f"duplicate id {quoted(rule.id)}", f"line {same_id.line} has it too")
        conditions = frozenset((fact, cell.others, frozenset(cell.words)) for fact, cell in rule.when.items())
        meaning = (rule.effect, rule.reason, conditions, frozenset(rule.obligations))
        twin = self._meanings.setdefault(meaning, rule)
        if twin is not rule:
            self._find(rule.line, line, "", f"{quoted(rule.id)} says the same as {quoted(twin.id)}", "keep one of them")
        if GRANTED in {word for cell in rule.when.values() for word in cell.words} and rule.effect == "allow":
            self._find(rule.line, line, GRANTED, f"only a rule that denies can say `!{GRANTED}`")
        self.rules.append(rule)
