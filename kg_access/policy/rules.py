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

COLUMNS: Final[tuple[str, ...]] = ("id", "effect", "reason", "when", "obligations", "clauses", "note")
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

REGISTERS: Final = frozenset({"processors", "recipients"})
_ALONE: Final = frozenset({*REGISTERS, REGISTER, "profile", "withheld", GRANTED})
_NEVER_EXCLUDED: Final = frozenset({REGISTER, "withheld"})

_ID = re.compile(r"[A-Z]{2}(-[A-Z0-9]+)+")
_CLAUSE = re.compile(r"KG-[A-Z0-9]+(-[A-Z0-9]+)*[a-z]?")


@attrs.frozen
class Cell:
    """
    The condition on one fact, as it is written.

    Attributes:
        words: The words, in order.
        others: Whether any word but these is meant.
    """

    words: tuple[str, ...]
    others: bool

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


def read_conditions(
    path: str,
    place: tuple[int, int],
    written: str,
    domains: Mapping[str, Collection[str] | None],
    findings: list[Finding],
) -> dict[str, Cell]:
    """
    Read conditions that stand outside a table, in the words of a rule that allows.

    Args:
        path: The name of the file, for findings.
        place: The line and the column of the text.
        written: The text, such as `phase=passive; deputy=no`, or `always`.
        domains: The facts that it can speak of, each with its words.
        findings: Where findings go.
    """
    reader = _Reader(path, domains, None, findings)
    line, column = place
    return reader.conditions(line, _Piece(written, column))


@attrs.frozen
class _Piece:
    """A piece of a line, with its column from 1."""

    text: str
    column: int

    def split(self, separator: str) -> list[_Piece]:
        """Split into pieces without blanks around them, each with its own column."""
        pieces: list[_Piece] = []
        offset = 0
        for part in self.text.split(separator):
            blanks = len(part) - len(part.lstrip())
            pieces.append(_Piece(part.strip(), self.column + offset + blanks))
            offset += len(part) + len(separator)
        return pieces


