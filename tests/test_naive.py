"""
The guard against the naive evaluator, which is written from the readings alone, on random requests.

A request starts as a typical permit of one kind of standing; then up to three of its aspects are changed at random.
Both must agree on the verdict, the phase, what is permitted and left out, and on the obligations of a permit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from os import environ
from random import Random
from typing import Any, Final

import attrs
import pytest

from kg_access import Assignment, Authorisation, Context, Decision, Dossier, Guard, Obligation, Subject
from tests.naive import GROUPS, LISTED, SERVICE_STAFF, Verdict, evaluate

SHARDS = 4
REQUESTS = int(environ.get("KG_ACCESS_REQUESTS", "50000")) // SHARDS
TEAM: Final = "LT-GENT"
ME: Final = "nele"
TODAY: Final = date(2019, 6, 17)

FAMILY, CHILDCARE, ADOPTION, ALLOWANCES = LISTED
WORDS: Final = sorted({*frozenset().union(*LISTED.values()), "eye_screening", "religious_belief"})
ROLES: Final = (
    *SERVICE_STAFF, "passive_file_keeper", "privacy_officer", "data_protection_officer", "archivist",
    "system_administrator", "external_auditor", "consultation_volunteer", "helpline_operator",
    "communication_agent", "eye_screening_technician", "official_recipient",
)  # fmt: skip
ORGANISATIONS: Final = (
    "kind_en_gezin_lijn", "ldv_united", "gobiquity", "statistiek_vlaanderen", "departement_wvg",
    "departement_bestuurszaken", "provinciale_steunpunten_sociale_planning", "uitbetalingsactor_x", None,
)  # fmt: skip
ACTIONS: Final = ("read", "search", "update", "export", "disclose", "communicate", "store", "transfer", "delete")
PURPOSES: Final = (
    *LISTED, "automatic_grant", "sanction", "accountability", "legal_claim", "data_subject_rights", "archive",
    "first_line_question", "communication", "eye_screening", "official_statistics", "supervision",
    "inbound_collection", "marketing", "other", None, "",
)  # fmt: skip
PHASES: Final[Mapping[str, dict[str, Any]]] = {
    "active": {"use": [("2018-03-01", None)]},
    "active again": {"use": [("2010-01-01", "2011-12-31"), ("2019-02-01", "2019-06-17")], "retain_until": "2040-12-31"},
    "not yet": {"use": [("2019-06-18", None)]},
    "never": {"use": []},
    "passive": {"use": [("2014-05-01", "2019-06-16")], "retain_until": "2019-06-17"},
    "long passive": {"use": [("2014-05-01", "2017-05-01")], "retain_until": "2032-12-31"},
    "unknown": {"use": [("2012-01-01", "2015-01-31")]},
    "expired": {"use": [("1985-02-01", "1988-01-31")], "retain_until": "2019-06-16"},
    "preserved": {
        "use": [("1994-01-01", "1996-12-31")],
        "retain_until": "2015-12-31",
        "preserved_for": "historical",
    },
    "contradictory": {"use": [("2018-01-01", None)], "retain_until": "2018-12-31"},
}
OFFICE365: Final = {
    "channel": "teams",
    "encrypted": True,
    "key_holder": "het agentschap",
    "exceptional_case_ref": "U-1",
}
TRANSFER: Final = {
    "destination_country": "NL",
    "recipient_type": "public_service",
    "legal_basis_ref": "W-1",
    "second_approver": "mia",
}
CONTEXTS: Final[Mapping[str, tuple[Any, ...]]] = {
    "channel": (None, "email", "teams", "office365", "facebook", "whatsapp", "secure_mail"),
    "destination_country": (None, "NL", "vn", "VN", "GB", "US", "CH", "??"),
    "recipient_type": (None, "competent_authority", "private_intermediary", "international_organisation", "court"),
    "access_country": (None, "BE", "be", "US", "GB", ""),
    "second_approver": (None, ME, "mia", " "),
    "legal_basis_ref": (None, "W-1", " "),
    "relevance_ref": (None, "R-1", ""),
    "regulation_ref": (None, "V-1", "  "),
    "case_ref": (None, "Z-1", ""),
    "identity_proof": (None, "none", "claimed", "verified"),
    "caller_verified": (False, True),
    "encrypted": (False, True),
    "key_holder": (None, "het agentschap", "Microsoft Ireland", "unknown", "azure key vault", "Onbekend"),
    "exceptional_case_ref": (None, "U-1"),
    "break_glass": (None, "kind in gevaar", " "),
}


@attrs.define
class Asked:
    """One request, before its records are made."""

    kind: str
    assignments: list[dict[str, Any]]
    action: str
    dossier: dict[str, Any]
    categories: set[str]
    group: str | None
    purpose: str | None
    organisation: str | None = None
    authorisations: list[dict[str, Any]] = attrs.Factory(list)
    related_to: set[str] = attrs.Factory(set)
    at: datetime = datetime(2019, 6, 17, 10, tzinfo=UTC)
    mode: str = "all"
    context: dict[str, Any] = attrs.Factory(dict)

    def arguments(self) -> tuple[tuple[Subject, str, Dossier], dict[str, Any]]:
        """Make what `Guard.decide` and the naive evaluator take."""
        subject = Subject(
            ME,
            kind=self.kind,
            assignments=[Assignment(**terms) for terms in self.assignments],
            organisation=self.organisation,
            authorisations=[Authorisation(**terms) for terms in self.authorisations],
            related_to=self.related_to,
        )
        named = {
            "categories": self.categories, "group": self.group, "purpose": self.purpose, "at": self.at,
            "mode": self.mode, "context": Context(**self.context) if self.context else None,
        }  # fmt: skip
        return (subject, self.action, Dossier("D1", **self.dossier)), named


# --- Typical permits ----------------------------------------------------------------------------


def typical(random: Random) -> Asked:
    """Make a typical permit of some kind of standing."""
    return random.choice(KINDS)(random)


def dossier_of(service: str, phase: str = "active", **terms: Any) -> dict[str, Any]:
    """Make the terms of a dossier."""
    return {"service": service, "team": TEAM, **PHASES[phase], **terms}


def about(random: Random, service: str, allowed: frozenset[str] | None = None) -> tuple[str, set[str]]:
    """Choose a group of a service, and some of the categories that are open for it."""
    group = random.choice([name for name, (owner, _) in GROUPS.items() if owner == service])
    opened = GROUPS[group][1] & LISTED[service] & (LISTED[service] if allowed is None else allowed)
    opened -= {"ethnic_origin"}
    words = sorted(opened)
    return group, set(random.sample(words, min(len(words), random.choice((1, 1, 2, 3)))))


def member_of_staff(random: Random) -> Asked:
    """Somebody of the team, or with a task, in the course of their work."""
    role = random.choice(list(SERVICE_STAFF))
    ((service, profile),) = SERVICE_STAFF[role].items()
    group, categories = about(random, service, profile)
    while not categories:
        group, categories = about(random, service, profile)
    link = random.choice(({"team": TEAM}, {"dossier": "D1", "task": "T-1"}, {"team": TEAM, "on_behalf_of": "rita"}))
    asked = Asked(
        "staff",
        [{"role": role, "service": service, **link}],
        random.choice(("read", "read", "search", "update", "communicate", "store")),
        dossier_of(service, random.choice(("active", "active again"))),
        categories,
        group,
        service,
    )
    if random.random() < 0.2 and service == FAMILY and group == "child_and_family" and "ethnic_origin" in profile:
        asked.categories.add("ethnic_origin")
        asked.context["relevance_ref"] = "R-1"
    if random.random() < 0.15:
        asked.context |= OFFICE365
    return asked


def automatic_grant(random: Random) -> Asked:
    """Somebody of the team who works on an advantage or disadvantage that nobody asked for."""
    asked = member_of_staff(random)
    asked.action, asked.purpose = "read", random.choice(("automatic_grant", "sanction"))
    asked.context["regulation_ref"] = "V-1"
    return asked


def break_glass(random: Random) -> Asked:
    """Somebody without a link, in an emergency."""
    asked = member_of_staff(random)
    asked.action = "read"
    asked.assignments[0] = {name: asked.assignments[0][name] for name in ("role", "service")}
    asked.context["break_glass"] = "kind in gevaar"
    return asked


def transfer(random: Random) -> Asked:
    """Somebody who sends data to a country inside the EEA."""
    asked = member_of_staff(random)
    asked.action = "transfer"
    asked.context |= TRANSFER
    return asked


def adoption_transfer(random: Random) -> Asked:
    """Somebody who sends data of candidate adopters to the authority of the country of origin."""
    group, categories = "candidate_adopter", set(random.sample(sorted(LISTED[ADOPTION]), 2))
    role = random.choice(("adoption_official", "adoption_file_manager"))
    return Asked(
        "staff",
        [{"role": role, "service": ADOPTION, "team": TEAM}],
        "transfer",
        dossier_of(ADOPTION, country_of_origin="VN"),
        categories,
        group,
        ADOPTION,
        context={**TRANSFER, "destination_country": "VN", "recipient_type": "competent_authority"},
    )


def keeper(random: Random) -> Asked:
    """Somebody of the restricted list."""
    service = random.choice(list(LISTED))
    group, categories = about(random, service)
    return Asked(
        "staff",
        [{"role": "passive_file_keeper", "service": service}],
        random.choice(("read", "search")),
        dossier_of(service, random.choice(("passive", "long passive"))),
        categories,
        group,
        random.choice(("accountability", "legal_claim", "data_subject_rights")),
        context=random.choice(({}, {"case_ref": "Z-1"})),
    )


def privacy_office(random: Random) -> Asked:
    """Somebody of the privacy office with a rights case."""
    service = random.choice(list(LISTED))
    group, categories = about(random, service)
    return Asked(
        "staff",
        [{"role": random.choice(("privacy_officer", "data_protection_officer")), "service": "all"}],
        random.choice(("read", "disclose")),
        dossier_of(service, random.choice(("active", "passive", "long passive"))),
        categories,
        group,
        "data_subject_rights",
        context={"case_ref": "Z-1", "identity_proof": "verified"},
    )


def archivist(random: Random) -> Asked:
    """Somebody of the archive."""
    service = random.choice(list(LISTED))
    group, categories = about(random, service)
    standing = {"role": "archivist", "service": random.choice(("all", service))}
    dossier = dossier_of(service, "preserved")
    return Asked("staff", [standing], random.choice(("read", "search")), dossier, categories, group, "archive")


def processor(random: Random) -> Asked:
    """Somebody of a processor, within its entry of the register."""
    organisation, role, purpose, category = random.choice(
        (
            ("kind_en_gezin_lijn", "helpline_operator", "first_line_question", "identification"),
            ("ldv_united", "communication_agent", "communication", "identification"),
            ("gobiquity", "eye_screening_technician", "eye_screening", "eye_screening"),
        )
    )
    service = FAMILY if organisation == "gobiquity" else random.choice(list(LISTED))
    group = "child_and_family" if organisation == "gobiquity" else about(random, service)[0]
    return Asked(
        "processor",
        [{"role": role, "service": "all"}],
        "read",
        dossier_of(service),
        {category},
        group,
        purpose,
        organisation=organisation,
        context={"access_country": "BE", "caller_verified": True},
    )


def recipient(random: Random) -> Asked:
    """Somebody of a recipient with an authorisation."""
    service = random.choice(list(LISTED))
    group, categories = about(random, service)
    purpose = random.choice(("official_statistics", "supervision", "social_planning"))
    terms = {"id": "A-1", "service": service, "categories": [*categories, "financial"], "purpose": purpose}
    phase = random.choice(("active", "active", "long passive"))
    if phase != "active" or random.random() < 0.3:
        terms["phases"] = ["active", "passive"]
    return Asked(
        "recipient",
        [{"role": "official_recipient", "service": "all"}],
        "disclose",
        dossier_of(service, phase),
        categories,
        group,
        purpose,
        organisation=random.choice(ORGANISATIONS[3:7]),
        authorisations=[terms],
    )


KINDS: Final[tuple[Callable[[Random], Asked], ...]] = (
    member_of_staff, member_of_staff, member_of_staff, automatic_grant, break_glass, transfer, adoption_transfer,
    keeper, privacy_office, archivist, processor, recipient,
)  # fmt: skip


# --- Changes ------------------------------------------------------------------------------------


def change(random: Random, asked: Asked) -> None:
    """Change one aspect of a request."""
    random.choice(CHANGES)(random, asked)


def change_action(random: Random, asked: Asked) -> None:
    """Ask for another action."""
    asked.action = random.choice(ACTIONS)


def change_categories(random: Random, asked: Asked) -> None:
    """Ask for more, fewer or no categories."""
    word = random.choice(WORDS)
    asked.categories = random.choice(({*asked.categories, word}, {*asked.categories, word}, {word}, set()))
    asked.mode = random.choice((asked.mode, "redact"))


def change_group(random: Random, asked: Asked) -> None:
    """Ask about another group, of the same service or not."""
    asked.group = random.choice((*GROUPS, "birth_parent", None, ""))


def change_purpose(random: Random, asked: Asked) -> None:
    """Ask for another purpose."""
    asked.purpose = random.choice(PURPOSES)


def change_moment(random: Random, asked: Asked) -> None:
    """Ask on another day, near one on which something changes, at an hour near midnight in Brussels."""
    day = random.choice((TODAY, TODAY, date(2018, 12, 31), date(2019, 1, 1), date(2020, 1, 31), date(2020, 2, 1)))
    day += timedelta(days=random.choice((-1, 0, 0, 1)))
    asked.at = datetime(day.year, day.month, day.day, random.choice((0, 10, 21, 22, 23)), 30, tzinfo=UTC)


def change_mode(_: Random, asked: Asked) -> None:
    """Accept that categories are left out."""
    asked.mode = "redact"


def change_context(random: Random, asked: Asked) -> None:
    """State another circumstance."""
    name = random.choice(list(CONTEXTS))
    asked.context[name] = random.choice(CONTEXTS[name])


def change_phase(random: Random, asked: Asked) -> None:
    """Ask about a dossier with other dates."""
    asked.dossier |= {"retain_until": None, "preserved_for": None} | PHASES[random.choice(list(PHASES))]


def change_dossier(random: Random, asked: Asked) -> None:
    """Ask about a dossier on which something else is recorded."""
    asked.dossier |= random.choice(
        (
            {"service": random.choice(list(LISTED))},
            {"team": random.choice(("LT-ANTW", None))},
            {"objection": random.choice(("pending", "rejected", "upheld"))},
            {"erasure": random.choice(("pending", "approved"))},
            {"reserved_for": random.choice(({ME}, {"an"}, {"an", ME}))},
            {"controller": "other_agency"},
            {"country_of_origin": random.choice(("VN", "vn", "US", "NL", None))},
        )
    )


def change_person(random: Random, asked: Asked) -> None:
    """Let somebody else ask."""
    match random.randrange(4):
        case 0:
            asked.kind = random.choice(("staff", "volunteer", "processor", "recipient", "auditor"))
        case 1:
            asked.organisation = random.choice(ORGANISATIONS)
        case 2:
            asked.related_to = random.choice(({"D1"}, {"D2"}))
        case _:
            asked.assignments = []


def change_assignment(random: Random, asked: Asked) -> None:
    """Change an assignment."""
    if not asked.assignments:
        return
    random.choice(asked.assignments).update(
        random.choice(
            (
                {"role": random.choice(ROLES)},
                {"service": random.choice((*LISTED, "all"))},
                {"team": random.choice((TEAM, "LT-ANTW", None))},
                {"on_behalf_of": random.choice((None, "rita"))},
                {"dossier": random.choice(("D1", "D2")), "task": random.choice(("T-1", None))},
                {"valid_from": TODAY + timedelta(days=random.choice((-1, 0, 1))), "valid_until": None},
                {"valid_until": TODAY + timedelta(days=random.choice((-1, 0, 1))), "valid_from": None},
            )
        )
    )


def add_assignment(random: Random, asked: Asked) -> None:
    """Give the person one more hat."""
    other = typical(random)
    asked.assignments = random.sample([*asked.assignments, *other.assignments], len(asked.assignments) + 1)


def change_authorisation(random: Random, asked: Asked) -> None:
    """Change what a recipient is authorised for."""
    for terms in asked.authorisations:
        terms.update(
            random.choice(
                (
                    {"purpose": random.choice(("official_statistics", "supervision"))},
                    {"service": random.choice(list(LISTED))},
                    {"categories": random.sample(WORDS, 3)},
                    {"phases": random.choice((["active"], ["passive"], ["active", "passive"]))},
                    {"valid_from": TODAY + timedelta(days=random.choice((-1, 0, 1))), "valid_until": None},
                    {"valid_until": TODAY + timedelta(days=random.choice((-1, 0, 1))), "valid_from": None},
                )
            )
        )


CHANGES: Final[tuple[Callable[[Random, Asked], None], ...]] = (
    change_action, change_categories, change_categories, change_group, change_purpose, change_moment, change_mode,
    change_context, change_context, change_context, change_phase, change_dossier, change_dossier, change_person,
    change_assignment, change_assignment, add_assignment, add_assignment, change_authorisation,
)  # fmt: skip


# --- The comparison -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guards() -> dict[tuple[bool, bool], Guard]:
    """A guard for each setting of the switches `published` and `break_glass`."""
    policy = Guard.shipped().policy
    return {
        (published, glass): Guard(policy.overlaid(published=published, break_glass=glass), fulfils=Obligation)
        for published in (True, False)
        for glass in (True, False)
    }


def random_request(random: Random) -> Asked:
    """Make a request near the border between permit and denial."""
    asked = typical(random)
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        change(random, asked)
    return asked


def what_counts(decision: Decision) -> Verdict:
    """Give what both must agree on: not the reasons, and the obligations of permits only."""
    return Verdict(
        decision.allowed,
        str(decision.phase),
        frozenset(),
        decision.permitted,
        frozenset(decision.redacted),
        frozenset(map(str, decision.obligations)) if decision else frozenset(),
    )


def naive_verdicts(asked: Asked, *, published: bool, break_glass: bool) -> set[Verdict]:
    """
    Give the verdict of the naive evaluator for each order of the assignments.

    They differ only in the obligations of a permit for which two assignments give equally many; which of the two
    then counts is left open by the readings.
    """
    found = set()
    for assignments in permutations(asked.assignments):
        positional, named = attrs.evolve(asked, assignments=list(assignments)).arguments()
        verdict = evaluate(*positional, **named, published=published, break_glass=break_glass)
        due = verdict.obligations if verdict.allowed else frozenset()
        found.add(verdict._replace(reasons=frozenset(), obligations=due))
    assert len({verdict._replace(obligations=frozenset()) for verdict in found}) == 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_naive_evaluator_agrees(shard: int, guards: dict[tuple[bool, bool], Guard]) -> None:
    """Ask both about thousands of requests in each shard, under every setting of the switches."""
    random = Random(f"naive {shard}")
    permits: Counter[bool] = Counter()
    for _ in range(REQUESTS):
        asked = random_request(random)
        published, glass = random.random() < 0.95, random.random() < 0.5
        positional, named = asked.arguments()
        decision = guards[published, glass].decide(*positional, **named)
        expected = naive_verdicts(asked, published=published, break_glass=glass)
        assert what_counts(decision) in expected, (asked, published, glass, decision.reasons, expected)
        permits[decision.allowed] += 1
    assert 0.3 < permits[True] / REQUESTS < 0.6, "too few permits, or too few denials, to prove anything"


def test_every_kind_of_standing_has_a_typical_permit(guards: dict[tuple[bool, bool], Guard]) -> None:
    """Check that an unchanged request of each kind is permitted, so that the changes start from there."""
    random = Random(0)
    for kind in KINDS:
        for _ in range(50):
            positional, named = kind(random).arguments()
            assert guards[True, True].decide(*positional, **named), (positional, named)
