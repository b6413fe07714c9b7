"""An explanation as an object: short in the REPL, whole when printed, rich in a terminal, HTML in a notebook, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import attrs

from kg_access.decision import Decision
from kg_access.vocabulary import Audience, Effect


@attrs.frozen
class Sentence:
    """
    A code and what it says in the language of the explanation.

    Attributes:
        code: A reason, an obligation, a clause, or `fact=value`.
        text: The sentence.
    """

    code: str
    text: str


@attrs.frozen
class Why:
    """
    A reason, and what helps against it.

    Attributes:
        reason: The reason.
        by: Who can do something about it.
        remedy: What they can do.
    """

    reason: Sentence
    by: str
    remedy: str


@attrs.frozen
class Question:
    """
    One of the three questions, with what spoke for and against.

    Attributes:
        name: scope, need or limits.
        asked: The question as a sentence.
        holds: Whether it is answered with yes.
        held: Facts that were as they should be.
        failed: Facts that were not.
    """

    name: str
    asked: str
    holds: bool
    held: tuple[Sentence, ...]
    failed: tuple[Sentence, ...]


@attrs.frozen
class Citation:
    """
    A rule on which the answer rests.

    Attributes:
        rule: Its id.
        table: scope, need or limits.
        effect: permit or deny.
        reason: The reason that it gives.
        deciding: Whether the verdict or its reasons would be others without it.
        clauses: The clauses that it implements, with their summaries.
        place: The file and line in which it stands.
    """

    rule: str
    table: str
    effect: Effect
    reason: str | None
    deciding: bool
    clauses: tuple[Sentence, ...]
    place: str


@attrs.frozen
class Step:
    """
    One fact that would have to be otherwise.

    Attributes:
        fact: The fact.
        value: The value that would help; for `categories`, the words to keep, joined by `|`.
        by: Who can bring it about.
        how: How they can.
    """

    fact: str
    value: str
    by: str
    how: str


@attrs.frozen
class WayOut:
    """
    A smallest set of facts that, taken otherwise together, turns the denial into a permit; tried by deciding again.

    Attributes:
        steps: The facts.
    """

    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """How to get there, in words; what is in nobody's hands, when something is."""
        steps = [step for step in self.steps if step.by == "nobody"] or self.steps
        return " ".join(step.how for step in steps)

    @property
    def possible(self) -> bool:
        """Whether people can bring it about."""
        return all(step.by != "nobody" for step in self.steps)


@attrs.frozen
class Turn:
    """
    The day on which the answer, or the phase of the dossier, changes by itself.

    Attributes:
        day: The first day of the new state, in Brussels.
        effect: The verdict from then on.
        phase: The phase of the dossier from then on.
        text: The sentence.
    """

    day: date
    effect: Effect
    phase: str
    text: str