def _fields(line: str) -> list[_Piece]:
    """Take a line of CSV apart; raises `csv.Error` when it is none."""
    columns = [1]
    inside = False
    for index, character in enumerate(line, start=1):
        inside = inside != (character == '"')
        if character == "," and not inside:
            columns.append(index + 1)
    texts = next(csv.reader([line], strict=True))
    if len(texts) != len(columns):
        raise csv.Error("a double quote stands inside a field")
    return [
        _Piece(text, column + (line[column - 1 : column] == '"')) for text, column in zip(texts, columns, strict=True)
    ]


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
        self.clauses = None if clauses is None else {*clauses, CHOICE}
        self.findings = findings
        self.rules: list[Rule] = []
        self.failed = False
        self._header_read = False
        self._line = 0
        self._lines_of: dict[str, int] = {}
        self._meanings: dict[object, Rule] = {}

    def _find(self, piece: _Piece | None, message: str, help_: str = "") -> None:
        self.failed = True
        self.findings.append(Finding(self.path, self._line, 0 if piece is None else piece.column, message, help_))

    def read(self, number: int, line: str) -> None:
        self._line = number
        try:
            fields = _fields(line)
        except csv.Error as error:
            self._find(_Piece("", line.find('"') + 1), f"the line is not CSV: {error}")
            return
        if not self._header_read:
            self._read_header(fields)
        elif len(fields) != len(COLUMNS):
            message = f"the row has {len(fields)} fields, not {len(COLUMNS)}"
            self._find(None, message, "put a text with a comma between double quotes")
        else:
            count = len(self.findings)
            written: dict[str, _Piece] = dict(zip(COLUMNS, fields, strict=True))
            rule = self._rule(written)
            if len(self.findings) == count:
                self._add(rule, written["id"])

    def conditions(self, number: int, field: _Piece) -> dict[str, Cell]:
        self._line = number
        return self._when(field, "allow")

    def _read_header(self, fields: list[_Piece]) -> None:
        self._header_read = True
        names = tuple(field.text for field in fields)
        for field in fields:
            if field.text not in COLUMNS:
                self._find(field, f"unknown column {quoted(field.text)}", did_you_mean(field.text, COLUMNS))
        if names != COLUMNS and set(names) <= set(COLUMNS):
            self._find(None, "the columns are not as they should be", f"write `{','.join(COLUMNS)}`")

    def _rule(self, fields: Mapping[str, _Piece]) -> Rule:
        if not _ID.fullmatch(fields["id"].text):
            help_ = "two capitals, then words in capitals, like `ND-STAFF`"
            self._find(fields["id"], f"{quoted(fields['id'].text)} is not an id", help_)
        effect = fields["effect"]
        if effect.text not in EFFECTS:
            self._find(effect, f"unknown effect {quoted(effect.text)}", did_you_mean(effect.text, EFFECTS))
        when = self._when(fields["when"], effect.text)
        return Rule(
            id=fields["id"].text,
            effect=effect.text,
            reason=self._reason(effect.text, fields["reason"]),
            when=when,
            obligations=self._obligations(fields["obligations"], when),
            clauses=self._clauses(fields["clauses"]),
            path=self.path,
            line=self._line,
        )

    def _reason(self, effect: str, reason: _Piece) -> str | None:
        if effect == "allow":
            if reason.text:
                self._find(reason, f"a rule that allows gives no reason, but has {quoted(reason.text)}")
            return None
        if not reason.text:
            self._find(None, "a rule that denies must give a reason")
        elif reason.text not in set(Reason):
            self._find(reason, f"unknown reason {quoted(reason.text)}", did_you_mean(reason.text, Reason))
        return reason.text

    def _words(self, what: str, pieces: list[_Piece], known: Collection[str] | None) -> tuple[str, ...]:
        words = tuple(piece.text for piece in pieces)
        for index, piece in enumerate(pieces):
            if known is not None and piece.text not in known:
                self._find(piece, f"unknown {what.format(quoted(piece.text))}", did_you_mean(piece.text, known))
            elif piece.text in words[:index]:
                self._find(piece, f"{what.format(quoted(piece.text))} stands there twice", "keep one of them")
        return words

    def _obligations(self, field: _Piece, when: Mapping[str, Cell]) -> tuple[str, ...]:
        if not field.text:
            return ()
        words = self._words("obligation {}", field.split(" "), {*Obligation, REGISTER})
        if REGISTER in words and not _names_register(when):
            help_ = "it goes with `organisation=processors` or `organisation=recipients`"
            self._find(field, f"{quoted(REGISTER)} stands for nothing here", help_)
        return words

    def _clauses(self, field: _Piece) -> tuple[str, ...]:
        if not field.text:
            self._find(None, "a rule cites a clause, or says `choice`")
            return ()
        return self._words("clause {}", field.split(" "), self.clauses)

    def _when(self, field: _Piece, effect: str) -> dict[str, Cell]:
        cells: dict[str, Cell] = {}
        if field.text.strip() == ALWAYS:
            return cells
        if not field.text.strip():
            self._find(None, "a rule without conditions would always match", f"write `{ALWAYS}` if it should")
            return cells
        for condition in field.split(";"):
            fact, *values = condition.split("=")
            if len(values) != 1 or not values[0].text:
                self._find(condition, f"{quoted(condition.text)} is no condition", "write `fact=word|word`")
            elif fact.text not in self.domains:
                self._find(fact, f"unknown fact {quoted(fact.text)}", did_you_mean(fact.text, self.domains))
            elif fact.text in cells:
                self._find(condition, f"a second condition on {quoted(fact.text)}", "join their words with `|`")
            else:
                cells[fact.text] = self._cell(fact.text, values[0], effect)
        return cells

    def _cell(self, fact: str, values: _Piece, effect: str) -> Cell:
        others = values.text.startswith("!")
        listed = _Piece(values.text[1:], values.column + 1) if others else values
        pieces = listed.split("|")
        domain = self.domains[fact]
        known = None if domain is None else {*domain, *SPECIAL.get(fact, ())}
        words = self._words(f"word {{}} in `{fact}`", pieces, known)
        for piece in pieces:
            if piece.text in SPECIAL.get(fact, ()):
                self._check_special(piece, fact, others=others, beside=len(words) > 1, effect=effect)
        return Cell(words, others)

    def _check_special(self, piece: _Piece, fact: str, *, others: bool, beside: bool, effect: str) -> None:
        """Refuse a special word where it would have no meaning, or another one than it seems."""
        name = quoted(piece.text)
        if piece.text == GRANTED and (not others or effect == "allow"):
            self._find(piece, f"only a rule that denies can speak of {name}, as `{fact}=!{GRANTED}`")
        elif piece.text in _NEVER_EXCLUDED and others:
            self._find(piece, f"{name} cannot be excluded", "write the words out")
        elif piece.text in _ALONE and beside and not (others and piece.text in REGISTERS):
            self._find(piece, f"{name} cannot stand beside other words", "make a rule of its own")

    def _add(self, rule: Rule, written_id: _Piece) -> None:
        line = self._lines_of.setdefault(rule.id, rule.line)
        if line != rule.line:
            self._find(written_id, f"duplicate id {quoted(rule.id)}", f"line {line} has it too")
        conditions = frozenset((fact, cell.others, frozenset(cell.words)) for fact, cell in rule.when.items())
        meaning = (rule.effect, rule.reason, conditions, frozenset(rule.obligations))
        twin = self._meanings.setdefault(meaning, rule)
        if twin is not rule:
            self._find(None, f"{quoted(rule.id)} says the same as {quoted(twin.id)}", "keep one of them")
        self.rules.append(rule)


def _names_register(when: Mapping[str, Cell]) -> bool:
    organisation = when.get("organisation")
    return organisation is not None and not organisation.others and bool(REGISTERS & set(organisation.words))
