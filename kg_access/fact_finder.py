"""
From a request to its facts.

This is the only place that looks at people, dossiers, dates and free text. What comes out are closed words, so that
nothing an id or a text contains can reach a rule.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, Final

import attrs

from kg_access.dossier import Dossier
from kg_access.errors import InvalidInput, UnknownTerm
from kg_access.facts import MISSING, NONE, UNLISTED, Facts
from kg_access.policy.record import Policy
from kg_access.reading import plain
from kg_access.request import NOTHING_STATED, Context
from kg_access.subject import ELSEWHERE, NOBODY, Assignment, Authorisation, Standing, Subject
from kg_access.vocabulary import Action, IdentityProof, Kind, Mode

Key = tuple[Any, ...]

_ELSEWHERE: Final = (Standing(ELSEWHERE, NONE, "no"),)
_NOBODY: Final = (Standing(NOBODY, NONE, "no"),)
_EMPTY: Final[frozenset[str]] = frozenset()
_FIELDS: Final = tuple(field.name for field in attrs.fields(Facts))
_NOT_STATED: Final = {
    _FIELDS.index("group"): MISSING,
    _FIELDS.index("purpose"): MISSING,
    _FIELDS.index("recipient_type"): NONE,
}
"""The words that say in `Facts` that something was not stated, which a key says with `None`."""

_PLAIN_COLLECTIONS: Final = frozenset({frozenset, set, tuple, list})


class FactFinder:
    """
    Finds the facts of requests under one policy.

    Args:
        policy: The policy whose words and registers count.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        words = policy.vocabulary
        self._published = "yes" if policy.published else "no"
        self._services = {"all", *words.services}
        self._in_force = {
            name: service.in_force_from.toordinal()
            for name, service in words.services.items()
            if service.in_force_from is not None
        }
        self._known: dict[str, tuple[frozenset[str], Iterable[str]]] = {
            "action": (frozenset(Action), Action),
            "mode": (frozenset(Mode), Mode),
            "service": (frozenset(words.services), words.services),
            "group": (frozenset({MISSING, *words.groups}), words.groups),
            "purpose": (frozenset({MISSING, *words.purposes}), words.purposes),
            "recipient_type": (frozenset({NONE, *words.recipient_types}), words.recipient_types),
        }
        self._roles = frozenset({ELSEWHERE, NOBODY, *words.roles})
        self._registers = {Kind.PROCESSOR: words.processors, Kind.RECIPIENT: words.recipients}
        self._nothing_stated = self._circumstances(NOTHING_STATED, 0, None, "")

    def key(
        self,
        subject: Subject,
        action: str,
        dossier: Dossier,
        categories: Iterable[str] | None,
        group: str | None,
        purpose: str | None,
        day: int,
        mode: str,
        context: Context | None,
    ) -> Key:
        """
        Describe a request in the values of `Facts`, in their order; words that callers chose are not checked here.

        Args:
            subject: Who asks.
            action: What the subject wants to do.
            dossier: The dossier asked about.
            categories: The kinds of data asked for.
            group: The group that they are about.
            purpose: What they are for.
            day: The number of the Brussels calendar day.
            mode: all or redact.
            context: The circumstances.

        Raises:
            InvalidInput: An argument has the wrong type.
            UnknownTerm: The channel is unknown, or an assignment lies in an unknown service.
        """
        asked = read_categories(categories)
        tied = self.dossier_facts(subject, dossier, day)
        return (
            subject.kind,
            NONE if subject.organisation is None else self._organisation(subject, day),
            *tied,
            action if type(action) is str else _word("action", action),
            (group or None) if type(group) is str else _optional("group", group),
            (purpose or None) if type(purpose) is str else _optional("purpose", purpose),
            asked,
            self.authorised(subject, dossier, asked, purpose, day) if subject.authorisations else _EMPTY,
            mode if type(mode) is str else _word("mode", mode),
            *(
                self._nothing_stated
                if context is None or context is NOTHING_STATED
                else self._circumstances(context, day, dossier.country_of_origin, subject.id)
            ),
            self._published,
        )

    def dossier_facts(self, subject: Subject, dossier: Dossier, day: int) -> Key:
        """
        Describe what a dossier and its ties to a subject add to a request, in the order of `Facts`.

        Args:
            subject: Who asks.
            dossier: The dossier asked about.
            day: The number of the Brussels calendar day.

        Raises:
            InvalidInput: The subject is no `Subject`, or the dossier no `Dossier`.
            UnknownTerm: An assignment lies in an unknown service.
        """
        if not isinstance(subject, Subject):
            raise InvalidInput("subject", f"expected a Subject, not a {type(subject).__name__}")
        if not isinstance(dossier, Dossier):
            raise InvalidInput("dossier", f"expected a Dossier, not a {type(dossier).__name__}")
        service = dossier.service
        reserved_for = dossier.reserved_for
        return (
            self.standings(subject, dossier, day),
            "yes" if dossier.id in subject.related_to else "no",
            "open" if not reserved_for else "named" if subject.id in reserved_for else "not_named",
            service,
            dossier.timeline.phase(day),
            "yes" if day >= self._in_force.get(service, 0) else "no",
            "own" if dossier.controller is None or dossier.controller == self.policy.controller else "other",
            dossier.objection or NONE,
            dossier.erasure or NONE,
        )

    def facts(self, key: Key) -> Facts:
        """
        Turn the values of a request into facts, with every word checked.

        Args:
            key: What `key` made.

        Raises:
            UnknownTerm: A word is not in the vocabulary of the policy.
        """
        values = list(key)
        for number, word in _NOT_STATED.items():
            if values[number] is None:
                values[number] = word
            elif values[number] == word:
                raise UnknownTerm(_FIELDS[number], word, self._known[_FIELDS[number]][1])
        facts = Facts(*values)
        words = self.policy.vocabulary
        for field, (known, shown) in self._known.items():
            _check(field, getattr(facts, field), known, shown)
        for category in facts.categories:
            _check("categories", category, words.categories)
        for standing in facts.standings:
            _check("role", standing.role, self._roles, words.roles)
        return facts

    def standings(self, subject: Subject, dossier: Dossier, day: int) -> tuple[Standing, ...]:
        """
        Tell what each current assignment in the dossier's service proves.

        Args:
            subject: Who asks.
            dossier: The dossier asked about.
            day: The number of the Brussels calendar day.

        Raises:
            UnknownTerm: An assignment lies in an unknown service.
        """
        service, team, dossier_id = dossier.service, dossier.team, dossier.id
        found: list[Standing] = []
        somewhere = False
        for assignment in subject.assignments:
            if assignment.first <= day <= assignment.last:
                if assignment.service == service or assignment.service == "all":  # noqa: PLR1714 - a set costs more here
                    found.append(_standing(assignment, team, dossier_id))
                else:
                    somewhere = True
                    _check("service", assignment.service, self._services)
        if len(found) == 1:
            return (found[0],)
        if found:
            return tuple(sorted(set(found)))
        return _ELSEWHERE if somewhere else _NOBODY

    def _organisation(self, subject: Subject, day: int) -> str:
        register = self._registers.get(subject.kind)
        entry = None if register is None else register.get(subject.organisation or "")
        return UNLISTED if entry is None or not entry.counts(day) else str(subject.organisation)

    def authorised(
        self, subject: Subject, dossier: Dossier, categories: frozenset[str], purpose: str | None, day: int
    ) -> frozenset[str]:
        """
        Tell which categories a valid authorisation of a recipient covers (KG-REC-2).

        Args:
            subject: Who asks.
            dossier: The dossier asked about.
            categories: The kinds of data asked for.
            purpose: What they are for.
            day: The number of the Brussels calendar day.

        Raises:
            UnknownTerm: An authorisation holds an unknown word.
        """
        phase = dossier.timeline.phase(day)
        named: set[str] = set()
        for authorisation in subject.authorisations:
            self._check_authorisation(authorisation)
            if (
                authorisation.first <= day <= authorisation.last
                and authorisation.service == dossier.service
                and authorisation.purpose == purpose
                and phase in authorisation.phases
            ):
                named |= authorisation.categories
        return categories & self.policy.vocabulary.with_parts(frozenset(named))

    def _check_authorisation(self, authorisation: Authorisation) -> None:
        words = self.policy.vocabulary
        _check("service", authorisation.service, words.services)
        _check("purpose", authorisation.purpose, words.purposes)
        for category in authorisation.categories:
            _check("categories", category, words.categories)

    def _circumstances(self, context: Context, day: int, origin: str | None, requester: str) -> Key:
        if type(context) is not Context:
            raise InvalidInput("context", f"expected a Context, not a {type(context).__name__}")
        invoked = "invoked" if self.policy.break_glass else "not_enabled"
        return (
            _given(context.relevance_ref),
            NONE if context.break_glass is None else invoked,
            _given(context.regulation_ref),
            _given(context.case_ref),
            "verified" if context.identity_proof is IdentityProof.VERIFIED else "unverified",
            "verified" if context.caller_verified else "unverified",
            self._channel(context.channel),
            "yes" if context.encrypted else "no",
            self._key_holder(context.key_holder),
            _given(context.exceptional_case_ref),
            self._destination(context.destination_country, day, origin),
            context.recipient_type,
            self._access_country(context.access_country, day),
            _given(context.legal_basis_ref),
            _second_approver(context.second_approver, requester),
        )

    def _channel(self, channel: str | None) -> str:
        if channel is None:
            return NONE
        channels = self.policy.vocabulary.channels
        _check("channel", channel, channels)
        return channels[channel]

    def _key_holder(self, holder: str | None) -> str:
        words = self.policy.vocabulary
        letters = unicodedata.normalize("NFD", plain(holder or ""))
        written = "".join(letter for letter in letters if letter.isalnum())
        if written in words.microsoft_names or any(name in written for name in words.microsoft):
            return "microsoft"
        known = written.isascii() and written and written not in words.unknown_holders
        return "other" if known else "unknown"

    def _inside(self, country: str, day: int) -> bool:
        member = self.policy.vocabulary.eea.get(country)
        return member is not None and member.counts(day)

    def _destination(self, country: str | None, day: int, origin: str | None) -> str:
        if country is None:
            return NONE
        code = _country_code(country)
        if self._inside(code, day):
            return "inside_eea"
        return "country_of_origin" if code and code == _country_code(origin) else "outside_eea"

    def _access_country(self, country: str | None, day: int) -> str:
        code = _country_code(country)
        if not code:
            return "unknown"
        return "inside_eea" if self._inside(code, day) else "outside_eea"


