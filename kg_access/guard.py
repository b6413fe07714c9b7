"""What callers use: a guard decides, under one policy version at a time, from any number of threads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from kg_access._shipped import load_policy, read, shipped
from kg_access._snapshot import Snapshot, logged
from kg_access.days import day_of
from kg_access.decision import Decision
from kg_access.dossier import Dossier
from kg_access.errors import AccessDenied, InvalidInput
from kg_access.explain import Explanation, explain_request
from kg_access.fact_finder import Key, read_categories
from kg_access.policy import Policy
from kg_access.reading import members, records
from kg_access.request import NOTHING_STATED, AccessRequest, Context
from kg_access.subject import Subject
from kg_access.vocabulary import Action, Mode, Obligation

BY_ITSELF: Final = frozenset({Obligation.LOG})
"""What the library does itself: every decision goes to the logger `kg_access.decisions`, without personal data."""


class Grant(NamedTuple):
    """
    A subject that may do what was asked.

    Attributes:
        subject: The subject.
        rules: The rules that permit it.
        decision: The whole decision.
    """

    subject: Subject
    rules: tuple[str, ...]
    decision: Decision


class Guard:
    """
    A policy decision point: answers whether a subject may do something with a dossier, and why.

    Args:
        policy: The policy, as `load_policy` reads it.
        fulfils: The obligations that the enforcement point carries out; a permit with another one is a denial
            (`obligation_not_supported`). Without it, only `log`, which the library does itself.

    Raises:
        EngineFailure: Casbin is not the reviewed one, or does not follow the policy.
        UnknownTerm: An obligation is unknown.
    """

    def __init__(self, policy: Policy, *, fulfils: Iterable[str] = ()) -> None:
        self._fulfils = BY_ITSELF | members("fulfils", Obligation, fulfils)
        self._current = Snapshot(policy, self._fulfils)

    @classmethod
    def shipped(cls, *, fulfils: Iterable[str] = ()) -> Guard:
        """
        Make a guard with the policy that comes with the library.

        Args:
            fulfils: The obligations that the enforcement point carries out.

        Raises:
            PolicyDataMissing: The installation is damaged.
        """
        return cls(read(shipped("policies"), shipped("models")), fulfils=fulfils)

    @classmethod
    def load(cls, policies: str | Path, *, models: str | Path | None = None, fulfils: Iterable[str] = ()) -> Guard:
        """
        Make a guard with a policy of your own.

        Args:
            policies: The folder of the policy.
            models: The folder of the Casbin models; those that come with the library when left out.
            fulfils: The obligations that the enforcement point carries out.

        Raises:
            PolicyDataMissing: A folder is not there.
            PolicyError: Something in the files is wrong; it lists every finding.
        """
        return cls(load_policy(policies, models=models), fulfils=fulfils)

    @property
    def policy(self) -> Policy:
        """The policy in use."""
        return self._current.point.policy

    @property
    def fulfils(self) -> frozenset[Obligation]:
        """The obligations that the guard takes as fulfilled by the application."""
        return self._fulfils

    def failure(self, dossier: Dossier | None = None) -> Decision:
        """
        Give the denial for a fault outside the guard, such as a directory that does not answer.

        Args:
            dossier: The dossier asked about, when it is known.
        """
        return logged(self._current.failure(dossier))

    def __repr__(self) -> str:
        return f"<Guard {self._current.point.reference}>"

    def reload(self, policy: Policy | str | Path, *, models: str | Path | None = None) -> None:
        """
        Put another policy in use; decisions under way keep the one that they started with.

        Args:
            policy: The policy, or the folder to read it from.
            models: The folder of its models, when a folder is given.

        Raises:
            PolicyError: Something in the files is wrong; the policy in use stays.
            EngineFailure: Casbin does not follow the policy; the policy in use stays.
        """
        if isinstance(policy, str | Path):
            policy = load_policy(policy, models=models)
        self._current = Snapshot(policy, self._fulfils)

    def decide(
        self,
        subject: Subject,
        action: str,
        dossier: Dossier,
        *,
        categories: Iterable[str] | None = None,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        mode: str = "all",
        context: Context | None = None,
    ) -> Decision:
        """
        Decide whether a subject may do something with some data of a dossier.

        Args:
            subject: Who asks.
            action: read, search, update, export, disclose, communicate, store, transfer or delete.
            dossier: The dossier.
            categories: The kinds of data, words of the policy.
            group: The group of people that the data are about, a word of the policy.
            purpose: What the data are for, a word of the policy.
            at: An aware datetime, of which the calendar day in Brussels counts; `None` for now.
            mode: `all` permits only if every category is allowed; `redact` permits what is, and lists the rest.
            context: The circumstances, such as channel, destination or references.

        Returns:
            The decision. What is missing, and a fault while deciding, give a denial.

        Raises:
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        return logged(
            self._current.answer(subject, action, dossier, categories, group, purpose, day_of(at), mode, context)
        )

    def require(
        self,
        subject: Subject,
        action: str,
        dossier: Dossier,
        *,
        categories: Iterable[str] | None = None,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        mode: str = "all",
        context: Context | None = None,
    ) -> Decision:
        """
        Decide, and raise on a denial; for the arguments see `decide`.

        Returns:
            The permit.

        Raises:
            AccessDenied: Access is denied; it carries the decision.
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        decision = self.decide(
            subject, action, dossier,
            categories=categories, group=group, purpose=purpose, at=at, mode=mode, context=context,
        )  # fmt: skip
        if not decision:
            raise AccessDenied(decision, dossier)
        return decision

    def decide_many(
        self,
        subject: Subject,
        action: str,
        dossiers: Iterable[Dossier],
        *,
        categories: Iterable[str] | None = None,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        mode: str = "all",
        context: Context | None = None,
    ) -> list[Decision]:
        """
        Decide about many dossiers under one policy version; for the other arguments see `decide`.

        Args:
            subject: Who asks.
            action: What the subject wants to do.
            dossiers: The dossiers.

        Returns:
            One decision for each dossier, in the same order.

        Raises:
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        current = self._current
        if not isinstance(subject, Subject):
            raise InvalidInput("subject", f"expected a Subject, not a {type(subject).__name__}")
        day = day_of(at)
        asked = read_categories(categories)
        apart = bool(subject.authorisations) or context is not None
        seen: dict[Key, Decision] = {}
        decisions: list[Decision] = []
        for dossier in records("dossier", Dossier, dossiers):
            try:
                tied = current.finder.dossier_facts(subject, dossier, day)
                if apart:
                    tied = (*tied, dossier.country_of_origin)
                decision = seen.get(tied)
                if decision is None:
                    decision = current.answer(subject, action, dossier, asked, group, purpose, day, mode, context)
                    seen[tied] = decision
            except InvalidInput:
                raise
            except Exception as error:
                decision = current.fault(error, dossier, day)
            decisions.append(logged(decision))
        return decisions

    def what_can(
        self,
        subject: Subject,
        dossier: Dossier,
        *,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        context: Context | None = None,
    ) -> dict[str, frozenset[str]]:
        """
        List what a subject may do with a dossier; for the other arguments see `decide`.

        Returns:
            For each action that is allowed at all, the categories for which it is.

        Raises:
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        current = self._current
        day = day_of(at)
        found: dict[str, frozenset[str]] = {}
        for action in map(str, Action):
            allowed = [
                category
                for category in current.point.policy.vocabulary.categories
                if logged(current.answer(subject, action, dossier, (category,), group, purpose, day, Mode.ALL, context))
            ]
            if allowed:
                found[action] = frozenset(allowed)
        return found

    def who_can(
        self,
        action: str,
        dossier: Dossier,
        subjects: Iterable[Subject],
        *,
        categories: Iterable[str] | None = None,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        mode: str = "all",
        context: Context | None = None,
    ) -> list[Grant]:
        """
        List which of some subjects may do something with a dossier; for the other arguments see `decide`.

        Args:
            action: What they want to do.
            dossier: The dossier.
            subjects: The people to try.

        Returns:
            Those who may, in the same order, each with the rules that permit it.

        Raises:
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        current = self._current
        day = day_of(at)
        asked = read_categories(categories)
        found: list[Grant] = []
        for subject in records("subject", Subject, subjects):
            decision = logged(current.answer(subject, action, dossier, asked, group, purpose, day, mode, context))
            if decision:
                found.append(Grant(subject, decision.rules, decision))
        return found

    def explain(
        self,
        subject: Subject,
        action: str,
        dossier: Dossier,
        *,
        categories: Iterable[str] | None = None,
        group: str | None = None,
        purpose: str | None = None,
        at: datetime | None = None,
        mode: str = "all",
        context: Context | None = None,
        language: str = "en",
        audience: str = "staff",
    ) -> Explanation:
        """
        Decide and explain; for the other arguments see `decide`.

        Args:
            subject: Who asks.
            action: What the subject wants to do.
            dossier: The dossier.
            language: nl or en.
            audience: `staff`, or `subject` for what a person outside may be told.

        Returns:
            The explanation, also of when the answer will change by itself.

        Raises:
            InvalidInput: An argument has the wrong type, or the moment is naive.
            UnknownTerm: A word is not in the vocabulary.
        """
        current = self._current
        asked = read_categories(categories)
        decision = logged(current.answer(subject, action, dossier, asked, group, purpose, day_of(at), mode, context))
        request = AccessRequest(
            subject=subject,
            action=action,
            dossier=dossier,
            categories=asked,
            group=group,
            purpose=purpose,
            at=at,
            mode=mode,
            context=NOTHING_STATED if context is None else context,
        )
        return explain_request(current.point, current.finder, request, decision, language, audience)
