"""From a decision to its explanation: the three questions, the rules, the reasons and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg_access.decision import Decision
from kg_access.decision_point import DecisionPoint, Trial, nearest_trials
from kg_access.explain.record import (
    Citation,
    Explanation,
    Question,
    Sentence,
    Step,
    Turn,
    WayOut,
    Why,
)
from kg_access.explain.ways_out import Changes, ways_out, without_refused
from kg_access.explain.words import LABELS, OUTSIDE, QUESTIONS, VERDICTS
from kg_access.facts import MISSING, Facts
from kg_access.policy import Policy, Row
from kg_access.vocabulary import Audience, Effect, Reason

_WEIGHTS = {
    "standing": 100, "role": 100, "kind": 50,
    "purpose": 8, "action": 8, "organisation": 8, "category": 4, "group": 4,
}  # fmt: skip
_IMPLIED = {"standing": "role", "kind": "role"}
"""Facts that say nothing more when the other one is told too."""


def explained(
    point: DecisionPoint, decision: Decision, turn: Turn | None, language: str, audience: Audience
) -> Explanation:
    """
    Explain a decision.

    Args:
        point: Where it was decided.
        decision: The decision.
        turn: When it changes by itself, if known.
        language: nl or en.
        audience: staff or subject.
    """
    if audience is Audience.SUBJECT:
        return Explanation(
            language, audience, OUTSIDE[language], None, (), (), (), (), (), (), None, point.policy.contact,
            dict(LABELS[language]),
        )  # fmt: skip
    facts = None if at_fault(decision) else decision.facts
    trials: Mapping[str, list[Trial]] = {} if facts is None else point.trials(facts)
    speaker = _Speaker(point.policy, language)
    return Explanation(
        language=language,
        audience=audience,
        headline=speaker.headline(decision),
        decision=decision,
        why=tuple(map(speaker.why, decision.reasons)),
        questions=() if facts is None else _questions(point, decision, facts, trials, speaker),
        rules=() if facts is None else _citations(point, decision, facts, trials, speaker),
        ways_out=() if facts is None or point.conclude(facts, trials) else _ways(point, decision, facts, speaker),
        left_out=tuple(map(speaker.left_out, decision.redacted.items())),
        obligations=tuple(map(speaker.obligation, sorted(decision.obligations))),
        turn=turn,
        contact=point.policy.contact,
        labels=dict(LABELS[language]),
    )


def at_fault(decision: Decision) -> bool:
    """
    Tell whether a fault denied, so that there is nothing to explain from facts.

    Args:
        decision: The decision.
    """
    return decision.facts is None or Reason.ENGINE_FAILURE in decision.reasons


class _Speaker:
    """Says facts, reasons and obligations in one language, in the words of the policy."""

    def __init__(self, policy: Policy, language: str) -> None:
        self.policy = policy
        self.language = language
        self.texts = VERDICTS[language]

    def headline(self, decision: Decision) -> str:
        facts = decision.facts
        if facts is None or at_fault(decision):
            return self.texts["fault"]
        asked = decision.permitted if decision else facts.categories
        sentence = self.texts[decision.effect].format(
            action=self._word("action", facts.action),
            categories=self.words("category", sorted(asked)) or self.texts["no_categories"],
            group=self._or("group", facts.group, "about", "no_group"),
            purpose=self._or("purpose", facts.purpose, "for", "no_purpose"),
        )
        if decision.redacted:
            return f"{sentence} {self.texts['left_out'].format(self.words('category', sorted(decision.redacted)))}"
        return sentence

    def _or(self, fact: str, word: str, preposition: str, otherwise: str) -> str:
        if word == MISSING:
            return self.texts[otherwise]
        return self.texts[preposition].format(self._word(fact, word))

    def _word(self, fact: str, word: str) -> str:
        label = self.policy.vocabulary.labels[fact].get(word)
        return word if label is None else label.in_(self.language)

    def words(self, fact: str, words: Iterable[str]) -> str:
        """Join the names of words."""
        *first, last = [self._word(fact, word) for word in words] or [""]
        return f"{', '.join(first)}{self.texts['and']}{last}" if first else last

    def fact(self, fact: str, value: str) -> Sentence:
        """Say that a fact has a value."""
        text = self.policy.vocabulary.facts[fact]
        sentence = text.values.get(value)
        if sentence is not None:
            return Sentence(f"{fact}={value}", sentence.in_(self.language))
        template = text.template
        said = value if template is None else template.in_(self.language).format(word=self._word(fact, value))
        return Sentence(f"{fact}={value}", said)

    def why(self, reason: Reason) -> Why:
        """Say a reason and what helps against it."""
        text = self.policy.reasons[reason]
        remedy = text.remedy
        return Why(Sentence(reason, text.text.in_(self.language)), remedy.by, remedy.text.in_(self.language))

    def left_out(self, refused: tuple[str, Iterable[Reason]]) -> Sentence:
        """Say why a category is left out."""
        category, reasons = refused
        texts = " ".join(f"{self.policy.reasons[reason].text.in_(self.language)} ({reason})" for reason in reasons)
        return Sentence(category, f"{self._word('category', category)}: {texts}")

    def obligation(self, name: str) -> Sentence:
        """Say an obligation."""
        return Sentence(name, self.policy.vocabulary.obligations[name].in_(self.language))

    def clauses(self, names: Iterable[str]) -> tuple[Sentence, ...]:
        """Say what clauses say; `choice` has no text."""
        return tuple(
            Sentence(
                name,
                self.policy.clauses[name].summary.in_(self.language)
                if name in self.policy.clauses
                else self.texts["choice"],
            )
            for name in names
        )


def _questions(
    point: DecisionPoint, decision: Decision, facts: Facts, trials: Mapping[str, list[Trial]], speaker: _Speaker
) -> tuple[Question, ...]:
    granted = [tried for tried in trials.values() if any(trial.allowed for trial in tried)]
    refused = [tried for tried in trials.values() if tried not in granted]
    shown: list[Trial] = []
    for tried in granted if decision or not refused else refused:
        shown += [trial for trial in tried if trial.allowed][:1] or nearest_trials(tried)
    return tuple(_question(name, point, facts, shown, speaker) for name in ("scope", "need", "limits"))


def _question(name: str, point: DecisionPoint, facts: Facts, trials: Iterable[Trial], speaker: _Speaker) -> Question:
    held: dict[str, Sentence] = {}
    failed: dict[str, Sentence] = {}
    holds = True
    for trial in trials:
        answer = {"scope": trial.scope, "need": trial.need, "limits": trial.limits}[name]
        values = point.point(facts, trial.standing, trial.category)
        holds = holds and answer.allowed
        nearest = answer.permits[:1] or _nearest(point, name, values)
        failing = [fact for row in nearest for fact in row.failing(values)]
        for row in nearest:
            _say([fact for fact in row.conditions if fact not in failing], values, held, speaker)
        _say(failing, values, failed, speaker)
        for row in answer.denials:
            if not set(row.conditions) & set(failing):
                _say(row.conditions, values, failed, speaker)
    held = {code: sentence for code, sentence in held.items() if code not in failed}
    return Question(name, QUESTIONS[speaker.language][name], holds, tuple(held.values()), tuple(failed.values()))


def _say(facts: Iterable[str], values: Mapping[str, str], into: dict[str, Sentence], speaker: _Speaker) -> None:
    told = set(facts)
    for fact in facts:
        if _IMPLIED.get(fact) not in told:
            sentence = speaker.fact(fact, values[fact])
            if sentence.text not in {other.text for other in into.values()}:
                into[sentence.code] = sentence


def _nearest(point: DecisionPoint, name: str, values: Mapping[str, str]) -> tuple[Row, ...]:
    """Find the permitting row that comes nearest, one of the same standing and purpose before any other."""
    columns = point.policy.tables[name].columns
    near = point.engine.nearly(name, tuple(values[column] for column in columns), len(columns))
    permitting = [(row, failing) for row, failing in near if row.effect is Effect.PERMIT]
    permitting.sort(key=lambda pair: _distance(pair[1]))
    return tuple(row for row, _ in permitting[:1])


def _distance(failing: Iterable[str]) -> int:
    """Weigh what fails: who asks counts most, then what is asked, then what could still be brought about."""
    facts = set(failing)
    if "standing" in facts:
        facts.discard("role")
    return sum(_WEIGHTS.get(fact, 1) for fact in facts)


def _citations(
    point: DecisionPoint,
    decision: Decision,
    facts: Facts,
    trials: Mapping[str, list[Trial]],
    speaker: _Speaker,
) -> tuple[Citation, ...]:
    rows = {row.id: row for tried in trials.values() for trial in tried for row in (*trial.denials(), *trial.permits())}
    cited = [rows[rule] for rule in decision.rules]
    return tuple(
        Citation(
            rule=row.id,
            table=row.table,
            effect=row.effect,
            reason=row.reason,
            deciding=decides(point, decision, facts, trials, row.id),
            clauses=speaker.clauses(row.clauses),
            place=f"{row.path}:{row.line}",
        )
        for row in cited
    )


def decides(
    point: DecisionPoint, decision: Decision, facts: Facts, trials: Mapping[str, list[Trial]], rule: str
) -> bool:
    """
    Tell whether the verdict or its reasons would be others without a rule.

    Args:
        point: Where it was decided.
        decision: The decision.
        facts: Its facts.
        trials: Its trials.
        rule: The id of the rule.
    """
    fewer = {category: [trial.without(rule) for trial in tried] for category, tried in trials.items()}
    other = point.conclude(facts, fewer)
    return (other.effect, other.reasons) != (decision.effect, decision.reasons)


def _ways(point: DecisionPoint, decision: Decision, facts: Facts, speaker: _Speaker) -> tuple[WayOut, ...]:
    if decision.unsupported and len(decision.reasons) == 1:
        names = " ".join(speaker.obligation(name).text for name in sorted(decision.unsupported))
        how = speaker.texts["supports"].format(names)
        step = Step("fulfils", "|".join(sorted(decision.unsupported)), "application", how)
        return (WayOut((step,)),)
    found: list[WayOut] = []
    kept = without_refused(point, facts)
    if kept:
        left_out = speaker.words("category", sorted(facts.categories - kept))
        how = speaker.texts["leave_out"].format(left_out)
        found.append(WayOut((Step("categories", "|".join(sorted(kept)), "requester", how),)))
    found += [_way(changes, speaker) for changes in ways_out(point, facts)]
    return tuple(sorted(found, key=lambda way: (not way.possible, len(way.steps))))


def _way(changes: Changes, speaker: _Speaker) -> WayOut:
    steps = []
    for fact, value in changes:
        remedy = speaker.policy.vocabulary.facts[fact].helps[value]
        steps.append(Step(fact, value, remedy.by, remedy.text.in_(speaker.language)))
    return WayOut(tuple(steps))
