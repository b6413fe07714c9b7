"""
From a point back to a request: people, a dossier and circumstances that lead to exactly these facts.

A witness makes an abstract finding something that anybody can ask a guard about, paste into a scenario file, and read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from kg_access.dossier import Dossier
from kg_access.facts import MISSING, NONE, SHARED, UNLISTED, Facts
from kg_access.policy.record import Policy
from kg_access.request import AccessRequest, Context
from kg_access.space.boxes import Box, Domains
from kg_access.subject import ELSEWHERE, NOBODY, Assignment, Authorisation, Subject
from kg_access.vocabulary import Kind, Phase

PERSON: Final = "somebody"
COLLEAGUE: Final = "colleague"
DOSSIER: Final = "DOSSIER"
TEAM: Final = "TEAM"
FOREIGN: Final = ("VN", "US")
PLAIN: Final[Mapping[str, str]] = {
    "kind": "staff",
    "link": "team",
    "deputy": "no",
    "phase": "active",
    "relevance": MISSING,
    "break_glass": NONE,
    "regulation": MISSING,
    "rights_case": MISSING,
    "identity": "unverified",
    "caller": "unverified",
    "authorisation": NONE,
    "controller": "own",
    "service_in_force": "yes",
    "related": "no",
    "published": "yes",
    "reserved": "open",
    "objection": NONE,
    "erasure": NONE,
    "channel": NONE,
    "encrypted": "no",
    "key_holder": "unknown",
    "exceptional_case": MISSING,
    "destination": NONE,
    "access_country": "unknown",
    "legal_basis": MISSING,
    "second_approver": NONE,
    "organisation": NONE,
    "action": "read",
    "recipient_type": NONE,
}
"""The word of each fact about which a reader has nothing to be told."""


def smallest(boxes: Iterable[Box], domains: Domains) -> dict[str, str]:
    """
    Pick the point about which the least has to be told.

    Args:
        boxes: At least one box.
        domains: Every word of every fact.
    """
    return min((_plainest(box, domains) for box in boxes), key=_telling)


def _plainest(box: Box, domains: Domains) -> dict[str, str]:
    return {fact: _plain_word(fact, box.get(fact), words) for fact, words in domains.items()}


def _plain_word(fact: str, allowed: frozenset[str] | None, words: tuple[str, ...]) -> str:
    plain = PLAIN.get(fact)
    if plain in words and (allowed is None or plain in allowed):
        return str(plain)
    return next(word for word in words if allowed is None or word in allowed)


def telling(point: Mapping[str, str]) -> dict[str, str]:
    """
    Keep of a point what a reader has to be told; the standing is left out, since it follows from the role.

    Args:
        point: The word of each fact.
    """
    return {fact: word for fact, word in point.items() if word != PLAIN.get(fact) and fact != "standing"}


def _telling(point: Mapping[str, str]) -> int:
    return sum(word != PLAIN[fact] for fact, word in point.items() if fact in PLAIN)


def witness(point: Mapping[str, str], policy: Policy, day: date | None = None) -> AccessRequest | None:
    """
    Make a request whose facts are a point.

    Args:
        point: The word of each fact.
        policy: The policy, as the guard uses it.
        day: The day on which it is made; one on which the point can be reached when left out.

    Returns:
        The request; `None` when there is none, such as an authorisation for no purpose.
    """
    day = _day(point, policy) if day is None else day
    if day is None:
        return None
    return AccessRequest(
        subject=_subject(point, policy, day),
        action=point["action"],
        dossier=_dossier(point, day),
        categories=frozenset(_stated(point["category"], MISSING)),
        group=_or_none(point["group"], MISSING),
        purpose=_or_none(point["purpose"], MISSING),
        at=datetime(day.year, day.month, day.day, 11, tzinfo=UTC),
        mode="all",
        context=_context(point, policy, day),
    )


def astray(facts: Facts, point: Mapping[str, str]) -> list[str]:
    """
    List the facts of a decision about a witness that are not those of its point.

    Args:
        facts: What was found out about the request.
        point: The word of each fact.
    """
    (standing,) = facts.standings
    found = {name: str(getattr(facts, name)) for name in SHARED} | standing._asdict()
    found["category"] = next(iter(facts.categories), MISSING)
    found["authorisation"] = "valid" if facts.authorised else NONE
    return [fact for fact, word in found.items() if fact in point and point[fact] != word]


def _day(point: Mapping[str, str], policy: Policy) -> date | None:
    """Find a day on which the service and the entry of the register count as the point says."""
    words = policy.vocabulary
    begin = words.services[point["service"]].in_force_from
    if point["service_in_force"] == "no":
        return None if begin is None else begin - timedelta(days=1)
    registers = {Kind.PROCESSOR: words.processors, Kind.RECIPIENT: words.recipients}
    entry = registers.get(Kind(point["kind"]), {}).get(point["organisation"])
    if entry is None and point["organisation"] not in {UNLISTED, NONE}:
        return None
    day = max(policy.effective_from, begin or date.min)
    if entry is None:
        return day
    day = date.fromordinal(min(max(day.toordinal(), entry.first), entry.last))
    return day if day >= (begin or date.min) else None


def _stated(word: str, unstated: str) -> Iterator[str]:
    if word != unstated:
        yield word


def _or_none(word: str, unstated: str) -> str | None:
    return next(_stated(word, unstated), None)


def _other_service(service: str, policy: Policy) -> str:
    return next(name for name in policy.vocabulary.services if name != service)


def _subject(point: Mapping[str, str], policy: Policy, day: date) -> Subject:
    organisation = {NONE: None, UNLISTED: "unlisted-organisation"}.get(point["organisation"], point["organisation"])
    return Subject(
        PERSON,
        kind=point["kind"],
        assignments=list(_assignments(point, policy)),
        organisation=organisation,
        authorisations=list(_authorisations(point, day)),
        related_to=[DOSSIER] if point["related"] == "yes" else [],
    )


def _assignments(point: Mapping[str, str], policy: Policy) -> Iterator[Assignment]:
    service = point["service"]
    if point["role"] == NOBODY:
        return
    if point["role"] == ELSEWHERE:
        yield Assignment(role=next(iter(policy.vocabulary.roles)), service=_other_service(service, policy))
        return
    links: dict[str, dict[str, Any]] = {"team": {"team": TEAM}, "task": {"dossier": DOSSIER, "task": "TASK-1"}}
    yield Assignment(
        role=point["role"],
        service=service,
        on_behalf_of=COLLEAGUE if point["deputy"] == "yes" else None,
        **links.get(point["link"], {}),
    )


def _authorisations(point: Mapping[str, str], day: date) -> Iterator[Authorisation]:
    if point["authorisation"] == "valid":
        yield Authorisation(
            id="AUTHORISATION-1",
            service=point["service"],
            categories=[point["category"]],
            purpose=point["purpose"],
            phases=[point["phase"]],
            valid_from=day,
            valid_until=day,
        )


def _dossier(point: Mapping[str, str], day: date) -> Dossier:
    return Dossier(
        DOSSIER,
        service=point["service"],
        team=TEAM,
        country_of_origin=FOREIGN[0] if point["destination"] == "country_of_origin" else None,
        reserved_for={"open": [], "named": [PERSON], "not_named": [COLLEAGUE]}[point["reserved"]],
        objection=_or_none(point["objection"], NONE),
        erasure=_or_none(point["erasure"], NONE),
        controller=None if point["controller"] == "own" else "another-controller",
        **_life(Phase(point["phase"]), day),
    )


def _life(phase: Phase, day: date) -> dict[str, Any]:
    """Choose the dates that put a dossier in a phase on a day."""
    year = timedelta(days=365)
    begun, ended = day - 2 * year, day - year
    lives: dict[Phase, dict[str, Any]] = {
        Phase.ACTIVE: {"use": [(begun, None)]},
        Phase.NOT_STARTED: {"use": [(day + year, None)]},
        Phase.PASSIVE: {"use": [(begun, ended)], "retain_until": day + year},
        Phase.RETENTION_UNKNOWN: {"use": [(begun, ended)]},
        Phase.EXPIRED: {"use": [(begun, ended)], "retain_until": day - timedelta(days=1)},
        Phase.PRESERVED: {
            "use": [(begun, ended)],
            "retain_until": day - timedelta(days=1),
            "preserved_for": "historical",
        },
    }
    return lives[phase]


def _context(point: Mapping[str, str], policy: Policy, day: date) -> Context:
    words = policy.vocabulary
    countries = {"inside_eea": _member(policy, day), "outside_eea": FOREIGN[1], "country_of_origin": FOREIGN[0]}
    holders = {"microsoft": next(iter((*words.microsoft, *words.microsoft_names)), None), "other": "agency"}
    return Context(
        channel=next((name for name, counts_as in words.channels.items() if counts_as == point["channel"]), None),
        destination_country=countries.get(point["destination"]),
        recipient_type=_or_none(point["recipient_type"], NONE),
        access_country=countries.get(point["access_country"]),
        second_approver={"requester": PERSON, "another": COLLEAGUE}.get(point["second_approver"]),
        legal_basis_ref=_reference(point["legal_basis"]),
        relevance_ref=_reference(point["relevance"]),
        regulation_ref=_reference(point["regulation"]),
        case_ref=_reference(point["rights_case"]),
        identity_proof="verified" if point["identity"] == "verified" else None,
        caller_verified=point["caller"] == "verified",
        encrypted=point["encrypted"] == "yes",
        key_holder=holders.get(point["key_holder"]),
        exceptional_case_ref=_reference(point["exceptional_case"]),
        break_glass=None if point["break_glass"] == NONE else "nobody else can be reached",
    )


def _reference(word: str) -> str | None:
    return None if word == MISSING else "REFERENCE-1"


def _member(policy: Policy, day: date) -> str | None:
    return next((name for name, entry in policy.vocabulary.eea.items() if entry.counts(day.toordinal())), None)