@attrs.frozen(repr=False)
class Explanation:
    """
    Why a decision is what it is.

    Attributes:
        language: nl or en.
        audience: staff, or subject for a person outside, who is told the same whatever the decision.
        headline: The verdict in one sentence.
        decision: The decision; `None` for a person outside.
        why: The reasons, most specific first.
        questions: The three questions.
        rules: The rules on which it rests.
        ways_out: For a denial, what would turn it into a permit, the smallest sets first.
        left_out: The categories that a permit leaves out, each with the reasons.
        obligations: What must be done along with it.
        turn: When the answer changes by itself; `None` when it does not, or when only the decision was at hand.
        contact: Where to turn.
        labels: The words for headings, in the language of the explanation.
    """

    language: str
    audience: Audience
    headline: str
    decision: Decision | None
    why: tuple[Why, ...]
    questions: tuple[Question, ...]
    rules: tuple[Citation, ...]
    ways_out: tuple[WayOut, ...]
    left_out: tuple[Sentence, ...]
    obligations: tuple[Sentence, ...]
    turn: Turn | None
    contact: str
    labels: dict[str, str] = attrs.field(repr=False, hash=False)

    def __repr__(self) -> str:
        if self.decision is None:
            return "<Explanation for a person outside>"
        return f"<Explanation of {self.decision!r}>"

    def __str__(self) -> str:
        return self.text()

    def __bool__(self) -> bool:
        return self.decision is not None and self.decision.allowed

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Give the explanation as headings with lines of plain text."""
        labels = self.labels
        if self.why and not self.left_out:
            yield labels["why"], [f"{why.reason.text} ({why.reason.code})" for why in self.why]
        if self.questions:
            yield labels["questions"], list(self._question_lines())
        if self.rules:
            yield labels["rules"], [line for rule in self.rules for line in self._rule_lines(rule)]
        if self.decision is not None and not self.decision:
            yield labels["ways_out"], self._way_lines()
        if self.left_out:
            yield labels["left_out"], [category.text for category in self.left_out]
        if self.obligations:
            yield labels["obligations"], [f"{duty.text} ({duty.code})" for duty in self.obligations]
        if self.turn is not None:
            yield labels["turn"], [self.turn.text]

    def text(self) -> str:
        """Write the explanation as plain text."""
        lines = [self.headline]
        for heading, entries in self.sections():
            lines += ["", heading, *(f"  {entry}" for entry in entries)]
        lines += ["", f"{self.labels['contact']}: {self.contact}"]
        if self.decision is not None:
            lines.append(f"{self.labels['policy']}: {self.decision.policy}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Give the explanation as plain dicts and lists, for JSON."""
        content = {
            field.name: _as_plain(value) if attrs.has(type(value)) else value
            for field in attrs.fields(Explanation)
            if field.name
            not in {"decision", "labels", "ways_out", "why", "questions", "rules", "left_out", "obligations"}
            for value in [getattr(self, field.name)]
        }
        for name in ("why", "questions", "rules", "ways_out", "left_out", "obligations"):
            content[name] = [_as_plain(part) for part in getattr(self, name)]
        if self.turn is not None:
            content["turn"]["day"] = self.turn.day.isoformat()
        decision = self.decision
        if decision is not None:
            content |= {
                "effect": decision.effect,
                "phase": decision.phase,
                "reasons": list(decision.reasons),
                "policy": attrs.asdict(decision.policy),
            }
        return content

    def json(self) -> str:
        """Write the explanation as JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)

    def _question_lines(self) -> Iterator[str]:
        for question in self.questions:
            yield f"{self.labels['yes'] if question.holds else self.labels['no']:4}{question.asked}"
            yield from (f"      - {sentence.text}" for sentence in question.failed)
            yield from (f"      + {sentence.text}" for sentence in question.held)

    def _rule_lines(self, rule: Citation) -> Iterator[str]:
        gives = f": {rule.reason}" if rule.reason else ""
        joint = any(other.deciding for other in self.rules) and not rule.deciding
        alone = f", {self.labels['not_alone']}" if joint else ""
        yield f"{rule.rule} ({self.labels[rule.effect]}{gives}{alone})"
        yield from (f"    {clause.code} {clause.text}".rstrip() for clause in rule.clauses)

    def _way_lines(self) -> list[str]:
        possible = [way.text for way in self.ways_out if way.possible]
        others = dict.fromkeys(way.text for way in self.ways_out if not way.possible)
        lines = possible or list(dict.fromkeys(why.remedy for why in self.why))
        return lines + [f"{self.labels['nobody']}: {text}" for text in others if text not in lines]

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from kg_access.explain.rich import render  # noqa: PLC0415 - rich is there when rich calls this

        yield from render(self)

    def html(self) -> str:
        """Write the explanation as a piece of HTML, with every text escaped."""
        from kg_access.explain.html import render  # noqa: PLC0415 - only notebooks need it

        return render(self)

    def _repr_html_(self) -> str:
        return self.html()


def _as_plain(part: Any) -> Any:
    """Turn a record into dicts and lists."""
    if attrs.has(type(part)):
        return {field.name: _as_plain(getattr(part, field.name)) for field in attrs.fields(type(part))}
    return [_as_plain(element) for element in part] if isinstance(part, tuple) else part