def _standing(assignment: Assignment, team: str | None, dossier_id: str) -> Standing:
    if team is not None and assignment.team == team:
        return assignment.by_team
    if assignment.task_dossier == dossier_id:
        return assignment.by_task
    return assignment.without_link


def _given(reference: str | None) -> str:
    return MISSING if reference is None else "given"


def _second_approver(approver: str | None, requester: str) -> str:
    if approver is None:
        return NONE
    return "requester" if plain(approver) == plain(requester) else "another"


def _country_code(written: str | None) -> str:
    """Read a two-letter code in upper case; empty when it is none."""
    if written is None or len(written) != len("BE") or not (written.isascii() and written.isalpha()):
        return ""
    return written.upper()


def _word(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field, f"expected a word, not a {type(value).__name__}")
    return str.__str__(value)


def _optional(field: str, value: object) -> str | None:
    return None if value is None else _word(field, value) or None


def read_categories(value: Iterable[str] | None) -> frozenset[str]:
    """
    Read the categories of a request.

    Args:
        value: A collection of words of the policy; `None` when not stated.

    Raises:
        InvalidInput: It is no collection of words; a bare text is none.
    """
    if value is None:
        return frozenset()
    if type(value) not in _PLAIN_COLLECTIONS and (isinstance(value, str | bytes) or not isinstance(value, Iterable)):
        raise InvalidInput("categories", f"expected a collection of words, not a {type(value).__name__}")
    words = list(value)
    for word in words:
        if type(word) is not str:
            return frozenset([_word("categories", word) for word in words])
    return frozenset(words)


def _check(field: str, word: str, words: Any, known: Any = None) -> None:
    if word not in words:
        raise UnknownTerm(field, word, words if known is None else known)
