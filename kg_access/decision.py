"""What a decision point answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from kg_access.facts import Facts
from kg_access.vocabulary import Disclosure, Effect, Obligation, Phase, Reason

if TYPE_CHECKING:
    from kg_access.explain import Explanation


class Explainer(Protocol):
    """What a decision asks for its explanation; the guard that decided gives it along."""

    def __call__(self, decision: Decision, *, language: str, audience: str) -> Explanation:
        """Explain a decision in a language to an audience."""
        ...


@attrs.frozen
class PolicyReference:
    """
    The policy version under which a decision was taken.

    Attributes:
        name: The name of the policy.
        version: Its version.
        digest: SHA-256 of the files from which it was read.
    """

    name: str
    version: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.digest[:12]})"


def _unchangeable(redacted: Mapping[str, tuple[Reason, ...]]) -> Mapping[str, tuple[Reason, ...]]:
    return MappingProxyType(dict(redacted))


@attrs.frozen(repr=False)
class Decision:
    """
    A permit or a denial, with all that an enforcement point and a reader need.

    Decisions are shared: equal facts give the same object. `bool(decision)` tells whether access is allowed.

    Attributes:
        effect: permit or deny.
        phase: The phase of the dossier on that day.
        rules: The ids of the rules that decided, in the order scope, need, limits.
        reasons: Why it is denied, most specific first; on a permit with redaction, why categories are left out.
        clauses: The clauses on which it rests, or `choice`.
        obligations: What the application must do; a permit whose obligations cannot be met is a denial.
        permitted: The categories that may be used; empty on a denial.
        redacted: The categories to leave out of a permit, each with its reasons.
        disclosure: Whether a denial may show that the dossier exists; `None` on a permit.
        unsupported: The obligations for which a permit became a denial.
        policy: The policy version.
        facts: The facts on which it rests; `None` when a fault denied before there were any.
    """

    effect: Effect
    phase: Phase
    rules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    clauses: tuple[str, ...]
    obligations: frozenset[Obligation]
    permitted: frozenset[str]
    redacted: Mapping[str, tuple[Reason, ...]] = attrs.field(hash=False, converter=_unchangeable)
    disclosure: Disclosure | None
    policy: PolicyReference
    facts: Facts | None
    unsupported: frozenset[Obligation] = frozenset()
    explainer: Explainer | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def allowed(self) -> bool:
        """Whether access is allowed."""
        return self.effect is Effect.PERMIT

    def __bool__(self) -> bool:
        return self.effect is Effect.PERMIT

    def __repr__(self) -> str:
        verdict = "Permit" if self else "Deny"
        what = "" if self.facts is None else f" {self.facts.action}"
        why = f" {', '.join(self.reasons)}" if self.reasons else ""
        return f"<{verdict}{what} {self.phase}{why}>"

    def __copy__(self) -> Decision:
        return self

    def __deepcopy__(self, memo: object) -> Decision:
        return self

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        values = {field.name: getattr(self, field.name) for field in attrs.fields(Decision)}
        return _restored, ({**values, "redacted": dict(self.redacted), "explainer": None},)

    def refused(
        self,
        reason: Reason,
        *,
        disclosure: Disclosure = Disclosure.FORBID,
        unsupported: Iterable[Obligation] = (),
    ) -> Decision:
        """
        Give the denial that an enforcement point makes of this decision.

        Args:
            reason: Why it denies.
            disclosure: Whether the denial may show that the dossier exists.
            unsupported: The obligations that could not be carried out.
        """
        return attrs.evolve(
            self,
            effect=Effect.DENY,
            rules=(),
            reasons=(reason,),
            clauses=(),
            obligations=frozenset({Obligation.LOG}),
            permitted=frozenset(),
            redacted={},
            disclosure=disclosure,
            unsupported=frozenset(unsupported),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the decision as plain dicts, lists and texts, for JSON; the facts are left out."""
        return {
            "effect": str(self.effect),
            "phase": str(self.phase),
            "reasons": [str(reason) for reason in self.reasons],
            "rules": list(self.rules),
            "clauses": list(self.clauses),
            "obligations": sorted(map(str, self.obligations)),
            "permitted": sorted(self.permitted),
            "redacted": {category: [str(reason) for reason in reasons] for category, reasons in self.redacted.items()},
            "disclosure": None if self.disclosure is None else str(self.disclosure),
            "unsupported": sorted(map(str, self.unsupported)),
            "policy": {"name": self.policy.name, "version": self.policy.version, "digest": self.policy.digest},
        }

    def explain(self, *, language: str = "en", audience: str = "staff") -> Explanation:
        """
        Explain the decision from its facts; `Guard.explain` knows the dates too and says when the answer changes.

        Args:
            language: nl or en.
            audience: staff, or subject for what a person outside may be told.

        Returns:
            The explanation, without the day on which the answer changes.

        Raises:
            LookupError: The decision was not made by a guard, for instance because it was unpickled.
        """
        if self.explainer is None:
            raise LookupError("this decision has no guard at hand; ask `guard.explain` with the request")
        return self.explainer(self, language=language, audience=audience)


def _restored(values: dict[str, Any]) -> Decision:
    return Decision(**values)
