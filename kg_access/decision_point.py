"""
From facts to a decision: three questions to Casbin for each standing and category, joined into one answer.

Every standing is judged for itself, so that two assignments never mix. A category is allowed when the scope allows
it and some one standing both has the need and meets no limit. The reasons of all standings are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from kg_access.decision import Decision, Explainer, PolicyReference
from kg_access.facts import SHARED, Facts
from kg_access.policy.record import Policy, Row
from kg_access.subject import Standing
from kg_access.vocabulary import Disclosure, Effect, Mode, Obligation, Phase, Reason

if TYPE_CHECKING:
    from kg_access._engine import Answer

ALL_OBLIGATIONS: Final = frozenset(Obligation)
UNEXPLAINED: Final = Reason.ACTION_NOT_GRANTED


@attrs.frozen
class Trial:
    """
    The answers of the three questions for one standing and one category.

    Attributes:
        standing: The standing.
        category: The category.
        scope: May the service process it at all?
        need: Does this standing have the need?
        limits: Does no prohibition apply?
    """

    standing: Standing
    category: str
    scope: Answer
    need: Answer
    limits: Answer

    @property
    def allowed(self) -> bool:
        """Whether all three questions are answered with yes."""
        return self.scope.allowed and self.need.allowed and self.limits.allowed

    @property
    def answers(self) -> tuple[Answer, Answer, Answer]:
        """The answers in the order scope, need, limits."""
        return self.scope, self.need, self.limits

    def denials(self) -> tuple[Row, ...]:
        """List the rows that deny."""
        return self.scope.denials + self.need.denials + self.limits.denials

    def permits(self) -> tuple[Row, ...]:
        """List the rows that permit."""
        return self.scope.permits + self.need.permits + self.limits.permits

    def reasons(self) -> set[Reason]:
        """List the reasons why it fails; empty when it does not."""
        reasons = {row.reason for row in self.denials() if row.reason is not None}
        if reasons or self.allowed:
            return reasons
        return {UNEXPLAINED if self.scope.allowed else Reason.CATEGORY_NOT_LISTED}

    def without(self, rule: str) -> Trial:
        """
        Tell what the trial would be if a rule were not there.

        Args:
            rule: The id of the rule.
        """
        scope, need, limits = (answer.without(rule) for answer in self.answers)
        return attrs.evolve(self, scope=scope, need=need, limits=limits)

    def obligations(self) -> set[Obligation]:
        """List what must be done along with what the permitting rows allow."""
        return {obligation for row in self.permits() for obligation in row.obligations}


class DecisionPoint:
    """
    Decides on facts under one policy version.

    Args:
        policy: The policy.
        fulfils: The obligations that the application can carry out; a permit with another one is a denial.
        explainer: What decisions are given to explain themselves.

    Raises:
        EngineFailure: The engine cannot be trusted with this policy.
    """

    def __init__(
        self, policy: Policy, fulfils: Collection[Obligation] = ALL_OBLIGATIONS, explainer: Explainer | None = None
    ) -> None:
        from kg_access._engine import Engine  # noqa: PLC0415 - Casbin takes a third of the import time

        self.policy = policy
        self.fulfils = frozenset(fulfils)
        self.reference = PolicyReference(policy.name, policy.version, policy.digest)
        self.engine = Engine(policy)
        self._explainer = explainer
        self._standing_of = {name: role.standing for name, role in policy.vocabulary.roles.items()}
        self._order = {reason: number for number, reason in enumerate(policy.reasons)}
        self._columns = {name: table.columns for name, table in policy.tables.items()}

    def decide(self, facts: Facts) -> Decision:
        """
        Decide on facts.

        Args:
            facts: What is true of the request.

        Raises:
            EngineFailure: Casbin fails or cannot be trusted.
        """
        return self.conclude(facts, self.trials(facts))

    def conclude(self, facts: Facts, trials: Mapping[str, list[Trial]]) -> Decision:
        """
        Join the answers of all trials into one decision.

        Args:
            facts: What is true of the request.
            trials: The trials of each category, one for each standing.
        """
        permitted: dict[str, Trial] = {}
        unmet: dict[str, Trial] = {}
        refused: dict[str, list[Trial]] = {}
        for category, tried in trials.items():
            granting = [trial for trial in tried if trial.allowed]
            if not granting:
                refused[category] = tried
                continue
            best = granting[0] if len(granting) == 1 else min(granting, key=self._burden)
            (permitted if best.obligations() <= self.fulfils else unmet)[category] = best
        if not permitted or ((refused or unmet) and facts.mode != Mode.REDACT):
            return self._deny(facts, refused, unmet)
        if (refused or unmet) and Obligation.REDACT not in self.fulfils:
            return self._deny(facts, {}, permitted, frozenset({Obligation.REDACT}))
        return self._permit(facts, permitted, refused, unmet)

    def trials(self, facts: Facts) -> dict[str, list[Trial]]:
        """
        Ask the three questions for every category and standing.

        Args:
            facts: What is true of the request.
        """
        point: dict[str, str] = {name: getattr(facts, name) for name in SHARED}
        limits: dict[Standing, Answer] = {}
        found: dict[str, list[Trial]] = {}
        for category in facts.asked():
            point["category"] = category
            point["authorisation"] = "valid" if category in facts.authorised else "none"
            scope = self._ask("scope", point)
            trials = found[category] = []
            for standing in facts.standings:
                point["role"], point["link"], point["deputy"] = standing
                point["standing"] = self._standing_of.get(standing.role, standing.role)
                if standing not in limits:
                    limits[standing] = self._ask("limits", point)
                need = self._ask("need", point)
                trials.append(Trial(standing, category, scope, need, limits[standing]))
        return found

    def point(self, facts: Facts, standing: Standing, category: str) -> dict[str, str]:
        """
        Give the value of every fact for one standing and category.

        Args:
            facts: What is true of the request.
            standing: One of its standings.
            category: One of its categories.
        """
        return {
            **{name: getattr(facts, name) for name in SHARED},
            **standing._asdict(),
            "standing": self._standing_of.get(standing.role, standing.role),
            "category": category,
            "authorisation": "valid" if category in facts.authorised else "none",
        }

    def failure(self, phase: Phase, facts: Facts | None = None) -> Decision:
        """
        Deny because of a fault.

        Args:
            phase: The phase of the dossier.
            facts: What was found out before the fault.
        """
        return self._denial(facts, phase, (Reason.ENGINE_FAILURE,), (), (Obligation.LOG,))

    def _burden(self, trial: Trial) -> tuple[int, int]:
        """Weigh a permitting trial: first what cannot be met, then how much has to be done."""
        obligations = trial.obligations()
        return len(obligations - self.fulfils), len(obligations)

    def _ask(self, table: str, point: Mapping[str, str]) -> Answer:
        return self.engine.ask(table, tuple([point[column] for column in self._columns[table]]))

    def _permit(
        self,
        facts: Facts,
        permitted: Mapping[str, Trial],
        refused: Mapping[str, list[Trial]],
        unmet: Mapping[str, Trial],
    ) -> Decision:
        rows = unique(trial.permits() for trial in permitted.values())
        obligations = {Obligation.LOG, *(obligation for row in rows for obligation in row.obligations)}
        redacted = {category: self._reasons(trials) for category, trials in refused.items()}
        redacted |= dict.fromkeys(unmet, (Reason.OBLIGATION_NOT_SUPPORTED,))
        if redacted:
            obligations.add(Obligation.REDACT)
        return Decision(
            effect=Effect.PERMIT,
            phase=Phase(facts.phase),
            rules=ids(rows),
            reasons=self._ordered({reason for reasons in redacted.values() for reason in reasons}),
            clauses=tuple(dict.fromkeys(clause for row in rows for clause in row.clauses)),
            obligations=frozenset(obligations),
            permitted=frozenset(permitted),
            redacted=dict(sorted(redacted.items())),
            disclosure=None,
            policy=self.reference,
            facts=facts,
            explainer=self._explainer,
        )

    def _deny(
        self,
        facts: Facts,
        refused: Mapping[str, list[Trial]],
        unmet: Mapping[str, Trial],
        also: frozenset[Obligation] = frozenset(),
    ) -> Decision:
        trials = [trial for near in refused.values() for trial in near]
        rows = unique([*(trial.denials() for trial in trials), *(trial.permits() for trial in unmet.values())])
        reasons = {reason for trial in trials for reason in trial.reasons()}
        unsupported = also.union(*(trial.obligations() - self.fulfils for trial in unmet.values()))
        if unsupported:
            reasons.add(Reason.OBLIGATION_NOT_SUPPORTED)
        due = (obligation for trial in trials for row in trial.denials() for obligation in row.obligations)
        denial = self._denial(facts, Phase(facts.phase), self._ordered(reasons), rows, (Obligation.LOG, *due))
        return attrs.evolve(denial, unsupported=unsupported) if unsupported else denial

    def _denial(
        self,
        facts: Facts | None,
        phase: Phase,
        reasons: tuple[Reason, ...],
        rows: tuple[Row, ...],
        obligations: Iterable[Obligation],
    ) -> Decision:
        texts = [self.policy.reasons[reason] for reason in reasons]
        hide = any(text.disclosure is Disclosure.HIDE for text in texts)
        cited = (clause for row in rows for clause in row.clauses)
        return Decision(
            effect=Effect.DENY,
            phase=phase,
            rules=ids(rows),
            reasons=reasons,
            clauses=tuple(dict.fromkeys(cited)) or tuple(dict.fromkeys(c for text in texts for c in text.clauses)),
            obligations=frozenset(obligations),
            permitted=frozenset(),
            redacted={},
            disclosure=Disclosure.HIDE if hide else Disclosure.FORBID,
            policy=self.reference,
            facts=facts,
            explainer=self._explainer,
        )

    def _reasons(self, trials: Iterable[Trial]) -> tuple[Reason, ...]:
        return self._ordered({reason for trial in trials for reason in trial.reasons()})

    def _ordered(self, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
        return tuple(sorted(reasons, key=self._order.__getitem__))


def nearest_trials(trials: list[Trial]) -> list[Trial]:
    """
    Pick the trials that come nearest to a permit: those with the fewest reasons against them.

    Args:
        trials: The trials of one category.
    """
    if len(trials) == 1:
        return trials
    counts = [len(trial.reasons()) for trial in trials]
    fewest = min(counts)
    return [trial for trial, count in zip(trials, counts, strict=True) if count == fewest]


def unique(rows: Iterable[tuple[Row, ...]]) -> tuple[Row, ...]:
    """
    Join the rows of several trials, each row once, in the order scope, need, limits.

    Args:
        rows: The rows of each trial, in that order.
    """
    first, *others = rows
    if not others:
        return first
    order = {"scope": 0, "need": 1, "limits": 2}
    found: dict[int, Row] = {id(row): row for some in (first, *others) for row in some}
    return tuple(sorted(found.values(), key=lambda row: (order[row.table], row.line)))


def ids(rows: Iterable[Row]) -> tuple[str, ...]:
    """
    List the ids of rows, each once.

    Args:
        rows: The rows.
    """
    return tuple(dict.fromkeys(row.id for row in rows))
